"""An Excel workbook as a CSV file: one sheet, each row on the line of its number, each cell as it means to be written.

A number of up to fifteen digits is written out, a longer one with an exponent, since the workbook has lost the rest. A
date is written no more exactly than its cell shows it. A formula without a stored result is written as the formula,
for the check of the row to refuse.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.cell import Cell
from openpyxl.cell.read_only import ReadOnlyCell
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.loaded import Remark

_DIGITS_KEPT = 10**15
"""Numbers of a workbook are exact below this."""
_HALF_A_SECOND = timedelta(microseconds=500_000)


def as_csv(source: Path, table: str, copy: Path) -> tuple[Remark, ...]:
    """Write the sheet named like `table`, else the first that shows, to the CSV file `copy`; raises FileUnusable."""
    with _readable(source):
        shown, title = _sheet(load_workbook(source, read_only=True), table)
        with copy.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(_written(source, title))
    if len(shown) == 1:
        return ()
    others = ", ".join(name for name in shown if name != title)
    message = gettext("%(file)s: the sheet “%(sheet)s” was read; not read: %(others)s")
    return (Remark(message, {"file": source.name, "sheet": title, "others": others}),)


def rows_of(source: Path, table: str = "") -> Iterator[Sequence[str]]:
    """The rows that `as_csv` writes; raises FileUnusable."""
    with _readable(source):
        _, title = _sheet(load_workbook(source, read_only=True), table)
        yield from _written(source, title)


@contextmanager
def _readable(source: Path) -> Iterator[None]:
    try:
        yield
    except (BadZipFile, KeyError, ValueError, TypeError, SyntaxError) as error:
        raise FileUnusable(
            gettext("%(file)s can't be read as a workbook of Excel: %(reason)s"), file=source.name, reason=str(error)
        ) from None


def _written(source: Path, title: str) -> Iterator[Sequence[str]]:
    results, formulas = (load_workbook(source, read_only=True, data_only=of_results) for of_results in (True, False))
    return map(_texts, _rows(results[title]), _rows(formulas[title]))


def unpacked_bytes(source: Path) -> int:
    """How large the parts of a workbook are, as its directory says; reading stops where a part is larger. 0 if torn."""
    try:
        with ZipFile(source) as parts:
            return sum(part.file_size for part in parts.infolist())
    except BadZipFile:
        return 0


def _sheet(workbook: Workbook, table: str) -> tuple[Sequence[str], str]:
    """The titles of the sheets that show, and of the sheet to read."""
    titles = [sheet.title for sheet in workbook.worksheets]
    shown = [sheet.title for sheet in workbook.worksheets if sheet.sheet_state == "visible"] or titles
    named = [title for title in titles if title.strip().lower() == table]
    if not shown:
        raise ValueError("it has no sheet")
    return shown, (named or shown)[0]


def _rows(sheet: ReadOnlyWorksheet) -> Iterator[Sequence[Cell | ReadOnlyCell]]:
    sheet.reset_dimensions()  # what a file says of its size may be less than it holds
    yield from sheet.iter_rows()


def _texts(cells: Sequence[Cell | ReadOnlyCell], formulas: Sequence[Cell | ReadOnlyCell]) -> list[str]:
    """The cells of a row; as the formula, one of which the workbook has no result."""
    texts = [_text(cell) for cell in cells]
    for place, formula in enumerate(formulas):
        if not texts[place] and formula.data_type == "f":
            texts[place] = "=" + str(formula.value).lstrip("=")
    return texts


def _text(cell: Cell | ReadOnlyCell) -> str:
    match cell.value:
        case None:
            return ""
        case bool(value):
            return str(value).lower()
        case datetime() as moment:
            return _moment(moment, str(cell.number_format).lower())
        case date() as day:
            return day.isoformat()
        case float(number) | int(number):
            return _number(number)
        case value:
            return " ".join(str(value).splitlines())


def _moment(moment: datetime, shown_as: str) -> str:
    if "h" not in shown_as and "g/標準" not in shown_as and moment.time() == datetime.min.time():
        return moment.date().isoformat()
    if "s" in shown_as:
        return f"{moment + _HALF_A_SECOND:%Y-%m-%d %H:%M:%S}"
    return f"{moment + _HALF_A_SECOND:%Y-%m-%d %H:%M}"


def _number(number: float) -> str:
    if abs(number) >= _DIGITS_KEPT:
        return f"{number:.14e}"
    return str(int(number)) if number == int(number) else repr(number)
