"""Refused rows as a CSV file that a person opens in a spreadsheet, mends, and loads again."""

import csv
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from kanmon.core.durable import keep, make_folder
from kanmon.core.faults import Fault

_HEADER = ("file", "line", "column", "value", "reason")
_TAKEN_FOR_A_FORMULA = frozenset("=+-@\u2212|")


def write_rejected(directory: Path, file_name: str, refused: pa.Table, reason_text: Callable[[Fault], str]) -> Path:
    """Write all rows of `refused` (REFUSED_SCHEMA) to `directory`, whole or not at all; returns the file's path.

    UTF-8 with a mark, CRLF, every cell quoted; a cell that a spreadsheet might take for a formula gets an apostrophe.
    """
    make_folder(directory)
    path = directory / f"{file_name}.rejected.csv"
    _write(path, _rows(file_name, refused, reason_text))
    return path


def forget_rejected(directory: Path, values: Collection[str]) -> None:
    """Drop the rows told with one of these values from every file, and what was left half-written."""
    guarded = {_guarded(value) for value in values}
    for partial in directory.rglob(".*.partial"):
        partial.unlink()
    for path in directory.rglob("*.rejected.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
        kept = [row for row in rows if row[3] not in guarded]
        if len(kept) < len(rows):
            _write(path, kept)


def _write(path: Path, rows: Iterable[Sequence[str]]) -> None:
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(_HEADER)
            writer.writerows(rows)
        keep(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _rows(file_name: str, refused: pa.Table, reason_text: Callable[[Fault], str]) -> Iterator[list[str]]:
    reasons = {fault.value: reason_text(fault) for fault in Fault}
    for batch in refused.to_batches(max_chunksize=65_536):
        for row in batch.to_pylist():
            cells = (file_name, str(row["line"]), row["column"], row["value"], reasons[row["fault"]])
            yield [_guarded(cell or "") for cell in cells]


def _guarded(cell: str) -> str:
    seen = "".join(char for char in cell[:64] if unicodedata.category(char)[0] not in "CZ")
    is_formula = unicodedata.normalize("NFKC", seen)[:1] in _TAKEN_FOR_A_FORMULA or cell[:1] in ("\t", "\r", "\n")
    return f"'{cell}" if cell and is_formula else cell
