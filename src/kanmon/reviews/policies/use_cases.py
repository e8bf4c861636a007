"""Policy versions: those loaded, those in a file, and what a change of them would do."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from importlib import import_module
from pathlib import Path

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.application.unit_of_work import UnitOfWork
from kanmon.clients.store import ServiceStore
from kanmon.core.clock import day_of
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.transaction import Begin
from kanmon.gate.decision import Use
from kanmon.gate.service import GateFacts
from kanmon.gate.store.facts import GateStore
from kanmon.intake.files.listing import SERVICE_FILE
from kanmon.intake.files.terms.service_file import read_service
from kanmon.modelling.store.applicants import ApplicantStore
from kanmon.pipeline.ports import ApplicantReader, ServiceReader
from kanmon.reviews.policies.agreements import StandingAgreements, standing_agreements
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import ChangeLoad, Impact, PolicyImpact, WhatIf
from kanmon.reviews.policies.service import PolicyBook
from kanmon.reviews.policies.store import CountedAgreements

_LOADING = "kanmon.intake.store.loads"
"""Brings what reads folders along, and is loaded only where a change is tried."""


class PostgresWhatIf:
    """See `reviews.policies.impact.WhatIf`."""

    def __init__(self, work: UnitOfWork) -> None:
        self.service: ServiceReader = ServiceStore(work.session)
        self.facts: GateFacts = GateStore(work.session)
        self.applicants: ApplicantReader = ApplicantStore(work.session)
        self.change: ChangeLoad = import_module(_LOADING).LoadStore(work.session, work.ledger)


def what_ifs(transactions: PostgresTransactions) -> Begin[WhatIf]:
    """Opens transactions to try a change in; none is kept, however its block ends."""

    @contextmanager
    def begin() -> Iterator[WhatIf]:
        with transactions.what_if() as work:
            yield PostgresWhatIf(work)

    return begin


def policy_impact(
    application: Application,
    change: Path | None,
    clients: Sequence[ClientId],
    season: SeasonId | None,
    uses: Sequence[Use],
    asked_at: datetime | None,
    law_on: date | None = None,
) -> Impact:
    """Whom a drafted change, or the law of a day, would hold or let through; nothing is loaded or recorded."""
    reader = FolderChangeReader(application.workspace.staging)
    found = PolicyImpact(what_ifs(application.transactions), reader, application.clock, application.progress)
    return found.find(change, clients, season, uses, asked_at, law_on)


def policy_book(application: Application) -> PolicyBook:
    """The policy versions that were loaded, with the contracts that they are to cover; `UsageError` where none were."""
    with application.transactions.read() as work:
        return PolicyBook(work.terms, tuple(ServiceStore(work.session).policy_versions()))


def agreements_over_time(application: Application) -> Sequence[StandingAgreements]:
    """How many people stood by each version of each policy, day by day, as of now."""
    now = application.clock.now()
    with application.transactions.read() as work:
        return standing_agreements(CountedAgreements(work.session, now), day_of(now))


def read_policies(path: Path) -> PolicyBook:
    """The policies of a `service.yaml`, named itself or by its folder, without a workspace."""
    return PolicyBook.of_file(read_service(path.parent if path.name == SERVICE_FILE else path))
