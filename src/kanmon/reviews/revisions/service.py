"""The steps of a policy revision, each in one transaction with its entry in the ledger (S19, S20; POL-01 to 04).

A version under revision is no version in force: it is registered, with the moment at which it was to take effect, when
its revision becomes active, and not before. Until then no agreement to it covers anything (AC-09).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from kanmon.access.account import Account
from kanmon.clients.contract import ServiceTerms
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.consent.wording import RULES
from kanmon.core.clock import Clock
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import PolicyId, PolicyVersionId, ScreenId
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.gate.decision import ReasonCode, Use
from kanmon.intake.loading import ServiceFile
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.reviews.policies.impact import PlannedChange, PolicyImpact, is_open
from kanmon.reviews.policies.service import PolicyBook
from kanmon.reviews.revisions.model import UNDER_WAY, Act, Actor, Revision, RevisionState, RevisionStep, ends
from kanmon.reviews.revisions.roll_out import CoverageFinding, RollOut, roll_out
from kanmon.reviews.revisions.rules import (
    ActWords,
    LackCode,
    MissingQuotation,
    RevisionLack,
    RevisionRefused,
    WorldState,
    lacks,
)
from kanmon.reviews.screens.crawl import Board

SAYS: Mapping[Act, tuple[str, ...]] = {
    Act.REMOVE_SCREEN: ("screen", "reason"),
    Act.CONFIRM: ("reflected",),
    Act.ADVISE: ("reason",),
    Act.REVIEW: ("purpose", "scope", "content"),
    Act.ABANDON: ("reason",),
}
"""What is said with a step, and kept with it."""
_CHANGE_WHAT_IS_SERVED = frozenset({Act.DEPLOY, Act.ABANDON})
"""Before and after these, other words may be agreed to: no answer is taken meanwhile."""


@dataclass(frozen=True)
class Draft:
    """A drafted version in each language, all of one id and moment, and the draft as it was written."""

    versions: tuple[PolicyVersion, ...]
    unquoted: tuple[MissingQuotation, ...]
    source: str

    @property
    def effective_from(self) -> datetime:
        """When it is to take effect."""
        return self.versions[0].effective_from


class RevisionStore(Protocol):
    """Revisions within one transaction."""

    def hold(self) -> None:
        """Keep others from changing revisions until this transaction ends."""

    def begin(self, policy: PolicyId, version: PolicyVersionId, at: datetime) -> int:
        """Begin a revision; its number."""

    def add_draft(self, revision_no: int, draft: Draft) -> None:
        """Keep a draft beside those before it."""

    def draft(self, revision_no: int) -> Draft:
        """The newest draft."""

    def add_step(self, revision_no: int, step: RevisionStep, account: Account) -> None:
        """Keep a step."""

    def revision(self, revision_no: int) -> Revision | None:
        """The revision of that number."""

    def revisions(self) -> Sequence[Revision]:
        """All revisions, newest first."""


class CoverageRecords(Protocol):
    """What the crawler found."""

    def runs(self, begun_after: datetime) -> Sequence[CoverageFinding]:
        """All runs begun after a moment, oldest first."""

    def newest(self) -> Sequence[CoverageFinding]:
        """The runs that hold the newest finding of any screen, the last run and the last round, oldest first."""


class PolicyRegistry(Protocol):
    """The service as it is registered."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def policy_versions(self) -> Iterator[PolicyVersion]:
        """Every registered policy version."""

    def screens(self) -> Iterator[Screen]:
        """Every registered screen."""

    def add_policy_version(self, version: PolicyVersion, loaded_at: datetime) -> None:
        """Register a version."""


class RevisionTransaction(Protocol):
    """Everything that a step reads and writes."""

    registry: PolicyRegistry
    revisions: RevisionStore
    coverage: CoverageRecords
    ledger: Ledger

    def hold_consents(self) -> None:
        """Wait for all that rely on consents, and let nobody begin to until this transaction ends."""


class RevisionWorkflow:
    """Takes steps; `RevisionRefused` names all that is lacking, and the revision stays where it is."""

    def __init__(self, begin: Begin[RevisionTransaction], impact: PolicyImpact, clock: Clock) -> None:
        self._begin = begin
        self._impact = impact
        self._clock = clock

    def draft(self, by: Account, draft: Draft) -> Revision:
        """Begin a revision with its first draft."""
        first = draft.versions[0]
        with self._begin() as transaction:
            transaction.revisions.hold()
            if first.policy_id not in {one.policy_id for one in transaction.registry.screens()}:
                raise UsageError(N_("no screen shows a policy %(policy)s"), policy=first.policy_id)
            begun = Revision(0, first.policy_id, first.version_id)
            _refuse(lacks(begun, Act.DRAFT, _actor(by), {}, WorldState(draft.effective_from), self._clock.now()))
            number = transaction.revisions.begin(first.policy_id, first.version_id, self._clock.real())
            return self._drafted(transaction, by, replace(begun, revision_no=number), draft)

    def redraft(self, by: Account, revision_no: int, draft: Draft) -> Revision:
        """Write the draft again; what was signed before no longer counts."""
        with self._begin() as transaction:
            revision = _held(transaction, revision_no)
            _refuse(lacks(revision, Act.DRAFT, _actor(by), {}, WorldState(draft.effective_from), self._clock.now()))
            first = draft.versions[0]
            if (first.policy_id, first.version_id) != (revision.policy_id, revision.version_id):
                raise RevisionRefused([RevisionLack(LackCode.OTHER_VERSION, {"version": revision.version_id})])
            return self._drafted(transaction, by, revision, draft)

    def take(self, by: Account, revision_no: int, act: Act, said: ActWords) -> Revision:
        """Any step that needs no more than what was said and what the control plane shows."""
        with self._begin() as transaction:
            if act in _CHANGE_WHAT_IS_SERVED:
                transaction.hold_consents()
            revision = _held(transaction, revision_no)
            self._refuse_lacking(transaction, revision, act, by, said)
            return self._record(transaction, by, revision, act, self._details(transaction, revision, act, said))

    def set_impact(self, by: Account, revision_no: int) -> Revision:
        """Work out the impact set: the screens, and for each client the persons who would be held (POL-01)."""
        with self._begin() as transaction:
            revision = _held(transaction, revision_no)
            self._refuse_lacking(transaction, revision, Act.SET_IMPACT, by, {})
            draft = transaction.revisions.draft(revision_no)
            terms = transaction.registry.terms()
        clients = self._clients_held(draft, terms)
        with self._begin() as transaction:
            revision = _held(transaction, revision_no)
            self._refuse_lacking(transaction, revision, Act.SET_IMPACT, by, {})
            screens = _in_use(transaction.registry.screens(), revision.policy_id, draft.effective_from)
            rounds = [kept for kept in transaction.coverage.newest() if kept.run.is_round]
            details: dict[str, object] = {
                "screens": sorted(screen.screen_id for screen in screens),
                "pages": sorted(page.address for page in rounds[-1].unregistered) if rounds else [],
                "clients": clients,
            }
            return self._record(transaction, by, revision, Act.SET_IMPACT, details)

    def activate(self, by: Account, revision_no: int) -> Revision:
        """Put the version in force, where every screen shows it; the one before it is superseded (AC-09)."""
        with self._begin() as transaction:
            transaction.hold_consents()
            revision = _held(transaction, revision_no)
            self._refuse_lacking(transaction, revision, Act.VERIFY, by, {})
            draft = transaction.revisions.draft(revision_no)
            rolled_out = roll_out_of(transaction, revision, draft, self._clock.now())
            for version in draft.versions:
                transaction.registry.add_policy_version(version, self._clock.real())
            runs = sorted({one.seen.run.run_id for one in rolled_out.screens if one.seen})
            verified = self._record(transaction, by, revision, Act.VERIFY, {"runs": runs})
            self._refuse_lacking(transaction, verified, Act.ACTIVATE, by, {}, rolled_out)
            active = self._record(transaction, by, verified, Act.ACTIVATE, {})
            for other in transaction.revisions.revisions():
                if other.policy_id == revision.policy_id and other.state is RevisionState.ACTIVE and other != active:
                    self._record(transaction, by, other, Act.SUPERSEDE, {"by": revision_no})
            return active

    def _clients_held(self, draft: Draft, terms: ServiceTerms) -> list[dict[str, object]]:
        asked = [one for one in terms.clients.values() if is_open(terms, one, draft.effective_from)]
        if not asked:
            return []
        service = ServiceFile(terms, draft.versions, (), ())
        found = self._impact.of(
            PlannedChange(service, None, None, ()), [one.client_id for one in asked], None, [Use.PROVIDE], None
        )
        return [
            {
                "client_id": one.client.client_id,
                "allowed_before": one.before.allowed,
                "allowed_after": one.after.allowed,
                "newly_held": len(one.newly_held),
                "held_for_new_words": one.after.counts.get(ReasonCode.CONSENT_OUTDATED, 0),
            }
            for one in found.clients
        ]

    def _drafted(self, transaction: RevisionTransaction, by: Account, revision: Revision, draft: Draft) -> Revision:
        transaction.revisions.add_draft(revision.revision_no, draft)
        texts = {version.language: version.text_sha256 for version in draft.versions}
        return self._record(
            transaction, by, revision, Act.DRAFT, {"texts": texts, "effective_from": instant(draft.effective_from)}
        )

    def _refuse_lacking(
        self,
        transaction: RevisionTransaction,
        revision: Revision,
        act: Act,
        by: Account,
        said: ActWords,
        rolled_out: RollOut | None = None,
    ) -> None:
        now = self._clock.now()
        shown = _shown(transaction, revision, act, now, rolled_out)
        _refuse(lacks(revision, act, _actor(by), said, shown, now))

    def _details(
        self, transaction: RevisionTransaction, revision: Revision, act: Act, said: ActWords
    ) -> Mapping[str, object]:
        details: dict[str, object] = {name: said[name].strip() for name in SAYS.get(act, ())}
        if act is Act.CHECK:
            details["law"] = transaction.registry.terms().law_profile_id
        elif act is Act.SCHEDULE:
            details["seasons_under_way"] = _seasons_under_way(transaction, revision)
        return details

    def _record(
        self,
        transaction: RevisionTransaction,
        by: Account,
        revision: Revision,
        act: Act,
        details: Mapping[str, object],
    ) -> Revision:
        now, state = self._clock.now(), ends(revision, act)
        payload: dict[str, object] = {
            "revision": str(revision.revision_no),
            "policy_id": revision.policy_id,
            "version_id": revision.version_id,
            "act": act.value,
            "state": state.value,
            "person": by.person,
            "role": by.role.value,
            "details": details,
        }
        [seq] = transaction.ledger.append([NewEntry(EntryType.REVISION, now, payload)])
        transaction.ledger.sign(self._clock.real())
        step = RevisionStep(act, state, _actor(by), now, self._clock.real(), details, seq)
        transaction.revisions.add_step(revision.revision_no, step, by)
        return replace(revision, steps=(*revision.steps, step))


def roll_out_of(transaction: RevisionTransaction, revision: Revision, draft: Draft, now: datetime) -> RollOut:
    """How far the version of a revision has come to the screens in use, looks before its roll-out not counted."""
    deployed = revision.last(Act.DEPLOY)
    registry = transaction.registry
    right = Board((), [*registry.policy_versions(), *draft.versions], None, now).right(revision.policy_id)
    screens = {one.screen_id for one in _in_use(registry.screens(), revision.policy_id, now)}
    since = deployed.real_at if deployed else now
    runs = transaction.coverage.runs(since) if deployed else ()
    return roll_out(screens - {ScreenId(one) for one in revision.removed}, right, runs, since)


def _shown(
    transaction: RevisionTransaction, revision: Revision, act: Act, now: datetime, rolled_out: RollOut | None
) -> WorldState:
    """What the control plane shows that a step looks at."""
    draft = transaction.revisions.draft(revision.revision_no)
    if act in {Act.VERIFY, Act.ACTIVATE}:
        # Once the version itself is registered, the roll-out was judged in this very transaction.
        newest = None if rolled_out else _newest_effective_from(transaction, revision)
        found = rolled_out or roll_out_of(transaction, revision, draft, now)
        return WorldState(draft.effective_from, newest_effective_from=newest, roll_out=tuple(found.lacks()))
    if act is Act.SCHEDULE:
        others = [
            other.revision_no
            for other in transaction.revisions.revisions()
            if other.policy_id == revision.policy_id and other.state in UNDER_WAY
        ]
        return WorldState(draft.effective_from, others_under_way=others)
    if act is Act.CHECK:
        return _examined(transaction, revision, draft)
    return WorldState(draft.effective_from, draft.unquoted)


def _examined(transaction: RevisionTransaction, revision: Revision, draft: Draft) -> WorldState:
    registry = transaction.registry
    book = PolicyBook(registry.terms(), draft.versions)
    [law, *_] = book.laws(None)
    obstacles = [
        (one.version.language, rule, RULES[rule])
        for one in book.examined(None, None, [], [law])
        for rule in sorted({obstacle.rule for obstacle in one.obstacles(law.profile_id)})
    ]
    newest = _newest_effective_from(transaction, revision)
    return WorldState(draft.effective_from, obstacles=obstacles, newest_effective_from=newest)


def _newest_effective_from(transaction: RevisionTransaction, revision: Revision) -> datetime | None:
    known = [one for one in transaction.registry.policy_versions() if one.policy_id == revision.policy_id]
    return max((one.effective_from for one in known), default=None)


def _seasons_under_way(transaction: RevisionTransaction, revision: Revision) -> list[str]:
    """Seasons that were opened before the version takes effect: the change is irregular for them (POL-03)."""
    at = transaction.revisions.draft(revision.revision_no).effective_from
    concerned = {one.season for one in _in_use(transaction.registry.screens(), revision.policy_id, at)}
    seasons = transaction.registry.terms().seasons
    found = (seasons[season] for season in concerned if season in seasons)
    return sorted(season.season_id for season in found if season.opens_at <= at < season.closes_at)


def _in_use(screens: Iterable[Screen], policy: PolicyId, at: datetime) -> list[Screen]:
    return [
        screen
        for screen in screens
        if screen.policy_id == policy
        and (screen.shown_from is None or screen.shown_from <= at)
        and (screen.shown_to is None or at < screen.shown_to)
    ]


def _held(transaction: RevisionTransaction, revision_no: int) -> Revision:
    transaction.revisions.hold()
    found = transaction.revisions.revision(revision_no)
    if found is None:
        raise NotFound(N_("there is no revision %(revision)s"), revision=revision_no)
    return found


def _actor(account: Account) -> Actor:
    return Actor(account.person, account.role)


def _refuse(found: Sequence[RevisionLack]) -> None:
    if found:
        raise RevisionRefused(found)
