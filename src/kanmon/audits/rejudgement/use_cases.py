"""The re-judgement of past provisions over an open application."""

from collections.abc import Sequence
from datetime import UTC, datetime

from kanmon.application.application import Application
from kanmon.audits.rejudgement.audit import RejudgementRecordRow, RejudgementResult, Span, chosen, rejudge
from kanmon.audits.rejudgement.store import PostgresRejudgementReader, RejudgementRecord
from kanmon.core.ids import ClientId
from kanmon.core.language import N_

EVER = datetime(1970, 1, 1, tzinfo=UTC)


def rejudge_provisions(
    application: Application, clients: Sequence[ClientId], since: datetime | None, until: datetime | None
) -> tuple[RejudgementResult, int]:
    """Judge what was provided to these clients (all, where none is named), and where the answer stands in the ledger.

    The answer is signed, so that it can't be another one later. `UnknownClient` where one is not known.
    """
    now = application.clock.now()
    span = Span(since or EVER, until or now)
    with application.transactions.read() as work:
        papers = PostgresRejudgementReader(work.session)
        asked = chosen(papers, clients)
        with application.progress.step(N_("judge past provisions afresh"), len(asked)) as under_way:
            found = rejudge(papers, asked, span, under_way.advance, in_replays=application.clock.in_replays)
    with application.transactions.begin() as work:
        (seq,) = work.ledger.append([found.entry(now)])
        RejudgementRecord(work.session).keep(found, now, seq)
        work.ledger.sign(application.clock.real())
    return found, seq


def last_rejudgement(application: Application) -> RejudgementRecordRow | None:
    """What the newest re-judgement found; None before the first."""
    with application.transactions.read() as work:
        return RejudgementRecord(work.session).last()
