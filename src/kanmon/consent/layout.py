"""A policy text as a page shows it: line by line, each with the clause that it says."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.consent.policy import PolicyVersion, normalised


@dataclass(frozen=True)
class LayoutLine:
    """One line of a text; `clause_id` names the clause that it belongs to, None for a heading or the like."""

    text: str
    clause_id: str | None


def lines_of(version: PolicyVersion) -> Sequence[LayoutLine]:
    """The lines of a text that say anything; shown as blocks one after another, they have the hash of the text.

    A line belongs to the clause with the most quoted words in it; one without any, between two lines of one clause,
    belongs to that clause too.
    """
    lines = [line.strip() for line in version.text.splitlines() if line.strip()]
    found = [_clause_of(line, version) for line in lines]
    for place, clause in enumerate(found):
        around = {next(filter(None, part), None) for part in (reversed(found[:place]), found[place + 1 :])}
        if clause is None and len(around) == 1:
            found[place] = around.pop()
    return [LayoutLine(line, clause) for line, clause in zip(lines, found, strict=True)]


def _clause_of(line: str, version: PolicyVersion) -> str | None:
    words = normalised(line)
    quoted = {
        clause.clause_id: sum(
            len(quote) for said in clause.statements.values() if (quote := normalised(said.quote)) and quote in words
        )
        for clause in version.clauses
    }
    most = max(quoted, key=quoted.__getitem__, default=None)
    return most if most is not None and quoted[most] > 0 else None
