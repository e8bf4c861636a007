"""The vectors, and what became of a subject that was asked them."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

Vector = Mapping[str, Any]
Subject = Callable[[Sequence[Vector]], Mapping[str, bool]]
"""Asked all vectors at once; answers by ID whether it allows. What it leaves out counts as wrong."""


def vectors(family: str | None = None) -> list[Vector]:
    """Every vector in the order of the files, or those of one family."""
    found = []
    for file in sorted(files(__package__).joinpath("vectors").iterdir(), key=lambda file: file.name):
        if file.name.endswith(".json") and (family is None or file.name == f"{family}.json"):
            found += json.loads(file.read_text(encoding="utf-8"))["vectors"]
    return found


@dataclass(frozen=True)
class Outcome:
    """What a subject answered to one vector; `allowed` is None where it answered nothing."""

    vector: Vector
    allowed: bool | None

    @property
    def is_right(self) -> bool:
        """Whether the answer is the one expected."""
        return self.allowed is (self.vector["expect"] == "allow")

    @property
    def let_through(self) -> bool:
        """Whether it allowed what had to be denied: the fault that harms somebody."""
        return self.allowed is True and not self.is_right

    @property
    def family(self) -> str:
        """The family, which the ID begins with."""
        return str(self.vector["id"]).rpartition("-")[0]


def outcomes(subject: Subject, asked: Sequence[Vector]) -> list[Outcome]:
    """Ask a subject all vectors."""
    answers = subject(asked)
    return [Outcome(vector, answers.get(vector["id"])) for vector in asked]


def table(found: Sequence[Outcome]) -> str:
    """Counts by family as a table in Markdown: asked, right, let through, held back."""
    asked = Counter(outcome.family for outcome in found)
    right = Counter(outcome.family for outcome in found if outcome.is_right)
    through = Counter(outcome.family for outcome in found if outcome.let_through)
    lines = [
        "| Family | Vectors | Right | Wrongly allowed | Wrongly denied or unanswered |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows = [(family, asked[family], right[family], through[family]) for family in asked]
    rows.append(("all", asked.total(), right.total(), through.total()))
    lines += [f"| {name} | {count} | {good} | {bad} | {count - good - bad} |" for name, count, good, bad in rows]
    return "\n".join(lines)
