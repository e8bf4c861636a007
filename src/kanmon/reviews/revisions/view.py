"""A revision as its reviewers look at it: the draft, what stands against it, what changes, how far it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.consent.diff import PolicyDiff, diff
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.publication import Examination
from kanmon.consent.screens import Screen
from kanmon.core.ids import ScreenId, TextSha256
from kanmon.reviews.policies.service import PolicyBook
from kanmon.reviews.revisions.model import Revision, RevisionState
from kanmon.reviews.revisions.roll_out import CoverageRun, NewestFinding, RollOut, known_words, newest_findings
from kanmon.reviews.revisions.service import Draft, RevisionTransaction, roll_out_of
from kanmon.reviews.screens.coverage import RefusalVerdict, UnregisteredPage
from kanmon.reviews.screens.drift import drifted
from kanmon.reviews.screens.parity import Detriment


@dataclass(frozen=True)
class RevisionView:
    """One revision with its newest draft."""

    revision: Revision
    draft: Draft
    law: LawProfile
    """The law in force, under which the text is examined."""
    examinations: Sequence[Examination]
    diffs: Sequence[PolicyDiff]
    """Against the version before it in each language."""
    roll_out: RollOut | None
    """None before the version is being rolled out, and after."""


@dataclass(frozen=True)
class CoverageView:
    """The screens as they were seen last."""

    screens: Sequence[tuple[Screen, Sequence[NewestFinding]]]
    """Every registered screen with its newest finding in each language; none where nobody looked."""
    drifted: Sequence[NewestFinding]
    """What raises SCREEN_DRIFT."""
    unregistered: Sequence[UnregisteredPage]
    """Of the newest round."""
    costs: Mapping[ScreenId, RefusalVerdict]
    detriments: Mapping[ScreenId, tuple[Detriment, ...]]
    """In what a refusal costs something."""
    words: Mapping[TextSha256, PolicyVersion]
    """The version behind each hash, versions under revision included."""
    newest: CoverageRun | None


def view_of(transaction: RevisionTransaction, revision: Revision, now: datetime) -> RevisionView:
    """Everything about one revision, as of now."""
    draft = transaction.revisions.draft(revision.revision_no)
    book = PolicyBook(transaction.registry.terms(), draft.versions)
    [law, *_] = book.laws(None)
    known = list(transaction.registry.policy_versions())
    is_rolling_out = revision.state is RevisionState.DEPLOYING
    return RevisionView(
        revision,
        draft,
        law,
        book.examined(None, None, [], [law]),
        [diff(before, version) for version in draft.versions if (before := _before(version, known)) is not None],
        roll_out_of(transaction, revision, draft, now) if is_rolling_out else None,
    )


def coverage_view(transaction: RevisionTransaction) -> CoverageView:
    """The newest findings of all runs."""
    runs = transaction.coverage.newest()
    newest = newest_findings(runs)
    screens = list(transaction.registry.screens())
    rolling_out = [one for one in transaction.revisions.revisions() if one.state is RevisionState.DEPLOYING]
    drafts = [
        version
        for one in transaction.revisions.revisions()
        for version in transaction.revisions.draft(one.revision_no).versions
    ]
    rounds = [kept for kept in runs if kept.run.is_round]
    costs: dict[ScreenId, RefusalVerdict] = {}
    worse: dict[ScreenId, tuple[Detriment, ...]] = {}
    for kept in runs:
        costs |= kept.trials
        worse |= kept.detriments
    return CoverageView(
        [(screen, [seen for (name, _), seen in newest.items() if name == screen.screen_id]) for screen in screens],
        drifted(newest.values(), screens, {one.policy_id for one in rolling_out}),
        rounds[-1].unregistered if rounds else (),
        costs,
        worse,
        known_words([*drafts, *transaction.registry.policy_versions()]),
        runs[-1].run if runs else None,
    )


def _before(version: PolicyVersion, known: Sequence[PolicyVersion]) -> PolicyVersion | None:
    earlier = [
        one
        for one in known
        if (one.policy_id, one.language) == (version.policy_id, version.language)
        and one.version_id != version.version_id
        and one.effective_from < version.effective_from
    ]
    return max(earlier, key=lambda one: one.effective_from, default=None)
