"""Small changes to a module, one at a time, each of which a good test notices.

Comparisons, conditions, constants, collections, arguments, returns and statements are changed. Annotations,
docstrings, decorators, imports and the values of enumerations stay: they don't decide anything.
"""

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = {
    "any": "all",
    "all": "any",
    "min": "max",
    "max": "min",
    "bisect_right": "bisect_left",
    "bisect_left": "bisect_right",
}
ORDERINGS = {"sorted", "reversed"}

Node = TypeVar("Node", bound=ast.AST)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Mutant:
    """One change to one module; `name` is the same from run to run, whatever lines are added above it."""

    path: Path
    name: str
    line: int
    place: int
    """The number of the changed node among those that can be changed."""
    variant: int


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of the module at `path`."""
    found: list[Mutant] = []
    names: Counter[str] = Counter()
    for place, (where, node) in enumerate(_places(ast.parse(path.read_text(encoding="utf-8")))):
        for variant, changed in enumerate(_variants(node)):
            name = f"{where}: {_shown(node)} -> {_shown(changed)}"
            names[name] += 1
            if names[name] > 1:
                name = f"{name} ({names[name]})"
            found.append(Mutant(path, name, _line(node), place, variant))
    return found


def mutated(mutant: Mutant) -> ast.Module:
    """The module with that one change."""
    tree = ast.parse(mutant.path.read_text(encoding="utf-8"))
    _, node = list(_places(tree))[mutant.place]
    changed = list(_variants(node))[mutant.variant]
    _Exchange(node, changed).visit(tree)
    return ast.fix_missing_locations(tree)


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old = old
        self._new = ast.copy_location(new, old)

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def _line(node: ast.AST) -> int:
    return int(getattr(node.target if isinstance(node, ast.comprehension) else node, "lineno", 0))


def _shown(node: ast.AST) -> str:
    """The node on one line; of a statement with a body, what stands before the body."""
    match node:
        case ast.Match():
            text = "match " + ", ".join(ast.unparse(case.pattern) for case in node.cases)
        case ast.If() | ast.For() | ast.While():
            text = ast.unparse(_with(node, body=[ast.Pass()], orelse=[])).splitlines()[0]
        case _:
            text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else f"{text[:60]} … {text[-38:]}"


def _places(node: ast.AST, where: str = "") -> Iterator[tuple[str, ast.AST]]:
    """Every node that may be changed, with the names of the function and class it lies in."""
    for child in _children(node):
        yield where, child
        inside = where
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            inside = f"{where}.{child.name}".lstrip(".")
        yield from _places(child, inside)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.FunctionDef():
            yield from node.args.defaults
            yield from (default for default in node.args.kw_defaults if default)
            yield from _body(node.body)
        case ast.ClassDef():
            if not any(ast.unparse(base).endswith("Enum") for base in node.bases):
                yield from _body(node.body)
        case ast.Module():
            yield from _body(node.body)
        case ast.AnnAssign():
            yield from (node.value,) if node.value else ()
        case ast.match_case():
            yield from node.body
        case ast.Import() | ast.ImportFrom() | ast.JoinedStr():
            pass
        case _:
            yield from ast.iter_child_nodes(node)


def _body(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that do something: docstrings don't."""
    for statement in statements:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield statement


def _variants(node: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912  # one case for each kind of change
    match node:
        case ast.Compare():
            for place, operator in enumerate(node.ops):
                for other in COMPARISONS[type(operator)]:
                    yield _with(node, ops=_replaced(node.ops, place, other()))
        case ast.BoolOp():
            yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
            for rest in _shortened(node.values):
                yield rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.BinOp() if type(node.op) in OPERATORS:
            yield _with(node, op=OPERATORS[type(node.op)]())
        case ast.IfExp():
            yield node.body
            yield node.orelse
        case ast.If():
            yield _with(node, test=ast.Constant(True))
            yield _with(node, test=ast.Constant(False))
        case ast.While():
            yield _with(node, test=ast.Constant(False))
        case ast.For():
            yield _with(node, iter=ast.Tuple([], ast.Load()))
        case ast.comprehension():
            for rest in _shortened(node.ifs):
                yield _with(node, ifs=rest)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int(number)):
            yield ast.Constant(number + 1)
            yield ast.Constant(number - 1)
        case ast.Constant(value=str()):
            yield ast.Constant("" if node.value else "x")
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            for rest in _shortened(node.elts):
                yield _with(node, elts=rest) if rest or not isinstance(node, ast.Set) else _call("set")
        case ast.Dict():
            for keys, values in zip(_shortened(node.keys), _shortened(node.values), strict=True):
                yield _with(node, keys=keys, values=values)
        case ast.Call():
            if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
                yield _with(node, func=ast.Name(FUNCTIONS[node.func.id], ast.Load()))
            if isinstance(node.func, ast.Name) and node.func.id in ORDERINGS:
                yield node.args[0]
            for keywords in _shortened(node.keywords):
                yield _with(node, keywords=keywords)
        case ast.Return(value=ast.expr()) if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Match():
            for cases in _shortened(node.cases):
                if cases:
                    yield _with(node, cases=cases)


def _with(node: Node, **fields: object) -> Node:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _replaced(items: list[Item], place: int, item: Item) -> list[Item]:
    return [*items[:place], item, *items[place + 1 :]]


def _shortened(items: list[Item]) -> Iterator[list[Item]]:
    """The list without its first item, without its second, and so on."""
    for place in range(len(items)):
        yield [*items[:place], *items[place + 1 :]]


def _call(name: str) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [], [])
