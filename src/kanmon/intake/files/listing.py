"""Which files of a folder are tables of the contract, and which look as if they were meant to be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from kanmon.core.errors import FolderUnreadable
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.rows.columns import DATASETS, NEEDED
from kanmon.intake.files.workbooks import WORKBOOK
from kanmon.intake.loaded import Remark

SERVICE_FILE = "service.yaml"
TABLE_SUFFIXES = (".csv", WORKBOOK, ".parquet")
_DATA_SUFFIXES = frozenset(
    {".csv", ".tsv", ".parquet", ".pq", ".xlsx", ".xls", ".gz", ".zip", ".json", ".jsonl", ".yaml", ".yml"}
)


@dataclass(frozen=True)
class Listing:
    """The tables found, by name, each with every file that could be it; and what else lies there."""

    tables: dict[str, list[Path]]
    remarks: tuple[Remark, ...]


def listing_of(folder: Path, fetched: Mapping[str, Path] | None = None) -> Listing:
    """Look through a folder, and at tables fetched from elsewhere; raises FolderUnreadable."""
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise FolderUnreadable(
            gettext("the folder %(folder)s can't be read: %(reason)s"), folder=folder, reason=error.strerror
        ) from None
    tables = {name: [file] for name, file in (fetched or {}).items()}
    others = []
    for entry in entries:
        name = entry.stem.lower()
        if name in DATASETS and (entry.suffix.lower() in TABLE_SUFFIXES or parts_of(entry)):
            tables.setdefault(name, []).append(entry)
        else:
            others.append(entry)
    return Listing(tables, (*_unknown(others), *_missing(tables)))


def parts_of(entry: Path) -> list[Path]:
    """The Parquet files of a table that is a folder of them, in the order of their names; none of a file."""
    parts = entry.rglob("*") if entry.is_dir() else ()
    return sorted(part for part in parts if part.suffix.lower() == ".parquet" and not part.name.startswith((".", "_")))


def _unknown(others: list[Path]) -> Iterator[Remark]:
    for entry in others:
        if entry.name.startswith((".", "~$")) or entry.name == SERVICE_FILE or entry.is_dir():
            continue
        stem = entry.name.partition(".")[0].lower().strip()
        near = get_close_matches(stem, DATASETS, n=1, cutoff=0.75)
        if near:
            yield Remark(
                gettext("%(file)s was not read: did you mean %(name)s.csv, %(name)s.xlsx or %(name)s.parquet?"),
                {"file": entry.name, "name": near[0]},
            )
        elif entry.suffix.lower() in _DATA_SUFFIXES:
            yield Remark(
                gettext("%(file)s was not read: there is no such table; the tables are %(tables)s"),
                {"file": entry.name, "tables": ", ".join(DATASETS)},
            )


def _missing(tables: dict[str, list[Path]]) -> Iterator[Remark]:
    missing = [name for name in NEEDED if name not in tables]
    if missing:
        yield Remark(
            gettext("the folder has no %(tables)s: nothing new of that is loaded"), {"tables": ", ".join(missing)}
        )
