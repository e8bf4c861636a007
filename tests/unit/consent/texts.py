"""The two texts of the generated board, read from their `service.yaml` form as a folder's are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement
from kanmon.intake.files.terms.clauses import PolicyPart
from kanmon.intake.files.terms.policies import policy_versions
from kanmon.intake.files.terms.values import Reading
from kanmon_stories.policy_texts import covering_clauses, covering_text, stale_clauses, stale_text
from kanmon_stories.season_plan import CLIENTS

CLIENT = CLIENTS[0].client_id
FROM = datetime(2025, 1, 15, tzinfo=UTC)


def read(version_id: str, text: str, clauses: Sequence[dict[str, Any]]) -> PolicyVersion:
    said = {
        "id": "privacy",
        "versions": [{"id": version_id, "language": "ja", "effective_from": FROM, "text": text, "clauses": clauses}],
    }
    part = PolicyPart.model_validate(said, context=Reading(Path(), "service.yaml"))
    (version,), _ = policy_versions([part])
    return version


STALE = read("1.0", stale_text(), stale_clauses())
COVERING = read("2.0", covering_text(CLIENTS, FROM), covering_clauses(CLIENTS, FROM))


def without(version: PolicyVersion, element: Element) -> PolicyVersion:
    """The version whose clauses don't state one element."""
    return stating(version, {said: words for said, words in version.clauses[0].statements.items() if said != element})


def stating(version: PolicyVersion, statements: dict[Element, Statement]) -> PolicyVersion:
    """The version with these statements in its first clause."""
    return replace(version, clauses=(replace(version.clauses[0], statements=statements), *version.clauses[1:]))


def saying(version: PolicyVersion, element: Element, said: Statement) -> PolicyVersion:
    """The version whose first clause states one element so; the words are put at the end of the text."""
    changed = stating(version, {**version.clauses[0].statements, element: said})
    return replace(changed, text=f"{version.text}\n{said.quote}")


def with_clause(version: PolicyVersion, clause: Clause) -> PolicyVersion:
    """The version with one more clause, its words at the end of the text."""
    words = "\n".join(said.quote for said in clause.statements.values())
    return replace(version, clauses=(*version.clauses, clause), text=f"{version.text}\n{words}")
