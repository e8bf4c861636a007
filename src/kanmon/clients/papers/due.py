"""Which checks of use the platform's staff owe a client now, and until when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kanmon.clients.contract import Client, Season
from kanmon.clients.papers.model import ClientPaper, PaperKind, checks_passed

CHECK_HOLDS = timedelta(days=30)
"""How long a check before use is good, and how long a use may stay unexplained (EMP-05)."""
SHOWN_BEFORE = timedelta(days=7)
"""How long before its last moment a check is shown as due."""


@dataclass(frozen=True)
class DueCheck:
    """A check that staff have to make."""

    kind: PaperKind
    due_at: datetime | None
    """From then on the gate denies; None where it denies already, since nobody ever checked."""


def due_checks(
    client: Client, season: Season | None, papers: Sequence[ClientPaper], unexplained: datetime | None, now: datetime
) -> tuple[DueCheck, ...]:
    """The checks due at a moment: none outside of the contract and its season, since nothing is provided then.

    `unexplained` is when the client acknowledged the oldest report whose use nobody has stated.
    """
    contract = client.contract
    is_open = season is not None and season.opens_at <= now < season.closes_at
    if not is_open or not contract.starts_at <= now < contract.ends_at:
        return ()
    return tuple(_due(client, papers, unexplained, now))


def _due(
    client: Client, papers: Sequence[ClientPaper], unexplained: datetime | None, now: datetime
) -> Iterator[DueCheck]:
    contract = client.contract
    passed = checks_passed(papers, PaperKind.CHECK_BEFORE_USE, contract.scores, now + timedelta(microseconds=1))
    checked = [check.dated_at for check in passed]
    checked += [at for at in (contract.pre_use_check_at,) if at is not None and at <= now]
    ends_at = max(checked, default=None)
    ends_at = None if ends_at is None else ends_at + CHECK_HOLDS
    if ends_at is None or ends_at - SHOWN_BEFORE <= now:
        yield DueCheck(PaperKind.CHECK_BEFORE_USE, ends_at)
    if unexplained is not None and unexplained + CHECK_HOLDS - SHOWN_BEFORE <= now:
        yield DueCheck(PaperKind.CHECK_AFTER_USE, unexplained + CHECK_HOLDS)
