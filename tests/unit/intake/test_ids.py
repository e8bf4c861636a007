"""IDs and names out of files: canonical where that is certain, refused with the reason where not (docs/ids.md)."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.core.faults import Fault
from tests.unit.intake.folders import APPLICANTS, EVENTS, MEMBERS, Folder, lines, remarks, rows, told

NAMED = "client_id,applicant_id,season,applied_at,as_of,family_name,given_name\n"
AT = "2026,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_list_out_of_a_spreadsheet(folder: Folder) -> None:
    """What a spreadsheet does to IDs: each row decided by the rule, and no two people are made one."""
    ids = [
        "2.02701E+11", "2.02701E+11", "#N/A", "########", '"=""000123"""', "000124", "1-2", "𠮷田🌸-๑ก-عربي-9",
        "邊\U000e0102-\u200b9", "12345678901234567890", "\ue000外字", "ＷＤ－０１", "'000125", "1月2日", "#REF!",
    ]  # fmt: skip
    text = NAMED + "".join(f"X,{name},{AT},山田,{number}\n" for number, name in enumerate(ids))
    table = folder.write("applicants.csv", text).staged()
    assert [name for (name,) in rows(table, "applicant_id")] == [
        "000123", "000124", "1-2", "𠮷田🌸-๑ก-عربي-9", "邊\U000e0102-9", "12345678901234567890", "WD-01", "000125",
    ]  # fmt: skip
    assert told(table) == [
        (2, "applicant_id", "2.02701E+11", "digits_lost"),
        (3, "applicant_id", "2.02701E+11", "digits_lost"),
        (4, "applicant_id", "#N/A", "spreadsheet_error"),
        (5, "applicant_id", "########", "spreadsheet_error"),
        (12, "applicant_id", "\ue000外字", "private_character"),
        (15, "applicant_id", "1月2日", "date_in_place"),
        (16, "applicant_id", "#REF!", "spreadsheet_error"),
    ]


def test_a_name_that_was_lost_costs_the_name_and_is_told(folder: Folder) -> None:
    names = ["#REF!", "橋\ue000\x1b", "山\ufffd", "〓田", "邊\U000e0102", "می\u200cخواهم", "山\u200b田"]
    text = NAMED + "".join(f"X,a{number},{AT},{name},花\n" for number, name in enumerate(names))
    table = folder.write("applicants.csv", text + f"X,,{AT},#N/A,花\n").staged()
    assert rows(table, "applicant_id", "family_name", "given_name") == [
        ("a0", None, "花"), ("a1", None, "花"), ("a2", None, "花"), ("a3", None, "花"),
        ("a4", "邊\U000e0102", "花"), ("a5", "می\u200cخواهم", "花"), ("a6", "山田", "花"),
    ]  # fmt: skip
    assert told(table) == [
        (2, "family_name", "#REF!", "spreadsheet_error"),
        (3, "family_name", "橋\ue000\x1b", "control_character"),
        (4, "family_name", "山\ufffd", "lost_character"),
        (5, "family_name", "〓田", "lost_character"),
        (9, "applicant_id", "", "missing"),
    ]


@pytest.mark.parametrize(("column", "row"), [("cookie_id", "#N/A,m1,view,,,,"), ("site", "c1,m1,view,,,,#N/A")])
def test_an_id_that_says_something_where_it_is_empty_costs_the_row(folder: Folder, column: str, row: str) -> None:
    table = folder.write("events.csv", f"{EVENTS}2026-02-01T00:00:00Z,{row}\n").staged()
    assert told(table) == [(2, column, "#N/A", "spreadsheet_error")]
    assert lines(table) == []


def test_two_ways_to_write_one_id_contradict_each_other(folder: Folder) -> None:
    text = f"{APPLICANTS}X,AB,{AT}\nX,ＡＢ,{AT.replace('02-01', '02-02')}\nX,ab,{AT}\nX,\u200bAB,{AT}\n"
    table = folder.write("applicants.csv", text).staged()
    assert rows(table, "line", "applicant_id") == [(2, "AB"), (4, "ab")]
    assert told(table) == [(3, "applicant_id", "AB", "duplicate_key")]
    assert "was taken once" in remarks(table)


def test_an_id_of_which_nothing_shows_is_missing(folder: Folder) -> None:
    table = folder.write("members.csv", MEMBERS + "\u200b\u2060,2026,2026-01-02T00:00:00Z\n").staged()
    assert told(table) == [(3, "member_id", "", "missing")]


@pytest.mark.parametrize(
    ("cells", "made", "fault"),
    [
        (pa.array([Decimal("123.00"), None, Decimal("7.00")], pa.decimal128(18, 2)), ["123", None, "7"], None),
        (pa.array([Decimal(10**30)], pa.decimal128(38, 0)), [str(10**30)], None),
        (pa.array([123.0, None, -0.0]), ["123", None, "0"], None),
        (pa.array([2.0**53 - 1]), ["9007199254740991"], None),
        (pa.array([2**63 - 1]), ["9223372036854775807"], None),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"], None),
        (pa.array([Decimal("123.45")], pa.decimal128(18, 2)), [], Fault.DIGITS_LOST),
        (pa.array([1e16]), [], Fault.DIGITS_LOST),
        (pa.array([2.0**53]), [], Fault.DIGITS_LOST),
        (pa.array([123.5]), [], Fault.DIGITS_LOST),
        (pa.array([float("inf")]), [], Fault.DIGITS_LOST),
        (pa.array([2.0**24], pa.float32()), [], Fault.DIGITS_LOST),
        (pa.array([date(2026, 1, 2)]), [], Fault.DATE_IN_PLACE),
        (pa.array([datetime(2026, 1, 2)]), [], Fault.DATE_IN_PLACE),  # noqa: DTZ001 - a time without a zone
        (pa.array([datetime(2026, 1, 2)], pa.timestamp("ms", "UTC")), [], Fault.DATE_IN_PLACE),  # noqa: DTZ001
        (pa.array([True]), [], Fault.NOT_ALLOWED),
    ],
)
def test_numbers_and_days_out_of_parquet(
    folder: Folder, cells: pa.Array, made: list[str | None], fault: Fault | None
) -> None:
    columns = {
        "occurred_at": pa.array(["2026-02-01T00:00:00Z"] * len(cells)),
        "cookie_id": pa.array(["c1"] * len(cells)),
        "member_id": cells,
        "kind": pa.array(["view"] * len(cells)),
    }
    pq.write_table(pa.table(columns), folder.path / "events.parquet")
    table = folder.staged()
    assert [name for (name,) in rows(table, "member_id")] == made
    assert [(column, told_) for _, column, _, told_ in told(table)] == ([("member_id", fault)] if fault else [])


def test_half_a_character_in_parquet_loads_nothing_of_its_file(folder: Folder) -> None:
    name = pa.Array.from_buffers(
        pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\3\0\0\0"), pa.py_buffer(b"\xed\xa0\x80")]
    )
    columns = {"occurred_at": ["2026-02-01T00:00:00Z"], "member_id": name, "kind": ["view"]}
    pq.write_table(pa.table(columns), folder.path / "events.parquet")
    table = folder.staged()
    assert table.path is None
    assert "can't be read" in remarks(table)
