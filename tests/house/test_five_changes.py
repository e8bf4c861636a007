"""In how many files of the product five everyday changes stand, each counted on one that was made.

A change of its kind touches these files, beside tests and translations: what spreads into one more fails here. Where it
stands in fewer, take that file off the list.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PRODUCT = Path(__file__).parents[2] / "src" / "kanmon"


@dataclass(frozen=True)
class Change:
    """A kind of change, and how one that was made is known in the code."""

    kind: str
    named: str
    """A regular expression for the names and texts by which code knows it."""
    files: frozenset[str]
    """Where it stands."""


CHANGES = [
    Change(
        "a field of a contract: its model, the rule that asks for it, the file's reader, the re-judgement, papers",
        "client_notice_published_at",
        frozenset({
            "clients/contract.py", "gate/rules/client_notice_published.py", "intake/files/terms/models.py",
            "audits/rejudgement/dealings.py", "clients/papers/use_cases.py",
        }),
    ),
    Change(
        "a rule of the gate on facts that are known: the rule, its code, its meaning, and how the gap names it",
        "(DENY_)?UNDECIDABLE_ORDER",
        frozenset({
            "gate/rules/order_decidable.py", "gate/decision.py", "gate/wording.py", "audits/gap/causes.py",
        }),
    ),
    Change(
        "a right of a person: its room, the request for it, the command and the page, the law abroad that asks for it",
        "(?i)(subject[_ ])?(disclosure|disclose)(s|_.*)?|kanmon.rights.disclosure.*",
        frozenset({
            "audits/abroad/standing.py", "cli/table.py", "gate/promises.py", "rights/answer/web/cards.py",
            "rights/answer/web/person.py",
            "rights/disclosure/files.py", "rights/disclosure/service.py", "rights/disclosure/store.py",
            "rights/requests/cli.py", "rights/requests/service.py", "rights/requests/use_cases.py",
            "rights/requests/web/person.py", "rights/words.py",
        }),
    ),
    Change(
        "a column of the report: the row with its table of columns, and who sets, seals and writes rows",
        "ReportRow",
        frozenset({
            "provision/report.py", "provision/service.py", "provision/files/sealed_rows.py", "provision/files/xlsx.py",
        }),
    ),
    Change(
        "a feature: its definition and its expression",
        "own_longest_gap",
        frozenset({"features/definition.py", "features/expression.py"}),
    ),
]  # fmt: skip


@cache
def words() -> dict[str, frozenset[str]]:
    """By file, the names that its code uses and the texts that it holds; what documentation says is left out."""
    return {
        path.relative_to(PRODUCT).as_posix(): frozenset(_words(ast.parse(path.read_text(encoding="utf-8"))))
        for path in PRODUCT.rglob("*.py")
    }


def _words(tree: ast.Module) -> Iterator[str]:
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        for name in ("id", "attr", "name", "arg", "module", "value"):
            word = getattr(node, name, None)
            if isinstance(word, str) and id(node) not in documentation:
                yield word


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.kind.partition(":")[0])
def test_a_change_of_its_kind_touches_no_more_files(change: Change) -> None:
    named = re.compile(change.named)
    assert {file for file, used in words().items() if any(map(named.fullmatch, used))} == change.files
