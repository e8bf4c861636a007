"""One transaction with every store in it: how the road meets PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from kanmon.adapters.postgres.account_store import AccountStore
from kanmon.adapters.postgres.applicant_store import ApplicantStore
from kanmon.adapters.postgres.audit_store import AuditStore
from kanmon.adapters.postgres.coverage_store import CoverageStore
from kanmon.adapters.postgres.erasure_requests import RequestStore
from kanmon.adapters.postgres.erasure_store import ErasureStore
from kanmon.adapters.postgres.gate_store import GateStore
from kanmon.adapters.postgres.intake_store import IntakeStore
from kanmon.adapters.postgres.ledger_store import LedgerRecords, LedgerStore
from kanmon.adapters.postgres.link_store import LinkStore
from kanmon.adapters.postgres.load_store import LoadStore
from kanmon.adapters.postgres.member_base import member_base
from kanmon.adapters.postgres.model_store import ModelStore
from kanmon.adapters.postgres.overview_store import OverviewStore
from kanmon.adapters.postgres.provision_store import ProvisionStore
from kanmon.adapters.postgres.received_store import ReceivedStore
from kanmon.adapters.postgres.reliance_store import RelianceStore
from kanmon.adapters.postgres.run_store import RunStore, ScoreStore
from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.postgres.subject_store import SubjectRecords, WithdrawalStore
from kanmon.adapters.unit_of_work import Database, WriteSession
from kanmon.clients.contract import ServiceTerms
from kanmon.gate.service import GateFacts, GateRecord
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.linkage.review import ReviewRecords
from kanmon.linkage.service import LinkRecords
from kanmon.modelling.registry import ModelRegistry
from kanmon.road.impact import ChangeLoad
from kanmon.road.ports import ApplicantReader, HandOver, RunLog, ScoreWriter, ServiceReader


class PostgresTransaction:
    """See `road.ports.Transaction`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        gate = GateStore(session)
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = gate
        self.record: GateRecord = gate
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.models: ModelRegistry = ModelStore(session)
        self.scores: ScoreWriter = ScoreStore(session)
        self.provisions: HandOver = ProvisionStore(session)
        self.runs: RunLog = RunStore(session)
        self.ledger = ledger
        links = LinkStore(session)
        self.links: LinkRecords = links
        self.reviews: ReviewRecords = links


class PostgresWhatIf:
    """See `road.impact.WhatIf`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = GateStore(session)
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.change: ChangeLoad = LoadStore(session, ledger)


class PostgresTransactions:
    """See `road.ports.Transactions`, `road.loading.LoadTransactions` and `road.impact.WhatIfTransactions`."""

    def __init__(self, database: Database, key: SigningKey) -> None:
        self._database = database
        self._key = key

    @contextmanager
    def begin(self) -> Iterator[PostgresTransaction]:
        """A new transaction, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresTransaction(session, self._ledger(session))

    @contextmanager
    def read_ledger(self) -> Iterator[LedgerRecords]:
        """The ledger as of one moment."""
        with self._database.read() as session:
            yield LedgerRecords(session)

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
    def begin_reliance(self) -> Iterator[RelianceStore]:
        """A transaction that only reads, to find what was provided on which consent."""
        with self._database.read() as session:
            yield RelianceStore(session)

    @contextmanager
    def begin_overview(self) -> Iterator[OverviewStore]:
        """A transaction that only reads, to tell the state of everything at one glance."""
        with self._database.read() as session:
            yield OverviewStore(session)

    @contextmanager
    def begin_received(self) -> Iterator[ReceivedStore]:
        """A transaction that only reads what clients received."""
        with self._database.read() as session:
            yield ReceivedStore(session)

    @contextmanager
    def begin_preflight(self) -> Iterator[pa.Table]:
        """What is known of every member, to attack a file with: see `linkage.spellings.COLUMNS`."""
        with self._database.read() as session:
            yield member_base(session)

    @contextmanager
    def begin_telling(self) -> Iterator[tuple[ServiceTerms, SubjectRecords, LedgerRecords]]:
        """The terms in force, what is held about members, and the ledger, as of one moment."""
        with self._database.read() as session:
            yield ServiceStore(session).terms(), SubjectRecords(session), LedgerRecords(session)

    @contextmanager
    def begin_withdrawal(self) -> Iterator[tuple[ServiceTerms, WithdrawalStore, Ledger]]:
        """A new transaction for a withdrawal, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), WithdrawalStore(session), self._ledger(session)

    @contextmanager
    def begin_erasure(self) -> Iterator[tuple[ServiceTerms, ErasureStore, Ledger]]:
        """A new transaction for a part of an erasure, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), ErasureStore(session), self._ledger(session)

    @contextmanager
    def begin_erased(self) -> Iterator[ErasureStore]:
        """A new transaction to see who was erased."""
        with self._database.write() as session:
            yield ErasureStore(session)

    @contextmanager
    def begin_erasure_requests(self) -> Iterator[tuple[RequestStore, Ledger]]:
        """A new transaction over what clients are asked to erase, kept if its block ends without an error."""
        with self._database.write() as session:
            yield RequestStore(session), self._ledger(session)

    @contextmanager
    def begin_answer(self) -> Iterator[tuple[ServiceTerms, SubjectRecords, Ledger]]:
        """A new transaction to answer a person, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield ServiceStore(session).terms(), SubjectRecords(session), self._ledger(session)

    @contextmanager
    def begin_access(self) -> Iterator[AccountStore]:
        """A new transaction over accounts and sessions, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield AccountStore(session)

    @contextmanager
    def begin_intake(self) -> Iterator[IntakeStore]:
        """A new transaction over received events, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield IntakeStore(session)

    @contextmanager
    def begin_load(self) -> Iterator[LoadStore]:
        """A new transaction for loading, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield LoadStore(session, self._ledger(session))

    @contextmanager
    def begin_what_if(self) -> Iterator[PostgresWhatIf]:
        """A new transaction to try a change in, never kept."""
        with self._database.what_if() as session:
            yield PostgresWhatIf(session, self._ledger(session))

    def _ledger(self, session: WriteSession) -> Ledger:
        return Ledger(LedgerStore(session), self._key)
