"""A report as a workbook: a notice sheet in Japanese and English, the rows, and those with a score from the highest.

There is no formula and no link in it.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from kanmon.core.errors import KanmonError
from kanmon.core.language import N_, Language
from kanmon.provision.first_page import FirstPage, first_page
from kanmon.provision.report import ColumnKind, Report, ReportRow, columns_of, headings, highest_first

_FONT = {"font_name": "Yu Gothic", "font_size": 10.5, "valign": "top"}
_STYLES: dict[str, dict[str, object]] = {
    "title": {"font_size": 16, "font_color": "#17324D"},
    "label": {"font_color": "#17324D", "bold": True, "text_wrap": True},
    "text": {"text_wrap": True},
    "mark": {"text_wrap": True, "bold": True, "bg_color": "#FFF3D6"},
    "head": {"bold": True, "bottom": 1, "bg_color": "#EEF3F8"},
    "id": {"num_format": "@"},
    "score": {"num_format": "0.0000"},
    "no_score": {"align": "right", "num_format": "@"},
}
_LAYOUTS = {ColumnKind.ID: (32, "id"), ColumnKind.SCORE: (14, "score"), ColumnKind.SYMBOL: (14, "id")}
"""The width of a column of rows in characters, and the style of its cells."""
_LINE_UNITS = 96.0
"""Latin letters that fit a line of the notice; a Japanese character takes two."""


class CellNotWritten(KanmonError):
    """A workbook can't hold what was to be written into it."""

    code = "CELL_NOT_WRITTEN"


def xlsx_of(report: Report, scratch: Path) -> bytes:
    """The workbook of `report`; rows wait in `scratch` while it is put together, so that memory stays flat."""
    target = BytesIO()
    options = {
        "constant_memory": True,
        "tmpdir": str(scratch),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(target, options) as workbook:
            _fill(workbook, report)
    except FileCreateError as wrapped:
        raise wrapped.args[0] from wrapped  # the OSError itself: a full disk is told as one
    return target.getvalue()


def _fill(workbook: Workbook, report: Report) -> None:
    pages = [first_page(report, language) for language in (Language.JAPANESE, Language.ENGLISH)]
    created = report.provided_at.replace(tzinfo=None)
    workbook.set_properties({"title": pages[0].title, "author": report.provider_name, "created": created})
    styles = {name: workbook.add_format({**_FONT, **style}) for name, style in _STYLES.items()}
    _write_notice(workbook.add_worksheet("はじめに Notice"), pages, styles)
    _write_rows(workbook.add_worksheet("スコア Scores"), report, report.rows, styles)
    _write_rows(workbook.add_worksheet("フォロー順 Follow-up"), report, highest_first(report), styles)


def _write_notice(sheet: Worksheet, pages: list[FirstPage], styles: dict[str, Format]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 96)
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    line = 0
    for page in pages:
        _write_text(sheet, line, 0, page.title, styles["title"])
        line += 2
        if page.replay is not None:
            line = _write_entry(sheet, line, ("", page.replay), styles["label"], styles["mark"])
        for entry in (*page.sections, *page.facts):
            line = _write_entry(sheet, line, entry, styles["label"], styles["text"])
        line += 1


def _write_entry(sheet: Worksheet, line: int, entry: tuple[str, str], label: Format, text: Format) -> int:
    units = sum(1 if char.isascii() else 2 for char in entry[1])
    sheet.set_row(line, 18 * (1 + int(units / _LINE_UNITS)))
    _write_text(sheet, line, 0, entry[0], label)
    _write_text(sheet, line, 1, entry[1], text)
    return line + 1


def _write_rows(sheet: Worksheet, report: Report, rows: Sequence[ReportRow], styles: dict[str, Format]) -> None:
    columns = columns_of(report)
    for place, column in enumerate(columns):
        sheet.set_column(place, place, _LAYOUTS[column.kind][0])
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
    for place, heading in enumerate(headings(report)):
        _write_text(sheet, 0, place, heading, styles["head"])
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            value = column.value(row)
            if isinstance(value, int):
                sheet.write_number(line, place, value / 10_000, styles["score"])
            else:
                style = "no_score" if column.kind is ColumnKind.SCORE else _LAYOUTS[column.kind][1]
                _write_text(sheet, line, place, column.text(report, row), styles[style])


def _write_text(sheet: Worksheet, line: int, column: int, text: str, style: Format) -> None:
    if text.startswith("<r>"):  # the library would take it for mark-up of its own and write it unescaped
        failed = sheet.write_rich_string(line, column, text[0], text[1], text[2:], style)
    else:
        failed = sheet.write_string(line, column, text, style)
    if failed:
        raise CellNotWritten(
            N_(
                "the workbook can't hold row %(row)s, column %(column)s: a sheet ends at row 1,048,576 and a cell at "
                "32,767 characters (this one has %(length)s); ask the client for fewer rows at a time or for shorter "
                "IDs"
            ),
            row=f"{line + 1:,}",
            column=column + 1,
            length=f"{len(text):,}",
        )
