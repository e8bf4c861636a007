"""The reviewers' desk: revisions of policies, the looks at screens, and who is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.clients.store import ServiceStore
from kanmon.consent.screens import Screen
from kanmon.consent.store.acts import renderings
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import PolicyId, RunId
from kanmon.core.language import N_
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import PolicyImpact
from kanmon.reviews.policies.use_cases import what_ifs
from kanmon.reviews.revisions.files import read_draft
from kanmon.reviews.revisions.model import Act, Revision, RevisionState, RevisionStep
from kanmon.reviews.revisions.reconsent import HeldApplicants, Reconsent
from kanmon.reviews.revisions.rules import ActWords
from kanmon.reviews.revisions.service import Draft, RevisionWorkflow
from kanmon.reviews.revisions.store import PostgresRevisionStore, PostgresRevisionTransaction, ReconsentStore
from kanmon.reviews.revisions.view import CoverageView, RevisionView, coverage_view, view_of
from kanmon.reviews.screens.days import DayOfLooks, days_of_looks
from kanmon.reviews.screens.drift import OpenedAssessment
from kanmon.reviews.screens.store.records import PostgresCoverageRecords


@dataclass(frozen=True)
class RevisionService:
    """What the reviewers' doors may ask of an application."""

    application: Application

    def revisions(self) -> Sequence[Revision]:
        """All revisions, newest first."""
        with self.application.transactions.begin() as work:
            return PostgresRevisionStore(work.session).revisions()

    def view(self, revision_no: int) -> RevisionView:
        """One revision with everything about it; `NotFound` where there is none of that number."""
        with self.application.transactions.begin() as work:
            transaction = PostgresRevisionTransaction(work.session, work.ledger)
            found = transaction.revisions.revision(revision_no)
            if found is None:
                raise NotFound(N_("there is no revision %(revision)s"), revision=revision_no)
            return view_of(transaction, found, self.application.clock.now())

    def draft(self, by: Account, policy: PolicyId, written: str, name: str, folder: Path | None = None) -> Revision:
        """Begin a revision with a draft as `service.yaml` holds a version; `folder` is where its `text_file` lies."""
        return self._revising().draft(by, _read(written, name, policy, folder))

    def redraft(self, by: Account, revision_no: int, written: str, name: str, folder: Path | None = None) -> Revision:
        """Write the draft of a revision again."""
        policy = self.view(revision_no).revision.policy_id
        return self._revising().redraft(by, revision_no, _read(written, name, policy, folder))

    def take(self, by: Account, revision_no: int, act: Act, said: ActWords) -> Revision:
        """Take a step; `RevisionRefused` names all that is lacking, and the revision stays where it is."""
        match act:
            case Act.SET_IMPACT:
                return self._revising().set_impact(by, revision_no)
            case Act.ACTIVATE:
                active = self._revising().activate(by, revision_no)
                self.ask(revision_no)
                return active
            case _:
                return self._revising().take(by, revision_no, act, said)

    def ask(self, revision_no: int) -> int:
        """Put all who are held on the list of those to be asked again, and how many are on it; can be taken up."""
        return self._reconsent().ask(self._activation(revision_no).at)

    def asked(self, revision_no: int) -> int:
        """How many were put on that list since the revision became active."""
        return self._reconsent().asked(self._activation(revision_no).at)

    def held(self) -> Sequence[HeldApplicants]:
        """Who is held now for want of an agreement to newer words, for each client whose season is open."""
        return self._reconsent().held()

    def coverage(self) -> CoverageView:
        """The screens as they were seen last."""
        with self.application.transactions.begin() as work:
            return coverage_view(PostgresRevisionTransaction(work.session, work.ledger))

    def looks(self, since: datetime, until: datetime) -> tuple[Sequence[Screen], Sequence[DayOfLooks]]:
        """Every registered screen, and what each was seen to show, day by day, from `since` on and before `until`."""
        with self.application.transactions.read() as work:
            registry = ServiceStore(work.session)
            screens, versions = list(registry.screens()), list(registry.policy_versions())
            shown = renderings(work.session.connection, since, until)
            without_words = PostgresCoverageRecords(work.session).looks_without_words(since, until)
            return screens, days_of_looks(screens, shown, without_words, versions, registry.displayed_versions())

    def assessments(self) -> Sequence[OpenedAssessment]:
        """The class-U assessments that were opened, newest first."""
        with self.application.transactions.read() as work:
            return PostgresCoverageRecords(work.session).assessments()

    def picture(self, run_id: RunId, name: str) -> bytes:
        """A picture that a run took; `NotFound` where it took none of that name, or it is gone."""
        with self.application.transactions.read() as work:
            is_known = PostgresCoverageRecords(work.session).has_picture(run_id, name)
        file = self.application.workspace.coverage / run_id / name
        if not is_known or not file.is_file():
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        return file.read_bytes()

    def coverage_is_due(self, every: timedelta) -> bool:
        """Whether no round over all screens was begun within that time (APPI-02)."""
        with self.application.transactions.read() as work:
            rounds = [kept.run.begun_at for kept in PostgresCoverageRecords(work.session).newest() if kept.run.is_round]
        return coverage_is_due(self.application.clock.real(), max(rounds, default=None), every)

    def _activation(self, revision_no: int) -> RevisionStep:
        revision = self.view(revision_no).revision
        step = revision.last(Act.ACTIVATE)
        if step is None or revision.state is not RevisionState.ACTIVE:
            raise UsageError(N_("revision %(revision)s is not active: nobody is asked about it"), revision=revision_no)
        return step

    def _revising(self) -> RevisionWorkflow:
        application = self.application
        reader = FolderChangeReader(application.workspace.staging)
        impact = PolicyImpact(what_ifs(application.transactions), reader, application.clock, application.progress)
        begin = application.transactions.writing(lambda work: PostgresRevisionTransaction(work.session, work.ledger))
        return RevisionWorkflow(begin, impact, application.clock)

    def _reconsent(self) -> Reconsent:
        transactions = self.application.transactions
        begin = transactions.writing(lambda work: ReconsentStore(work.session))
        return Reconsent(begin, what_ifs(transactions), self.application.clock)


def coverage_is_due(now: datetime, last: datetime | None, every: timedelta) -> bool:
    """Whether the screens are to be looked at again; always where they never were (APPI-02)."""
    return last is None or now - last >= every


def _read(written: str, name: str, policy: PolicyId, folder: Path | None) -> Draft:
    """A draft that comes without a folder finds no file in one."""
    if folder is not None:
        return read_draft(written, name, policy, folder)
    with TemporaryDirectory(prefix="kanmon-draft-") as empty:
        return read_draft(written, name, policy, Path(empty))
