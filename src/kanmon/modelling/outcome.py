"""What became of an applicant, and what of it a model may learn.

Positive is a withdrawal or a declined offer at or after `as_of`. Rows whose withdrawal came before `as_of` are left
out, since there was nothing left to foresee, and so are rejected ones: the client ended the selection before they
could, so that whether they would have left is not known (censored).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class KnownOutcome:
    """An applicant's outcome beside the moment that its score speaks of."""

    applicant_no: ApplicantNo
    as_of: datetime
    outcome: SelectionOutcome
    outcome_at: datetime
    """The last moment at which it may have come; see `clock.earliest_of`."""


def label(known: KnownOutcome, now: datetime) -> bool | Exclusion:
    """True for one who left, False for one who didn't, or why the row is left out as seen at `now`."""
    if known.outcome_at > now:
        return Exclusion.NOT_KNOWN_YET
    if known.outcome is SelectionOutcome.REJECTED:
        return Exclusion.REJECTED
    if known.outcome not in (SelectionOutcome.SELECTION_WITHDRAWAL, SelectionOutcome.OFFER_DECLINE):
        return False
    return True if earliest_of(known.outcome_at) >= known.as_of else Exclusion.WITHDREW_BEFORE_AS_OF
