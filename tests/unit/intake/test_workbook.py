"""Workbooks of Excel: each cell as it means to be written, each row on its line, and what a workbook has lost."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from kanmon.core.errors import TooLarge
from kanmon.intake.files.limits import IntakeLimits, measure
from tests.unit.intake.folders import Folder, lines, remarks, rows, told

HEADER = ["会員番号", "年度", "登録日時", "姓", "生年月日"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def write(folder: Folder, *content: Sequence[object], formats: dict[str, str] | None = None) -> Path:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in content:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    path = folder.path / "members.xlsx"
    workbook.save(path)
    return path


def test_numbers_dates_and_words_are_read_as_they_mean_to_be_written(folder: Folder) -> None:
    born = datetime.fromisoformat("2003-05-06")
    write(
        folder,
        HEADER,
        [1001, 2026, datetime.fromisoformat("2026-01-02 03:04"), "岡田\n葵", born],
        [None] * 5,
        ["m2", "2026", "2026/1/2"],
    )
    table = folder.staged()
    assert told(table) == []
    assert lines(table) == [2, 4]
    [first, second] = rows(table, "member_id", "season", "registered_at", "family_name", "birth_date")
    assert first == ("1001", "2026", datetime(2026, 1, 1, 18, 4, tzinfo=UTC), "岡田 葵", date(2003, 5, 6))
    assert second == ("m2", "2026", datetime(2026, 1, 1, 15, tzinfo=UTC), None, None)


def test_digits_that_a_workbook_has_lost_and_errors_and_formulas_cost_their_row(folder: Folder) -> None:
    write(
        folder,
        HEADER,
        [1234567890123456789, 2026, "2026-01-02"],
        ["#N/A", 2026, "2026-01-02"],
        ["=A2", 2026, "2026-01-02"],
    )
    assert [(line, column, fault) for line, column, _, fault in told(folder.staged())] == [
        (2, "member_id", "digits_lost"), (3, "member_id", "spreadsheet_error"), (4, "member_id", "spreadsheet_error"),
    ]  # fmt: skip


def test_a_formula_without_a_result_is_no_empty_cell_whatever_the_workbook_calls_its_parts(folder: Folder) -> None:
    path = write(folder, HEADER, ["m1", 2026, "2026-01-02", "=A2"])
    with ZipFile(path) as parts:
        contents = {name: parts.read(name) for name in parts.namelist()}
    with ZipFile(path, "w") as parts:
        for name, content in contents.items():
            parts.writestr(name.replace("sheet1", "people"), content.replace(b"sheet1.xml", b"people.xml"))
    table = folder.staged()
    assert rows(table, "family_name") == [(None,)]
    assert told(table) == [(2, "family_name", "=A2", "spreadsheet_error")]


def test_the_sheet_named_like_the_table_is_read_and_the_others_are_told(folder: Folder) -> None:
    workbook = Workbook()
    workbook.worksheets[0].append(["memo"])
    for title in ("Members", "hidden"):
        workbook.create_sheet(title).append(["member_id", "season", "registered_at"])
    workbook["Members"].append(["m1", "2026", "2026-01-02"])
    workbook["hidden"].sheet_state = "hidden"
    workbook.save(folder.path / "members.xlsx")
    table = folder.staged()
    assert lines(table) == [2]
    assert remarks(table).startswith("members.xlsx: the sheet “Members” was read; not read: Sheet\n")


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 torn"])
def test_what_is_no_workbook_is_told(folder: Folder, content: bytes) -> None:
    table = folder.write("members.xlsx", content).staged()
    assert table.path is None
    assert "can't be read as a workbook of Excel" in remarks(table)


@pytest.mark.parametrize(("limits", "told_of"), [(IntakeLimits(rows=1), "rows"), (IntakeLimits(unpacked_mb=1), "MB")])
def test_a_workbook_from_outside_is_measured_before_it_is_read(
    folder: Folder, limits: IntakeLimits, told_of: str
) -> None:
    path = write(folder, HEADER, *[["m" * 30_000] for _ in range(40)])
    assert path.stat().st_size < 100_000
    with pytest.raises(TooLarge, match=told_of):
        measure(path, path.name, limits)
