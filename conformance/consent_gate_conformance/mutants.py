"""Mutants of the reference: each is one small change of it, and the vectors must tell each from the original.

`python -m consent_gate_conformance.mutants` names those that pass every vector: a gap in the suite.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from importlib.resources import files
from typing import Any

from consent_gate_conformance.suite import Vector, vectors

SWAPPED: Mapping[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
OPPOSITE = {"max": "min", "min": "max", "any": "all", "all": "any"}
EQUIVALENT = {
    "was_right: min -> max": "differs where words were agreed to that were not in force, which the suite leaves open",
    "moments: 1 -> 2": "a microsecond less of a day",
    "answer: act.record['do'] == 'agree' and act.latest < asked and concerns(act.record, question) -> "
    "act.latest < asked and concerns(act.record, question)": "what is no agreement ends itself",
}
"""Mutants that no vector can tell from the original, with the reason."""


def mutants() -> Iterator[tuple[str, ast.Module]]:
    """Each mutant with its name: where it is and what it changes."""
    tree = ast.parse(files(__package__).joinpath("reference.py").read_text(encoding="utf-8"))
    places = list(ast.walk(tree))
    for place, node in enumerate(places):
        for change in changes(node):
            mutant = deepcopy(tree)
            changed = list(ast.walk(mutant))[place]
            before = ast.unparse(changed)
            change(changed)
            ast.fix_missing_locations(mutant)
            yield f"{function_around(tree, node)}: {before} -> {ast.unparse(changed)}", mutant


def changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    """The changes of one node, each a function that makes it."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield from (partial(_replace, "ops", place, other()) for other in SWAPPED[type(operator)])
    if isinstance(node, ast.BoolOp):
        yield from (partial(_drop, "values", place) for place in range(len(node.values)))
        yield partial(_set, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield partial(_set, "operand", ast.UnaryOp(ast.Not(), node.operand))
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield partial(_set, "value", not node.value)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield partial(_set, "value", node.value + 1)
    if isinstance(node, ast.Name) and node.id in OPPOSITE:
        yield partial(_set, "id", OPPOSITE[node.id])
    if isinstance(node, ast.comprehension):
        yield from (partial(_drop, "ifs", place) for place in range(len(node.ifs)))


def _set(name: str, value: object, changed: ast.AST) -> None:
    setattr(changed, name, value)


def _replace(name: str, place: int, value: object, changed: ast.AST) -> None:
    getattr(changed, name)[place] = value


def _drop(name: str, place: int, changed: ast.AST) -> None:
    del getattr(changed, name)[place]


def function_around(tree: ast.Module, node: ast.AST) -> str:
    """The name of the function that a node is in."""
    functions = [part for part in tree.body if isinstance(part, ast.FunctionDef)]
    return next((part.name for part in functions if any(inner is node for inner in ast.walk(part))), "module")


def is_killed(mutant: ast.Module, asked: list[Vector]) -> bool:
    """Whether a vector tells the mutant from the original, by a wrong answer or by a failure."""
    names: dict[str, Any] = {"__name__": "mutant"}
    try:
        exec(compile(mutant, "mutant", "exec"), names)
        answer = names["answer"]
        return any(answer(vector["facts"], vector["question"]) != (vector["expect"] == "allow") for vector in asked)
    except Exception:
        return True


def main() -> int:
    """Print how many mutants there are and which survive."""
    asked = vectors()
    found = [(name, is_killed(mutant, asked)) for name, mutant in mutants()]
    alive = [name for name, killed in found if not killed and name not in EQUIVALENT]
    print(f"{len(found)} mutants, {len(alive)} survive, {len(EQUIVALENT)} are equivalent")
    print("\n".join(alive))
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
