"""The transactions that a workspace opens, each with the stores that its use cases ask for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module

import pyarrow as pa
from sqlalchemy import URL

from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.access.store.counts import PostgresCountStore
from kanmon.access.store.identities import PostgresIdentityStore
from kanmon.access.store.passkeys import PostgresPasskeyStore
from kanmon.access.store.reads import PostgresReadStore
from kanmon.application.transaction import LOADING, PostgresTransaction, PostgresWhatIf
from kanmon.audits.drift.store import DriftStore
from kanmon.audits.evidence.store import EvidenceRecords
from kanmon.audits.fairness.store import FairnessStore
from kanmon.audits.gap.store import AuditStore
from kanmon.audits.overview.store.oversight import OversightStore
from kanmon.audits.overview.store.overview import OverviewStore
from kanmon.audits.overview.store.status import StatusStore
from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.audits.rejudgement.store import PostgresRejudgementReader, RejudgementRecord
from kanmon.audits.reliance.store import RelianceStore
from kanmon.audits.use.store import PostgresUseAuditStore
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.collected.store import PostgresCollectionStore
from kanmon.consent.holds.store import HoldRecords, PostgresHoldStore
from kanmon.core.errors import DatabaseDamaged, RuleRefused
from kanmon.core.ids import ClientId
from kanmon.db.row_key import RowKey
from kanmon.db.table_check import damaged_tables
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.gate.store.book import BookStore
from kanmon.gate.store.questions import QuestionStore
from kanmon.gate.switch.store import StopRecords, StopStore
from kanmon.incidents.notices.store import MailRecords, PostgresMailStore
from kanmon.incidents.store import IncidentRecords, PostgresIncidentStore
from kanmon.intake.loading import LoadTransaction, LoadTransactions
from kanmon.intake.store.events import PostgresIntakeStore
from kanmon.jobs.store import PostgresJobs
from kanmon.ledger.faults import DatabaseBehind
from kanmon.ledger.files.second_copy import SecondCopy
from kanmon.ledger.keyholder import LedgerKey
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.adoption import adopt, bind_all, seal_waiting
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import LedgerRecords, PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.store.client_statements import ClientRecords, ClientStatements
from kanmon.provision.store.decisions import DecisionStore, enter_decisions
from kanmon.provision.store.received import ReceivedStore
from kanmon.reviews.releases.store import PostgresReviewRecords as HouseReviewRecords
from kanmon.reviews.releases.store import PostgresReviewStore
from kanmon.reviews.revisions.store import PostgresRevisionStore, PostgresRevisionTransaction, ReconsentStore
from kanmon.reviews.screens.store.coverage import CoverageStore
from kanmon.reviews.screens.store.records import PostgresCoverageRecords
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.store.subjects import PostgresWithdrawalStore, SubjectRecords
from kanmon.rights.disclosure.store import DisclosureStore
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon.rights.erasure.store.requests import ErasureRequestStore
from kanmon.rights.recall.store import PostgresRecallStore, RecallRecords
from kanmon.rights.requests.store import PostgresRequestStore

_MEMBERS = "kanmon.linkage.preflight.store"  # brings the rules of spelling along: only for a preflight


class PostgresTransactions:
    """See `pipeline.ports.Transactions`, `intake.loading.LoadTransactions` and
    `reviews.policies.impact.WhatIfTransactions`."""

    def __init__(self, database: Database, key: LedgerKey, seals: SealedRows, second: SecondCopy | None = None) -> None:
        self._database = database
        self._key = key
        self._seals = seals
        self.second = second or SecondCopy([], key)

    def limit_time(self) -> None:
        """See `Database.limit_time`."""
        self._database.limit_time()

    def damaged_tables(self) -> Mapping[str, DatabaseDamaged]:
        """See `table_check.damaged_tables`."""
        return damaged_tables(self._database)

    def compare(self) -> RuleRefused | None:
        """What is wrong with the database by the second copy of its newest checkpoint, which is brought up to it."""
        with self._database.read() as session:
            fault = self.second.fault(LedgerRecords(session))
        if fault is None:
            self.second.publish(self.read_ledger)
            return None
        if isinstance(fault, DatabaseBehind):
            with self._database.write() as session:
                store = PostgresLedgerStore(session)
                store.hold()
                return self.second.settle(store)
        return fault

    @contextmanager
    def begin_restoring(self) -> Iterator[tuple[PostgresLedgerStore, Ledger]]:
        """A new transaction to accept what was lost, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            store = PostgresLedgerStore(session)
            yield store, Ledger(store, self._key, signed=partial(session.afterwards.append, self._publish))

    @contextmanager
    def begin(self) -> Iterator[PostgresTransaction]:
        """A new transaction, kept if and only if its block ends without an error."""
        with self._writing() as (session, ledger):
            yield PostgresTransaction(session, ledger, self._seals)

    @contextmanager
    def read_ledger(self) -> Iterator[LedgerRecords]:
        """The ledger as of one moment."""
        with self._database.read() as session:
            yield LedgerRecords(session)

    def adopt(self) -> bool:
        """Bind what is older than the binding of rows, where nothing was ever bound; whether that was done.

        And seal what ended consents while the key was missing.
        """
        try:
            with self._database.write() as session:
                seal_waiting(session)
                return adopt(session, self._ledger(session))
        except RuleRefused:  # nothing is signed now: what forbids it is told where it matters
            return False

    @contextmanager
    def read_rows(self) -> Iterator[ReconciliationStore]:
        """Tables and ledger as of one moment, to be held against each other."""
        with self._database.read() as session:
            yield ReconciliationStore(session)

    @contextmanager
    def begin_audit(self) -> Iterator[AuditStore]:
        """A transaction that only reads, to look back at what happened."""
        with self._database.read() as session:
            yield AuditStore(session)

    @contextmanager
    def begin_coverage(self) -> Iterator[tuple[CoverageStore, Ledger]]:
        """A new transaction for what screens were seen to show, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield CoverageStore(session), self._ledger(session)

    @contextmanager
    def begin_revision(self) -> Iterator[PostgresRevisionTransaction]:
        """A new transaction for a step of a revision, kept if and only if its block ends without an error."""
        with self._writing() as (session, ledger):
            yield PostgresRevisionTransaction(session, ledger)

    @contextmanager
    def begin_review(self) -> Iterator[tuple[PostgresReviewStore, Ledger]]:
        """A new transaction for a step of a release's review or a legal assessment, kept if its block ends well."""
        with self._database.write() as session:
            yield PostgresReviewStore(session), self._ledger(session)

    @contextmanager
    def begin_review_records(self) -> Iterator[HouseReviewRecords]:
        """A transaction that only reads reviews of releases and legal assessments."""
        with self._database.read() as session:
            yield HouseReviewRecords(session)

    @contextmanager
    def begin_coverage_records(self) -> Iterator[PostgresCoverageRecords]:
        """A transaction that only reads what runs of the crawler found."""
        with self._database.read() as session:
            yield PostgresCoverageRecords(session)

    @contextmanager
    def begin_reconsent(self) -> Iterator[ReconsentStore]:
        """A new transaction over the list of those asked again, kept if and only if its block ends without an error."""
        with self._writing() as (session, _):
            yield ReconsentStore(session)

    @contextmanager
    def begin_reliance(self) -> Iterator[RelianceStore]:
        """A transaction that only reads, to find what was provided on which consent."""
        with self._database.read() as session:
            yield RelianceStore(session)

    @contextmanager
    def begin_rejudgement(self) -> Iterator[PostgresRejudgementReader]:
        """A transaction that only reads, to judge past provisions from the papers."""
        with self._database.read() as session:
            yield PostgresRejudgementReader(session)

    @contextmanager
    def read_rejudgement(self) -> Iterator[RejudgementRecord]:
        """A transaction that only reads what was found when provisions were last judged."""
        with self._database.read() as session:
            yield RejudgementRecord(session)

    @contextmanager
    def begin_rejudged(self) -> Iterator[tuple[RejudgementRecord, Ledger]]:
        """A new transaction to keep the outcome of a re-judgement, kept if its block ends without an error."""
        with self._database.write() as session:
            yield RejudgementRecord(session), self._ledger(session)

    @contextmanager
    def begin_overview(self) -> Iterator[OverviewStore]:
        """A transaction that only reads, to tell the state of everything at one glance."""
        with self._database.read() as session:
            yield OverviewStore(session)

    @contextmanager
    def begin_status(self) -> Iterator[StatusStore]:
        """A transaction that only reads, to tell whoever runs the workspace how it stands."""
        with self._database.read() as session:
            yield StatusStore(session)

    @contextmanager
    def begin_oversight(self) -> Iterator[OversightStore]:
        """A transaction that only reads, to look through provisions, refusals and models."""
        with self._database.read() as session:
            yield OversightStore(session)

    @contextmanager
    def begin_received(self) -> Iterator[ReceivedStore]:
        """A transaction that only reads what clients received."""
        with self._database.read() as session:
            yield ReceivedStore(session, self._seals)

    @contextmanager
    def begin_client_records(self, client: ClientId) -> Iterator[tuple[ServiceTerms, ClientRecords]]:
        """The terms in force, and what one client stated and received, as of one moment."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), ClientRecords(session, client)

    @contextmanager
    def begin_client_statements(
        self, client: ClientId, account_no: int
    ) -> Iterator[tuple[ServiceTerms, ClientStatements, Ledger]]:
        """A new transaction for what a client's staff states, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            ledger = self._ledger(session)
            yield ServiceStore(session).terms(), ClientStatements(session, ledger, client, account_no), ledger

    @contextmanager
    def begin_preflight(self) -> Iterator[pa.Table]:
        """What is known of every member, to attack a file with: see `linkage.preflight.spellings.COLUMNS`."""
        with self._database.read() as session:
            yield import_module(_MEMBERS).member_base(session)

    @contextmanager
    def begin_telling(self) -> Iterator[tuple[ServiceTerms, SubjectRecords, LedgerRecords]]:
        """The terms in force, what is held about members, and the ledger, as of one moment."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), SubjectRecords(session), LedgerRecords(session)

    @contextmanager
    def begin_withdrawal(self) -> Iterator[tuple[ServiceTerms, PostgresWithdrawalStore, Ledger]]:
        """A new transaction for a withdrawal, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), PostgresWithdrawalStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_collection(
        self,
    ) -> Iterator[tuple[PostgresCollectionStore, PostgresWithdrawalStore, PostgresIntakeStore, ServiceStore, Ledger]]:
        """A new transaction to serve a text or to take an answer to one, with the keys of those who send it."""
        with self._database.write() as session:
            service, ledger = ServiceStore(session), self._ledger(session, waits=True)
            collected = PostgresCollectionStore(session, service, PostgresRevisionStore(session))
            yield collected, PostgresWithdrawalStore(session), PostgresIntakeStore(session), service, ledger

    @contextmanager
    def begin_erasure(self) -> Iterator[tuple[ServiceTerms, PostgresErasureStore, Ledger]]:
        """A new transaction for a part of an erasure, kept if and only if its block ends without an error."""
        with self._writing(waits=True) as (session, ledger):
            yield ServiceStore(session).terms(), PostgresErasureStore(session, self._seals), ledger

    @contextmanager
    def begin_erased(self) -> Iterator[PostgresErasureStore]:
        """A new transaction to see who was erased."""
        with self._database.write() as session:
            yield PostgresErasureStore(session, self._seals)

    @contextmanager
    def begin_erasure_requests(self) -> Iterator[tuple[ErasureRequestStore, Ledger]]:
        """A new transaction over what clients are asked to erase, kept if its block ends without an error."""
        with self._database.write() as session:
            yield ErasureRequestStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_recalls(self) -> Iterator[tuple[ServiceTerms, PostgresRecallStore, StopStore, Ledger]]:
        """A new transaction over requests to recipients and the switch, kept if its block ends without an error."""
        with self._database.write() as session:
            terms = ServiceStore(session).terms()
            yield terms, PostgresRecallStore(session), StopStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_recall_of_incident(
        self,
    ) -> Iterator[tuple[ServiceTerms, PostgresRecallStore, PostgresIncidentStore, Ledger]]:
        """A new transaction to ask recipients over an incident, kept if its block ends without an error."""
        with self._database.write() as session:
            yield (
                ServiceStore(session).terms(),
                PostgresRecallStore(session),
                PostgresIncidentStore(session),
                self._ledger(session, waits=True),
            )

    @contextmanager
    def read_recalls(self) -> Iterator[RecallRecords]:
        """A transaction that only reads what recipients were asked."""
        with self._database.read() as session:
            yield RecallRecords(session)

    @contextmanager
    def begin_switch(self) -> Iterator[tuple[ServiceTerms, StopStore, Ledger]]:
        """A new transaction for a stop or a resume, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), StopStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_stops(self) -> Iterator[tuple[ServiceTerms, StopRecords]]:
        """A transaction that only reads what was stopped and resumed."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), StopRecords(session)

    @contextmanager
    def begin_holds(self) -> Iterator[tuple[PostgresHoldStore, Ledger]]:
        """A new transaction to end holds, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresHoldStore(session), self._ledger(session)

    @contextmanager
    def read_holds(self) -> Iterator[HoldRecords]:
        """A transaction that only reads who is on hold."""
        with self._database.read() as session:
            yield HoldRecords(session)

    @contextmanager
    def begin_incident(self) -> Iterator[tuple[ServiceTerms, PostgresIncidentStore, Ledger]]:
        """A new transaction over incidents, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), PostgresIncidentStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_incidents(self) -> Iterator[tuple[ServiceTerms, IncidentRecords]]:
        """A transaction that only reads what is known of incidents."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), IncidentRecords(session)

    @contextmanager
    def begin_evidence(self) -> Iterator[EvidenceRecords]:
        """A transaction that only reads the ledger and what explains it."""
        with self._database.read() as session:
            yield EvidenceRecords(session)

    @contextmanager
    def begin_notices(self) -> Iterator[tuple[ServiceTerms, PostgresIncidentStore, PostgresMailStore, Ledger]]:
        """A new transaction to write notices of an incident, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            terms = ServiceStore(session).terms()
            yield terms, PostgresIncidentStore(session), PostgresMailStore(session), self._ledger(session, waits=True)

    @contextmanager
    def begin_mail(self) -> Iterator[PostgresMailStore]:
        """A new transaction over letters, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresMailStore(session)

    @contextmanager
    def begin_mail_records(self) -> Iterator[MailRecords]:
        """A transaction that only reads letters."""
        with self._database.read() as session:
            yield MailRecords(session)

    @contextmanager
    def begin_fairness(self) -> Iterator[tuple[ServiceTerms, FairnessStore, Ledger]]:
        """A new transaction to audit a client's newest scores, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), FairnessStore(session), self._ledger(session)

    @contextmanager
    def begin_use_audit(self) -> Iterator[tuple[ServiceTerms, PostgresUseAuditStore, StopStore, Ledger]]:
        """A new transaction for a use audit, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield (
                ServiceStore(session).terms(),
                PostgresUseAuditStore(session),
                StopStore(session),
                self._ledger(session),
            )

    @contextmanager
    def read_use_audit(self) -> Iterator[tuple[ServiceTerms, PostgresUseAuditStore, DecisionStore, StopRecords]]:
        """What clients decided, and what use audits found, as of one moment."""
        with self._database.read() as session:
            yield (
                ServiceStore(session).terms(),
                PostgresUseAuditStore(session),
                DecisionStore(session),
                StopRecords(session),
            )

    @contextmanager
    def begin_deciding(self) -> Iterator[tuple[ServiceTerms, DecisionStore]]:
        """A new transaction for decisions of clients, which are in the ledger as well when its block has ended."""
        with self._database.write() as session:
            ledger = self._ledger(session)
            yield ServiceStore(session).terms(), DecisionStore(session)
            enter_decisions(session, ledger)

    @contextmanager
    def begin_drift(self) -> Iterator[tuple[ServiceTerms, DriftStore, StopStore, Ledger]]:
        """A new transaction to look at models in use, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), DriftStore(session), StopStore(session), self._ledger(session)

    @contextmanager
    def begin_answer(self) -> Iterator[tuple[ServiceTerms, SubjectRecords, Ledger]]:
        """A new transaction to answer a person, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), SubjectRecords(session), self._ledger(session)

    @contextmanager
    def begin_requests(self) -> Iterator[tuple[ServiceTerms, PostgresRequestStore, Ledger]]:
        """A new transaction over what people ask for, kept if and only if its block ends without an error."""
        with self._writing(waits=True) as (session, ledger):
            yield ServiceStore(session).terms(), PostgresRequestStore(session), ledger

    @contextmanager
    def read_requests(self) -> Iterator[tuple[ServiceTerms, PostgresRequestStore]]:
        """The terms in force, and what is held about members and their requests, as of one moment."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), PostgresRequestStore(session)

    @contextmanager
    def read_own_page(self) -> Iterator[tuple[ServiceTerms, PostgresRequestStore, MailRecords, RecallRecords]]:
        """Everything that a person's own page tells, as of one moment."""
        with self._database.read() as session:
            yield (
                ServiceStore(session).terms(),
                PostgresRequestStore(session),
                MailRecords(session),
                RecallRecords(session),
            )

    @contextmanager
    def begin_disclosure(self) -> Iterator[DisclosureStore]:
        """A transaction that only reads what is held about people."""
        with self._database.read() as session:
            yield DisclosureStore(session)

    @contextmanager
    def begin_stubs(self) -> Iterator[PostgresStubStore]:
        """A new transaction over check codes, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresStubStore(session)

    @contextmanager
    def begin_access(self) -> Iterator[PostgresAccountStore]:
        """A new transaction over accounts and sessions, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresAccountStore(session)

    @contextmanager
    def begin_accounts(self) -> Iterator[tuple[PostgresAccountStore, Ledger]]:
        """A new transaction for what the platform does to accounts, kept if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresAccountStore(session), self._ledger(session)

    @contextmanager
    def begin_identities(self) -> Iterator[PostgresIdentityStore]:
        """A new transaction over OpenID identities, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresIdentityStore(session)

    @contextmanager
    def begin_passkeys(self) -> Iterator[PostgresPasskeyStore]:
        """A new transaction over passkeys, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresPasskeyStore(session)

    @contextmanager
    def begin_counting(self) -> Iterator[PostgresCountStore]:
        """A new transaction over counted requests, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresCountStore(session)

    @contextmanager
    def begin_reads(self) -> Iterator[PostgresReadStore]:
        """A transaction that only reads who read scores."""
        with self._database.read() as session:
            yield PostgresReadStore(session)

    @contextmanager
    def begin_intake(self) -> Iterator[PostgresIntakeStore]:
        """A new transaction over received events, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresIntakeStore(session)

    @property
    def url(self) -> URL:
        """How the app logs in."""
        return self._database.url

    @contextmanager
    def begin_book(self) -> Iterator[BookStore]:
        """A transaction that only reads what the gate holds in memory."""
        with self._database.read() as session:
            yield BookStore(session)

    @contextmanager
    def begin_questions(self) -> Iterator[tuple[QuestionStore, Ledger]]:
        """A new transaction over questions answered online, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield QuestionStore(session), self._ledger(session)

    @contextmanager
    def begin_jobs(self) -> Iterator[PostgresJobs]:
        """A new transaction over the queue of jobs, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresJobs(session)

    @contextmanager
    def begin_load(self) -> Iterator[LoadTransaction]:
        """A new transaction for loading, kept if and only if its block ends without an error."""
        with self._writing(waits=True) as (session, ledger):
            yield import_module(LOADING).LoadStore(session, ledger)

    @contextmanager
    def try_load(self) -> Iterator[LoadTransactions]:
        """Transactions for loading within one that is never kept; others needn't wait for it."""
        with self._database.what_if(is_of_one_moment=False) as session:
            yield import_module(LOADING).UnkeptLoads(session, self._key)

    @contextmanager
    def begin_what_if(self) -> Iterator[PostgresWhatIf]:
        """A new transaction to try a change in, never kept."""
        with self._database.what_if() as session:
            yield PostgresWhatIf(session, self._ledger(session))

    @contextmanager
    def begin_succession(self) -> Iterator[tuple[PostgresLedgerStore, Ledger, Callable[[SigningKey], None]]]:
        """A new transaction in which one key succeeds another, kept if and only if its block ends without an error.

        What comes last seals the rows of this database anew, where the key that sealed them was lost.
        """
        with self._database.write() as session:
            store = PostgresLedgerStore(session)
            waiting = Ledger(store, self._key, waits=True)

            def seal_anew(key: SigningKey) -> None:
                session.rows = RowKey.derived(key.private)
                bind_all(session, waiting)

            yield store, waiting, seal_anew

    @contextmanager
    def _writing(self, *, waits: bool = False) -> Iterator[tuple[WriteSession, Ledger]]:
        """A transaction whose rows, as far as they are bound, stand in the ledger when it ends."""
        with self._database.write() as session:
            ledger = self._ledger(session, waits=waits)
            yield session, ledger
            enter(session, ledger)

    def _ledger(self, session: WriteSession, *, waits: bool = False) -> Ledger:
        """The ledger of a transaction; it `waits` for what ends a consent, which is taken whatever else is wrong."""
        store = PostgresLedgerStore(session)
        return Ledger(
            store,
            self._key,
            waits=waits,
            guard=partial(self.second.settle, store),
            signed=partial(session.afterwards.append, self._publish),
        )

    def _publish(self) -> None:
        self.second.publish(self.read_ledger)
