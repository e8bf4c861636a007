"""A decision on a request looked at before it is taken, and a confirmation of just what was shown.

Whoever confirms twice decided once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.ledger.confirmation import check_given, confirmation_of, outdated
from kanmon.rights.requests.review import ReviewFinding, SecondLookAnswer
from kanmon.rights.requests.service import Request, RequestOutcome, RequestType, said


class RequestChoice(StrEnum):
    """What may be decided of a request that is no review."""

    ACCEPT = "accept"
    REFUSE = "refuse"


CORRECTIONS = (RequestType.HISTORY, RequestType.PERSONAL_DATA)
"""What is put in force where it is accepted."""


@dataclass(frozen=True)
class DecisionRequest:
    """What somebody wants decided, and the reason that the person who asked is told."""

    request_no: int
    choice: RequestChoice | ReviewFinding
    person: str
    reason: str

    def check(self, request: Request) -> None:
        """`UsageError` where that can't be decided of this request, or its reason is missing or too long."""
        is_review, has_reason = request.asked.type is RequestType.REVIEW, bool(said(self.reason))
        if isinstance(self.choice, ReviewFinding):
            if not is_review:
                raise UsageError(N_("request %(request)s asks for no review"), request=request.request_no)
            if not has_reason:
                raise UsageError(N_("say what was looked at and why it ends so: the person is told it"))
        elif self.choice is RequestChoice.REFUSE:
            if not has_reason:
                raise UsageError(N_("a refusal needs its reason: the person is told it"))
        elif is_review:
            raise UsageError(N_("say what the review found: upheld, score_withdrawn or decision_reconsidered"))
        elif request.asked.type not in CORRECTIONS and not has_reason:
            raise UsageError(N_("say what was done: the person is told it"))

    def is_done_by(self, request: Request) -> bool:
        """Whether the request was decided just so."""
        if request.decided is None:
            return False
        decided, is_refused = request.decided, self.choice is RequestChoice.REFUSE
        wanted = RequestOutcome.REFUSED if is_refused else RequestOutcome.ACCEPTED
        finding = self.choice.value if isinstance(self.choice, ReviewFinding) else None
        asked = (wanted, self.person, said(self.reason), finding)
        return asked == (decided.outcome, decided.decided_by, decided.reason.strip(), decided.done.get("finding"))

    def sha256(self, request: Request, answer: SecondLookAnswer | None) -> str:
        """What confirms it while the request says this and its company answered that."""
        shown: Mapping[str, object] = {
            "request_seq": request.ledger_seq,
            "content": dict(request.asked.content),
            "second_look": None if answer is None else answer.facts(),
            "choice": self.choice.value,
            "person": self.person,
            "reason": said(self.reason),
        }
        return confirmation_of(shown)


@dataclass(frozen=True)
class DecisionPreview:
    """A decision as it would be taken now."""

    asked: DecisionRequest
    request: Request
    sha256: str


def is_confirmed(asked: DecisionRequest, request: Request, answer: SecondLookAnswer | None, confirmation: str) -> bool:
    """Whether it is to be done now; False where it was done on this confirmation already.

    `ConfirmationMissing`, and `PreviewOutdated` where the request is not any more what was shown.
    """
    check_given(confirmation)
    if confirmation == asked.sha256(request, answer):
        if request.decided is None:
            return True
        if asked.is_done_by(request):
            return False
    raise outdated()
