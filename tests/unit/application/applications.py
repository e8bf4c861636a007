"""An application without a database: real but for its transactions, which a test stands in for."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.core.clock import ReplayClock
from kanmon.core.errors import RuleRefused
from kanmon.core.workspace import Workspace
from kanmon.ledger.keyholder import AbsentKey
from tests.unit.intake.folders import Quiet

NO_KEY = AbsentKey(RuleRefused("there is no key here"), None)
NOWHERE = Workspace(Path("/nowhere"), is_replay=False)


@dataclass(frozen=True)
class Stopped(ReplayClock):
    """Tells one moment, also as the machine's own."""

    def real(self) -> datetime:
        return self.now()


CLOCK = Stopped(datetime(2026, 4, 1, tzinfo=UTC))


def application(transactions: object, workspace: Workspace = NOWHERE) -> Application:
    """The application over what opens just the transactions that the test is about: any other one is a fault."""
    return Application(workspace, CLOCK, Quiet(), cast("PostgresTransactions", transactions), NO_KEY)
