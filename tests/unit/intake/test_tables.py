"""Tables of a stranger's folder: every mistake told by line, column, value and reason, and the good rows kept."""

import gzip
import re
import shutil
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.core.errors import FolderUnreadable
from kanmon.intake.files.csv_table import BLOCK_BYTES
from kanmon.intake.files.listing import listing_of
from kanmon.intake.files.rows.columns import DATASETS
from kanmon.intake.files.rows.columns import EVENTS as EVENTS_TABLE
from kanmon.intake.files.tables import stage_tables
from tests.unit.intake.folders import (
    APPLICANT,
    APPLICANTS,
    CONSENTS,
    EVENT,
    EVENTS,
    HASH,
    MEMBERS,
    NOW,
    Folder,
    Quiet,
    lines,
    remarks,
    rows,
    told,
)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_right_rows_come_out_in_the_types_of_the_contract(folder: Folder) -> None:
    table = folder.write("events.csv", EVENTS + EVENT + "2026-02-02 10:00:00+09,,m1,search,,,,site\n").staged()
    assert told(table) == []
    assert remarks(table) == ""
    assert rows(table, "line", "occurred_at", "cookie_id", "member_id", "weight", "site") == [
        (2, datetime(2026, 2, 1, 1, tzinfo=UTC), "c1", None, 3, None),
        (3, datetime(2026, 2, 2, 1, tzinfo=UTC), None, "m1", 1, "site"),
    ]
    assert table.path is not None
    schema = pq.read_schema(table.path)
    assert schema.names == ["line", *EVENTS_TABLE.names]
    assert schema.field("line").type == pa.int64()
    assert schema.field("occurred_at").type == pa.timestamp("us", "UTC")
    assert schema.field("weight").type == pa.int32()
    assert len(table.sha256) == 64


RIGHT_CELLS = {
    "occurred_at": "2026-01-01", "seen_at": "2026-01-01", "registered_at": "2026-01-01", "as_of": "2026-01-02",
    "applied_at": "2026-01-01", "outcome_at": "2026-01-01", "decided_at": "2026-01-01", "text_sha256": HASH,
    "action": "accept", "outcome": "joined", "birth_date": "2000-02-29", "weight": "3", "refusable": "true",
    "given_by": "representative", "relation": "parent",
    "confirmed_at": "2026-01-01", "obtained_at": "2026-01-01", "withdrawn_at": "2026-01-01",
    "covers_training": "true",
}  # fmt: skip


def test_every_table_is_staged_with_exactly_the_columns_of_the_contract(folder: Folder) -> None:
    for name, dataset in DATASETS.items():
        row = ",".join(RIGHT_CELLS.get(column, "x") for column in dataset.names)
        folder.write(f"{name}.csv", ",".join(dataset.names) + "\n" + row + "\n")
    tables = stage_tables(folder.path, folder.staging, NOW, Quiet())
    assert {table.dataset for table in tables} == set(DATASETS)
    for table in tables:
        assert told(table) == []
        assert table.path is not None
        assert pq.read_schema(table.path).names == ["line", *DATASETS[table.dataset].staged]
        assert len(rows(table, "line")) == 1


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (",c1,,view,,,,", ("occurred_at", "", "missing")),
        ("2026-02-01T00:00:00Z,c1,,　 ,,,,", ("kind", "", "missing")),
        ("yesterday,c1,,view,,,,", ("occurred_at", "yesterday", "not_a_time")),
        ("02/01/2026 10:00,c1,,view,,,,", ("occurred_at", "02/01/2026 10:00", "not_a_time")),
        ("2026-02-30T10:00:00Z,c1,,view,,,,", ("occurred_at", "2026-02-30T10:00:00Z", "not_a_time")),
        ("99999-01-01T00:00:00Z,c1,,view,,,,", ("occurred_at", "99999-01-01T00:00:00Z", "not_a_time")),
        ("9999-12-31T23:59:59-12:00,c1,,view,,,,", ("occurred_at", "9999-12-31T23:59:59-12:00", "in_the_future")),
        ("2026-04-02T00:00:01Z,c1,,view,,,,", ("occurred_at", "2026-04-02T00:00:01Z", "in_the_future")),
        ("0001-01-01T00:00:00+14:00,c1,,view,,,,", ("occurred_at", "0001-01-01T00:00:00+14:00", "too_early")),
        ("1989-12-31T23:59:59Z,c1,,view,,,,", ("occurred_at", "1989-12-31T23:59:59Z", "too_early")),
        ("2026-02-01T00:00:00Z,,,view,,,,", ("cookie_id", "", "no_id")),
        (f"2026-02-01T00:00:00Z,c1,,view,,,,{'s' * 257}", ("site", "s" * 257, "too_long")),
        (f"2026-02-01T00:00:00Z,c1,,{'v' * 257},,,,", ("kind", "v" * 257, "too_long")),
        ("2026-02-01T00:00:00Z,c1,,vi\0ew,,,,", ("kind", "vi\0ew", "not_allowed")),
        ("2026-02-01T00:00:00Z,c1,,view", ("", "2026-02-01T00:00:00Z,c1,,view", "broken_row")),
        (
            "2026-02-01T00:00:00Z,c1,,view,,,,,more",
            ("", "2026-02-01T00:00:00Z,c1,,view,,,,,more", "broken_row"),
        ),
    ],
)
def test_a_bad_event_is_refused_and_its_neighbours_are_kept(
    folder: Folder, cells: str, expected: tuple[str, str, str]
) -> None:
    table = folder.write("events.csv", EVENTS + EVENT + cells + "\n" + EVENT).staged()
    assert told(table) == [(3, *expected)]
    assert lines(table) == [2, 4]


@pytest.mark.parametrize("cell", ["-1", "1.5", "many", "99999999999", "#REF!"])
def test_a_weight_that_cannot_be_read_counts_as_one_left_out(folder: Folder, cell: str) -> None:
    table = folder.write("events.csv", EVENTS + EVENT + f"2026-02-01T00:00:00Z,c1,,view,,,{cell},\n").staged()
    assert told(table) == [(3, "weight", cell, "not_a_number")]
    assert table.lost == 1
    assert rows(table, "line", "weight") == [(2, 3), (3, 1)]


OPTIONAL_VALUES = [
    (name, column.name, cell)
    for name, dataset in DATASETS.items()
    for column in dataset.columns
    if not column.is_required and not column.costs_row
    for cell in ("\ufffd", "x" * 257, "x\0")
]


def right_row(name: str) -> dict[str, str]:
    return {column.name: RIGHT_CELLS.get(column.name, "x") for column in DATASETS[name].columns}


@pytest.fixture(scope="module")
def whole_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[object, ...]]:
    """What each table's right row is staged as."""
    staged = {}
    for name in {name for name, _, _ in OPTIONAL_VALUES}:
        filled = right_row(name)
        folder = Folder(tmp_path_factory.mktemp(name))
        folder.write(f"{name}.csv", f"{','.join(filled)}\n{','.join(filled.values())}\n")
        [staged[name]] = rows(folder.staged(), *filled)
    return staged


def test_which_columns_that_may_be_empty_cost_their_row() -> None:
    """Those of which an empty cell says something else: by whom, for all clients, of the own board."""
    costly = {
        (name, column.name)
        for name, dataset in DATASETS.items()
        for column in dataset.columns
        if not column.is_required and column.costs_row
    }
    assert costly == {
        ("events", "cookie_id"), ("events", "member_id"), ("events", "site"), ("consents", "client_id"),
        ("consents", "given_by"),
        ("notices", "client_id"), ("applicants", "member_id"), ("applicants", "cookie_id"), ("applicants", "stage"),
        ("confirmations", "obtained_at"), ("confirmations", "withdrawn_at"),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "column", "cell"), OPTIONAL_VALUES)
def test_a_bad_value_in_a_column_that_may_be_empty_costs_the_value(
    folder: Folder, whole_rows: dict[str, tuple[object, ...]], name: str, column: str, cell: str
) -> None:
    filled = right_row(name)
    wrong = ",".join((filled | {column: cell}).values())
    table = folder.write(f"{name}.csv", f"{','.join(filled)}\n{wrong}\n").staged()
    assert [(line, at, value) for line, at, value, _ in told(table)] == [(2, column, cell)]
    assert table.lost == 1
    assert table.as_written == ()
    [spoilt] = rows(table, *filled)
    whole = whole_rows[name]
    place = list(filled).index(column)
    assert spoilt[place] == (1 if column == "weight" else None)
    assert spoilt[:place] + spoilt[place + 1 :] == whole[:place] + whole[place + 1 :]


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("2026-02-01", datetime(2026, 2, 1, 14, 59, 59, 999999, tzinfo=UTC)),
        ("2026-02-01T10:00", datetime(2026, 2, 1, 1, tzinfo=UTC)),
        ("2026-02-01 10:00:00", datetime(2026, 2, 1, 1, tzinfo=UTC)),
        ("2026-02-01T10:00Z", datetime(2026, 2, 1, 10, tzinfo=UTC)),
        ("2026-02-01T10:00-0130", datetime(2026, 2, 1, 11, 30, tzinfo=UTC)),
        ("2026-02-01T10:00:00.123456+09:00", datetime(2026, 2, 1, 1, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_times_in_iso_8601_are_taken(folder: Folder, time: str, instant: datetime) -> None:
    table = folder.write("events.csv", EVENTS + f"{time},c1,,view,,,,\n").staged()
    assert rows(table, "occurred_at") == [(instant,)]
    assert ("Asia/Tokyo" in remarks(table)) == (len(time) in (10, 16, 19))


def test_one_time_without_an_offset_is_told_once(folder: Folder) -> None:
    bare = "2026-02-01T10:00:00,c1,,view,,,,\n"
    told_once = "events.csv: times without an offset were taken as Asia/Tokyo"
    assert remarks(folder.write("events.csv", EVENTS + bare + bare).staged()) == told_once
    [first, *others] = remarks(folder.write("events.csv", EVENTS + EVENT + bare + bare).staged()).splitlines()
    assert first == told_once
    assert [one.split(". ")[0] for one in others] == ["events.csv: some times have an offset and some have none"]


@pytest.mark.parametrize("time", ["yesterday", "2026-02-30T10:00:00", "02/01/2026 10:00"])
def test_a_time_that_cannot_be_read_is_no_time_without_an_offset(folder: Folder, time: str) -> None:
    table = folder.write("events.csv", EVENTS + EVENT + f"{time},c1,,view,,,,\n").staged()
    assert told(table) == [(3, "occurred_at", time, "not_a_time")]
    assert remarks(table) == ""


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (f"2026-02-01T00:00:00Z,m1,s,{HASH},agree,,", ("action", "agree", "not_allowed")),
        ("2026-02-01T00:00:00Z,m1,s,abc,accept,,", ("text_sha256", "abc", "not_a_hash")),
        (f"2026-02-01T00:00:00Z,m1,s,{HASH},accept,,perhaps", ("refusable", "perhaps", "not_a_boolean")),
        (f"2026-02-01T00:00:00Z,,s,{HASH},accept,,", ("member_id", "", "missing")),
    ],
)
def test_a_bad_consent_is_refused(folder: Folder, cells: str, expected: tuple[str, str, str]) -> None:
    table = folder.write("consents.csv", CONSENTS + cells + "\n").staged()
    assert told(table) == [(2, *expected)]


@pytest.mark.parametrize(("cell", "read"), [("perhaps", None), ("いいえ", False), ("はい", True)])
def test_a_flag_that_may_be_left_out_costs_no_row(folder: Folder, cell: str, read: bool | None) -> None:
    act = f"2026-02-01T00:00:00Z,m1,s,{HASH},withdraw,,{cell}"
    table = folder.write("consents.csv", CONSENTS + act + "\n").staged()
    assert rows(table, "action", "refusable") == [("withdraw", read)]
    assert told(table) == ([] if read is not None else [(2, "refusable", cell, "not_a_boolean")])
    assert table.as_written == ()


def test_flags_are_read_in_all_their_spellings_and_hashes_in_either_case(folder: Folder) -> None:
    spellings = ["TRUE", "1", "yes", "False", "0", "NO", ""]
    acts = "".join(
        f"2026-02-01T00:00:0{place}Z,m1,s,{HASH.upper()},accept,,{said}\n" for place, said in enumerate(spellings)
    )
    table = folder.write("consents.csv", CONSENTS + acts).staged()
    assert rows(table, "refusable", "text_sha256") == [
        (flag, HASH) for flag in (True, True, True, False, False, False, None)
    ]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("X,a1,2026,2026-03-01T00:00:00Z,2026-02-01T00:00:00Z", ("as_of", "2026-02-01T00:00:00Z", "before_applied_at")),
        ("X,a1,2026,2026-03-01T00:00:00Z,2029-02-01T00:00:00Z", ("as_of", "2029-02-01T00:00:00Z", "in_the_future")),
        ("X,,2026,2026-03-01T00:00:00Z,2026-03-01T00:00:00Z", ("applicant_id", "", "missing")),
    ],
)
def test_a_bad_applicant_is_refused(folder: Folder, cells: str, expected: tuple[str, str, str]) -> None:
    table = folder.write("applicants.csv", APPLICANTS + cells + "\n").staged()
    assert told(table) == [(2, *expected)]


def test_as_of_may_lie_ahead_and_an_outcome_must_be_one_of_the_five(folder: Folder) -> None:
    table = folder.write(
        "applicants.csv", APPLICANTS + "X,a1,2026,2026-03-01T00:00:00Z,2027-02-01T00:00:00Z\n"
    ).staged()
    assert told(table) == []
    (folder.path / "applicants.csv").unlink()
    header = "client_id,applicant_id,season,outcome,outcome_at\n"
    table = folder.write("outcomes.csv", header + "X,a,2026,hired,2026-03-01T00:00:00Z\n").staged()
    assert told(table) == [(2, "outcome", "hired", "not_allowed")]


def test_birth_dates_and_long_names(folder: Folder) -> None:
    header = "member_id,season,registered_at,family_name,birth_date\n"
    people = [
        ("寿" * 200, "2004-02-29"),
        ("寿" * 257, "2004-02-29"),
        ("a", "4/1/2004"),
        ("b", "2027-01-01"),
        ("c", "0001-01-01"),
    ]
    table = folder.write(
        "members.csv",
        header + "".join(f"m{n},2026,2026-01-01T00:00:00Z,{name},{born}\n" for n, (name, born) in enumerate(people)),
    ).staged()
    born = date(2004, 2, 29)
    assert rows(table, "family_name", "birth_date") == [
        ("寿" * 200, born), (None, born), ("a", None), ("b", None), ("c", None),
    ]  # fmt: skip
    assert table.lost == 4
    assert [(line, fault) for line, _, _, fault in told(table)] == [
        (3, "too_long"), (4, "not_a_date"), (5, "in_the_future"), (6, "too_early"),
    ]  # fmt: skip


def test_the_same_key_with_other_words_is_refused_and_with_the_same_words_dropped(folder: Folder) -> None:
    other = APPLICANT.replace("2026-03-01", "2026-03-02")
    table = folder.write(
        "applicants.csv", APPLICANTS + APPLICANT + other + APPLICANT + APPLICANT.replace("a1", "a2")
    ).staged()
    assert told(table) == [(3, "applicant_id", "a1", "duplicate_key")]
    assert lines(table) == [2, 5]
    assert "was taken once (rows left out: 1)" in remarks(table)


def test_an_act_told_twice_is_one_fact_and_a_click_told_twice_is_two(folder: Folder) -> None:
    act = f"2026-02-01T00:00:00Z,m1,s,{HASH},accept,,true\n"
    table = folder.write("consents.csv", CONSENTS + act + act + act.replace("true", "false")).staged()
    assert lines(table) == [2, 4]
    assert told(table) == []
    assert remarks(table) == ""
    (folder.path / "consents.csv").unlink()
    assert lines(folder.write("events.csv", EVENTS + EVENT + EVENT).staged()) == [2, 3]


def test_a_missing_column_loads_nothing_and_names_those_found(folder: Folder) -> None:
    table = folder.write("members.csv", "id,season\nm1,2026\n").staged()
    assert table.path is None
    assert "no column member_id, registered_at; found id, season" in remarks(table)


def test_events_need_a_column_for_one_of_the_ids(folder: Folder) -> None:
    table = folder.write("events.csv", "occurred_at,kind\n2026-01-01,view\n").staged()
    assert table.path is None
    assert "no column cookie_id/member_id" in remarks(table)


def test_an_unknown_column_is_told_with_its_nearest_kin(folder: Folder) -> None:
    header = MEMBERS.replace("registered_at", "registered_at,emial,shoe_size,", 1)
    table = folder.write("members.csv", header.replace("05+09:00", "05+09:00,a@b,43,")).staged()
    assert "column emial is not used; did you mean email?" in remarks(table)
    assert "column shoe_size is not used" in remarks(table)
    assert lines(table) == [2]


def test_a_column_twice_is_refused(folder: Folder) -> None:
    table = folder.write("members.csv", "member_id,season,season,registered_at\nm,1,2,2026-01-01\n").staged()
    assert table.path is None
    assert "more than one column season" in remarks(table)


def test_a_header_with_spaces_and_capitals_is_forgiven_and_told(folder: Folder) -> None:
    table = folder.write("members.csv", MEMBERS.replace("member_id,season", " Member_ID , SEASON")).staged()
    assert lines(table) == [2]
    assert "' Member_ID ', ' SEASON'" in remarks(table)


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolon"), ("\t", "tab")])
def test_other_delimiters_are_found_and_told(folder: Folder, delimiter: str, name: str) -> None:
    table = folder.write("members.csv", MEMBERS.replace(",", delimiter)).staged()
    assert rows(table, "member_id") == [("m1",)]
    assert name in remarks(table)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_and_line_ends_of_every_system(folder: Folder, ending: str, mark: str) -> None:
    text = mark + (MEMBERS + "\n" + MEMBERS.splitlines()[1].replace("m1", "m2")).replace("\n", ending)
    table = folder.write("members.csv", text).staged()
    assert rows(table, "line", "member_id") == [(2, "m1"), (4, "m2")]
    assert told(table) == []
    assert remarks(table) == ""


def test_cp932_is_found_and_told(folder: Folder) -> None:
    header = "member_id,season,registered_at,family_name\n"
    table = folder.write("members.csv", (header + "m1,2026,2026-01-01T00:00:00Z,髙橋ソ\n").encode("cp932")).staged()
    assert rows(table, "family_name") == [("髙橋ソ",)]
    assert "CP932" in remarks(table)


@pytest.mark.parametrize("padding", [0, (1 << 20) - 32, 1 << 20])
def test_neither_utf8_nor_cp932_is_told_with_the_byte(folder: Folder, padding: int) -> None:
    before = (MEMBERS + "x" * padding).encode()
    table = folder.write("members.csv", before + b"\xff\xff\n").staged()
    assert table.path is None
    assert f"byte {len(before)} can't be read" in remarks(table)


def test_a_character_cut_short_is_told_with_its_first_byte(folder: Folder) -> None:
    whole = MEMBERS.encode() + b"x" * ((1 << 20) - len(MEMBERS) - 1)
    table = folder.write("members.csv", whole + "あ".encode()[:2] + b"\xff\xff\n").staged()
    assert f"byte {len(whole)} can't be read" in remarks(table)


def test_blanks_around_cells_are_no_part_of_them(folder: Folder) -> None:
    table = folder.write("members.csv", MEMBERS.replace("m1,2026", "\u3000m1 ,\u00a02026\t")).staged()
    assert rows(table, "member_id", "season") == [("m1", "2026")]


def test_an_empty_cell_is_other_words_than_a_filled_one(folder: Folder) -> None:
    header = "member_id,season,registered_at,email\n"
    row = "m1,2026,2026-01-01T00:00:00Z,"
    table = folder.write("members.csv", f"{header}{row}\n{row}a@b\n{row}\n").staged()
    assert told(table) == [(3, "member_id", "m1", "duplicate_key")]
    assert lines(table) == [2]


def test_files_that_are_something_else(folder: Folder, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<x/>")
    for content, words in (
        ((tmp_path / "book.xlsx").read_bytes(), "Excel"),
        (gzip.compress(MEMBERS.encode()), "gzip"),
        (MEMBERS.encode("utf-16"), "UTF-16"),
        (b"PAR1....PAR1", "Parquet"),
        (b"", "is empty"),
    ):
        table = folder.write("members.csv", content).staged()
        assert table.path is None
        assert words in remarks(table)


def test_a_header_without_rows_is_an_empty_table(folder: Folder) -> None:
    for header in (MEMBERS.splitlines()[0], MEMBERS.splitlines()[0] + "\n"):
        table = folder.write("members.csv", header).staged()
        assert rows(table, "line") == []
        assert told(table) == []


def test_blank_lines_alone_name_no_column(folder: Folder) -> None:
    assert folder.write("members.csv", "\n\n").staged().path is None


def test_rows_without_any_cell_are_no_rows(folder: Folder) -> None:
    table = folder.write("members.csv", MEMBERS + ",,\n\n   \n").staged()
    assert lines(table) == [2]
    assert told(table) == []


def test_an_open_quotation_is_told_with_its_line(folder: Folder) -> None:
    table = folder.write(
        "members.csv", MEMBERS + 'm2,"2026,2026-01-02T00:00:00Z\nm3,2026,2026-01-02T00:00:00Z\n'
    ).staged()
    assert table.path is None
    assert "line 3 is never closed" in remarks(table)


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_row_that_fits_into_no_block_is_told_with_where_it_lies(folder: Folder, quote: str) -> None:
    vast = EVENT.replace("p1", quote + "x" * (2 * BLOCK_BYTES) + quote)
    few = folder.write("events.csv", EVENTS + EVENT + vast + EVENT).staged()
    assert few.path is None
    assert remarks(few) == "events.csv: a row after line 2 is longer than 8 MB: shorten its cells"
    count = 2 * BLOCK_BYTES // len(EVENT)
    many = folder.write("events.csv", EVENTS + EVENT * count + vast + EVENT).staged()
    assert many.path is None
    found = re.search(r"a row after line (\d+) is longer", remarks(many))
    assert found
    assert count // 2 < int(found[1]) <= count + 1


def test_a_stray_quotation_mark_within_a_cell_is_a_character(folder: Folder) -> None:
    table = folder.write("events.csv", EVENTS + EVENT.replace("p1", '24" screen')).staged()
    assert rows(table, "page") == [('24" screen',)]


def test_lines_are_right_behind_cells_with_line_ends(folder: Folder) -> None:
    held = EVENT.replace("p1", '"a\nb\r\nc"')
    table = folder.write("events.csv", EVENTS + held + EVENT + '"x\ny",\n' + "bad" + held + EVENT).staged()
    assert lines(table) == [2, 5, 11]
    assert [(line, fault) for line, _, _, fault in told(table)] == [(6, "broken_row"), (8, "not_a_time")]


def test_both_formats_of_one_table_are_refused(folder: Folder) -> None:
    table = folder.write("members.csv", MEMBERS).write("members.parquet", b"PAR1").staged()
    assert table.path is None
    assert table.file_name == "members.csv, members.parquet"


def test_a_folder_named_like_a_table_is_told(folder: Folder) -> None:
    (folder.path / "events.parquet").mkdir()
    assert "is a folder" in remarks(folder.staged())


def test_files_that_nobody_asked_for_are_told(folder: Folder) -> None:
    for name in ("applicant.csv", "shoes.xlsx", "README.md", ".DS_Store", "service.yaml"):
        folder.write(name, "x")
    said = [remark.message % remark.values for remark in listing_of(folder.path).remarks]
    assert "did you mean applicants.csv" in said[0]
    assert "shoes.xlsx was not read" in said[1]
    assert "the folder has no members, events, applicants" in said[2]
    assert len(said) == 3


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderUnreadable, match="nowhere"):
        stage_tables(tmp_path / "nowhere", tmp_path / "staging", NOW, Quiet())


class TestParquet:
    def test_kindred_types_are_taken(self, folder: Folder) -> None:
        moments = pd.to_datetime(["2026-02-01 10:00", "2026-02-02 10:00"])
        for unit in ("s", "ms", "us", "ns"):
            frame = pd.DataFrame(
                {
                    "Occurred_At": moments.astype(f"datetime64[{unit}]"),
                    "member_id": [7, 8],
                    "cookie_id": [1.0, None],
                    "kind": pd.Categorical(["view", "search"]),
                    "weight": [2.0, None],
                    "page": [date(2026, 1, 1)] * 2,
                    "site": [None, None],
                }
            )
            frame.to_parquet(folder.path / "events.parquet", index=False)
            table = folder.staged()
            assert told(table) == []
            assert "Asia/Tokyo" in remarks(table)
            assert rows(table, "line", "occurred_at", "cookie_id", "member_id", "kind", "weight", "page", "site") == [
                (1, datetime(2026, 2, 1, 1, tzinfo=UTC), "1", "7", "view", 2, "2026-01-01", None),
                (2, datetime(2026, 2, 2, 1, tzinfo=UTC), None, "8", "search", 1, "2026-01-01", None),
            ]

    def test_instants_of_any_unit_and_bytes_for_strings(self, folder: Folder) -> None:
        moment = datetime(2026, 2, 1, 1, tzinfo=UTC)
        for unit in ("ms", "us", "ns"):
            columns = {
                "occurred_at": pa.array([moment], pa.timestamp(unit, "Asia/Tokyo")),
                "member_id": pa.array([b"m1"], pa.binary()),
                "kind": pa.array(["view"], pa.large_string()),
            }
            pq.write_table(pa.table(columns), folder.path / "events.parquet")
            table = folder.staged()
            assert rows(table, "occurred_at", "member_id") == [(moment, "m1")]
            assert remarks(table) == ""

    def test_rows_are_refused_by_their_number(self, folder: Folder) -> None:
        far = [datetime(2026, 1, 1), datetime(9999, 12, 31, 23), datetime(1, 1, 1), None]  # noqa: DTZ001 - times without a zone
        columns = {
            "occurred_at": pa.array(far, pa.timestamp("us")),
            "member_id": pa.array(["m1"] * 4),
            "kind": pa.array(["view"] * 4),
            "weight": pa.array([-1.0, 1, 1, 1]),
        }
        pq.write_table(pa.table(columns), folder.path / "events.parquet")
        table = folder.staged()
        assert lines(table) == [1]
        assert told(table) == [
            (1, "weight", "-1.0", "not_a_number"),
            (2, "occurred_at", "9999-12-31 23:00:00", "in_the_future"),
            (3, "occurred_at", "0001-01-01 00:00:00", "too_early"),
            (4, "occurred_at", "", "missing"),
        ]

    def test_times_beyond_any_calendar_do_not_crash(self, folder: Folder) -> None:
        for unit in ("us", "ns", "ms", "s"):
            extremes = [2**62, -(2**62)] if unit in ("us", "ns") else [2**52, -(2**52)]
            columns = {
                "occurred_at": pa.array(extremes, pa.int64()).cast(pa.timestamp(unit)),
                "member_id": pa.array(["m1"] * 2),
                "kind": pa.array(["view"] * 2),
            }
            pq.write_table(pa.table(columns), folder.path / "events.parquet")
            table = folder.staged()
            assert table.path is None or (len(told(table)) == 2 and rows(table, "line") == [])

    def test_a_column_of_another_kind_is_told(self, folder: Folder) -> None:
        columns = {"occurred_at": [1767225600], "member_id": ["m1"], "kind": ["view"]}
        pq.write_table(pa.table(columns), folder.path / "events.parquet")
        table = folder.staged()
        assert table.path is None
        assert "column occurred_at holds BIGINT" in remarks(table)

    def test_columns_named_like_ours_do_no_harm(self, folder: Folder) -> None:
        columns = {
            "occurred_at": ["2026-01-01T00:00:00Z"],
            "member_id": ["m1"],
            "kind": ["view"],
            "line": [9],
            'a"b': [1],
        }
        pq.write_table(pa.table(columns), folder.path / "events.parquet")
        assert lines(folder.staged()) == [1]

    @pytest.mark.parametrize("name", ["file_row_number", "File_Row_Number"])
    def test_a_column_named_like_the_readers_own_is_told(self, folder: Folder, name: str) -> None:
        columns = {"occurred_at": ["2026-01-01T00:00:00Z"], "member_id": ["m1"], "kind": ["view"], name: [77]}
        pq.write_table(pa.table(columns), folder.path / "events.parquet")
        table = folder.staged()
        assert table.path is None
        assert remarks(table).startswith("events.parquet: a column may not be named file_row_number: leave it out")

    @pytest.mark.parametrize("weight", [float("nan"), float("inf"), -float("inf")])
    @pytest.mark.parametrize("type_", [pa.float32(), pa.float64()])
    def test_a_weight_that_is_no_number_is_left_out(self, folder: Folder, weight: float, type_: pa.DataType) -> None:
        columns = {
            "occurred_at": ["2026-01-01T00:00:00Z"] * 3,
            "member_id": ["m1"] * 3,
            "kind": ["view"] * 3,
            "weight": pa.array([2, weight, None], type_),
        }
        pq.write_table(pa.table(columns), folder.path / "events.parquet")
        table = folder.staged()
        assert told(table) == [(2, "weight", str(weight), "not_a_number")]
        assert rows(table, "line", "weight") == [(1, 2), (2, 1), (3, 1)]

    @pytest.mark.parametrize(("cut", "words"), [(-8, "cut off"), (2, "not a Parquet file"), (0, "empty")])
    def test_broken_files_are_told(self, folder: Folder, cut: int, words: str) -> None:
        pq.write_table(pa.table({"a": [1]}), folder.path / "events.parquet")
        whole = (folder.path / "events.parquet").read_bytes()
        table = folder.write("events.parquet", whole[:cut]).staged()
        assert table.path is None
        assert words in remarks(table)

    def test_a_damaged_file_is_told(self, folder: Folder) -> None:
        table = folder.write("events.parquet", b"PAR1" + b"x" * 40 + b"PAR1").staged()
        assert table.path is None
        assert "can't be read as Parquet" in remarks(table)

    def test_a_path_that_looks_like_a_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "it's [a] *?").mkdir()
        folder = Folder(tmp_path / "it's [a] *?").write("members.csv", MEMBERS + MEMBERS.splitlines()[1])
        assert lines(folder.staged()) == [2]


def plain_events(**changed: pa.Array) -> pa.Table:
    columns = {
        "occurred_at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
        "member_id": pa.array(["m1", "m2", "m3"]),
        "kind": pa.array(["view", "会員 登録", "search"]),
        "weight": pa.array([1, 2, 0], pa.int32()),
    }
    return pa.table(columns | changed)


def test_events_that_need_no_change_are_staged_byte_by_byte(folder: Folder) -> None:
    pq.write_table(plain_events(), folder.path / "events.parquet")
    table = folder.staged()
    assert (told(table), remarks(table)) == ([], "")
    assert table.path is not None
    assert table.path.read_bytes() == (folder.path / "events.parquet").read_bytes()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kind": pa.array([" view", "view", "view"])}, [(1, "view", 1), (2, "view", 2), (3, "view", 0)]),
        ({"kind": pa.array(["view", "view", ""])}, [(1, "view", 1), (2, "view", 2)]),
        ({"weight": pa.array([1, None, 3], pa.int32())}, [(1, "view", 1), (2, "会員 登録", 1), (3, "search", 3)]),
        ({"weight": pa.array([1, 2, 3], pa.int64())}, [(1, "view", 1), (2, "会員 登録", 2), (3, "search", 3)]),
        ({"weight": pa.array([1, -2, 3], pa.int32())}, [(1, "view", 1), (2, "会員 登録", 1), (3, "search", 3)]),
        ({"line": pa.array([7, 8, 9])}, [(1, "view", 1), (2, "会員 登録", 2), (3, "search", 0)]),
        (
            {"occurred_at": pa.array([1_700_000_000_000_000] * 3, pa.timestamp("us"))},
            [(1, "view", 1), (2, "会員 登録", 2), (3, "search", 0)],
        ),
    ],
)
def test_events_that_need_a_change_are_written_anew(
    folder: Folder, changed: dict[str, pa.Array], expected: list[tuple[int, str, int]]
) -> None:
    pq.write_table(plain_events(**changed), folder.path / "events.parquet")
    assert rows(folder.staged(), "line", "kind", "weight") == expected


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    pq.write_table(plain_events(), folder.path / "events.parquet")

    def copied_later(source: Path, target: Path) -> None:
        pq.write_table(plain_events(kind=pa.array(["", "", ""])), source)
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(shutil, "copyfile", copied_later)
    table = folder.staged()
    assert table.path is None
    assert remarks(table) == "events.parquet was changed while it was read: load it again"


def test_many_rows_pass_in_bounded_memory_and_in_order(folder: Folder) -> None:
    count = 400_000
    columns = {
        "occurred_at": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * count, pa.timestamp("us", "UTC")),
        "member_id": pa.array([f"member-{number:012}" for number in range(count)]),
        "kind": pa.array(["view "] * count),
    }
    pq.write_table(pa.table(columns), folder.path / "events.parquet")
    table = folder.staged("150MB")
    assert lines(table) == list(range(1, count + 1))


def test_of_decisions_that_contradict_each_other_none_is_taken(folder: Folder) -> None:
    said = ["c,a,1,pass", "c,b,1,pass", "c,a,1,fail", "c,b,1,pass", "c,a,1,pass"]
    head = "client_id,applicant_id,stage,decision,decided_at\n"
    table = folder.write("decisions.csv", head + "".join(f"{row},2026-01-05\n" for row in said)).staged()
    assert told(table) == [(line, "applicant_id", "a", "duplicate_key") for line in (2, 4, 6)]
    assert rows(table, "line", "applicant_id", "decision") == [(3, "b", "pass")]


@pytest.mark.parametrize("row", ["m1,2026,2026-01-02", "m1,2026,2026-01-02,岡田,,", "m1,2026,2026-01-02,岡田,, ,,"])
def test_empty_cells_that_a_spreadsheet_leaves_out_or_adds_at_the_end_cost_nothing(folder: Folder, row: str) -> None:
    header = "member_id,season,registered_at,family_name,given_name\n"
    table = folder.write("members.csv", f"{header}{row}\nm2,2026,2026-01-02,原,実\n").staged()
    assert told(table) == []
    assert set(lines(table)) == {2, 3}
    assert "(rows: 1)" in remarks(table)


@pytest.mark.parametrize(
    "row",
    ["m1,2026", "m1,2026,2026-01-02,岡田,葵,more", f"2026-02-01T00:00:00Z,m1,s,{HASH},accept"],
)
def test_a_row_that_lacks_more_or_has_more_is_refused(folder: Folder, row: str) -> None:
    """An act without the cell for one client would be an act for all."""
    is_act = "accept" in row
    header = CONSENTS if is_act else "member_id,season,registered_at,family_name,given_name\n"
    table = folder.write("consents.csv" if is_act else "members.csv", f"{header}{row}\n").staged()
    assert [fault for *_, fault in told(table)] == ["broken_row"]


def test_the_last_row_of_a_file_that_breaks_off_is_refused_where_cells_are_missing(folder: Folder) -> None:
    header = "member_id,season,registered_at,family_name\n"
    table = folder.write("members.csv", f"{header}m1,2026,2026-01-02\nm2,2026,2026-01-0").staged()
    assert lines(table) == [2]
    assert told(table) == [(3, "", "m2,2026,2026-01-0", "broken_row")]
