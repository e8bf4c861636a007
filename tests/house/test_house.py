"""The whole house keeps its rules and its budgets."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from tests.house.checks import CHECKS, THROWN_AWAY

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "kanmon"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_keeps_the_rules(path: Path) -> None:
    module = PurePosixPath(path.relative_to(PACKAGE))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    problems = [f"{module}:{line}: {what}" for check in CHECKS for line, what in check(tree, module)]
    assert not problems


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_imports_at_its_top_and_nothing_for_types_only(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = [
        node.lineno
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside
    assert not any(isinstance(node, ast.Name) and node.id == "TYPE_CHECKING" for node in ast.walk(tree))


def test_whoever_may_write_files_by_itself_is_there() -> None:
    known = {str(path.relative_to(PACKAGE)) for path in MODULES}
    assert not [name for name in THROWN_AWAY if not any(module.startswith(name) for module in known)]


def test_modules_and_functions_keep_their_budgets() -> None:
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES)
    assert statistics.median(lengths) <= 120
    assert quantile_90(lengths) <= 400
    assert max(lengths) <= 600
    spans = sorted(
        (function.end_lineno or 0) - function.lineno + 1
        for path in MODULES
        for function in functions(ast.parse(path.read_text(encoding="utf-8")))
    )
    assert quantile_90(spans) <= 40
    assert max(spans) <= 80


def test_rooms_hold_only_a_docstring_in_their_init() -> None:
    for path in PACKAGE.rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def quantile_90(ordered: list[int]) -> int:
    return ordered[int(len(ordered) * 0.9)]
