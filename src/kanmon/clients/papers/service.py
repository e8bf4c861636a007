"""Puts papers of clients on record, each in the ledger at once, or refuses with all that is lacking."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Protocol

from kanmon.access.account import Account
from kanmon.clients.contract import ServiceTerms
from kanmon.clients.papers.model import ClientPaper, PaperDraft, UseCheck
from kanmon.clients.papers.questions import CURRENT
from kanmon.clients.papers.rules import PaperRefused, lacks_of
from kanmon.core.clock import TOKYO, Clock, day_of
from kanmon.core.ids import ClientId, SeasonId
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger


class PaperStore(Protocol):
    """Where papers are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until nobody relies on papers, let nobody begin to, and the shared moment from which that is so."""

    def papers(self, client: ClientId) -> Sequence[ClientPaper]:
        """A client's papers, in the order in which they were recorded."""

    def has_received(self, client: ClientId, season: SeasonId) -> bool:
        """Whether a report of that season was handed over to the client."""

    def add(self, paper: ClientPaper, account: Account) -> None:
        """Record a paper for good."""


class PaperService:
    """Takes papers within the caller's transaction; they count once it has committed.

    Each waits for provisions under way, so that none goes on past a check that forbids it (INV-5).
    """

    def __init__(self, store: PaperStore, ledger: Ledger, clock: Clock, terms: ServiceTerms) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._terms = terms

    def record(self, client: ClientId, draft: PaperDraft, by: Account) -> ClientPaper:
        """Put a paper on record; `PaperRefused` names all that is lacking, `UnknownClient` a client without contract.

        A check is one of the season that the client's contract scores.
        """
        [known] = self._terms.chosen([client], None)
        season, held_at = known.contract.scores, self._store.hold()
        at, real_at = (self._clock.now() if self._clock.is_replay else held_at), self._clock.real()
        has_received = self._store.has_received(client, season)
        lacks = lacks_of(draft, by, self._store.papers(client), day_of(at), has_received=has_received)
        if lacks:
            raise PaperRefused(lacks)
        paper = _recorded(client, season, draft, by, at, real_at)
        (seq,) = self._ledger.append([NewEntry(EntryType.CLIENT_PAPER, at, _facts(paper, self._clock.is_replay))])
        paper = replace(paper, ledger_seq=seq)
        self._store.add(paper, by)
        self._ledger.sign(real_at)
        return paper


def _recorded(
    client: ClientId, season: SeasonId, draft: PaperDraft, by: Account, at: datetime, real_at: datetime
) -> ClientPaper:
    """A paper that the ledger does not have yet."""
    check = None
    if draft.kind.is_check and draft.finding is not None:
        answers = {name: words.strip() for name, words in (draft.answers or {}).items()}
        check = UseCheck(season, CURRENT, answers, draft.finding, draft.conditions.strip())
    day = draft.dated_on
    # What is dated today is dated now; an earlier day, from its beginning: the freshness of a check ends the sooner.
    is_now = day is None or day == day_of(at)
    dated_at = at if is_now or day is None else datetime(day.year, day.month, day.day, tzinfo=TOKYO)
    return ClientPaper(
        client, draft.kind, dated_at, draft.client_person.strip(), tuple(draft.files), check, by.person,
        by.role.value, at, real_at, 0,
    )  # fmt: skip


def _facts(paper: ClientPaper, is_replay: bool) -> dict[str, object]:
    check = paper.check
    return {
        "client_id": paper.client_id,
        "kind": paper.kind.value,
        "dated_at": instant(paper.dated_at),
        "client_person": paper.client_person,
        "files": [asdict(file) for file in paper.files],
        "check": None
        if check is None
        else {
            "season": check.season,
            "questions": check.questions,
            "answers": dict(check.answers),
            "finding": check.finding.value,
            "conditions": check.conditions,
        },
        "person": paper.person,
        "role": paper.role,
        "real_at": instant(paper.real_at) if is_replay else None,
    }
