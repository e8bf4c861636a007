"""What is asked of the gate, what it answers, and the clearance that an allowed use yields."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kanmon.clients.confirmation import Confirmation
from kanmon.consent.coverage import TextCoverage
from kanmon.consent.promises import NO_PROMISES, Promises, strictest
from kanmon.consent.screens import ScreenDoubt
from kanmon.consent.sites import sites_in
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, CookieId, EvidenceId, MemberNo, PolicyId


class Use(StrEnum):
    """What a person's data would be used for."""

    TRAIN = "train"
    SCORE = "score"
    PROVIDE = "provide"


class ReasonCode(StrEnum):
    """Why the gate denies, in the order in which reasons are told (requirements, section 8)."""

    NO_CONSENT = "DENY_NO_CONSENT"
    CONSENT_OUTDATED = "DENY_CONSENT_OUTDATED"
    CONSENT_WITHDRAWN = "DENY_CONSENT_WITHDRAWN"
    CONSENT_EXPIRED = "DENY_CONSENT_EXPIRED"
    CONSENT_QUARANTINED = "DENY_CONSENT_QUARANTINED"
    CONSENT_IN_DOUBT = "DENY_CONSENT_IN_DOUBT"
    COMPUTED_BEFORE_CONSENT = "DENY_COMPUTED_BEFORE_CONSENT"
    NOT_COVERED = "DENY_NOT_COVERED"
    RECIPIENT_NOT_COVERED = "DENY_RECIPIENT_NOT_COVERED"
    ITEMS_NOT_COVERED = "DENY_ITEMS_NOT_COVERED"
    PURPOSE_PROHIBITED = "DENY_PURPOSE_PROHIBITED"
    PURPOSE_NOT_COVERED = "DENY_PURPOSE_NOT_COVERED"
    ENTRUSTMENT_OWN_DATA = "DENY_ENTRUSTMENT_OWN_DATA"
    CROSS_ENTRUSTER_JOIN = "DENY_CROSS_ENTRUSTER_JOIN"
    PRI_CONSENT_UNCONFIRMED = "DENY_PRI_CONSENT_UNCONFIRMED"
    FOREIGN_INFO_MISSING = "DENY_FOREIGN_INFO_MISSING"
    NO_USE_AGREEMENT = "DENY_NO_USE_AGREEMENT"
    PRECHECK_STALE = "DENY_PRECHECK_STALE"
    POSTCHECK_OVERDUE = "DENY_POSTCHECK_OVERDUE"
    USE_FORBIDDEN = "DENY_USE_FORBIDDEN"
    CLIENT_SUSPENDED = "DENY_CLIENT_SUSPENDED"
    CLIENT_NOTICE_MISSING = "DENY_CLIENT_NOTICE_MISSING"
    NOT_INFORMED = "DENY_NOT_INFORMED"
    NO_NECESSITY = "DENY_NO_NECESSITY"
    RELEASE_NOT_APPROVED = "DENY_RELEASE_NOT_APPROVED"
    SCREEN_UNVERIFIED = "DENY_SCREEN_UNVERIFIED"
    INCIDENT_HOLD = "DENY_INCIDENT_HOLD"
    RECORD_INCOMPLETE = "DENY_RECORD_INCOMPLETE"
    LOG_INCONSISTENT = "DENY_LOG_INCONSISTENT"
    SEASON_CLOSED = "DENY_SEASON_CLOSED"
    BANNED_FEATURE = "DENY_BANNED_FEATURE"
    UNDECIDABLE_ORDER = "DENY_UNDECIDABLE_ORDER"
    NOT_LINKED = "DENY_NOT_LINKED"
    PROVIDED_TOO_SOON = "DENY_PROVIDED_TOO_SOON"


class EvidenceContradiction(StrEnum):
    """What is known that an agreement can't be true beside."""

    BEFORE_REGISTRATION = "before_registration"
    """It is older than the member: the ID was somebody else's, or the person came anew. On the registration screen
    itself people agree moments before they have an account; one flow of at most a day is left for that."""
    BEFORE_WORDS = "before_words"
    """The words were not in force yet."""
    OUTSIDE_SCREEN = "outside_screen"
    """The screen, or its season, was not there yet or no more."""
    IN_THE_FUTURE = "in_the_future"
    """It lay ahead when the file was read that tells of it."""


class Giver(StrEnum):
    """Who gave an agreement."""

    PERSON = "person"
    REPRESENTATIVE = "representative"
    """A legal representative, by a right that the act states."""
    UNPROVED = "unproved"
    """Somebody in the person's place; nothing says by what right."""


class AgeFlaw(StrEnum):
    """Why an agreement doesn't count for the person's age."""

    AGE_UNKNOWN = "age_unknown"
    """Nobody knows whether the person was under 16."""
    NO_REPRESENTATIVE = "no_representative"
    """No representative by a right that is named gave it: the person was under 16, or somebody claimed to be one."""
    GROWN_SINCE = "grown_since"
    """A representative gave it, and the person is 16 by now: whether it lasts is open."""
    NOT_THE_PERSON = "not_the_person"
    """Somebody else gave it for a person of 16 or more."""


REASON_ORDER = {code: place for place, code in enumerate(ReasonCode)}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A standing agreement of one person to one text: no refusal or withdrawal at or after it, up to now.

    `first_at` and `last_at` are the first and the last time the person agreed to that text since then; where it is not
    known exactly when that was, the first is the moment by which it certainly was, the last counts from its earliest.
    """

    evidence_id: EvidenceId
    first_at: datetime
    last_at: datetime
    is_for_this_recipient: bool
    """False where the act was narrowed to another client."""
    was_refusable: bool | None
    """Whether the person could use the function while refusing; None where nobody noted it."""
    coverage: TextCoverage
    """What the text shown covers of the use asked for."""
    valid_days: int | None
    is_outdated: bool = False
    """Whether this text does not cover the use, and a later version of it that is in force does."""
    standing: ScreenDoubt | None = None
    """What is doubted about the screen on which it was given; None where nothing is."""
    earliest_at: datetime | None = None
    """The earliest moment at which the first of them may have been given; None where that is `first_at`."""
    contradictions: tuple[EvidenceContradiction, ...] = ()
    """What is known that speaks against it."""
    promises: Promises = NO_PROMISES
    """What its text promises of the provision itself."""
    giver: Giver = Giver.PERSON
    was_under_16: bool | None = None
    """Whether the person was under 16 when it may first have been given; None where nobody knows."""
    policy_id: PolicyId | None = None
    """The policy that its text is a version of; None where nobody registered the text."""

    @property
    def begins_at(self) -> datetime:
        """The earliest moment at which it may have been given for the first time."""
        return self.first_at if self.earliest_at is None else self.earliest_at


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known, at the moment judged, of one applicant as the person behind it."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    client_id: ClientId
    member_no: MemberNo | None
    """None where the applicant is linked to nobody."""
    as_of: datetime
    agreements: tuple[Agreement, ...] = ()
    last_withdrawn_at: datetime | None = None
    last_refused_at: datetime | None = None
    agreed_when_ended: bool = False
    """Whether the person agreed at a moment that may lie before or after the last withdrawal or refusal, or at its very
    instant; or before or after the moment judged."""
    is_informed: bool = True
    """False where people are sent notices of scoring, and this one had none before the moment judged."""
    computed_at: datetime | None = None
    """When the score to be provided was computed; None where the use is not to provide one."""
    provided_at: datetime | None = None
    """When a score of this person last went to the client; None where none did, or the use is not to provide one."""
    cookie_id: CookieId | None = None
    """The browser that the row brings, where it brings nothing else of the person: no member, no personal data."""
    confirmation: Confirmation | None = None
    """The consent that the client declared for this row, where it stands at the moment judged."""
    objected_at: datetime | None = None
    """Since when an objection of this person that concerns the client stands; None where none does."""
    training_ended_at: datetime | None = None
    """Since when this person has ended training for the client; None where the person hasn't."""
    affected_at: datetime | None = None
    """When the newest incident of class U that affects this person was recorded; None where none does."""
    is_in_doubt: bool = False
    """Whether something that may end what the person agreed to could not be read, and nobody has settled it."""
    is_unlinked: bool = False
    """Whether the row brings personal data and nobody has looked yet whose it is."""
    is_under_16: bool | None = None
    """Whether the person is under 16 at the moment judged; None where nobody knows."""

    def promised_by(self, relied_on: Agreement) -> Promises:
        """What binds a provision that relies on an agreement: its words, and those agreed to for the client since."""
        return strictest(
            agreement.promises
            for agreement in self.agreements
            if agreement.is_for_this_recipient and agreement.last_at >= relied_on.last_at
        )

    def sites_covered(self, relied_on: Agreement) -> tuple[str, ...]:
        """The partner sites that count: named by the words relied on, and by all of that policy agreed to since.

        Words that nobody registered may be of that policy, and name none.
        """
        sites = relied_on.coverage.partner_sites
        for agreement in self.agreements:
            is_newer = max(agreement.first_at, agreement.last_at) >= relied_on.last_at
            is_of_policy = agreement.policy_id in (None, relied_on.policy_id)
            if agreement.is_for_this_recipient and is_newer and is_of_policy:
                sites = sites_in(sites, agreement.coverage.partner_sites)
        return sites


@dataclass(frozen=True, slots=True)
class DenialReason:
    """One ground for a denial.

    `elements` names what the best clause lacks (E01 to E25), an agreement's `EvidenceContradiction`, or its `AgeFlaw`.
    """

    code: ReasonCode
    elements: tuple[str, ...] = ()

    @property
    def is_of_words(self) -> bool:
        """Whether `elements` are what words lack."""
        return self.code not in {ReasonCode.LOG_INCONSISTENT, ReasonCode.NO_CONSENT}


@dataclass(frozen=True, slots=True)
class Clearance:
    """The gate's leave to use one person's data for one use at one moment. Only the gate makes one.

    Scoring, reading personal events and providing each take one: without it there is nothing to call them with. It
    opens the history of a member on that member's own consent, or, under scheme A, that of a browser on the consent
    that the client confirmed: then nothing that identifies anybody goes on from here.
    """

    use: Use
    client_id: ClientId
    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    member_no: MemberNo | None
    as_of: datetime
    evidence_id: EvidenceId | None
    """The act of consent relied on; None only where the confirmation alone is."""
    decided_at: datetime
    covers_before_login: bool = False
    """Whether what a browser did before its member's first login may be used: the words agreed to say so (E07)."""
    partner_sites: tuple[str, ...] = ()
    """The partner sites whose history may be used: the words agreed to name them (E06), as they write them."""
    is_encrypted: bool = False
    """Whether the score may go in an encrypted file only: the words agreed to promise it (E15)."""
    cookie_id: CookieId | None = None
    """The browser, where there is no member."""
    confirmation: Confirmation | None = None
    """The consent that the client confirmed, where the contract is of scheme A and it did."""

    @property
    def confirmed_at(self) -> datetime | None:
        """When the consent that the client obtained was confirmed; None where nothing rests on it."""
        return self.confirmation.confirmed_at if self.confirmation else None


@dataclass(frozen=True, slots=True)
class Decision:
    """The gate's answer for one applicant: a clearance, or every reason that denies."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    client_id: ClientId
    clearance: Clearance | None
    reasons: tuple[DenialReason, ...] = field(default=())

    @property
    def is_allowed(self) -> bool:
        """Whether the use may go ahead."""
        return self.clearance is not None

    @property
    def is_of_nobody_yet(self) -> bool:
        """Whether nobody has looked yet whose row it is: then it says nothing of a person, and is not kept."""
        return any(reason.code is ReasonCode.NOT_LINKED for reason in self.reasons)
