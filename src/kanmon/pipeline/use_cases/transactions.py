"""The units of work of the main job."""

from kanmon.application.transactions import PostgresTransactions
from kanmon.application.unit_of_work import UnitOfWork
from kanmon.clients.store import ServiceStore
from kanmon.core.transaction import Begin
from kanmon.gate.service import GateFacts, GateRecord
from kanmon.gate.store.facts import GateStore
from kanmon.linkage.review import LinkReviewRecords
from kanmon.linkage.service import LinkRecords
from kanmon.linkage.store import LinkStore
from kanmon.modelling.registry import ModelRegistry
from kanmon.modelling.store.applicants import ApplicantStore
from kanmon.modelling.store.models import ModelStore
from kanmon.pipeline.ports import ApplicantReader, HandOver, RunLog, ScoreWriter, ServiceReader, Transaction
from kanmon.provision.store.decisions import DecisionStore
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.withholding import WithholdingStore
from kanmon.scoring.store import RunStore, ScoreStore


class SeasonTransaction:
    """See `pipeline.ports.Transaction`."""

    def __init__(self, work: UnitOfWork) -> None:
        session = work.session
        gate = GateStore(session)
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = gate
        self.record: GateRecord = gate
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.models: ModelRegistry = ModelStore(session)
        self.scores: ScoreWriter = ScoreStore(session)
        self.provisions: HandOver = PostgresProvisionStore(session, work.seals)
        self.withholding: WithholdingStore = DecisionStore(session)
        self.runs: RunLog = RunStore(session)
        self.ledger = work.ledger
        self.links: LinkRecords = LinkStore(session)
        self.reviews: LinkReviewRecords = LinkStore(session)


def season_transactions(transactions: PostgresTransactions) -> Begin[Transaction]:
    """Opens transactions with all that a step of the main job needs."""
    return transactions.writing(SeasonTransaction)
