"""What a command costs before it does anything: `python -m benchmarks.startup`.

Each command runs in a process of its own, several times; the processor time is the least of them, user and system, and
the peak is of memory. Both stand beside those of `python -c pass`, since machines differ. `serve` is measured until its
first answer, without its worker, which has a row of its own and is measured until it finds nothing to do.

Modules are compiled once, as they are when Kanmon is installed, into a folder that goes with the workspace: the first
run of each command does that, and is never the least.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import cpu_seconds, resident_mb
from kanmon.application.application import stop_database
from kanmon.application.creating import create_workspace

KANMON = ("-m", "kanmon")


class Cost(NamedTuple):
    """Of one process: seconds of the processor's time, and peak memory in MB."""

    seconds: float
    peak_mb: float


def main() -> None:
    """Print a table of what beginning costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="How often each command is run.")
    times = max(parser.parse_args().times, 2)
    root = Path(tempfile.mkdtemp()) / "workspace"
    os.environ["PYTHONPYCACHEPREFIX"] = str(root.with_name("bytecode"))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    create_workspace(root, is_replay=False)
    try:
        _print(root, times)
    finally:
        stop_database(root)
        shutil.rmtree(root.parent)


def _print(root: Path, times: int) -> None:
    at = ("--workspace", str(root))
    runs: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        "--help": ((*KANMON, "--help"), {}),
        "--version": ((*KANMON, "--version"), {}),
        "a mistyped command": ((*KANMON, "recal"), {}),
        "completion of a command": (
            ("-c", "import sys; sys.argv = ['kanmon']; from kanmon.cli.main import main; main()"),
            {"_KANMON_COMPLETE": "complete_bash", "COMP_WORDS": "kanmon re", "COMP_CWORD": "1"},
        ),
        "gate": ((*KANMON, "gate", *at), {}),
        "recall show": ((*KANMON, "recall", "show", *at), {}),
        "subject show": ((*KANMON, "subject", "show", "M1", *at), {}),
        "worker --until-empty": ((*KANMON, "worker", "--until-empty", *at), {}),
    }
    base = _least([_cost(("-c", "pass"), {}) for _ in range(times)])
    print(f"{'python -c pass':26}{base.seconds:8.2f} s {base.peak_mb:7.0f} MB")
    for name, (arguments, settings) in runs.items():
        _print_row(name, _least([_cost(arguments, settings) for _ in range(times)]), base)
    _print_row("serve --no-worker", _least([_serving(root) for _ in range(times)]), base)


def _print_row(name: str, cost: Cost, base: Cost) -> None:
    ratios = f"{cost.seconds / max(base.seconds, 0.001):6.0f} times {cost.peak_mb / base.peak_mb:5.1f} times"
    print(f"{name:26}{cost.seconds:8.2f} s {cost.peak_mb:7.0f} MB {ratios}")


def _least(costs: Sequence[Cost]) -> Cost:
    return Cost(min(cost.seconds for cost in costs), min(cost.peak_mb for cost in costs))


_RUN = """
import os, sys
pid = os.posix_spawn(sys.executable, sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0)])
used = os.wait4(pid, 0)[2]
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
"""Run by a small process: a process's peak begins with what the one that began it has."""


def _cost(arguments: Sequence[str], settings: Mapping[str, str]) -> Cost:
    command = [sys.executable, "-S", "-c", _RUN, sys.executable, *arguments]
    done = subprocess.run(command, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True)
    return Cost(*map(float, done.stdout.split()))


def _serving(root: Path) -> Cost:
    """Of the service, as far as it has come when the first page is answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *KANMON, "serve", "--no-worker", "--port", str(port), "--workspace", str(root)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
        try:
            while not _answers(port):
                time.sleep(0.05)
            return Cost(cpu_seconds(process.pid), resident_mb(process.pid))
        finally:
            process.terminate()
            process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


if __name__ == "__main__":
    main()
