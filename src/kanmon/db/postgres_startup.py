"""Waiting for a PostgreSQL server that comes up: as long as it lives and goes on, however slow the machine is."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

TAKES_CONNECTIONS, REFUSES_FOR_NOW = 0, 1
"""How `pg_isready` ends; any other status means that nobody answers."""
STANDSTILL_SECONDS = 60.0
"""Without a sign of life. A server that recovers logs how far it is every ten seconds."""
_LONGEST_PAUSE = 1.0
_LOOKED_AT = 65_536
"""Bytes at the end of the log: each question to a server that recovers is logged as well."""


def comes_up(
    ready: Callable[[], int],
    process: Callable[[], int | None],
    log: Path,
    *,
    seconds: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> bool:
    """Whether a server takes connections in the end; `ready` is how `pg_isready` ends, `process` is the server's.

    `False` where the server has no process any more or gave no sign of life for `STANDSTILL_SECONDS`.
    """
    last_signs, since, wait = None, seconds(), 0.05
    while (state := ready()) != TAKES_CONNECTIONS:
        pid = process()
        if pid is None:
            return False
        signs = signs_of_life(pid, log, is_answering=state == REFUSES_FOR_NOW)
        if signs != last_signs:
            last_signs, since = signs, seconds()
        elif seconds() - since > STANDSTILL_SECONDS:
            return False
        pause(wait)
        wait = min(2 * wait, _LONGEST_PAUSE)
    return True


def signs_of_life(pid: int, log: Path, *, is_answering: bool) -> tuple[str, ...]:
    """What changes while a server recovers: the time of its process that does so, and what that writes into the log.

    One that does not answer is alive as long as its first process works; one that answers works at each question.
    """
    recovering = [child for child in _children(pid) if _title(child).startswith(b"postgres: startup")]
    counted = recovering if is_answering else [*recovering, pid]
    return (*map(_processor_time, counted), _last_line(log))


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _title(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def _processor_time(pid: int) -> str:
    """The ticks of a process so far, or nothing where the machine doesn't tell."""
    with suppress(OSError):
        return " ".join(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    return ""


def _last_line(log: Path) -> str:
    """The last line that is not about a connection refused."""
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _LOOKED_AT))
        lines = [line for line in file.read().splitlines() if b" LOG: " in line]
        return lines[-1].decode(errors="replace") if lines else ""
    return ""
