"""Ask the gate about a few applicants at once, by the same facts and rules as a whole batch.

What is registered of texts, screens and contracts is held in memory together with the version that it had. The query
that finds the facts of the persons reads the version too, in the same snapshot: if it is another one, all is read
again before anything is answered. So nothing is answered from a state that was gone when it was asked (INV-5).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import NamedTuple, Protocol

from kanmon.access.key import Key, KeyScope, opened
from kanmon.clients.contract import Client, ServiceTerms
from kanmon.clients.papers.model import ClientPaper
from kanmon.consent.screens import Doubt
from kanmon.core.clock import day_of
from kanmon.core.errors import UnknownClient
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberNo, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.decision import Decision, DenialReason, ReasonCode, Use
from kanmon.gate.judgement import judge_terms
from kanmon.gate.question import Terms, season_of, terms_of
from kanmon.gate.releases import ReviewedAct, release_at
from kanmon.gate.service import FactRow, RegisteredTexts, Texts, about_persons, judge_rows, proved
from kanmon.gate.switch.model import Halt, stops_at
from kanmon.gate.told import ReportedAnswer, told

MOST_APPLICANTS = 200
"""Applicants in one question."""
_JUDGED_AT_A_STRETCH = 25
"""So many applicants are judged before other requests have their turn: about a millisecond's work."""


@dataclass(frozen=True)
class Lookup:
    """What a question looks for; `season` is None where the client is not known."""

    key_sha256: bytes
    client: ClientId
    season: SeasonId | None
    names: Sequence[ApplicantId] = ()
    doubts: str | None = None
    doubted_until: datetime | None = None


class ApplicantFacts(NamedTuple):
    """What was so at one moment, all of it."""

    asked_at: datetime
    version: int
    """Grows with every change of what a `RegisterBook` holds."""
    key: Key | None
    rows: list[FactRow]
    """Of the client's applicants of those names; all rows of one applicant stand together."""
    unproved: frozenset[MemberNo] = frozenset()
    """Those of their members whose acts of consent or notices are not what was recorded."""
    unproved_rows: frozenset[ApplicantNo] = frozenset()
    """Those of them whose row, tie to a member or confirmation is not what was recorded."""


class PromptFacts(Protocol):
    """Facts and records for one question at a time, without waiting in the event loop."""

    async def find(self, asking: Lookup) -> ApplicantFacts:
        """The facts, as of the moment that the database's clock shows (in a replay: as of that one)."""

    async def record(self, run_id: RunId, key_no: int, terms: Terms, decisions: Sequence[Decision]) -> None:
        """Keep the question and its answers, permissions exactly like refusals (INV-8)."""

    def written(self, doubts: Sequence[Doubt]) -> str | None:
        """Doubts about screens as `find` takes them."""


@dataclass
class RegisterBook:
    """What is registered, as of one version, with what was judged of it so far."""

    version: int
    read_at: datetime
    service: ServiceTerms
    registered: RegisteredTexts
    unexplained: Mapping[ClientId, datetime]
    """When each client acknowledged the oldest report whose use it has not stated."""
    halts: Sequence[Halt]
    """All acts of the stop switch, in the order in which they were recorded, and all holds of incidents."""
    reviewed: Sequence[ReviewedAct] = ()
    """All acts of the reviews of releases, likewise."""
    papers: Mapping[ClientId, Sequence[ClientPaper]] = field(default_factory=dict)
    """Each client's papers, likewise."""
    unproved: frozenset[ClientId] = frozenset()
    """Clients for whom what is in force is not what was put in force."""
    in_replays: bool = False
    """Whether the workspace was made for replays, which take any law."""
    _texts: dict[tuple[ClientId, Use], tuple[Texts, str | None]] = field(default_factory=dict)

    def terms(self, client: Client, use: Use, at: datetime) -> Terms:
        """The question under what is registered."""
        terms, name = terms_of(self.service, client, use, at, law_on=self._law_on(at)), client.client_id
        stops = stops_at(self.halts, name, season_of(client, use), at)
        release = release_at(terms.release, self.reviewed, at)
        unexplained, papers = self.unexplained.get(name), self.papers.get(name, ())
        return replace(terms, unexplained_since=unexplained, stops=stops, release=release, papers=papers)

    def _law_on(self, at: datetime) -> date | None:
        return None if self.in_replays else day_of(at)

    def doubted_until(self, client: Client, use: Use, at: datetime) -> datetime | None:
        """The newest stop that doubts what was agreed to before it, for these people and this client."""
        stops = stops_at(self.halts, client.client_id, season_of(client, use), at)
        return stops.consents_doubted_until

    def texts(
        self, client: Client, use: Use, at: datetime, written: Callable[[Sequence[Doubt]], str | None]
    ) -> tuple[Texts, str | None]:
        """What each text means for this use, as of a moment, and the doubts about screens; judged once."""
        known = self._texts.get((client.client_id, use))
        if known is None or not known[0].hold_at(at):
            texts = Texts(self.registered, terms_of(self.service, client, use, at, law_on=self._law_on(at)))
            known = self._texts[client.client_id, use] = texts, written(texts.doubts)
        return known


@dataclass(frozen=True)
class QuestionResult:
    """What the gate said, for the applicants found, in the order asked."""

    asked_at: datetime
    run_id: RunId
    told: list[ReportedAnswer]
    unknown: list[ApplicantId]
    """Names that the client has no applicant of, in that season; other clients' are among them."""


class OnlineGate:
    """Answers questions about a few applicants; nothing is provided by an answer, and no clearance leaves."""

    def __init__(self, facts: PromptFacts, read_book: Callable[[], Awaitable[RegisterBook]], run_id: RunId) -> None:
        self._facts = facts
        self._read_book = read_book
        self._run_id = run_id
        self._book: RegisterBook | None = None
        self._reading = asyncio.Lock()

    async def ask(self, key_sha256: bytes, client: ClientId, use: Use, names: Sequence[ApplicantId]) -> QuestionResult:
        """Judge the client's applicants of these names as of now, and record the answers.

        `KeyRefused` and `KeyMayNot` where the key doesn't open this, `UnknownClient` where there is no such client.
        """
        names = list(dict.fromkeys(names))
        book, at = self._book, None
        while True:
            company = book.service.clients.get(client) if book else None
            if book is None or company is None:
                found = await self._facts.find(Lookup(key_sha256, client, None))
            else:
                texts, doubts = book.texts(company, use, at or book.read_at, self._facts.written)
                season = season_of(company, use)
                doubted_until = book.doubted_until(company, use, at or book.read_at)
                found = await self._facts.find(Lookup(key_sha256, client, season, names, doubts, doubted_until))
            key = opened(found.key, KeyScope.DECISIONS, client)
            at = found.asked_at
            if book is None or book.version != found.version:
                book = await self._renewed(book)
            elif company is None:
                raise UnknownClient(N_("no client %(client)s is known"), client=client)
            elif texts.hold_at(at) and doubted_until == book.doubted_until(company, use, at):
                break
        terms = book.terms(company, use, at)
        reasons = judge_terms(terms)
        if client in book.unproved:
            reasons = (*reasons, DenialReason(ReasonCode.LOG_INCONSISTENT))
        decisions = list(proved(await _judged(found.rows, terms, reasons, texts), found.unproved, found.unproved_rows))
        await self._facts.record(self._run_id, key.key_no, terms, about_persons(decisions))
        by_name = {decision.applicant_id: decision for decision in decisions}
        known = [told(by_name[name]) for name in names if name in by_name]
        return QuestionResult(at, self._run_id, known, [name for name in names if name not in by_name])

    async def _renewed(self, stale: RegisterBook | None) -> RegisterBook:
        async with self._reading:
            if self._book is None or self._book is stale:
                self._book = await self._read_book()
            return self._book


async def _judged(
    rows: Sequence[FactRow], terms: Terms, terms_reasons: tuple[DenialReason, ...], texts: Texts
) -> list[Decision]:
    decisions: list[Decision] = []
    for decision in judge_rows(iter(rows), terms, terms_reasons, texts, {}):
        decisions.append(decision)
        if len(decisions) % _JUDGED_AT_A_STRETCH == 0:
            await asyncio.sleep(0)
    return decisions
