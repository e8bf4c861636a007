"""Acts of a review, each recorded at once in the store and the ledger, or refused with all that is lacking (S18)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kanmon.access.account import Account
from kanmon.clients.contract import ReviewRole
from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.language import N_
from kanmon.gate.releases import ReviewAct, ReviewedAct, Viewpoint
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.reviews.legal.service import LegalAssessment
from kanmon.reviews.releases.model import QUESTIONS, Description, Release, ReviewEntry
from kanmon.reviews.releases.parties import PartyJudgement, judgements
from kanmon.reviews.releases.rules import (
    ReleaseRefused,
    ReviewLack,
    ReviewLackKind,
    lacks_of_answer,
    lacks_of_approval,
    lacks_of_description,
)
from kanmon.reviews.revisions.model import QUESTIONS as OWNERS_QUESTIONS


class ReviewStore(Protocol):
    """Where reviews are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until nobody relies on consents, let nobody begin to, and the shared moment from which that is so."""

    def releases(self) -> Sequence[Release]:
        """All releases that were opened, the one opened last first."""

    def parents(self) -> Sequence[str]:
        """The platform's parent companies by their registered names, as the terms in force name them."""

    def assessments(self) -> Sequence[LegalAssessment]:
        """Every version of every legal assessment, the one recorded last first."""

    def add(self, said: ReviewEntry, account: Account) -> None:
        """Record an act for good."""


class Review:
    """Takes acts within the caller's transaction; they count once it has committed.

    Each waits for provisions under way, so that none is recorded after a no or a change was acknowledged (INV-5).
    """

    def __init__(self, store: ReviewStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock

    def describe(self, by: Account, release_id: str, description: Description, *, anew: bool) -> Release:
        """Open a release, or describe it `anew`: what was approved of it no longer counts."""
        at = self._moment()
        known = find(self._store.releases(), release_id)
        role = _role(by)
        if role is not ReviewRole.AUTHOR:
            raise ReleaseRefused([ReviewLack(ReviewLackKind.NOT_YOURS)])
        if anew is not (known is not None) or not release_id:
            raise ReleaseRefused([ReviewLack(ReviewLackKind.OPENED_BEFORE if known else ReviewLackKind.NOT_OPENED)])
        if "/" in release_id:
            raise UsageError(N_("a release's id holds no slash"))
        _refuse(lacks_of_description(known, by.person, description))
        content, is_research = description.content_sha256, description.is_research
        act = ReviewedAct(release_id, ReviewAct.DESCRIBE, None, role, by.person, at, content, is_research, passes=False)
        return self._record(by, act, {}, description)

    def answer(
        self, by: Account, release_id: str, viewpoint: Viewpoint, answers: Mapping[str, str], *, passes: bool
    ) -> Release:
        """Answer a viewpoint's questions, and say whether the release passes or needs changes."""
        at = self._moment()
        release, role = opened(self._store.releases(), release_id), _role(by)
        _refuse(lacks_of_answer(release, by.person, role, viewpoint, answers))
        words = {question: answers[question].strip() for question in QUESTIONS[viewpoint]}
        return self._record(by, _act(release, ReviewAct.ANSWER, viewpoint, role, by, at, passes), words)

    def approve(self, by: Account, release_id: str, answers: Mapping[str, str], *, passes: bool) -> Release:
        """The privacy owner's decision, the last one: with a yes the release provides.

        Its entry names the entry of the student advocate's view that it was made on, or says that there was none, and
        the entry of what legal judged for each company.
        """
        at = self._moment()
        release, role = opened(self._store.releases(), release_id), _role(by)
        if role is not ReviewRole.PRIVACY_OWNER:
            raise ReleaseRefused([ReviewLack(ReviewLackKind.NOT_YOURS)])
        judged = judgements(release, self._store.parents(), self._store.assessments())
        _refuse(lacks_of_approval(release, by.person, answers, judged, passes=passes))
        words = {question: answers[question].strip() for question in OWNERS_QUESTIONS}
        act, view = _act(release, ReviewAct.APPROVE, None, role, by, at, passes), release.student_view
        known = None if view is None else {"seq": view.ledger_seq, "passes": view.act.passes}
        return self._record(by, act, words, decided_on={"student_view": known, "judged_for": _judged_for(judged)})

    def _moment(self) -> datetime:
        held_at = self._store.hold()
        return self._clock.now() if self._clock.is_replay else held_at

    def _record(
        self,
        by: Account,
        act: ReviewedAct,
        words: Mapping[str, str],
        description: Description | None = None,
        decided_on: Mapping[str, object] | None = None,
    ) -> Release:
        real_at = self._clock.real()
        payload: dict[str, object] = {
            "release_id": act.release_id,
            "act": act.act.value,
            "viewpoint": act.viewpoint,
            "role": act.role.value,
            "person": act.person,
            "content_sha256": act.content_sha256,
            "passes": act.passes,
            "words": dict(words) if description is None else description.facts(),
            "real_at": instant(real_at) if self._clock.is_replay else None,
            **(decided_on or {}),
        }
        (seq,) = self._ledger.append([NewEntry(EntryType.RELEASE_REVIEW, act.at, payload)])
        self._store.add(ReviewEntry(act, words, real_at, seq, description), by)
        self._ledger.sign(real_at)
        return opened(self._store.releases(), act.release_id)


def find(releases: Sequence[Release], release_id: str) -> Release | None:
    """The release of that name, where one was opened."""
    return next((one for one in releases if one.release_id == release_id), None)


def opened(releases: Sequence[Release], release_id: str) -> Release:
    """The release of that name; `NotFound` where none was opened."""
    found = find(releases, release_id)
    if found is None:
        raise NotFound(N_("no release %(release)s was opened here"), release=release_id)
    return found


def _act(
    release: Release,
    act: ReviewAct,
    viewpoint: Viewpoint | None,
    role: ReviewRole,
    by: Account,
    at: datetime,
    passes: bool,
) -> ReviewedAct:
    now = release.description
    return ReviewedAct(
        release.release_id, act, viewpoint, role, by.person, at, now.content_sha256, now.is_research, passes
    )


def _judged_for(judged: Sequence[PartyJudgement]) -> Mapping[str, object]:
    return {
        judgement.party or "own": {"person": judgement.assessment.person, "seq": judgement.assessment.ledger_seq}
        for judgement in judged
        if judgement.assessment is not None
    }


def _role(by: Account) -> ReviewRole:
    return ReviewRole(by.role.value)


def _refuse(lacks: Sequence[ReviewLack]) -> None:
    if lacks:
        raise ReleaseRefused(lacks)
