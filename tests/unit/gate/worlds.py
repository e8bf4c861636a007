"""People, screens and texts in memory: all that the gate reads, by the contract of `gate.service.GateFacts`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from kanmon.clients.confirmation import Confirmation
from kanmon.clients.papers.model import ClientPaper
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Doubt, Rendering
from kanmon.core.clock import TOKYO, microseconds
from kanmon.core.ids import (
    ApplicantId,
    ApplicantNo,
    ClientId,
    CookieId,
    EvidenceId,
    MemberNo,
    RunId,
    ScreenId,
    SeasonId,
)
from kanmon.gate.decision import Decision
from kanmon.gate.evidence_tables import EVIDENCE
from kanmon.gate.question import Terms
from kanmon.gate.releases import ReviewedAct
from kanmon.gate.service import Evidence, FactRow, Gate, JudgingEngine
from kanmon.gate.switch.model import Halt, Hold, StopAct

Group = tuple[int | None, bool | None, bool | None, str | None, bool, str | None, str | None, bool | None]
"""What agreements have in common that stand or fall together: text, recipient, freedom, doubt about the screen, whether
they came after the stop or the incident that doubts them, what they contradict, who gave them, and whether the person
was under 16."""
AGES_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Act:
    """What a person did on a screen; `client` is None where it is for all that the text names."""

    number: int
    at: datetime
    do: str
    text_no: int
    client: ClientId | None = None
    refusable: bool | None = True
    screen: str = "registration"
    is_corrected: bool = False
    """Whether a later record of the same act stands in its place."""
    until: datetime | None = None
    """The latest moment at which it may have happened, where that is later than `at`."""
    known_at: datetime | None = None
    """When the file was read that told of it; None where the board recorded it here."""
    given_by: str | None = None
    relation: str | None = None

    @property
    def giver(self) -> str:
        represents = self.given_by == "representative"
        if represents is not (self.relation is not None):
            return "unproved"
        return "representative" if represents else "person"

    @property
    def latest(self) -> datetime:
        return self.until or self.at

    @property
    def counts_from(self) -> datetime:
        return min(self.at, self.known_at or self.at)

    def ends_until(self, acts: Iterable["Act"]) -> datetime:
        has_agreed = any(act.do == "accept" and act.at <= self.latest for act in acts)
        is_odd = self.do == "withdraw" and self.known_at is not None and not has_agreed
        return self.latest + timedelta(days=1 if is_odd else 0)


@dataclass(frozen=True)
class Notice:
    """A notice of scoring that a person was sent; `client` is None where it is about all clients."""

    at: datetime
    client: ClientId | None = None


@dataclass(frozen=True)
class Word:
    """An objection of a person, or its lifting; `client` is None where it is about all clients."""

    at: datetime
    do: str
    client: ClientId | None = None
    is_of_training: bool = False
    """Whether it is about training alone."""


@dataclass(frozen=True)
class Person:
    """One applicant of every client asked for, and the member behind it."""

    acts: tuple[Act, ...] = ()
    notices: tuple[Notice, ...] = ()
    is_linked: bool = True
    cookie_id: CookieId | None = None
    """The browser that the row brings, with nothing else of the person."""
    confirmation: Confirmation | None = None
    """What the client declared of this row."""
    confirmation_withdrawn_at: datetime | None = None
    words: tuple[Word, ...] = ()
    holds: tuple[ClientId | None, ...] = ()
    """For which clients the person is on hold; None is for all."""
    is_row_held: bool = False
    """Whether the client's row is on hold, whoever it is tied to."""
    registered_at: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    is_new: bool = False
    """Whether the row brings personal data, and nobody has looked yet whose they are."""
    born_on: date | None = None

    def is_under_16(self, at: datetime) -> bool | None:
        if self.born_on is None:
            return None
        return at < datetime(self.born_on.year + 16, self.born_on.month, self.born_on.day, tzinfo=TOKYO)


@dataclass(frozen=True)
class Incident:
    """An incident of class U, and the numbers of the persons whom it was found to affect."""

    hold: Hold
    persons: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Shown:
    """From when to when a screen is shown, and whether it is the one on which people register."""

    begins_at: datetime
    ends_at: datetime | None = None
    is_registration: bool = False


@dataclass
class World:
    """Facts of the gate, and a record that forgets; persons are numbered from 1."""

    persons: Sequence[Person]
    texts: Mapping[int, PolicyVersion]
    """The registered version behind each displayed text."""
    looks: Sequence[Rendering] = ()
    receipts: Sequence[tuple[datetime, datetime | None]] = ()
    """When the client acknowledged each report, and when it stated its use."""
    switched: Sequence[StopAct] = ()
    incidents: Sequence[Incident] = ()
    reviews: Sequence[ReviewedAct] = ()
    screens: Mapping[str, Shown] = field(default_factory=dict)
    are_notices_unread: bool = False
    """Whether rows of notices could not be read."""
    client_papers: Sequence[ClientPaper] = ()

    def ask(
        self,
        terms: Terms,
        computed: datetime | None = None,
        judging: JudgingEngine | None = None,
        *,
        provided: datetime | None = None,
    ) -> tuple[Decision, ...]:
        """The gate's answers, person by person.

        `computed` is when every score was computed, `provided` when one of each last went to the client.
        """
        numbers = [ApplicantNo(number) for number in range(1, len(self.persons) + 1)]
        computed_at = dict.fromkeys(numbers, computed) if computed else None
        provided_at = dict.fromkeys(numbers, provided) if provided else {}
        return Gate(self, self, judging).ask(terms, RunId("run"), computed_at, provided_at=provided_at).decisions

    def fact_rows(
        self,
        client: ClientId,
        season: SeasonId,
        asked_at: datetime,
        doubts: Sequence[Doubt],
        doubted_until: datetime | None,
    ) -> Iterator[FactRow]:
        told = [note for person in self.persons for note in person.notices if note.at < asked_at]
        for number, person in enumerate(self.persons, start=1):
            acts = person.acts if person.is_linked else ()
            ends = [
                act
                for act in acts
                if act.do != "accept" and act.counts_from <= asked_at and act.client in {None, client}
            ]
            withdrawn_at = max((act.counts_from for act in ends if act.do == "withdraw"), default=None)
            refused_at = max((act.counts_from for act in ends if act.do == "refuse"), default=None)
            ended_at = max((act.counts_from for act in ends), default=AGES_AGO)
            ended_until = max((act.ends_until(acts) for act in ends), default=AGES_AGO)
            affected_at = self._affected_at(number, asked_at) if person.is_linked else None
            mine = [note for note in person.notices if person.is_linked and note.at < asked_at]
            groups: defaultdict[Group, list[Act]] = defaultdict(list)
            for act in sorted(acts, key=lambda act: (act.latest, act.at, act.number)):
                if act.do == "accept" and ended_until < act.at and act.latest < asked_at and not act.is_corrected:
                    is_fresh = all(act.at > until for until in (doubted_until, affected_at) if until is not None)
                    standing = _standing(act, doubts)
                    said = ",".join(self.contradictions(act, person, asked_at)) or None
                    key: Group = (
                        *(act.text_no, act.client in {None, client}, act.refusable, standing, is_fresh, said),
                        *(act.giver, person.is_under_16(act.at)),
                    )
                    groups[key].append(act)
            newest_first: list[tuple[Group, list[Act]]] = sorted(
                groups.items(), key=lambda group: (max(act.at for act in group[1]), group[1][0].number), reverse=True
            )
            confirmed = _standing_confirmation(person, asked_at)
            for key, same in newest_first or [((None, None, None, None, True, None, None, None), [])]:
                yield FactRow(
                    applicant_no=ApplicantNo(number),
                    applicant_id=ApplicantId(f"A{number}"),
                    member_no=MemberNo(number) if person.is_linked else None,
                    as_of=asked_at,
                    withdrawn_at=withdrawn_at,
                    refused_at=refused_at,
                    text_no=key[0],
                    is_for_this_recipient=key[1],
                    was_refusable=key[2],
                    first_at=same[0].latest if same else None,
                    last_at=max(act.at for act in same) if same else None,
                    evidence_id=EvidenceId(same[0].number) if same else None,
                    standing=key[3],
                    agreed_when_ended=any(
                        act.do == "accept"
                        and act.at <= asked_at
                        and act.latest >= ended_at
                        and (act.at <= ended_until or act.at < asked_at <= act.latest)
                        for act in acts
                    ),
                    is_informed=not (told or self.are_notices_unread)
                    or any(note.client in {None, client} for note in mine),
                    cookie_id=None if person.is_linked else person.cookie_id,
                    confirmed_at=confirmed.confirmed_at if confirmed else None,
                    confirmation_method=confirmed.method if confirmed else None,
                    consent_obtained_at=confirmed.obtained_at if confirmed else None,
                    confirmation_covers_training=confirmed.covers_training if confirmed else None,
                    objected_at=_objected_at(person, client, asked_at),
                    training_ended_at=_objected_at(person, client, asked_at, is_of_training=True),
                    affected_at=affected_at,
                    earliest_at=min(act.at for act in same) if same else None,
                    contradictions=key[5],
                    is_in_doubt=person.is_row_held
                    or (person.is_linked and not {None, client}.isdisjoint(person.holds)),
                    is_unlinked=person.is_new and not person.is_linked,
                    giver=key[6],
                    was_under_16=key[7],
                    is_under_16=person.is_under_16(asked_at) if person.is_linked else None,
                )

    def contradictions(self, act: Act, person: Person, asked_at: datetime) -> Iterator[str]:
        """What is known that an agreement can't be true beside, in the order in which it is told."""
        screen, version = self.screens.get(act.screen), self.texts.get(act.text_no)
        a_day = timedelta(days=1)
        begun_at = person.registered_at - (a_day if screen and screen.is_registration else timedelta(0))
        if act.at < begun_at <= asked_at + a_day:
            yield "before_registration"
        if version is not None and act.at < version.effective_from:
            yield "before_words"
        if screen and (act.at < screen.begins_at or (screen.ends_at is not None and act.latest >= screen.ends_at)):
            yield "outside_screen"
        if act.known_at is not None and act.at > act.known_at:
            yield "in_the_future"

    def evidence(self, client: ClientId, season: SeasonId, asked_at: datetime) -> Evidence:
        linked = [(number, person) for number, person in enumerate(self.persons, start=1) if person.is_linked]
        confirmations = [
            (number, declared)
            for number, person in enumerate(self.persons, start=1)
            if (declared := _standing_confirmation(person, asked_at)) is not None
        ]
        affected = [(number, self._affected_at(number, asked_at)) for number, _ in linked]
        rows: dict[str, list[tuple[object, ...]]] = {
            "applicant": [
                (no, f"A{no}", no, asked_at, None, False, one.is_under_16(asked_at))
                if one.is_linked
                else (no, f"A{no}", None, asked_at, one.cookie_id, one.is_new, None)
                for no, one in enumerate(self.persons, start=1)
            ],
            "act": [
                (
                    *(no, a.number, a.at, a.latest, a.counts_from, a.ends_until(person.acts), a.do, a.client, a.screen),
                    *(a.text_no, a.refusable, a.is_corrected),
                    ",".join(self.contradictions(a, person, asked_at)) or None,
                    *(a.giver, person.is_under_16(a.at)),
                )
                for no, person in linked
                for a in person.acts
                if a.counts_from <= asked_at
            ],
            "notice": [(number, note.client) for number, one in linked for note in one.notices if note.at < asked_at],
            "objection": [
                (number, word.at, word.do == "object", word.client, word.is_of_training)
                for number, one in linked
                for word in one.words
            ],
            "confirmation": [
                (number, one.confirmed_at, one.method, one.obtained_at, one.covers_training)
                for number, one in confirmations
            ],
            "erased": [],
            "affected": [(number, at) for number, at in affected if at is not None],
            "hold": [
                *((number, None, held) for number, one in linked for held in one.holds),
                *((None, number, client) for number, one in enumerate(self.persons, start=1) if one.is_row_held),
            ],
        }
        told = any(note.at < asked_at for person in self.persons for note in person.notices)
        are_sent = told or self.are_notices_unread
        return Evidence({name: _table(name, found) for name, found in rows.items()}, are_sent)

    def unexplained_since(self, client: ClientId, asked_at: datetime) -> datetime | None:
        open_ones = [
            at for at, stated_at in self.receipts if at < asked_at and (stated_at is None or stated_at >= asked_at)
        ]
        return min(open_ones, default=None)

    def _affected_at(self, number: int, asked_at: datetime) -> datetime | None:
        mine = [one.hold.since for one in self.incidents if number in one.persons and one.hold.since <= asked_at]
        return max(mine, default=None)

    def unproved(self, members: Collection[MemberNo]) -> Collection[MemberNo]:
        return ()

    def unproved_rows(self, client: ClientId, season: SeasonId) -> Collection[ApplicantNo]:
        return ()

    def are_terms_proved(self, client: ClientId) -> bool:
        return True

    def halts(self) -> Sequence[Halt]:
        return [*self.switched, *(one.hold for one in self.incidents)]

    def papers(self, client: ClientId) -> Sequence[ClientPaper]:
        return self.client_papers

    def reviewed(self) -> Sequence[ReviewedAct]:
        return self.reviews

    def renderings(self) -> Sequence[Rendering]:
        return self.looks

    def policy_versions(self) -> Iterator[PolicyVersion]:
        return iter(self.texts.values())

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        return self.texts

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        pass


def _table(name: str, rows: Sequence[tuple[object, ...]]) -> pa.Table:
    schema = EVIDENCE[name]
    said = [tuple(microseconds(one) if isinstance(one, datetime) else one for one in row) for row in rows]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in said], schema)


def _standing(act: Act, doubts: Sequence[Doubt]) -> str | None:
    found: list[str] = []
    for doubt in doubts:
        is_then = doubt.begins_at <= act.latest and act.at < doubt.ends_at
        if doubt.screen_id == ScreenId(act.screen) and is_then and act.text_no not in doubt.released:
            found.append(doubt.standing.value)
    return min(found, default=None)


def _objected_at(
    person: Person, client: ClientId, asked_at: datetime, *, is_of_training: bool = False
) -> datetime | None:
    words = [
        word
        for word in person.words
        if word.at <= asked_at and word.client in {None, client} and word.is_of_training == is_of_training
    ]
    last = max(words, key=lambda word: (word.at, word.do == "object"), default=None)
    return last.at if last is not None and last.do == "object" and person.is_linked else None


def _standing_confirmation(person: Person, asked_at: datetime) -> Confirmation | None:
    declared, taken_back = person.confirmation, person.confirmation_withdrawn_at
    if declared is None or declared.confirmed_at >= asked_at or (taken_back is not None and taken_back <= asked_at):
        return None
    return None if declared.obtained_at is not None and declared.obtained_at >= asked_at else declared
