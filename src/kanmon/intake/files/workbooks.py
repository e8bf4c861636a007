"""Workbooks of Excel: their reader is loaded with the first of them, since its library is slow to load."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from kanmon.intake.loaded import Remark

WORKBOOK = ".xlsx"
_READER = "kanmon.intake.files.workbook"


class WorkbookReader(Protocol):
    """What `intake.files.workbook` does."""

    def as_csv(self, source: Path, table: str, copy: Path) -> tuple[Remark, ...]:
        """Write one sheet to the CSV file `copy`."""

    def rows_of(self, source: Path) -> Iterator[Sequence[str]]:
        """The rows that `as_csv` writes."""

    def unpacked_bytes(self, source: Path) -> int:
        """How large its parts are, unpacked."""


def is_workbook(file: Path) -> bool:
    """Whether a file's name says that it is a workbook."""
    return file.suffix.lower() == WORKBOOK


def workbook_reader() -> WorkbookReader:
    """What reads workbooks."""
    return cast("WorkbookReader", import_module(_READER))
