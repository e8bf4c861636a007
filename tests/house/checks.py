"""Three rules of the house that an import rule can't say, each over the syntax tree of one module.

Each check yields (line, what is wrong). Why they exist: a clearance made outside the gate is a use of personal data
that nobody judged; a clock read outside `clock` can't be replayed; a commit outside the unit of work can part a deed
from its record.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

Problem = tuple[int, str]

CLOCK_READS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "time.time", "time.time_ns", "time.localtime", "time.gmtime",
}  # fmt: skip


def clearance_is_made_by_the_gate(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module.parts[0] == "gate":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "Clearance":
            yield node.lineno, "only the gate makes a Clearance"
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "replace":
            names = {name.id.lower() for name in ast.walk(node) if isinstance(name, ast.Name)}
            if any("clearance" in name for name in names):
                yield node.lineno, "a Clearance is never altered"


def time_is_read_by_the_clock(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module == PurePosixPath("clock.py"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ".".join(_dotted(node.func).split(".")[-2:]) in CLOCK_READS:
            yield node.lineno, f"only clock reads the time, not {_dotted(node.func)}"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield node.lineno, "only clock reads the time: import the module `time`, not its functions"


def unit_of_work_commits(tree: ast.Module, module: PurePosixPath) -> Iterator[Problem]:
    if module == PurePosixPath("adapters/unit_of_work.py"):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _dotted(node.func).split(".")[-1] == "commit":
            yield node.lineno, "only adapters/unit_of_work commits"


CHECKS: tuple[Callable[[ast.Module, PurePosixPath], Iterator[Problem]], ...] = (
    clearance_is_made_by_the_gate,
    time_is_read_by_the_clock,
    unit_of_work_commits,
)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
