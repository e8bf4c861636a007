"""What became of an applicant, and what of it a model may learn.

Positive is a withdrawal or a declined offer at or after `as_of`. Rows whose withdrawal came before `as_of` are left
out, since there was nothing left to foresee, and so are rejected ones: the client ended the selection before they
could, so that whether they would have left is not known (censored).

A withdrawal from the selection and a declined offer are two acts, and a model may be of one of them. Whoever then left
by the other didn't leave by this one; but of whoever withdrew from the selection it is not known whether they would
have declined an offer, which makes them censored too.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.clients.contract import ScoreTarget
from kanmon.core.clock import earliest_of
from kanmon.core.ids import ApplicantNo
from kanmon.core.language import N_


class SelectionOutcome(StrEnum):
    """How a selection ended."""

    SELECTION_WITHDRAWAL = "selection_withdrawal"
    OFFER_DECLINE = "offer_decline"
    JOINED = "joined"
    REJECTED = "rejected"
    OTHER = "other"


class Exclusion(StrEnum):
    """Why a row neither trains nor evaluates."""

    WITHDREW_BEFORE_AS_OF = N_("withdrew before as_of")
    REJECTED = N_("rejected")
    NOT_KNOWN_YET = N_("not known yet")
    WITHOUT_OFFER = N_("withdrew from the selection, so that no offer could be declined")
    OTHER_STAGE = N_("at another stage than the model speaks of, or at an unknown one")


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """An applicant's outcome beside the moment that its score speaks of."""

    applicant_no: ApplicantNo
    as_of: datetime
    outcome: SelectionOutcome
    outcome_at: datetime
    """The last moment at which it may have come; see `clock.earliest_of`."""


def label(known: KnownOutcome, now: datetime, target: ScoreTarget = ScoreTarget.BOTH) -> bool | Exclusion:
    """True for one who left by the target, False for one who didn't, or why the row is left out as seen at `now`."""
    if known.outcome_at > now:
        return Exclusion.NOT_KNOWN_YET
    if known.outcome is SelectionOutcome.REJECTED:
        return Exclusion.REJECTED
    if known.outcome not in (SelectionOutcome.SELECTION_WITHDRAWAL, SelectionOutcome.OFFER_DECLINE):
        return False
    if earliest_of(known.outcome_at) < known.as_of:
        return Exclusion.WITHDREW_BEFORE_AS_OF
    return label_of_act(ScoreTarget(known.outcome), target)


def label_of_act(act: ScoreTarget | None, target: ScoreTarget) -> bool | Exclusion:
    """The label of one who left by an act, or who stayed (None)."""
    if act is None or target in (act, ScoreTarget.BOTH):
        return act is not None
    return Exclusion.WITHOUT_OFFER if target is ScoreTarget.OFFER_DECLINE else False
