"""Run a part of a benchmark in a process of its own, so that its memory is its own too."""

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from kanmon.application.garbage import settle


def measured(part: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
    """Seconds, peak memory in MB and the result of `part`, run alone in a new process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(sender, part, arguments))
    process.start()
    sender.close()
    try:
        found: dict[str, Any] = receiver.recv()
    finally:
        process.join()
    return found


def _run(sender: Connection, part: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    settle()  # as every command of the product does
    start = time.perf_counter()
    result = part(*arguments)
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    sender.send({"seconds": round(seconds, 2), "peak_mb": round(peak), "result": result})


def resident_mb(pid: int) -> float:
    """The memory of a process in MB, each page that several processes share in equal parts; 0 where it has ended."""
    try:
        found = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    return int(found.split("\nPss:")[1].split()[0]) / 1024


def cpu_seconds(pid: int) -> float:
    """What a process and its ended children have spent of the processors' time; 0 where it has ended."""
    try:
        found = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return sum(map(int, found.rpartition(")")[2].split()[11:15])) / os.sysconf("SC_CLK_TCK")


def tree_cpu_seconds(pid: int) -> float:
    """As `cpu_seconds`, with the children that a process has now: of PostgreSQL, its connections."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        children = []
    return cpu_seconds(pid) + sum(cpu_seconds(int(child)) for child in children)
