"""Policy versions: those loaded, those in a file, and what a change of them would do."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from kanmon.application.application import Application
from kanmon.core.ids import ClientId, SeasonId
from kanmon.gate.decision import Use
from kanmon.intake.files.listing import SERVICE_FILE
from kanmon.intake.files.terms.service_file import read_service
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import Impact, PolicyImpact
from kanmon.reviews.policies.service import PolicyBook


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
    found = PolicyImpact(application.transactions, reader, application.clock, application.progress)
    return found.find(change, clients, season, uses, asked_at, law_on)


def policy_book(application: Application) -> PolicyBook:
    """The policy versions that were loaded, with the contracts that they are to cover."""
    return PolicyBook.of_workspace(application.transactions)


def read_policies(path: Path) -> PolicyBook:
    """The policies of a `service.yaml`, named itself or by its folder, without a workspace."""
    return PolicyBook.of_file(read_service(path.parent if path.name == SERVICE_FILE else path))
