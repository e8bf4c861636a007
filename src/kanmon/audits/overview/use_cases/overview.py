"""What the platform's staff see first: screens, refusals, provisions and the ledger."""

from collections.abc import Sequence
from datetime import datetime

from kanmon.application.application import Application
from kanmon.audits.gap.displayed import DisplayCounts, stale_screens
from kanmon.audits.gap.model import Window
from kanmon.audits.gap.store import AuditStore
from kanmon.audits.overview.overview import Overview, overview
from kanmon.audits.overview.store.oversight import OversightStore
from kanmon.audits.overview.store.overview import OverviewStore
from kanmon.audits.overview.week import WeekFigures, week_figures


def stale_screens_of(
    application: Application, since: datetime, until: datetime | None, *, by_looks: bool = False
) -> Sequence[DisplayCounts]:
    """Screens that showed other words than those in force, from `since` to before `until` (None: now)."""
    with application.transactions.read() as work:
        return stale_screens(
            AuditStore(work.session), Window(since, until or application.clock.now()), by_looks=by_looks
        )


def overview_now(application: Application) -> Overview:
    """Screens, refusals, provisions and the ledger at one glance, as of now."""
    with application.transactions.read() as work:
        return overview(OverviewStore(work.session), application.clock.now())


def week_now(application: Application) -> WeekFigures:
    """The last seven days in four numbers."""
    with application.transactions.read() as work:
        session = work.session
        return week_figures(OversightStore(session), OverviewStore(session), application.clock.now())
