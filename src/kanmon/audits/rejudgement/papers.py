"""The papers that a past provision is judged from: rows of the control plane as they are, tied to no rule of the gate.

Instants are in UTC. What was agreed between the platform and a client is JSON, as it was loaded at the time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple


class EventKind(StrEnum):
    """What happened in a person's dealings with the board."""

    AGREED = "accept"
    WITHDREW = "withdraw"
    REFUSED = "refuse"
    OBJECTED = "object"
    LIFTED = "lift"
    WAS_TOLD = "told"
    """The person was sent a notice of scoring."""
    WAS_AFFECTED = "affected"
    """An incident of class U that affects the person was recorded."""


class PersonEvent(NamedTuple):
    """One event in a person's life that concerns the client; all but the first two belong to what was done on a screen.

    `at` is when it begins to count: of an agreement the last moment at which it may have been given, of an end the
    first.
    """

    at: datetime
    did: str
    number: int = 0
    text_no: int | None = None
    screen_id: str | None = None
    was_free: bool | None = None
    """Whether refusing would have left the function open; None where nobody noted it."""
    given_from: datetime | None = None
    """The first moment at which an agreement may have been given; None where it is `at`."""
    reaches_to: datetime | None = None
    """Up to when an agreement may be older than this end; None where it is `at`."""
    registered_at: datetime | None = None
    """From when on an agreement can be its member's, who registered last then or, on that very screen, a day later."""
    was_served: bool = False
    """Whether this platform itself showed the words."""
    is_at_odds: bool = False
    """Whether the screen was not shown then, or the file that tells of it is older than what it tells."""
    given_by: str | None = None
    """Who acted, in the act's own word; None where it says nothing."""
    relation: str | None = None
    """By what right somebody acted for the person; None where the act says nothing."""
    born_on: date | None = None
    """The person's birth date as it is known now."""


class DeclaredConsent(NamedTuple):
    """A consent that the client says it obtained from this applicant."""

    confirmed_at: datetime
    obtained_at: datetime | None
    withdrawn_at: datetime | None

    def stands_at(self, moment: datetime) -> bool:
        """Whether it was obtained and confirmed before, and not taken back by then."""
        is_before = self.confirmed_at < moment and (self.obtained_at is None or self.obtained_at < moment)
        return is_before and (self.withdrawn_at is None or moment < self.withdrawn_at)


class ProvisionCase(NamedTuple):
    """One person in one past provision, as the record has it."""

    record_no: int
    provision_id: str
    applicant_id: str
    member_no: int | None
    at: datetime
    computed_at: datetime | None
    stale_at: datetime | None
    """Since when the score is known to rest on what was corrected."""
    evidence_no: int | None
    """The act of consent that the record names."""
    confirmed_at: datetime | None
    """When the record says that the client's declaration was confirmed."""
    declared: DeclaredConsent | None
    is_browser: bool
    """Whether the row brought a browser and nothing of a person."""
    erased_at: datetime | None
    """When the person asked for erasure; what spoke for and against the provision is gone since."""
    is_in_doubt: bool = False
    """Whether a message that may be the person's no lay there unread when the provision was made."""
    previous_at: datetime | None = None
    """When a score of the person had gone to the client before, in whichever season."""
    applicant_no: int | None = None
    """The row that the client handed over; None where it is gone."""
    real_at: datetime | None = None
    """When the provision was recorded, by the machine's own clock."""
    is_plain: bool = False
    """Whether the report went in files that anybody can open."""


class Version(NamedTuple):
    """A policy version in one language as it is read now."""

    policy_id: str
    language: str
    effective_from: datetime
    text_sha256: str
    clauses: Sequence[Mapping[str, Any]]
    valid_days: int | None
    active_from: datetime | None = None
    """When the revision that brought it became active; None where it came without one."""


class DisplayedLook(NamedTuple):
    """What a screen was seen to show."""

    screen_id: str
    policy_id: str
    at: datetime
    text_no: int


class SwitchEvent(NamedTuple):
    """One press of the stop switch; for the whole service where neither client nor season is named."""

    at: datetime
    stops: bool
    client_id: str | None
    season_id: str | None
    doubts_consents: bool


class IncidentHold(NamedTuple):
    """An incident of class U: whom it may concern is held from `since` until it is known whom it affects."""

    since: datetime
    until: datetime | None
    client_id: str | None
    season_id: str | None


class ReviewStatement(NamedTuple):
    """A word in the review of a release: the author describes it, viewpoints answer, the privacy owner decides."""

    at: datetime
    release_id: str
    did: str
    viewpoint: str | None
    person: str
    about: str
    """Hash of the description that it is about."""
    passes: bool


class HouseCheck(NamedTuple):
    """What the platform's staff put on record of a client: a signed or published paper, or what a check found."""

    kind: str
    season_id: str | None
    dated_at: datetime
    known_at: datetime
    """When it was put on record."""
    finding: str | None


class Receipt(NamedTuple):
    """A report that the client acknowledged, and when it first stated the use of it, or answered staff about it."""

    acknowledged_at: datetime
    stated_at: datetime | None


class AwaitedRow(NamedTuple):
    """A row of a client's applicants."""

    applicant_no: int
    season_id: str
    member_no: int | None
    """Whose it is, as it is known now."""
    bound_stage: str | None
    """The stage that was named first."""
    applied_at: datetime


class DecisionEvent(NamedTuple):
    """What a client said that it decided about a row at a stage, and when that was put on record here."""

    applicant_no: int
    stage: str
    decision: str
    decided_at: datetime
    recorded_at: datetime


class AuditDraw(NamedTuple):
    """By what the use audit of a season draws whose scores wait."""

    seed: bytes
    share: float


@dataclass(frozen=True)
class ClientHistory:
    """What the platform and a client had agreed when a provision was made: `client`, `release`, `season` as loaded."""

    client_id: str
    season_id: str
    law_profile_id: str
    client: Mapping[str, Any]
    release: Mapping[str, Any] | None
    season: Mapping[str, Any] | None
    on_record: Sequence[HouseCheck] = ()
    """What staff put on record of the client, whenever that was."""

    @property
    def contract(self) -> Mapping[str, Any]:
        """The contract as it was loaded."""
        found: Mapping[str, Any] = self.client["contract"]
        return found


@dataclass(frozen=True)
class Registers:
    """What is registered whoever the person and the client are."""

    versions: Sequence[Version]
    text_hashes: Mapping[int, str]
    """The hash of each displayed text."""
    looks: Sequence[DisplayedLook]
    presses: Sequence[SwitchEvent]
    """In the order in which they were recorded."""
    held: Sequence[IncidentHold]
    said: Sequence[ReviewStatement]
    """Reviews of releases, in the order in which they were recorded."""
    first_told_at: datetime | None
    """When anybody was first sent a notice of scoring; people are told by notices from then on."""


def moment(written: object) -> datetime | None:
    """An instant as JSON has it."""
    return None if written is None else datetime.fromisoformat(str(written))
