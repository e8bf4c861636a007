"""One transaction with every store that the main job needs, and one to try a change of the terms in."""

from importlib import import_module

from kanmon.clients.store import ServiceStore
from kanmon.db.unit_of_work import WriteSession
from kanmon.gate.service import GateFacts, GateRecord
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.service import Ledger
from kanmon.linkage.review import LinkReviewRecords
from kanmon.linkage.service import LinkRecords
from kanmon.linkage.store import LinkStore
from kanmon.modelling.registry import ModelRegistry
from kanmon.modelling.store.applicants import ApplicantStore
from kanmon.modelling.store.models import ModelStore
from kanmon.pipeline.ports import ApplicantReader, HandOver, RunLog, ScoreWriter, ServiceReader
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.store.decisions import DecisionStore
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.withholding import WithholdingStore
from kanmon.reviews.policies.impact import ChangeLoad
from kanmon.scoring.store import RunStore, ScoreStore

LOADING = "kanmon.intake.store.loads"
"""Brings DuckDB along, and is loaded only where something is."""


class PostgresTransaction:
    """See `pipeline.ports.Transaction`."""

    def __init__(self, session: WriteSession, ledger: Ledger, seals: SealedRows) -> None:
        gate = GateStore(session)
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = gate
        self.record: GateRecord = gate
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.models: ModelRegistry = ModelStore(session)
        self.scores: ScoreWriter = ScoreStore(session)
        self.provisions: HandOver = PostgresProvisionStore(session, seals)
        self.withholding: WithholdingStore = DecisionStore(session)
        self.runs: RunLog = RunStore(session)
        self.ledger = ledger
        self.links: LinkRecords = LinkStore(session)
        self.reviews: LinkReviewRecords = LinkStore(session)


class PostgresWhatIf:
    """See `reviews.policies.impact.WhatIf`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        self.service: ServiceReader = ServiceStore(session)
        self.facts: GateFacts = GateStore(session)
        self.applicants: ApplicantReader = ApplicantStore(session)
        self.change: ChangeLoad = import_module(LOADING).LoadStore(session, ledger)
