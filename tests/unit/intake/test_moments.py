"""How exactly a folder says when something happened: each act's earliest and latest possible moment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.intake.files.rows.columns import CONSENTS as OF_CONSENTS
from kanmon.intake.loading import StagedTable
from tests.unit.intake.folders import CONSENTS, EVENTS, HASH, Folder, remarks, rows, told

TOKYO_OFFSET = timedelta(hours=9)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def consents(folder: Folder, *times: str) -> StagedTable:
    acts = (f"{time},m{place},registration,{HASH},withdraw,,\n" for place, time in enumerate(times))
    return folder.write("consents.csv", CONSENTS + "".join(acts)).staged()


def moments(table: StagedTable) -> list[tuple[datetime, datetime]]:
    spans: Sequence[tuple[datetime, datetime | None]] = rows(table, "occurred_at", "latest_at")  # type: ignore[assignment]
    return [(earliest, latest or earliest) for earliest, latest in spans]


def tokyo(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC) - TOKYO_OFFSET  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("written", "earliest", "lasts"),
    [
        ("2026-01-02T03:04:05.123456+09:00", tokyo(2026, 1, 2, 3, 4, 5, 123456), MICROSECOND),
        ("2026-01-02T03:04:05.123456789+09:00", tokyo(2026, 1, 2, 3, 4, 5, 123456), MICROSECOND),
        ("2026-01-02T03:04:05.12+09:00", tokyo(2026, 1, 2, 3, 4, 5, 120000), timedelta(milliseconds=10)),
        ("2026-01-02T03:04:05+09:00", tokyo(2026, 1, 2, 3, 4, 5), timedelta(seconds=1)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), timedelta(seconds=1)),
        ("2026-01-02 03:04Z", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), timedelta(minutes=1)),
        ("2026-01-02T03:04:05", tokyo(2026, 1, 2, 3, 4, 5), timedelta(seconds=1)),
        ("2026-01-02", tokyo(2026, 1, 2), timedelta(days=1)),
    ],
)
def test_a_moment_lasts_as_long_as_it_is_written_exactly(
    folder: Folder, written: str, earliest: datetime, lasts: timedelta
) -> None:
    assert moments(consents(folder, written)) == [(earliest, earliest + lasts - MICROSECOND)]


def test_beside_times_with_an_offset_those_without_may_be_of_tokyo_or_of_utc(folder: Folder) -> None:
    table = consents(folder, "2026-01-02T03:04:05", "2026-01-02", "2026-01-02T03:04:05-08:00")
    assert moments(table) == [
        (tokyo(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC)),
        (tokyo(2026, 1, 2), datetime(2026, 1, 3, tzinfo=UTC) - MICROSECOND),
        (datetime(2026, 1, 2, 11, 4, 5, tzinfo=UTC), datetime(2026, 1, 2, 11, 4, 5, 999999, tzinfo=UTC)),
    ]
    assert "some times have an offset and some have none" in remarks(table)


def test_times_without_an_offset_among_themselves_are_tokyo_s(folder: Folder) -> None:
    table = consents(folder, "2026-01-02T03:04:05", "2026-01-02T04:00:00")
    assert moments(table)[0] == (tokyo(2026, 1, 2, 3, 4, 5), tokyo(2026, 1, 2, 3, 4, 5, 999999))
    assert remarks(table) == "consents.csv: times without an offset were taken as Asia/Tokyo"


def test_two_rows_that_differ_in_how_exact_they_are_are_two_acts(folder: Folder) -> None:
    table = folder.write(
        "consents.csv",
        CONSENTS
        + "".join(
            f"{time},m,registration,{HASH},withdraw,,\n" for time in ("2026-01-02T00:00:00+09:00", "2026-01-02") * 2
        ),
    ).staged()
    assert len(moments(table)) == 2


@pytest.mark.parametrize(
    ("type_of_time", "options", "earliest", "lasts"),
    [
        (pa.timestamp("ns"), {"use_deprecated_int96_timestamps": True}, datetime(2026, 1, 2, 3, tzinfo=UTC), 1),
        (pa.timestamp("us"), {}, tokyo(2026, 1, 2, 3), 1),
        (pa.timestamp("us", "UTC"), {}, datetime(2026, 1, 2, 3, tzinfo=UTC), 1),
        (pa.date32(), {}, tokyo(2026, 1, 2), 86_400_000_000),
    ],
)
def test_a_parquet_type_says_how_exact_its_times_are(
    folder: Folder, type_of_time: pa.DataType, options: dict[str, bool], earliest: datetime, lasts: int
) -> None:
    """INT96, which Spark and Hive write, is UTC by convention; DuckDB hands it out as a time without a zone."""
    at = pa.array([datetime(2026, 1, 2, 3, tzinfo=UTC)], pa.timestamp("us")).cast(type_of_time, safe=False)
    cells = {
        name: ["x"] for name in OF_CONSENTS.names if name not in ("client_id", "refusable", "given_by", "relation")
    }
    table = pa.table({**cells, "occurred_at": at, "text_sha256": [HASH], "action": ["withdraw"]})
    pq.write_table(table, folder.path / "consents.parquet", **options)
    staged = folder.staged()
    assert moments(staged) == [(earliest, earliest + lasts * MICROSECOND - MICROSECOND)]
    is_told = type_of_time not in (pa.timestamp("us", "UTC"), pa.timestamp("ns"))
    assert remarks(staged) == ("consents.parquet: times without an offset were taken as Asia/Tokyo" if is_told else "")


def test_what_opens_something_counts_from_its_latest_moment_and_what_ends_something_from_its_earliest(
    folder: Folder,
) -> None:
    table = folder.write("notices.csv", "member_id,occurred_at,kind\nm,2026-01-02,scoring\n").staged()
    assert rows(table, "occurred_at") == [(tokyo(2026, 1, 3) - MICROSECOND,)]
    (folder.path / "notices.csv").unlink()
    names = "client_id,applicant_id,season,confirmed_at,method,obtained_at,withdrawn_at\n"
    table = folder.write("confirmations.csv", f"{names}C,a,2026,2026-01-02,declared,2026-01-01,2026-01-03\n").staged()
    assert rows(table, "confirmed_at", "obtained_at", "withdrawn_at") == [
        (tokyo(2026, 1, 3) - MICROSECOND, tokyo(2026, 1, 2) - MICROSECOND, tokyo(2026, 1, 3))
    ]


@pytest.mark.parametrize(
    ("name", "column", "cells"),
    [
        ("events", "occurred_at", {"member_id": "m", "kind": "view"}),
        ("identities", "seen_at", {"member_id": "m", "cookie_id": "c"}),
        ("outcomes", "outcome_at", {"client_id": "C", "applicant_id": "a", "season": "2026", "outcome": "joined"}),
        ("decisions", "decided_at", {"client_id": "C", "applicant_id": "a", "stage": "1", "decision": "pass"}),
    ],
)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-02", tokyo(2026, 1, 3) - MICROSECOND),
        ("2026-01-02T00:00", tokyo(2026, 1, 2)),
        ("2026-01-02T23:59:59+09:00", tokyo(2026, 1, 2, 23, 59, 59)),
    ],
)
def test_what_is_used_counts_from_the_end_of_a_day_that_stands_alone(
    folder: Folder, name: str, column: str, cells: dict[str, str], written: str, read: datetime
) -> None:
    row = {column: written, **cells}
    table = folder.write(f"{name}.csv", f"{','.join(row)}\n{','.join(row.values())}\n").staged()
    assert rows(table, column) == [(read,)]


@pytest.mark.parametrize(
    ("written", "earliest", "lasts"),
    [
        ("2026/1/2 3:04", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("２０２６／１／２　３：０４", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("2026/01/02 03:04:05", tokyo(2026, 1, 2, 3, 4, 5), timedelta(seconds=1)),
        ("2026/1/2 3:04:05.12+09:00", tokyo(2026, 1, 2, 3, 4, 5, 120000), timedelta(milliseconds=10)),
        ("2026/1/2 3:04Z", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), timedelta(minutes=1)),
        ("2026/1/2 3:04 JST", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("2026-01-02 3:04", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("2026/1/2", tokyo(2026, 1, 2), timedelta(days=1)),
        ("2026.1.2", tokyo(2026, 1, 2), timedelta(days=1)),
        ("20260102", tokyo(2026, 1, 2), timedelta(days=1)),
        ("202601020304", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("20260102030405", tokyo(2026, 1, 2, 3, 4, 5), timedelta(seconds=1)),
        ("2026/1/2(金) 3:04", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("令和8年1月2日", tokyo(2026, 1, 2), timedelta(days=1)),
        ("㋿8年1月2日", tokyo(2026, 1, 2), timedelta(days=1)),
        ("R8.1.2", tokyo(2026, 1, 2), timedelta(days=1)),
        ("平成38年1月2日", None, None),
        ("令和8年1月2日3時4分", tokyo(2026, 1, 2, 3, 4), timedelta(minutes=1)),
        ("2026年1月2日 午後3:04", tokyo(2026, 1, 2, 15, 4), timedelta(minutes=1)),
        ("2026/1/2 12:04 PM", tokyo(2026, 1, 2, 12, 4), timedelta(minutes=1)),
        ("2026/1/2 12:04 AM", tokyo(2026, 1, 2, 0, 4), timedelta(minutes=1)),
        ("2026/1/2 24:00", tokyo(2026, 1, 3), timedelta(minutes=1)),
        ("2026-01-02T24:00", tokyo(2026, 1, 3), timedelta(minutes=1)),
        ("2026/1/2 24:01", None, None),
        ("2026/1/2 午後12:30", None, None),
        ("2026/1/2 13:00 PM", None, None),
        ("2026/1/2(土)", None, None),
        ("2026/1/23:04", None, None),
        ("2026/2/30", None, None),
        ("2026/1/2 3時", None, None),
        ("26/1/2", None, None),
        ("1/2/2026", None, None),
        ("令和0年1月2日", None, None),
        ("46024", None, None),
    ],
)
def test_a_moment_as_offices_in_japan_write_it_is_read_where_it_has_one_meaning(
    folder: Folder, written: str, earliest: datetime | None, lasts: timedelta | None
) -> None:
    table = consents(folder, written)
    if earliest is None or lasts is None:
        assert told(table) == [(2, "occurred_at", written, "not_a_time")]
    else:
        assert moments(table) == [(earliest, earliest + lasts - MICROSECOND)]


def test_a_way_of_writing_that_is_not_the_contract_s_is_told_once_a_column(folder: Folder) -> None:
    table = consents(folder, "2026/1/2 3:04+09:00", "2026/1/2 3:05+09:00", "2026-01-02T03:06:00+09:00")
    assert remarks(table) == (
        "consents.csv: occurred_at: “2026/1/2 3:04+09:00” was read as 2026-01-02 03:04+09:00, and so were cells like it"
    )


def test_beside_an_offset_a_moment_of_a_spreadsheet_is_in_doubt_as_any_other(folder: Folder) -> None:
    table = consents(folder, "2026/1/2 3:04", "2026-01-02T03:04:05+09:00")
    assert moments(table)[0] == (tokyo(2026, 1, 2, 3, 4), tokyo(2026, 1, 2, 12, 5) - MICROSECOND)


@pytest.mark.parametrize(
    ("written", "born"),
    [
        ("2003/5/6", date(2003, 5, 6)),
        ("20030506", date(2003, 5, 6)),
        ("平成15年5月6日", date(2003, 5, 6)),
        ("H15.5.6", date(2003, 5, 6)),
        ("平成三十一年四月三十日", None),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("令和元年4月30日", None),
        ("平成元年1月7日", None),
        ("2003/5/6 0:00:00", date(2003, 5, 6)),
        ("2003/5/6 9:00", None),
        ("5/6/2003", None),
        ("2003/5", None),
    ],
)
def test_a_date_of_birth_is_read_likewise_and_one_that_is_not_costs_the_value_alone(
    folder: Folder, written: str, born: date | None
) -> None:
    header = "member_id,season,registered_at,birth_date\n"
    table = folder.write("members.csv", f"{header}m1,2026,2026-01-02T03:04:05Z,{written}\n").staged()
    assert rows(table, "birth_date") == [(born,)]
    assert told(table) == ([] if born else [(2, "birth_date", written, "not_a_date")])


@pytest.mark.parametrize(("written", "weight"), [("１２", 12), ('"1,234"', 1234), ('"1,23"', 1), ("1.0", 1)])
def test_a_count_is_read_with_wide_digits_and_commas_between_thousands(
    folder: Folder, written: str, weight: int
) -> None:
    table = folder.write("events.csv", f"{EVENTS}2026-02-01T10:00:00Z,c1,,view,X,p1,{written},\n").staged()
    assert rows(table, "weight") == [(weight,)]
