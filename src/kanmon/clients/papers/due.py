"""What is due of a client's use: staff's checks before and after it, and the client's own statements; until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kanmon.clients.contract import Client, Season
from kanmon.clients.papers.model import ClientPaper, PaperKind, checks_passed

HOLDS = timedelta(days=30)
"""How long a check before use is good, and how long the use of a received report may stay unexplained (EMP-05)."""
SHOWN_BEFORE = timedelta(days=7)
"""How long before its last moment something is shown as due."""


class DueKind(StrEnum):
    """What somebody has to do about a client's use."""

    CHECK_BEFORE_USE = "check_before_use"
    CHECK_AFTER_USE = "check_after_use"
    STATEMENT_OF_USE = "statement_of_use"
    """The client's own; an answer to staff's check after use is one."""


@dataclass(frozen=True)
class UseDeadline:
    """Something due; from `due_at` on it is late, None where the gate denies already, since nobody ever checked."""

    kind: DueKind
    due_at: datetime | None


@dataclass(frozen=True)
class AcknowledgedReports:
    """What a client acknowledged of the season that its contract scores."""

    acknowledged: Sequence[datetime]
    unexplained: datetime | None
    """The oldest acknowledgement of a report whose use nobody has stated."""


def deadlines(
    client: Client, season: Season | None, papers: Sequence[ClientPaper], received: AcknowledgedReports, now: datetime
) -> tuple[UseDeadline, ...]:
    """What is due at a moment; no check before use outside of the contract and its season: nothing is provided then."""
    contract = client.contract
    is_open = season is not None and season.opens_at <= now < season.closes_at
    found: list[UseDeadline] = []
    if is_open and contract.starts_at <= now < contract.ends_at:
        found += _before_use(client, papers, now)
    asked = [paper.dated_at for paper in papers if paper.kind is PaperKind.CHECK_AFTER_USE]
    unasked = [at for at in received.acknowledged if not any(day > at for day in asked)]
    starts = ((DueKind.CHECK_AFTER_USE, min(unasked, default=None)), (DueKind.STATEMENT_OF_USE, received.unexplained))
    found += [UseDeadline(kind, at + HOLDS) for kind, at in starts if at is not None and _is_near(at + HOLDS, now)]
    return tuple(found)


def _before_use(client: Client, papers: Sequence[ClientPaper], now: datetime) -> Iterator[UseDeadline]:
    contract = client.contract
    just_after = now + timedelta(microseconds=1)
    passed = checks_passed(papers, PaperKind.CHECK_BEFORE_USE, contract.scores, just_after)
    checked = [check.dated_at for check in passed]
    checked += [at for at in (contract.pre_use_check_at,) if at is not None and at <= now]
    ends_at = max(checked) + HOLDS if checked else None
    if ends_at is None or _is_near(ends_at, now):
        yield UseDeadline(DueKind.CHECK_BEFORE_USE, ends_at)


def _is_near(due_at: datetime, now: datetime) -> bool:
    return due_at - SHOWN_BEFORE <= now
