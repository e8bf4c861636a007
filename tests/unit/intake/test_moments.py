"""How exactly a folder says when something happened: each act's earliest and latest possible moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.intake.files.rows.columns import CONSENTS as OF_CONSENTS
from kanmon.intake.loading import StagedTable
from tests.unit.intake.folders import CONSENTS, HASH, Folder, remarks, rows

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
    cells = {name: ["x"] for name in OF_CONSENTS.names if name not in ("client_id", "refusable")}
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
