"""Incidents: provision without valid consent (class U), and leak, loss or damage (class L), which the law keeps apart.

Data that was provided on purpose did not leak (Guidelines 3-5-1-2): Art. 26 and its dates are for class L alone, and
class U is a violation of Art. 27(1) with a clock of our own (APPI-14, APPI-15). What was known of an incident, and
when, is never changed: what is learned later is a fact of its own beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from kanmon.core.ids import ClientId, IncidentId, MemberId, MemberNo, ScreenId, SeasonId


class IncidentClass(StrEnum):
    """Which kind of incident it is."""

    UNCOVERED = "U"
    """Provision without valid consent (同意取得不備): APPI Art. 27(1)."""
    LEAK = "L"
    """Leak, loss or damage (漏えい等): APPI Art. 26."""


class FactKind(StrEnum):
    """What was learned or done. The newest of a kind is what holds; the older ones stay."""

    ESTIMATE = "estimate"
    """How many people, `{"min": int, "max": int}`."""
    CRITERIA = "criteria"
    """Which of the items (i) to (iii) of Rule 7 are met after all: `{"sensitive", "property", "wrongful": bool}`."""
    SET = "set"
    """The affected set as it was computed: its hash and counts."""
    REPORT_PRELIMINARY = "report_preliminary"
    REPORT_FINAL = "report_final"
    OUTLINE = "outline"
    """With the next eight: the items of Rule 8(1), `{"text": str}`; the number of people is the estimate or the set."""
    ITEMS = "items"
    CAUSE = "cause"
    SECONDARY_DAMAGE = "secondary_damage"
    RESPONSE = "response"
    PUBLICATION = "publication"
    PREVENTION = "prevention"
    OTHER = "other"
    NOTICE = "notice"
    """People were told."""
    PUBLISHED = "published"
    """Words were made public as they were confirmed: `{"subject", "text", "items_sha256", "preview_sha256": str}`."""
    RECALL = "recall"
    """Recipients were asked to erase."""
    CLOSED = "closed"
    """It ended as it was confirmed: `{"preview_sha256": str}`."""


@dataclass(frozen=True)
class IncidentScope:
    """Whom an incident may concern before anybody knows: what is None narrows nothing."""

    since: datetime
    until: datetime | None = None
    season: SeasonId | None = None
    client_id: ClientId | None = None
    screen_id: ScreenId | None = None
    policy_version: str | None = None


@dataclass(frozen=True)
class Criteria:
    """Items (i) to (iii) of Rule 7; item (iv), more than 1,000 people, is the estimate's."""

    is_sensitive: bool = False
    is_property: bool = False
    is_wrongful: bool = False


@dataclass(frozen=True)
class Fact:
    """Something learned or done, as it was recorded; instants in UTC."""

    fact_no: int
    kind: FactKind
    at: datetime
    real_at: datetime
    by: str
    body: Mapping[str, object]
    ledger_seq: int


@dataclass(frozen=True)
class Incident:
    """An incident with all that was recorded of it; instants in UTC."""

    incident_id: IncidentId
    kind: IncidentClass
    title: str
    scope: IncidentScope
    known_at: datetime
    """When anybody in the house knew of it; never moved."""
    opened_at: datetime
    """When it was recorded: in class U, agreements of those affected count only after this."""
    real_at: datetime
    opened_by: str
    criteria: Criteria
    """As they were thought to be when it was recorded."""
    ledger_seq: int
    facts: Sequence[Fact] = ()
    """In the order in which they were recorded."""
    set_sha256: bytes | None = None
    """Of the newest affected set; None while nobody has computed it."""
    computed_at: datetime | None = None
    """When the first set was computed."""
    closed_at: datetime | None = None


class AffectedPerson(NamedTuple):
    """A member whom an incident affects, for one client."""

    member_no: MemberNo
    member_id: MemberId
    client_id: ClientId
    season: SeasonId
    reason: str
    """A `GapReason` or the code of the gate that names what was lacking; in class L `L`."""
    first_provided_at: datetime
    """When the first of it went or, where nothing went, when it would have gone."""
    provisions: int
    """How many deliveries the provision records know of: 0 where nothing went, which occurs in replays alone."""

    @property
    def went(self) -> bool:
        """Whether anything went; else it only would have gone."""
        return self.provisions > 0


class IncidentStore(Protocol):
    """Where incidents are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until nobody relies on consents, let nobody begin to, and the shared moment from which that is so."""

    def open(self, incident: Incident) -> None:
        """Record an incident for good."""

    def add_fact(self, incident: IncidentId, fact: Fact) -> None:
        """Record what was learned or done, for good."""

    def incident(self, incident: IncidentId) -> Incident | None:
        """One incident with its facts."""

    def incidents(self) -> Sequence[Incident]:
        """All incidents with their facts, in the order in which they were recorded."""

    def add_affected(self, incident: IncidentId, found: Sequence[AffectedPerson]) -> int:
        """Keep whom it was found to affect, beside those kept before; how many of them are members no more."""

    def keep_set(self, incident: IncidentId, sha256: bytes, at: datetime) -> None:
        """Note the hash of the set as it now stands and, if it is the first, when it was computed."""

    def close(self, incident: IncidentId, at: datetime) -> None:
        """Note its end."""

    def affected(self, incident: IncidentId) -> Sequence[AffectedPerson]:
        """Whom it affects, by client and member; empty while nobody has computed it."""
