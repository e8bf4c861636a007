"""The gate's refusals over time, for the privacy owner: how many applicants, by which reason, and which (INV-8)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from kanmon.audits.gap.model import Window
from kanmon.audits.overview.provided import PageOfList
from kanmon.clients.contract import ServiceTerms
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.gate.decision import REASON_ORDER, ReasonCode, Use


@dataclass(frozen=True)
class RefusalQuery:
    """Which of the gate's answers are looked at; None: whichever."""

    window: Window
    use: Use
    client_id: ClientId | None = None
    reason: ReasonCode | None = None


@dataclass(frozen=True)
class DayOfAnswers:
    """One day in Tokyo: applicants asked about, and refused for the reason asked for (for any, where none was).

    However often the gate was asked about an applicant on that day, it counts once.
    """

    day: date
    asked: int
    refused: int


@dataclass(frozen=True)
class Refusals:
    """The answers of a period; `reasons` counts applicants once for each reason, in the order of reasons."""

    reasons: Mapping[ReasonCode, int]
    days: Sequence[DayOfAnswers]
    """The days on which the gate was asked, by time."""


@dataclass(frozen=True)
class RefusedApplicant:
    """An applicant that one reason held, and the last time it did in the period."""

    client_id: ClientId
    applicant_id: ApplicantId
    decided_at: datetime
    reasons: Sequence[ReasonCode]
    """All that held it then."""
    elements: Sequence[str]


class RefusalFacts(Protocol):
    """What the control plane tells of the gate's answers, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def reasons(self, client: ClientId, asked: RefusalQuery) -> Mapping[ReasonCode, int]:
        """How many of a client's applicants each reason held in the period."""

    def days(self, client: ClientId, asked: RefusalQuery) -> Sequence[DayOfAnswers]:
        """A client's days on which the gate was asked."""

    def refused(self, client: ClientId, asked: RefusalQuery, most: int) -> Sequence[RefusedApplicant]:
        """A client's applicants that the reason asked for held, by the client's own order."""


def refusals(facts: RefusalFacts, asked: RefusalQuery) -> Refusals:
    """The answers of a period, over all clients or for the one asked for."""
    reasons: Counter[ReasonCode] = Counter()
    were_asked: Counter[date] = Counter()
    were_refused: Counter[date] = Counter()
    for client in _clients(facts, asked):
        reasons.update(facts.reasons(client, asked))
        for one in facts.days(client, asked):
            were_asked[one.day] += one.asked
            were_refused[one.day] += one.refused
    return Refusals(
        {reason: reasons[reason] for reason in sorted(reasons, key=REASON_ORDER.__getitem__)},
        [DayOfAnswers(day, were_asked[day], were_refused[day]) for day in sorted(were_asked)],
    )


def refused_applicants(
    facts: RefusalFacts, asked: RefusalQuery, start: int, length: int
) -> PageOfList[RefusedApplicant]:
    """A part of the applicants that the reason asked for held, client by client."""
    found: list[RefusedApplicant] = []
    for client in _clients(facts, asked):
        if len(found) <= start + length:
            found += facts.refused(client, asked, start + length + 1 - len(found))
    return PageOfList(found[start : start + length], start, len(found) > start + length)


def _clients(facts: RefusalFacts, asked: RefusalQuery) -> Sequence[ClientId]:
    return [asked.client_id] if asked.client_id is not None else sorted(facts.terms().clients)
