"""One transaction with every store in it: how the road meets PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from kanmon.adapters.postgres.applicant_store import ApplicantStore
from kanmon.adapters.postgres.audit_store import AuditStore
from kanmon.adapters.postgres.gate_store import GateStore
from kanmon.adapters.postgres.ledger_store import LedgerRecords
from kanmon.adapters.postgres.load_store import LoadStore
from kanmon.adapters.postgres.model_store import ModelStore
from kanmon.adapters.postgres.provision_store import ProvisionStore
from kanmon.adapters.postgres.run_store import RunStore, ScoreStore
from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.unit_of_work import Database, WriteSession
from kanmon.gate.service import GateFacts, GateRecord
from kanmon.modelling.registry import ModelRegistry
from kanmon.road.ports import ApplicantReader, HandOver, RunLog, ScoreWriter, ServiceReader


class PostgresTransaction:
    """See `road.ports.Transaction`."""

    def __init__(self, session: WriteSession) -> None:
        gate = GateStore(session)
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = gate
        self.record: GateRecord = gate
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.models: ModelRegistry = ModelStore(session)
        self.scores: ScoreWriter = ScoreStore(session)
        self.provisions: HandOver = ProvisionStore(session)
        self.runs: RunLog = RunStore(session)


class PostgresTransactions:
    """See `road.ports.Transactions` and `road.loading.LoadTransactions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[PostgresTransaction]:
        """A new transaction, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield PostgresTransaction(session)

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
    def begin_load(self) -> Iterator[LoadStore]:
        """A new transaction for loading, kept if and only if its block ends without an error."""
        with self._database.write() as session:
            yield LoadStore(session)
