"""From handed over to provided: how far applicants came, and what stopped the others; each counts once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kanmon.clients.contract import ServiceTerms
from kanmon.core.ids import ClientId, SeasonId
from kanmon.gate.decision import ReasonCode


class FunnelStage(StrEnum):
    """How far an applicant came."""

    HANDED_OVER = "handed_over"
    CLEARED_FOR_SCORING = "cleared_for_scoring"
    SCORED = "scored"
    CLEARED_FOR_PROVIDING = "cleared_for_providing"
    PROVIDED = "provided"


class Wait(StrEnum):
    """What stopped an applicant that the gate did not refuse."""

    NOT_ASKED = "not_asked"
    NOT_COMPUTED = "not_computed"
    NOT_SCORABLE = "not_scorable"
    NOT_PROVIDED = "not_provided"


Cause = ReasonCode | Wait
NEXT = dict(zip(FunnelStage, list(FunnelStage)[1:], strict=False))


@dataclass(frozen=True)
class FunnelStanding:
    """So many applicants came as far as a step and no further, for one cause; none where they were provided.

    Of several reasons of the gate's newest answer the first counts, in the order of reasons.
    """

    step: FunnelStage
    cause: Cause | None
    applicants: int


@dataclass(frozen=True)
class FunnelStep:
    """How many came as far as a step, and by cause how many stopped just before it."""

    step: FunnelStage
    applicants: int
    stopped: Mapping[Cause, int]


class FunnelFacts(Protocol):
    """What the control plane tells of applicants, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def standings(self, client: ClientId, season: SeasonId | None) -> Sequence[FunnelStanding]:
        """Where a client's applicants stand, of one season or of all."""


def funnel(facts: FunnelFacts, client: ClientId | None, season: SeasonId | None) -> Sequence[FunnelStep]:
    """The steps in their order, over one client or all; each has as many as come after it and stop before that."""
    clients = sorted(facts.terms().clients) if client is None else [client]
    reached: Counter[FunnelStage] = Counter()
    stopped: dict[FunnelStage, Counter[Cause]] = {step: Counter() for step in FunnelStage}
    for standing in (standing for one in clients for standing in facts.standings(one, season)):
        for step in list(FunnelStage)[: list(FunnelStage).index(standing.step) + 1]:
            reached[step] += standing.applicants
        if standing.cause is not None:
            stopped[NEXT[standing.step]][standing.cause] += standing.applicants
    return [FunnelStep(step, reached[step], dict(stopped[step].most_common())) for step in FunnelStage]
