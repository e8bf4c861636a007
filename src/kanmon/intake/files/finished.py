"""Tables that were read to their end before the command was killed: the next reading of the same file takes them over.

Beside each staged table lies a note, written last, of the file that it came from. Only a table of which no row was
refused is noted; whether a row lies in the future is another question tomorrow.
"""

import json
import shutil
from collections.abc import Collection
from importlib.metadata import version
from pathlib import Path

from kanmon.core.durable import replace, sync
from kanmon.core.refused import no_rows_refused
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import StagedTable

_NOTE = ".finished.json"
_KEPT = (".parquet", ".cells.parquet", _NOTE)


def sweep(staging: Path, names: Collection[str]) -> None:
    """Leave of a staging folder just those of the named tables that are noted as finished; make it if need be."""
    staging.mkdir(parents=True, exist_ok=True)
    kept = {f"{name}{suffix}" for name in names if _note(staging, name).exists() for suffix in _KEPT}
    for path in staging.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in kept:
            path.unlink()


def note_finished(staging: Path, table: StagedTable) -> None:
    """Note that a table is staged whole."""
    if table.path is None or len(table.refused):
        return
    said = [{"message": remark.message, "values": dict(remark.values)} for remark in table.remarks]
    content = {"sha256": table.sha256, "file_name": table.file_name, "version": version("kanmon"), "remarks": said}
    sync(table.path)
    replace(_note(staging, table.dataset), json.dumps(content).encode())


def finished(staging: Path, dataset: str, file: Path, sha256: str) -> StagedTable | None:
    """A table that was staged of the very same file by the same version of the program; None where it wasn't."""
    note = _note(staging, dataset)
    if not note.exists():
        return None
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        is_it = (found["sha256"], found["file_name"], found["version"]) == (sha256, file.name, version("kanmon"))
        remarks = tuple(Remark(one["message"], one["values"]) for one in found["remarks"])
    except (ValueError, LookupError, TypeError):  # torn: the file is read again
        is_it = False
    if not is_it:
        note.unlink()
        return None
    cells = file if file.suffix.lower() == ".parquet" else staging / f"{dataset}.cells.parquet"
    path = staging / f"{dataset}.parquet"
    return StagedTable(dataset, file.name, sha256, path, no_rows_refused(), remarks, cells=cells)


def _note(staging: Path, dataset: str) -> Path:
    return staging / f"{dataset}{_NOTE}"
