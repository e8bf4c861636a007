"""Files from outside, read by a process of their own: within a time and a memory, and with no lock held meanwhile.

The process is told by its standard input what to do, and leaves what came of it in files; so a file that kills its
reader costs its sender an answer, and nobody else anything.
"""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from kanmon.core.errors import DiskFull, FolderUnreadable, IntakeBusy, KanmonError, TooLarge
from kanmon.core.language import N_
from kanmon.intake.files.limits import IntakeLimits, measure
from kanmon.intake.files.listing import listing_of
from kanmon.intake.files.tables import stage_tables
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import StagedTable

READERS = 2
"""Files that are read at the same time by one service."""
_BUSY = 10
"""How many times longer than its own work a reader may take by the clock, on a machine that has other work too."""
_TURNS = threading.BoundedSemaphore(READERS)
_ERRORS = {error.code: error for error in (TooLarge, DiskFull, FolderUnreadable)}
_RESULT = "result.json"
_OUT_OF_MEMORY = "OUT_OF_MEMORY"
_FAILED = "READER_FAILED"


@dataclass(frozen=True)
class IsolatedReader:
    """Reads files under limits, in a process of its own."""

    limits: IntakeLimits

    def measure(self, file: Path, results: Path) -> None:
        """`TooLarge` where a file of any columns has more rows, columns or bytes than are taken.

        `results` is an empty folder. `IntakeBusy` where too many files are being read.
        """
        self._run(file.name, results, {"file": str(file)})

    def tables(self, folder: Path, only: Sequence[str], now: datetime, results: Path) -> Sequence[StagedTable]:
        """Each table of `folder` among `only`, checked row by row and staged in the empty folder `results`.

        `TooLarge`, `IntakeBusy`, and what `stage_tables` raises.
        """
        names = ", ".join(file.name for files in listing_of(folder).tables.values() for file in files)
        asked = {"folder": str(folder), "only": list(only), "now": now.isoformat()}
        told = self._run(names, results, asked)
        return [_staged(results, table) for table in told["tables"]]

    def _run(self, name: str, results: Path, asked: Mapping[str, object]) -> Mapping[str, Any]:
        task = json.dumps({**asked, "results": str(results), "name": name, "limits": self.limits.settings()})
        with _turn(self.limits.seconds):
            self._wait(name, task)
        written = results / _RESULT
        if not written.exists():
            raise self.limits.too_much(name)  # it was ended, or ended itself, in the middle
        told: Mapping[str, Any] = json.loads(written.read_bytes())
        if told.get("error") == _OUT_OF_MEMORY:
            raise self.limits.too_much(name)
        if told.get("error") == _FAILED:
            raise RuntimeError(f"the reader of {name} failed; what it said is on standard error")
        if "error" in told:
            raise _ERRORS.get(told["error"], KanmonError)(told["message"], **told["values"])
        return told

    def _wait(self, name: str, task: str) -> None:
        """Let the process work: it limits its own processor's time, and one that hangs is ended by the clock."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("KANMON_")}
        command = [sys.executable, "-m", __name__]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
            try:
                process.communicate(task, timeout=self.limits.seconds * _BUSY)
            except subprocess.TimeoutExpired:
                process.kill()
                raise self.limits.too_slow(name) from None
        if process.returncode == -signal.SIGXCPU:
            raise self.limits.too_slow(name)


@contextmanager
def _turn(seconds: int) -> Iterator[None]:
    if not _TURNS.acquire(timeout=seconds):
        raise IntakeBusy(N_("other files are being read; hand yours over again in a few minutes"))
    try:
        yield
    finally:
        _TURNS.release()


def _staged(results: Path, told: Mapping[str, Any]) -> StagedTable:
    with pa.OSFile(str(results / f"{told['dataset']}.refused")) as file, pa.ipc.open_file(file) as reader:
        refused = reader.read_all()
    return StagedTable(
        told["dataset"],
        told["file_name"],
        told["sha256"],
        results / f"{told['dataset']}.parquet" if told["is_usable"] else None,
        refused,
        tuple(Remark(one["message"], one["values"]) for one in told["remarks"]),
        lost=told["lost"],
    )


def main() -> None:
    """Do what standard input says, within the limits that it names."""
    task = json.loads(sys.stdin.read())
    limits = IntakeLimits(**task["limits"])
    _bind(limits)
    try:
        told: Mapping[str, object] = _told(task, limits)
    except Exception as error:
        told = _failure(error)
    (Path(task["results"]) / _RESULT).write_text(json.dumps(told), encoding="utf-8")


def _failure(error: Exception) -> Mapping[str, object]:
    """What is told of an error; want of memory may come as the error of whatever asked for some."""
    if _is_for_want_of_memory(error):
        return {"error": _OUT_OF_MEMORY}
    if isinstance(error, KanmonError):
        values = {name: value if isinstance(value, int) else str(value) for name, value in error.values.items()}
        return {"error": error.code, "message": error.message, "values": values}
    sys.stderr.write("".join(traceback.format_exception(error)))
    return {"error": _FAILED}


def _is_for_want_of_memory(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
            return True
        error = error.__cause__ or error.__context__
    return False


def _bind(limits: IntakeLimits) -> None:
    memory = limits.memory_mb * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    processors = os.cpu_count() or 1
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds * processors, limits.seconds * processors + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _told(task: Mapping[str, Any], limits: IntakeLimits) -> Mapping[str, object]:
    if "file" in task:
        measure(Path(task["file"]), task["name"], limits)
        return {}
    folder, results = Path(task["folder"]), Path(task["results"])
    for name, files in listing_of(folder).tables.items():
        for file in files if name in task["only"] else ():
            measure(file, file.name, limits)
    now, memory = datetime.fromisoformat(task["now"]), f"{limits.memory_mb // 2}MB"
    tables = stage_tables(folder, results, now, _SilentProgress(), memory, task["only"])
    return {"tables": [_kept(results, table) for table in tables]}


def _kept(results: Path, table: StagedTable) -> Mapping[str, object]:
    place = str(results / f"{table.dataset}.refused")
    with pa.OSFile(place, "wb") as file, pa.ipc.new_file(file, table.refused.schema) as writer:
        writer.write_table(table.refused)
    return {
        "dataset": table.dataset,
        "file_name": table.file_name,
        "sha256": table.sha256,
        "is_usable": table.path is not None,
        "lost": table.lost,
        "remarks": [{"message": one.message, "values": dict(one.values)} for one in table.remarks],
    }


class _SilentProgress:
    """Progress that nobody sees."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator["_SilentProgress"]:  # noqa: ARG002 - of the protocol
        yield self

    def advance(self, by: int = 1) -> None:
        """Tell nobody."""


if __name__ == "__main__":
    main()
