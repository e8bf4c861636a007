"""The machine that changes the rules: what it changes, what it calls killed, and a sample of the run over the rules."""

import ast
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from kanmon.gate.judgement import RULES as GATHERED
from tests.mutation.mutants import mutants, mutated
from tests.mutation.run import PRODUCT, ROOT, RULES, Suite, key, report, survivors


def changes(folder: Path, source: str) -> set[str]:
    """Every mutant of the source, as source."""
    module = folder / "rule.py"
    module.write_text(source, encoding="utf-8")
    return {ast.unparse(mutated(mutant)) for mutant in mutants(module)}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", {"a <= b", "a >= b", "pass"}),
        ("x = a <= b < c", {"x = a < b < c", "x = a > b < c", "x = a <= b <= c", "x = a <= b >= c"}),
        ("x = a is None", {"x = a is not None"}),
        ("x = a and b", {"x = a or b", "x = a", "x = b"}),
        ("x = not a", {"x = a"}),
        ("x = a if b else c", {"x = a", "x = c"}),
        ("x = a + 1", {"x = a - 1", "x = a + 2", "x = a + 0"}),
        ("x = True", {"x = False"}),
        ("x = {a, b}", {"x = {a}", "x = {b}"}),
        ("x = {a}", {"x = set()"}),
        ("x = (a, b)", {"x = (a,)", "x = (b,)"}),
        ("x = {a: b, c: d}", {"x = {a: b}", "x = {c: d}"}),
        ("x = any(a)", {"x = all(a)"}),
        ("x = sorted(a, key=b)", {"x = a", "x = sorted(a)"}),
        ("x = [a for a in b if c]", {"x = [a for a in b]"}),
        ("if a:\n    x = b", {"if True:\n    x = b", "if False:\n    x = b"}),
        ("def f():\n    return a", {"def f():\n    return None"}),
        ("def f():\n    return None", set()),
        ('"""About."""\nx: tuple[int, str] = a', set()),
        ('class A(StrEnum):\n    B = "b"', set()),
        ("match a:\n    case 1:\n        x = b\n    case _:\n        x = c",
         {"match a:\n    case 1:\n        x = b", "match a:\n    case _:\n        x = c"}),
    ],
)  # fmt: skip
def test_changes_one_place_at_a_time(source: str, expected: set[str], tmp_path: Path) -> None:
    assert changes(tmp_path, source) == expected


def test_mutants_of_the_same_change_are_told_apart(tmp_path: Path) -> None:
    module = tmp_path / "rule.py"
    module.write_text("def f():\n    x = not a\n    y = not a\n", encoding="utf-8")
    assert [(mutant.name, mutant.line) for mutant in mutants(module)] == [
        ("f: not a -> a", 2),
        ("f: not a -> a (2)", 3),
    ]


def test_what_no_test_notices_is_reported_unless_a_reason_is_given(tmp_path: Path) -> None:
    module = tmp_path / "toy_rule.py"
    module.write_text("def is_old(age: int) -> bool:\n    return age >= 18\n", encoding="utf-8")
    test = "from toy_rule import is_old\n\ndef test() -> None:\n    assert is_old(20)\n    assert not is_old(10)\n"
    (tmp_path / "test_toy_rule.py").write_text(test, encoding="utf-8")
    tried = mutants(module)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as small:  # forking a process of many tests is unsafe
        found = small.submit(survivors, Suite(("test_toy_rule.py",), tmp_path, tmp_path), tried).result()
    names = [key(tmp_path, mutant) for mutant in found]
    assert names == [
        "toy_rule.py is_old: age >= 18 -> age > 18",
        "toy_rule.py is_old: 18 -> 19",
        "toy_rule.py is_old: 18 -> 17",
    ]
    assert report(tmp_path, found, tried, {}) == [f"SURVIVED {name} (line 2)" for name in names]
    assert report(tmp_path, found, tried, dict.fromkeys(names, "nobody is 18")) == []
    noticed = "toy_rule.py is_old: age >= 18 -> age < 18"
    assert report(tmp_path, [], tried, {noticed: "nobody looks"}) == [f"NOTICED AFTER ALL {noticed}"]


def test_every_rule_that_the_gate_gathers_is_changed() -> None:
    rules = {PRODUCT / "kanmon/gate/rules" / f"{rule.name}.py" for rule in GATHERED}
    assert rules == {path for path in RULES if path.parent.name == "rules"}


def test_a_sample_of_the_rules_mutants_is_killed() -> None:
    run = [sys.executable, "-m", "tests.mutation.run", "--sample", "30"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("30 mutants, ")
