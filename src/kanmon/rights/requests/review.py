"""Review by a person: somebody asks that a human looks at a score, and whoever got the score looks at its use again.

GDPR 22(3), Colorado SB 26-189, California's rules on automated decisions; everybody may ask, under any law. The privacy
owner ends a review with what it found: the score stands, it is withdrawn, or the company decided anew. A company that
had opened the score answers first, by a person who knows the matter and did not decide before; without its answer the
score can only be withdrawn.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kanmon.access.account import same_person
from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound, StatementIncomplete, UsageError
from kanmon.core.ids import ApplicantId, ClientId, MemberId
from kanmon.core.language import N_, Language, translations
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger
from kanmon.rights.requests.service import (
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    Requests,
    RequestStore,
    RequestType,
    said,
)

NOTICE = "review"
"""The kind of the notice that a person is sent of what a review found."""


class ReviewFinding(StrEnum):
    """How a review ends."""

    UPHELD = "upheld"
    SCORE_WITHDRAWN = "score_withdrawn"
    RECONSIDERED = "decision_reconsidered"


class SecondLookOutcome(StrEnum):
    """What a company's second look came to."""

    KEPT = "decision_kept"
    CHANGED = "decision_changed"
    NOT_USED = "score_not_used"


TOLD: Mapping[ReviewFinding, str] = {
    ReviewFinding.UPHELD: N_(
        "A person looked again at your score %(score)s for %(company)s. The score stands, and nothing was changed."
    ),
    ReviewFinding.SCORE_WITHDRAWN: N_(
        "A person looked again at your score %(score)s for %(company)s and withdrew it. It no longer counts and is "
        "never provided again; the company was told so if it had the score."
    ),
    ReviewFinding.RECONSIDERED: N_(
        "A person looked again at your score %(score)s for %(company)s, and the company decided anew about you."
    ),
}
"""What the person is told of each finding; ids of messages."""
LOOKED_AGAIN = N_("At the company, %(reviewer)s looked again: %(outcome)s. %(words)s")
"""What the person is told of the company's second look; the id of a message."""
OUTCOMES: Mapping[SecondLookOutcome, str] = {
    SecondLookOutcome.KEPT: N_("the decision stays as it was"),
    SecondLookOutcome.CHANGED: N_("the decision was changed"),
    SecondLookOutcome.NOT_USED: N_("the score was not used for any decision"),
}
"""What each outcome of a second look is called; ids of messages."""


@dataclass(frozen=True)
class SecondLookAnswer:
    """What a company says of its second look: who looked, why that person can judge, who decided before, what came."""

    reviewer: str
    competence: str
    first_decider: str
    """Who decided first; empty where nobody had decided."""
    outcome: SecondLookOutcome
    words: str

    @classmethod
    def stated(cls, reviewer: str, competence: str, first_decider: str, outcome: str, words: str) -> "SecondLookAnswer":
        """The answer as a form brings it; `StatementIncomplete` names what is missing."""
        if outcome not in set(SecondLookOutcome):
            raise StatementIncomplete(N_("say what the second look came to; nothing was recorded"))
        if not reviewer.strip() or not competence.strip():
            raise StatementIncomplete(
                N_("name the person who looked again, and why that person can judge it; nothing was recorded")
            )
        if outcome != SecondLookOutcome.NOT_USED and not first_decider.strip():
            raise StatementIncomplete(N_("name the person who decided first; nothing was recorded"))
        if same_person(reviewer, first_decider):
            raise StatementIncomplete(
                N_("whoever decided first can't be the one who looks again; name another person. Nothing was recorded")
            )
        if not words.strip():
            raise StatementIncomplete(
                N_("say what was looked at and done: the applicant is told; nothing was recorded")
            )
        return cls(said(reviewer), said(competence), said(first_decider), SecondLookOutcome(outcome), said(words))

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> "SecondLookAnswer":
        """The answer from what `facts` made of it."""
        return cls(**{**facts, "outcome": SecondLookOutcome(facts["outcome"])})  # type: ignore[arg-type]

    def facts(self) -> dict[str, str]:
        """The answer as plain values."""
        return {
            "reviewer": self.reviewer,
            "competence": self.competence,
            "first_decider": self.first_decider,
            "outcome": self.outcome.value,
            "words": self.words,
        }


@dataclass(frozen=True)
class ContestedScore:
    """The score that a review is about."""

    score_no: int
    client_id: ClientId
    company: str
    applicant_id: ApplicantId
    value: str


class ScoreReviewStore(RequestStore, Protocol):
    """Where reviews are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until no provision is under way, let none begin, and the shared moment from which that is so."""

    def open_review(self, request_no: int, score: ContestedScore, at: datetime) -> None:
        """Mark a score as disputed, for whoever got it."""

    def is_opened(self, score: ContestedScore) -> bool:
        """Whether the client acknowledged a report with this score."""

    def second_look(self, request_no: int, client: ClientId) -> SecondLookAnswer | None:
        """What the client answered; None where it did not."""

    def add_second_look(
        self, request_no: int, client: ClientId, account_no: int, answer: SecondLookAnswer, at: datetime, seq: int
    ) -> None:
        """Keep a client's answer for good."""

    def withdraw_score(self, request_no: int, score: ContestedScore, at: datetime) -> int:
        """Make one score stale; how many were, which is 0 where it was already."""

    def tell_recipient(self, request_no: int, client: ClientId, at: datetime) -> int:
        """Tell a client of each provision that held a score made stale by this request; how many there are."""

    def add_notice(self, member: MemberId, kind: str, at: datetime) -> None:
        """Note that a member was told of something."""


class ScoreReviews:
    """Asks for reviews and ends them within the caller's transaction."""

    def __init__(self, store: ScoreReviewStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._requests = Requests(store, ledger, clock)
        self._ledger = ledger
        self._clock = clock

    def ask(self, member: MemberId, score: ContestedScore, words: str) -> Request:
        """Ask that a person looks at a score; `UsageError` where that is under way already."""
        at = self._moment()
        if any(one.decided is None and contested(one).score_no == score.score_no for one in self._reviews(member)):
            raise UsageError(N_("a person is already asked to look at this score"))
        content: dict[str, object] = {
            "score_no": score.score_no,
            "company": score.company,
            "applicant_id": score.applicant_id,
            "score": score.value,
            "words": said(words),
        }
        form = RequestForm(member, RequestType.REVIEW, at, client_id=score.client_id, content=content)
        request = self._requests.receive(form)
        self._store.open_review(request.request_no, score, at)
        return request

    def answer(self, request_no: int, client: ClientId, account_no: int, by: str, answer: SecondLookAnswer) -> None:
        """Keep a client's second look; `NotFound` where the client was not asked or the review has ended."""
        at = self._moment()
        request = self._requests.waiting(request_no)
        if request.asked.type is not RequestType.REVIEW or request.asked.client_id != client:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        if self._store.second_look(request_no, client) is not None:
            raise UsageError(N_("this review is answered already"))
        payload = {"request_seq": request.ledger_seq, "client_id": client, "answered_by": by, **answer.facts()}
        (seq,) = self._ledger.append([NewEntry(EntryType.SECOND_LOOK, at, payload)])
        self._ledger.sign(self._clock.real())
        self._store.add_second_look(request_no, client, account_no, answer, at, seq)

    def conclude(self, request_no: int, person: str, finding: ReviewFinding, reason: str) -> Request:
        """End a review with what it found, and why: the person is told in both languages."""
        at = self._moment()
        request = self._requests.waiting(request_no)
        if request.asked.type is not RequestType.REVIEW:
            raise UsageError(N_("request %(request)s asks for no review"), request=request_no)
        if not reason.strip():
            raise UsageError(N_("say what was looked at and why it ends so: the person is told it"))
        score, member = contested(request), request.asked.member_id
        assert member is not None
        answer = self._store.second_look(request_no, score.client_id)
        _check(finding, answer, self._store.is_opened(score))
        done: dict[str, object] = {
            "finding": finding.value,
            "second_look": None if answer is None else answer.facts(),
            "letter": {language.value: letter(score, finding, answer, reason, language) for language in Language},
        }
        if finding is ReviewFinding.SCORE_WITHDRAWN:
            done["withdrawn"] = self._store.withdraw_score(request_no, score, at)
            done["recipient_told"] = self._store.tell_recipient(request_no, score.client_id, at)
        self._store.add_notice(member, NOTICE, at)
        handed_over = hashlib.sha256(canonical(done["letter"])).hexdigest()
        return self._requests.decide(
            request, RequestDecision(at, person, RequestOutcome.ACCEPTED, reason, done, handed_over)
        )

    def _reviews(self, member: MemberId) -> list[Request]:
        return [one for one in self._store.requests(member) if one.asked.type is RequestType.REVIEW]

    def _moment(self) -> datetime:
        held_at = self._store.hold()
        return self._clock.now() if self._clock.is_replay else held_at


def contested(request: Request) -> ContestedScore:
    """The score that a request for a review is about."""
    asked, content = request.asked, request.asked.content
    assert asked.client_id is not None
    return ContestedScore(
        int(str(content["score_no"])),
        asked.client_id,
        str(content["company"]),
        ApplicantId(str(content["applicant_id"])),
        str(content["score"]),
    )


def letter(
    score: ContestedScore, finding: ReviewFinding, answer: SecondLookAnswer | None, reason: str, language: Language
) -> str:
    """What the person is told of a review, in one language; the reason and the company's words stand as written."""
    _ = translations(language).gettext
    lines = [_(TOLD[finding]) % {"score": score.value, "company": score.company}]
    if answer is not None:
        values = {"reviewer": answer.reviewer, "outcome": _(OUTCOMES[answer.outcome]), "words": answer.words}
        lines.append(_(LOOKED_AGAIN) % values)
    return "\n".join([*lines, _("The reason: %(reason)s") % {"reason": reason.strip()}])


def _check(finding: ReviewFinding, answer: SecondLookAnswer | None, is_opened: bool) -> None:
    """`UsageError` where a finding isn't what is known; to withdraw a score is possible always."""
    is_changed = answer is not None and answer.outcome is SecondLookOutcome.CHANGED
    if finding is ReviewFinding.UPHELD and is_opened and answer is None:
        raise UsageError(N_("the company that got the score has not looked again; wait for its answer, or withdraw it"))
    if finding is ReviewFinding.UPHELD and is_changed:
        raise UsageError(N_("the company changed its decision: end the review as reconsidered"))
    if finding is ReviewFinding.RECONSIDERED and not is_changed:
        raise UsageError(N_("no company said that it changed its decision"))
