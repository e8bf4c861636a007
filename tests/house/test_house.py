"""The whole house keeps its rules and its budgets."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.house.checks import CHECKS, THROWN_AWAY

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "kanmon"
STORIES = ROOT / "src" / "kanmon_stories"
PATHS = {
    PurePosixPath(path.relative_to(PACKAGE if root == PACKAGE else ROOT / "src")): path
    for root in (PACKAGE, STORIES)
    for path in sorted(root.rglob("*.py"))
    if "migrations" not in path.parts
}
"""Every module by its place below `kanmon`, or with the name of the other package."""
MODULES = {module: ast.parse(path.read_text(encoding="utf-8")) for module, path in PATHS.items()}


def test_modules_keep_the_rules() -> None:
    problems = [
        f"{module}:{line}: {what}"
        for module, tree in MODULES.items()
        for check in CHECKS
        for line, what in check(tree, module)
    ]
    assert not problems


def test_modules_import_at_their_top_and_nothing_for_types_only() -> None:
    inside = [
        f"{module}:{node.lineno}"
        for module, tree in MODULES.items()
        for function in functions(tree)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside
    names = {node.id for tree in MODULES.values() for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "TYPE_CHECKING" not in names


def test_whoever_may_write_files_by_itself_is_there() -> None:
    assert not [name for name in THROWN_AWAY if not any(str(module).startswith(name) for module in MODULES)]


def test_modules_and_functions_keep_their_budgets() -> None:
    lengths = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in PATHS.values())
    assert statistics.median(lengths) <= 120
    assert quantile_90(lengths) <= 400
    assert max(lengths) <= 600
    spans = sorted(
        (function.end_lineno or 0) - function.lineno + 1 for tree in MODULES.values() for function in functions(tree)
    )
    assert quantile_90(spans) <= 40
    assert max(spans) <= 80


def test_a_class_name_stands_once_in_the_tree() -> None:
    places: dict[str, list[str]] = {}
    for module, tree in MODULES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{module}:{node.lineno}")
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_rooms_hold_only_a_docstring_in_their_init() -> None:
    """All but the root's, which has `kanmon.open` (`docs/api.md`)."""
    for path in {*PACKAGE.rglob("__init__.py"), *STORIES.rglob("__init__.py")} - {PACKAGE / "__init__.py"}:
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert len(body) == 1, path
        assert isinstance(body[0], ast.Expr), path


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def quantile_90(ordered: list[int]) -> int:
    return ordered[int(len(ordered) * 0.9)]
