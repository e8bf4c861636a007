"""A stop or a resume looked at before it is done: how the switch stands, and a confirmation of just what was shown.

Whoever confirms twice did it once: the act that a confirmation led to is found again by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kanmon.gate.switch.model import SwitchAct, SwitchScope
from kanmon.gate.switch.service import RecordedSwitchAct, StoppedScope
from kanmon.ledger.confirmation import check_given, confirmation_of, outdated


@dataclass(frozen=True)
class SwitchRequest:
    """What somebody wants done to the switch, and why."""

    act: SwitchAct
    scope: SwitchScope
    person: str
    because: str
    consents_doubted: bool = False

    def sha256(self, before: RecordedSwitchAct | None) -> str:
        """What confirms it while `before` is the newest act of any switch."""
        shown = {
            "act": self.act,
            "client_id": self.scope.client_id,
            "season": self.scope.season,
            "person": self.person.strip(),
            "because": self.because.strip(),
            "consents_doubted": self.consents_doubted,
            "before": None if before is None else before.ledger_seq,
        }
        return confirmation_of(shown)

    def is_done_by(self, act: RecordedSwitchAct) -> bool:
        """Whether an act is what is asked for here."""
        asked = (self.act, self.scope, self.consents_doubted, self.person.strip(), self.because.strip())
        return asked == (act.act.act, act.act.scope, act.act.consents_doubted, act.person, act.because)


@dataclass(frozen=True)
class SwitchPreview:
    """A request as it would be done now."""

    request: SwitchRequest
    standing: StoppedScope | None
    """How that scope stands on stop; None where it doesn't."""
    sha256: str


def act_confirmed(
    request: SwitchRequest, switched: Sequence[RecordedSwitchAct], confirmation: str | None
) -> RecordedSwitchAct | None:
    """The act that was done on this confirmation; None where it is to be done now.

    `ConfirmationMissing`, and `PreviewOutdated` where the switch was used since it was shown.
    """
    check_given(confirmation)
    if confirmation == request.sha256(switched[-1] if switched else None):
        return None
    for before, act in pairwise([None, *switched]):
        if act is not None and request.is_done_by(act) and confirmation == request.sha256(before):
            return act
    raise outdated()
