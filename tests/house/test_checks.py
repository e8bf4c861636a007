"""The checks of the house find what they are for, and let pass what is allowed."""

import ast
from pathlib import PurePosixPath

import pytest

from tests.house.checks import CHECKS, Problem


def problems(source: str, module: str) -> list[Problem]:
    tree = ast.parse(source)
    return [problem for check in CHECKS for problem in check(tree, PurePosixPath(module))]


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("Clearance(use)", "scoring/service.py"),
        ("decision.Clearance(use)", "cli.py"),
        ("dataclasses.replace(clearance, use=other)", "road/season_run.py"),
        ("now = datetime.now(UTC)", "gate/service.py"),
        ("now = datetime.datetime.utcnow()", "adapters/duckdb_engine.py"),
        ("t = time.time()", "road/season_run.py"),
        ("from time import time", "cli.py"),
        ("session.commit()", "adapters/postgres/stores.py"),
        ("commit()", "road/loading.py"),
        ("path.write_text('x')", "adapters/workspace.py"),
        ("(folder / name).write_bytes(data)", "cli/rights.py"),
        ("path.open('w')", "adapters/workspace.py"),
        ("open(path, mode='ab')", "road/service.py"),
        ("os.replace(a, b)", "adapters/report_files.py"),
        ("pq.write_table(table, path)", "road/service.py"),
    ],
)
def test_finds(source: str, module: str) -> None:
    assert problems(source, module)


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("Clearance(use)", "gate/judgement.py"),
        ("def f(clearance: Clearance) -> None: ...", "scoring/service.py"),
        ("text.replace('a', 'b')", "scoring/service.py"),
        ("datetime.now(UTC)", "clock.py"),
        ("clock.now()", "road/season_run.py"),
        ("time.perf_counter()", "cli.py"),
        ("self._connection.commit()", "adapters/unit_of_work.py"),
        ("path.write_bytes(data)", "adapters/durable.py"),
        ("path.open('rb')", "road/service.py"),
        ("path.open(encoding='utf-8')", "road/service.py"),
        ("text.replace('a', 'b')", "road/service.py"),
        ("webbrowser.open('what')", "cli/app.py"),
    ],
)
def test_lets_pass(source: str, module: str) -> None:
    assert not problems(source, module)
