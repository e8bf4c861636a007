"""What each command may load before it begins: heavy libraries only where they do its work.

The imports are followed without running anything. A module that is loaded by its name (`import_module`) is not
followed: it is there for the rare case, such as a schema to migrate or a person to erase.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import grimp
import pytest

import kanmon
from kanmon.application.extras import EXTRAS
from kanmon.cli.table import COMMANDS, GROUPS

PACKAGE = Path(str(kanmon.__file__)).parent

HEAVY = frozenset({
    "alembic", "duckdb", "fastapi", "ibis", "matplotlib", "numpy", "openpyxl", "pandas", "playwright", "pyarrow",
    "pyspark", "rich", "scipy", "sklearn", "splink", "sqlalchemy", "starlette", "typst", "uvicorn", "xlsxwriter",
})  # fmt: skip
OPENING = frozenset({"duckdb", "pyarrow", "sqlalchemy"})
"""For the control plane, and for the manifest of the lake; every command that opens a workspace may load them."""
WORKSPACE = OPENING | {"numpy"}
"""Of whatever knows scores."""
LAKE = WORKSPACE | {"ibis"}
REPORTS = WORKSPACE | {"xlsxwriter"}
SEASON = LAKE | REPORTS | {"scipy", "sklearn", "splink"}
SERVICE = REPORTS | {"fastapi", "starlette", "uvicorn"}
"""Reports are written for the client's page; models, the linker, Ibis and browsers are the worker's, by job."""
ALLOWED: Mapping[str, frozenset[str]] = {
    "verify": frozenset(),
    **dict.fromkeys(
        (
            "account",
            "client",
            "compact",
            "doctor",
            "law",
            "ledger",
            "legal",
            "matter",
            "release",
            "resume",
            "runs",
            "schema",
            "status",
            "stop",
        ),
        OPENING,
    ),
    **dict.fromkeys(("stop-database", "recall show", "subject withdraw"), OPENING),
    **dict.fromkeys(("audit ledger", "audit provisions", "audit reliance"), OPENING),
    "preflight": LAKE,
    "report": OPENING | {"xlsxwriter"},
    **dict.fromkeys(("subject erase", "recall tick", "recall incident"), REPORTS),
    **dict.fromkeys(("evaluate", "approve"), WORKSPACE | {"scipy", "sklearn"}),
    **dict.fromkeys(("audit drift", "audit fairness"), WORKSPACE | {"scipy"}),
    "audit coverage": WORKSPACE | {"playwright"},
    **dict.fromkeys(("replay", "train", "score", "run", "provide", "demo", "link"), SEASON),
    "serve": SERVICE,
}
ACCOUNTS = {row.path for row in COMMANDS if row.path.startswith("account ")}
NEEDS_AN_EXTRA = {**dict.fromkeys({"serve", *ACCOUNTS}, "portals"), "audit coverage": "crawl"}
"""Commands that are there only with an extra, and which; all others run on the base installation."""
"""By command or, where all of its commands may load the same, by group; all others may load `WORKSPACE`.

So may `worker`: what its jobs need is loaded with the first job of a kind."""
MODULES = {row.path: row.function.partition(":")[0] for row in COMMANDS} | {
    group.name: group.function.partition(":")[0] for group in GROUPS if group.function is not None
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("kanmon", "kanmon_stories", include_external_packages=True, cache_dir=None)


def allowed(path: str) -> frozenset[str]:
    return ALLOWED.get(path, ALLOWED.get(path.partition(" ")[0], WORKSPACE))


def test_a_command_loads_no_heavy_library_that_it_is_not_allowed(graph: grimp.ImportGraph) -> None:
    surplus = {
        path: [" > ".join(graph.find_shortest_chain(module, library) or ()) for library in sorted(found)]
        for path, module in MODULES.items()
        if (found := (HEAVY & graph.find_upstream_modules(module)) - allowed(path))
    }
    assert surplus == {}


def test_no_more_is_allowed_than_a_command_loads(graph: grimp.ImportGraph) -> None:
    unused = {
        path: sorted(missing)
        for path, module in MODULES.items()
        if (missing := allowed(path) - graph.find_upstream_modules(module))
    }
    assert unused == {}
    groups = {path.partition(" ")[0] for path in MODULES}
    assert set(ALLOWED) <= set(MODULES) | groups


def test_only_commands_that_say_so_need_an_extra(graph: grimp.ImportGraph) -> None:
    needed = {
        path: {extra for extra, modules in EXTRAS.items() if set(modules) & graph.find_upstream_modules(module)}
        for path, module in MODULES.items()
    }
    assert {path: extras for path, extras in needed.items() if extras} == {
        path: {extra} for path, extra in NEEDS_AN_EXTRA.items()
    }


def test_what_is_loaded_by_its_name_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    trees = [ast.parse(source) for source in sources if "import_module" in source]
    named = {name: module for tree in trees for name, module in _named_modules(tree)}
    assert {module for module in named.values() if not _file_of(module).is_file()} == set()
    taken = [(named.get(name), attribute) for tree in trees for name, attribute in _taken_by_name(tree)]
    assert taken
    assert [(module, name) for module, name in taken if module is not None and name not in _defined(module)] == []


def _named_modules(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Constants that name a module of Kanmon."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(str(module))) if module.startswith("kanmon."):
                yield name, module


def _taken_by_name(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What is taken out of a module that a constant names: the constant and the attribute."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ast.Call(ast.Name("import_module"), [ast.Name(constant)]), attribute):
                yield constant, attribute


def _file_of(module: str) -> Path:
    return PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")


def _defined(module: str) -> set[str]:
    tree = ast.parse(_file_of(module).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
