"""What came of a person's name that a company handed over, and of incidents: one value, from which every door tells.

`/me`, `/me/notices`, `/check`, the disclosure, `kanmon subject show` and the API all read it, so that nobody is told
one thing here and another there. "Went" is what a provision record says, never what a run would have done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from kanmon.core.ids import ApplicantId, ClientId, IncidentId, SeasonId
from kanmon.core.language import N_
from kanmon.rights.shapes import HandedOverResult, IncidentEffectResult


class HandlingOutcome(StrEnum):
    """What came of a name that was handed over."""

    PENDING = "pending"
    """The gate was not asked yet, or nothing followed yet from its answer."""
    REFUSED = "refused"
    NOT_SCORABLE = "not_scorable"
    NOT_GIVEN = "not_given"
    """A score was computed, and it never went."""
    GIVEN = "given"


HANDLING_WORDS: Mapping[HandlingOutcome, str] = {
    HandlingOutcome.PENDING: N_("Nothing has come of it so far: no score was computed, and nothing was given."),
    HandlingOutcome.REFUSED: N_("We refused it: no score was computed, and nothing was given."),
    HandlingOutcome.NOT_SCORABLE: N_("No score could be computed, and nothing was given."),
    HandlingOutcome.NOT_GIVEN: N_("A score was computed, and it was not given to the company."),
    HandlingOutcome.GIVEN: N_("A score was given to the company."),
}
"""What came of it, in words; ids of messages."""


@dataclass(frozen=True)
class HandedOverRow:
    """A row that a company handed over and that is tied to the person, and what came of it."""

    client_id: ClientId
    client_name: str
    season: SeasonId
    applicant_id: ApplicantId
    applied_at: datetime
    scores: int
    """How many scores were computed for it."""
    provided: int
    """How many provision records there are of it."""
    is_refused: bool
    """Whether the gate's last answer about scoring or providing was no."""
    is_unscorable: bool
    """Whether it was found once that no score can be computed."""

    @property
    def handling(self) -> HandlingOutcome:
        """What came of it."""
        if self.provided:
            return HandlingOutcome.GIVEN
        if self.scores:
            return HandlingOutcome.NOT_GIVEN
        if self.is_refused:
            return HandlingOutcome.REFUSED
        return HandlingOutcome.NOT_SCORABLE if self.is_unscorable else HandlingOutcome.PENDING


@dataclass(frozen=True)
class IncidentEffect:
    """How an incident affects the person through one company."""

    incident_id: IncidentId
    title: str
    company: str
    went: bool
    """Whether something went; else it would have gone and did not."""
    at: datetime | None
    """When the first of it went, or would have; None where that is not certain."""
    is_certain: bool = True
    """Not so for somebody erased before it was known whom the incident affects."""
    written_at: datetime | None = None
    """When a letter was written to the person; None where none was, and for people erased."""


def effect_in_words(effect: IncidentEffect, local: Callable[[datetime], str], _: Callable[[str], str]) -> str:
    """What an incident means for the person, in one sentence."""
    if not effect.is_certain or effect.at is None:
        said = _("this may affect you: %(company)s had received data about you before they were erased.")
        return said % {"company": effect.company}
    if effect.went:
        said = _("this affects you; %(company)s received your data on %(day)s.")
    else:
        said = _("this affects you; %(company)s would have received your data on %(day)s, and did not.")
    return said % {"company": effect.company, "day": local(effect.at)}


def handed_over_facts(row: HandedOverRow) -> HandedOverResult:
    """A row handed over as plain values."""
    return {
        "client_id": row.client_id,
        "client_name": row.client_name,
        "season": row.season,
        "applicant_id": row.applicant_id,
        "applied_at": row.applied_at.isoformat(),
        "handling": row.handling.value,
        "scores": row.scores,
        "provided": row.provided,
    }


def effect_facts(effect: IncidentEffect) -> IncidentEffectResult:
    """How an incident affects the person, as plain values."""
    at = None if effect.at is None else effect.at.isoformat()
    return {
        "incident_id": effect.incident_id,
        "title": effect.title,
        "company": effect.company,
        "went": effect.went,
        "went_at": at if effect.went else None,
        "would_have_gone_at": None if effect.went else at,
        "is_certain": effect.is_certain,
        "written_at": None if effect.written_at is None else effect.written_at.isoformat(),
    }


def effect_of(facts: Mapping[str, Any]) -> IncidentEffect:
    """How an incident affects the person, from what `effect_facts` made of it."""
    moments = [facts["went_at"], facts["would_have_gone_at"], facts["written_at"]]
    went_at, would_at, written_at = (None if at is None else datetime.fromisoformat(at) for at in moments)
    return IncidentEffect(
        IncidentId(facts["incident_id"]),
        facts["title"],
        facts["company"],
        facts["went"],
        went_at or would_at,
        facts["is_certain"],
        written_at,
    )
