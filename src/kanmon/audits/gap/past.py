"""The gate's own rules of consent, asked as of each past delivery, with what is known by now of wrong screens.

What denies a whole batch (a contract, a stop, a season) is no matter of a person's consent and isn't asked; neither is
whether the person was told of being scored. The audit of provisions judges those, by rules of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from kanmon.audits.gap.model import Integers, Window
from kanmon.clients.contract import Client, Season, ServiceTerms
from kanmon.consent.screens import Doubt, doubts
from kanmon.core.ids import ClientId, ScreenId, SeasonId
from kanmon.gate.decision import PersonFacts, ReasonCode, Use
from kanmon.gate.judgement import judge_person
from kanmon.gate.question import Terms
from kanmon.gate.question import terms_of as question_of
from kanmon.gate.service import FactRow, RegisteredTexts, TextFacts, Texts, persons
from kanmon.gate.switch.model import Halt, StopAct, stops_at


class PastFacts(TextFacts, Protocol):
    """What the control plane tells of past deliveries, at one moment of it."""

    def halts(self) -> Sequence[Halt]:
        """All acts of the stop switch, and all holds of incidents."""

    def past_rows(
        self,
        client: ClientId,
        season: SeasonId,
        span: Window,
        doubts: Sequence[Doubt],
        doubted_until: datetime | None,
        members: Integers | None,
        *,
        only_provided: bool,
    ) -> Iterator[FactRow]:
        """For each delivery within the span what `gate.service.GateFacts.fact_rows` tells, as of the delivery.

        `as_of` is its moment. `members` asks about these alone.
        """


@dataclass(frozen=True)
class PastDelivery:
    """One delivery as the gate's rules of consent judge it; `codes` is empty where valid consent stood."""

    person: PersonFacts
    """As of the delivery, which was at `person.as_of`."""
    codes: tuple[ReasonCode, ...]


class PastGate:
    """Asks the rules of consent about the deliveries of one season within a window."""

    def __init__(self, facts: PastFacts, service: ServiceTerms, season: Season, window: Window) -> None:
        self._facts = facts
        self._service = service
        self._season = season
        self._window = window
        registered = RegisteredTexts.read(facts)
        self._looks = [look for look in registered.renderings if look.seen_at < window.until]
        self._registered = replace(registered, renderings=())
        self._first_looks: dict[ScreenId, datetime] = {}
        for look in self._looks:
            first = self._first_looks.get(look.screen_id, look.seen_at)
            self._first_looks[look.screen_id] = min(first, look.seen_at)
        self._stops = [halt for halt in facts.halts() if isinstance(halt, StopAct)]

    def judged(
        self, client: Client, members: Integers | None = None, *, only_provided: bool = False
    ) -> Iterator[PastDelivery]:
        """Each delivery to a client (of `members`; None: of everybody), span by span."""
        for span in self._spans():
            terms, texts = self._asked_at(client, span.since)
            assert terms.stops is not None
            rows = self._facts.past_rows(
                client.client_id,
                self._season.season_id,
                span,
                self._doubts(span.since),
                terms.stops.consents_doubted_until,
                members,
                only_provided=only_provided,
            )
            for person in persons(rows, terms, texts, {}):
                decision = judge_person(replace(terms, asked_at=person.as_of), (), person)
                yield PastDelivery(person, tuple(reason.code for reason in decision.reasons))

    def _doubts(self, at: datetime) -> list[Doubt]:
        """Doubts about the screens that anybody had looked at by a moment, as they are known by now (AC-10)."""
        looks = [look for look in self._looks if self._first_looks[look.screen_id] <= at]
        return doubts(looks, self._registered.versions, self._registered.displayed, self._window.until)

    def _asked_at(self, client: Client, at: datetime) -> tuple[Terms, Texts]:
        terms = question_of(self._service, client, Use.PROVIDE, at, law_on=None)
        stops = stops_at(self._stops, client.client_id, self._season.season_id, at)
        terms = replace(terms, season=self._season, stops=stops)
        return terms, Texts(self._registered, terms)

    def _spans(self) -> Iterator[Window]:
        """Parts of the window within which time alone changes nothing but what the person did."""
        changes = {version.effective_from for version in self._registered.versions}
        changes |= {stop.at for stop in self._stops if stop.consents_doubted} | set(self._first_looks.values())
        within = {at for at in changes if self._window.since < at < self._window.until}
        for since, until in pairwise(sorted({self._window.since, self._window.until} | within)):
            yield Window(since, until)
