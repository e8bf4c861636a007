"""Events that are sent over HTTP."""

from collections.abc import Mapping

from kanmon.application.application import Application
from kanmon.core.transaction import Begin
from kanmon.intake.events import Intake, collect
from kanmon.intake.store.events import PostgresIntakeStore
from kanmon.lake.files.duckdb_lake import DuckDBLake


def http_intake(application: Application) -> Intake:
    """What takes events over HTTP."""
    return Intake(_begin(application), application.clock)


def waiting_events(application: Application) -> int:
    """How many events were taken over HTTP and wait to be collected."""
    with application.transactions.begin() as work:
        return PostgresIntakeStore(work.session).waiting()


def collect_events(application: Application) -> Mapping[str, int]:
    """Take the events that were sent over HTTP into the lake; see `intake.events.collect`."""
    staged = application.workspace.staging / "received.parquet"
    try:
        return collect(_begin(application), DuckDBLake(application.lake), staged, application.clock)
    finally:
        staged.unlink(missing_ok=True)


def _begin(application: Application) -> Begin[PostgresIntakeStore]:
    return application.transactions.writing(lambda work: PostgresIntakeStore(work.session))
