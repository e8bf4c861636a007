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
        ("dataclasses.replace(clearance, use=other)", "pipeline/season_run.py"),
        ("now = datetime.now(UTC)", "gate/service.py"),
        ("now = datetime.datetime.utcnow()", "engines/duckdb_engine.py"),
        ("t = time.time()", "pipeline/season_run.py"),
        ("from time import time", "cli.py"),
        ("session.commit()", "gate/store/facts.py"),
        ("commit()", "intake/loading.py"),
        ("path.write_text('x')", "core/workspace.py"),
        ("(folder / name).write_bytes(data)", "rights/answer/cli.py"),
        ("path.open('w')", "core/workspace.py"),
        ("open(path, mode='ab')", "pipeline/service.py"),
        ("os.replace(a, b)", "provision/files/report.py"),
        ("class Told: ...", "rights/model.py"),
        ("class _ClientDesk: ...", "provision/service.py"),
        ("pq.write_table(table, path)", "pipeline/service.py"),
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
        ("datetime.now(UTC)", "core/clock.py"),
        ("clock.now()", "pipeline/season_run.py"),
        ("time.perf_counter()", "cli.py"),
        ("self._connection.commit()", "db/unit_of_work.py"),
        ("path.write_bytes(data)", "core/durable.py"),
        ("path.open('rb')", "pipeline/service.py"),
        ("path.open(encoding='utf-8')", "pipeline/service.py"),
        ("text.replace('a', 'b')", "pipeline/service.py"),
        ("class ScoreReport: ...", "rights/model.py"),
        ("class StepRefused(RuleRefused): ...", "rights/model.py"),
        ("webbrowser.open('what')", "cli/app.py"),
    ],
)
def test_lets_pass(source: str, module: str) -> None:
    assert not problems(source, module)
