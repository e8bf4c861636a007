"""The audit for people whose data went to a client without valid consent."""

from datetime import datetime

from kanmon.application.application import Application
from kanmon.application.function_use import function_use
from kanmon.audits.entries import gap_entry
from kanmon.audits.gap.model import Gap, GapRule
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.core.ids import SeasonId


def audited_gap(
    application: Application,
    season: SeasonId | None,
    since: datetime,
    until: datetime | None,
    rule: GapRule,
    *,
    only_provided: bool = False,
) -> Gap:
    """People whose data went, or would go, to a client without valid consent, up to `until` (None: now).

    The answer is signed into the ledger, so that it can't be another one later (AC-15).
    """
    with application.transactions.read() as work:
        audit = GapAudit(AuditStore(work.session), function_use(application.lake))
        gap = audit.find(season, since, until or application.clock.now(), rule, only_provided=only_provided)
    with application.transactions.begin() as work:
        work.ledger.append([gap_entry(gap, application.clock.now())])
        work.ledger.sign(application.clock.real())
    return gap
