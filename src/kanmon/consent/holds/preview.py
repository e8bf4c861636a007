"""A hold looked at before it is lifted, and a confirmation of just what was shown; who confirms twice did it once."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.consent.holds.service import ConsentHold
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.language import N_
from kanmon.ledger.confirmation import check_given, confirmation_of, outdated


@dataclass(frozen=True)
class LiftRequest:
    """Which hold or alert somebody wants ended, and why."""

    number: int
    person: str
    because: str

    def hold_among(self, holds: Sequence[ConsentHold]) -> ConsentHold:
        """The hold that is meant; `NotFound` where there is none of that number, `UsageError` without a reason."""
        if not self.person.strip() or not self.because.strip():
            raise UsageError(N_("say who lifts the hold, and why"))
        hold = next((hold for hold in holds if hold.number == self.number), None)
        if hold is None:
            raise NotFound(N_("there is no hold %(number)s"), number=self.number)
        return hold

    def is_done_by(self, hold: ConsentHold) -> bool:
        """Whether the hold was ended by just this request."""
        return (hold.ended_by, hold.because) == (self.person.strip(), self.because.strip())

    def sha256(self, hold: ConsentHold) -> str:
        """What confirms it while the hold is of these people and this row."""
        shown = {
            "hold": hold.number,
            "member_id": hold.member_id,
            "applicant_id": hold.applicant_id,
            "client_id": hold.client_id,
            "ledger_seq": hold.ledger_seq,
            "person": self.person.strip(),
            "because": self.because.strip(),
        }
        return confirmation_of(shown)


@dataclass(frozen=True)
class LiftPreview:
    """A request as it would be done now."""

    request: LiftRequest
    hold: ConsentHold
    sha256: str


def hold_confirmed(request: LiftRequest, holds: Sequence[ConsentHold], confirmation: str) -> ConsentHold:
    """The hold that is confirmed, ended where that was done already; `ConfirmationMissing`, `PreviewOutdated`."""
    hold = request.hold_among(holds)
    check_given(confirmation)
    if confirmation != request.sha256(hold) or (hold.ended_at is not None and not request.is_done_by(hold)):
        raise outdated()
    return hold
