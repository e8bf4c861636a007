"""Give `kanmon` its commands as a person would, look at what they left in the workspace, and kill them."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from kanmon.application.application import stop_database
from kanmon.cli.main import main
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import engine_as
from tests.shapes import check_shape

_MAIN = "from kanmon.cli.main import main; main()"
MAIN_THAT_DIES = """
import importlib, os, signal, sys
from kanmon.cli.main import main

module, owner, name, calls = sys.argv.pop(1).split(":")
target = importlib.import_module(module)
if owner:
    target = getattr(target, owner)
original, left = getattr(target, name), [int(calls)]

def dying(*arguments, **named):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return original(*arguments, **named)

setattr(target, name, dying)
main()
"""


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        assert self.out.count("\n") == 1
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


def kanmon(*arguments: object) -> Done:
    """Run one command in this process; what it prints with `--json` must be of its declared shape."""
    out, err = io.StringIO(), io.StringIO()
    status: object = 0
    argv = ["kanmon", *map(str, arguments)]
    with patch.object(sys, "argv", argv), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as ended:
            status = ended.code
    check_shape(argv[1:], out.getvalue())
    return Done(status if isinstance(status, int) else 0, out.getvalue(), err.getvalue())


@dataclass(frozen=True)
class Road:
    """One workspace, driven by commands."""

    root: Path

    def __call__(self, command: str, *arguments: object) -> Done:
        return kanmon(command, *arguments, "--workspace", self.root)

    def process(self, *arguments: object) -> Done:
        """Run a command in a process of its own, beside others."""
        with self._process(_MAIN, arguments) as process:
            _, said = process.communicate()
        return Done(process.returncode, "", said)

    def started(self, *arguments: object) -> subprocess.Popen[str]:
        """A command that works in a process of its own until it is told to stop."""
        return self._process(_MAIN, arguments)

    def killed_at_step(self, step: str, *arguments: object) -> None:
        """Run a command in a process of its own and kill it as soon as it says that `step` begins."""
        with self._process(_MAIN, arguments) as process:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if line.startswith(step):
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL, "".join(said)

    def server_killed_at_step(self, step: str, *arguments: object) -> Done:
        """Run a command in a process of its own and kill its PostgreSQL as soon as it says that `step` begins."""
        with self._process(_MAIN, arguments) as process:
            assert process.stderr is not None
            said = []
            for line in process.stderr:
                said.append(line)
                if line.startswith(step):
                    self.kill_server()
        assert any(line.startswith(step) for line in said), "".join(said)
        return Done(process.returncode, "", "".join(said))

    def kill_server(self) -> None:
        """Kill the PostgreSQL of the workspace, as a machine that runs out of memory would."""
        postmaster = (self.root / "postgres" / "data" / "postmaster.pid").read_text().split("\n")[0]
        os.kill(int(postmaster), signal.SIGKILL)

    def killed_in(self, place: str, *arguments: object) -> None:
        """Run a command that kills itself as it calls `place`: module:class:function:call; a function has no class."""
        with self._process(MAIN_THAT_DIES, [place, *arguments]) as process:
            _, said = process.communicate()
        assert process.returncode == -signal.SIGKILL, f"{place} was not reached; {process.returncode}, {said}"

    def _process(self, program: str, arguments: Sequence[object]) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
        return subprocess.Popen(
            [sys.executable, "-c", program, *map(str, arguments), "--workspace", str(self.root)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def rows(self, query: str, **values: object) -> list[tuple[Any, ...]]:
        """What the control plane holds, seen past its row-level security."""
        server = EmbeddedPostgres(self.root / "postgres")
        server.start()
        with engine_as(server.superuser_url(DATABASE), None).connect() as connection:
            return [tuple(row) for row in connection.execute(text(query), values)]

    def change(self, statement: str, **values: object) -> None:
        """Change what the control plane holds, as nobody of the service may: to let time pass, or to break things."""
        server = EmbeddedPostgres(self.root / "postgres")
        server.start()
        with engine_as(server.superuser_url(DATABASE), None).begin() as connection:
            connection.execute(text(statement), values)

    def reports(self, client: str) -> list[Path]:
        """The folders of a client's reports, oldest first; whatever else lies beside them counts as well."""
        folder = self.root / "reports" / client
        return sorted(folder.iterdir()) if folder.exists() else []

    def copy_to(self, root: Path) -> "Road":
        """The same workspace once more; the server of this one is at rest afterwards."""
        stop_database(self.root)
        subprocess.run(["cp", "-a", str(self.root), str(root)], check=True)
        return Road(root)


def csv_rows(report: Path) -> list[list[str]]:
    """The rows of a report's CSV, its header first."""
    return list(csv.reader((report / "report.csv").read_text(encoding="utf-8-sig").splitlines()))
