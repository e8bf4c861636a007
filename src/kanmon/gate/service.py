"""Ask the gate for a batch: facts in one query, texts judged once each, every answer recorded."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple, Protocol

import pyarrow as pa

from kanmon.clients.confirmation import Confirmation
from kanmon.clients.papers.model import ClientPaper
from kanmon.consent.coverage import NO_COVERAGE, TextCoverage, cover_provision, cover_training, suffices
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.promises import NO_PROMISES, promises_of
from kanmon.consent.screens import Doubt, Rendering, ScreenDoubt, doubts
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, CookieId, EvidenceId, MemberNo, RunId, SeasonId
from kanmon.gate.decision import (
    Agreement,
    Clearance,
    Decision,
    DenialReason,
    EvidenceContradiction,
    Giver,
    PersonFacts,
    ReasonCode,
    Use,
)
from kanmon.gate.judgement import judge_person, judge_terms
from kanmon.gate.question import Terms, provision_asked, season_asked
from kanmon.gate.releases import ReviewedAct, release_at
from kanmon.gate.switch.model import Halt, Stops, SwitchScope, scopes_of, stops_at

NEVER: Mapping[ApplicantNo, datetime] = MappingProxyType({})
"""Nothing went to the client of anybody."""


class FactRow(NamedTuple):
    """One applicant and, where the person stands by one, one agreement; several rows for several agreements."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    member_no: MemberNo | None
    as_of: datetime
    withdrawn_at: datetime | None
    refused_at: datetime | None
    text_no: int | None
    is_for_this_recipient: bool | None
    was_refusable: bool | None
    first_at: datetime | None
    last_at: datetime | None
    evidence_id: EvidenceId | None
    standing: str | None
    """A `ScreenDoubt`, where the screen is doubted."""
    agreed_when_ended: bool
    is_informed: bool
    cookie_id: CookieId | None
    confirmed_at: datetime | None
    """With the next three: the client's confirmation for this row, where it stands at the moment judged."""
    confirmation_method: str | None
    consent_obtained_at: datetime | None
    confirmation_covers_training: bool | None
    objected_at: datetime | None = None
    """When the objection that stands at the moment judged was made: the last word on this client, or on all."""
    affected_at: datetime | None = None
    """When the newest incident of class U was recorded that affects the person, for whichever client."""
    earliest_at: datetime | None = None
    """The earliest moment at which the first of these agreements may have been given."""
    contradictions: str | None = None
    """Names of a `EvidenceContradiction` each, by commas; None where nothing speaks against the agreement."""
    is_in_doubt: bool = False
    """Whether the person, or this row, is on hold for this client or for all, at whatever moment."""
    is_unlinked: bool = False
    """Whether the row brings personal data, but no member, and was never compared with the members."""
    training_ended_at: datetime | None = None
    """When the person ended training, where that stands at the moment judged: the last word on it for this client."""
    giver: str | None = None
    """A `Giver`, of the agreement."""
    was_under_16: bool | None = None
    """Whether the person was under 16 at the earliest moment of the agreement; None where nobody knows."""
    is_under_16: bool | None = None
    """Whether the person is under 16 at the moment judged; None where nobody knows."""


@dataclass(frozen=True)
class Evidence:
    """What is known of a season's applicants, to be judged elsewhere."""

    tables: Mapping[str, pa.Table]
    """Those of `gate.facts.EVIDENCE` that tell of people."""
    are_notices_sent: bool
    """Whether anybody was sent a notice of scoring before the moment asked."""


class TextFacts(Protocol):
    """Where the gate reads what is registered of texts and screens."""

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show, whenever they were looked at."""

    def policy_versions(self) -> Iterable[PolicyVersion]:
        """Every registered policy version, displayed or not."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""


class GateFacts(TextFacts, Protocol):
    """Where the gate reads what it judges."""

    def fact_rows(
        self,
        client: ClientId,
        season: SeasonId,
        asked_at: datetime,
        doubts: Sequence[Doubt],
        doubted_until: datetime | None,
    ) -> Iterator[FactRow]:
        """All applicants of a client's season in the client's order, with the agreements that stand at `asked_at`.

        An agreement stands if it was certainly given strictly before `asked_at`, and strictly after every withdrawal
        or refusal of the person that concerns this client and may have come at or before `asked_at`. One given after
        `doubted_until`, and after the newest incident that affects the person, is another than one given before,
        though it be to the same text.
        """

    def evidence(self, client: ClientId, season: SeasonId, asked_at: datetime) -> Evidence:
        """All that `fact_rows` would look at for a client's season, as it lies."""

    def halts(self) -> Sequence[Halt]:
        """All acts of the stop switch, in the order in which they were recorded, and all holds of incidents."""

    def reviewed(self) -> Sequence[ReviewedAct]:
        """All acts of the reviews of releases, in the order in which they were recorded."""

    def unproved(self, members: Collection[MemberNo]) -> Collection[MemberNo]:
        """Those of the members whose acts of consent are not, each and all, what was recorded (LOG-01)."""

    def unproved_rows(self, client: ClientId, season: SeasonId) -> Collection[ApplicantNo]:
        """Those of a client's season whose row, tie to a member or confirmation is not what was recorded (LOG-01)."""

    def are_terms_proved(self, client: ClientId) -> bool:
        """Whether the client's contract, and all that is in force for everybody, is what was put in force (LOG-01)."""

    def unexplained_since(self, client: ClientId, asked_at: datetime) -> datetime | None:
        """When a client acknowledged the oldest report whose use nobody had stated; both before `asked_at`."""

    def papers(self, client: ClientId) -> Sequence[ClientPaper]:
        """A client's papers, in the order in which they were recorded."""


class GateRecord(Protocol):
    """Where the gate writes every answer, permissions exactly like refusals (INV-8)."""

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        """Write all decisions of one question that say something of a person."""


@dataclass(frozen=True)
class Decisions:
    """The gate's answers to one question, in the client's order."""

    terms: Terms
    terms_reasons: tuple[DenialReason, ...]
    """What denies the whole batch, whoever the person is."""
    decisions: tuple[Decision, ...]

    @property
    def clearances(self) -> list[Clearance]:
        """The clearances of those allowed."""
        return [decision.clearance for decision in self.decisions if decision.clearance is not None]

    def counts(self) -> dict[ReasonCode, int]:
        """How many applicants each reason denies; one applicant may count under several."""
        return dict(Counter(reason.code for decision in self.decisions for reason in decision.reasons))


class JudgingEngine(Protocol):
    """Where facts are gathered and the rules are asked: in this process, or wherever the evidence is."""

    def __call__(
        self,
        facts: GateFacts,
        terms: Terms,
        terms_reasons: tuple[DenialReason, ...],
        texts: "Texts",
        computed_at: Mapping[ApplicantNo, datetime],
        provided_at: Mapping[ApplicantNo, datetime] = NEVER,
    ) -> Iterable[Decision]:
        """The answer for each applicant of the client's season, in the client's order."""


class Gate:
    """The one place that a use of personal data is allowed or denied."""

    def __init__(self, facts: GateFacts, record: GateRecord, judging: JudgingEngine | None = None) -> None:
        self._facts = facts
        self._record = record
        self._judging = judging or judge_here

    def ask(
        self,
        terms: Terms,
        run_id: RunId,
        computed_at: Mapping[ApplicantNo, datetime] | None = None,
        unproved: Collection[ApplicantNo] = (),
        provided_at: Mapping[ApplicantNo, datetime] = NEVER,
    ) -> Decisions:
        """Judge every applicant of the client's season and record the answers.

        `computed_at` says when each score to be provided was computed, `provided_at` when one last went to the client,
        `unproved` of whom what would be provided is not what was recorded. Nothing is cached between calls: a
        withdrawal recorded before this call is seen by it (INV-5).
        """
        stops, texts = self.stops(terms), Texts(RegisteredTexts.read(self._facts), terms)
        unexplained_since = self._facts.unexplained_since(terms.client.client_id, terms.asked_at)
        release = release_at(terms.release, self._facts.reviewed(), terms.asked_at)
        papers = self._facts.papers(terms.client.client_id)
        terms = replace(terms, stops=stops, unexplained_since=unexplained_since, release=release, papers=papers)
        terms_reasons = judge_terms(terms)
        if not self._facts.are_terms_proved(terms.client.client_id):
            terms_reasons = (*terms_reasons, DenialReason(ReasonCode.LOG_INCONSISTENT))
        judged = tuple(self._judging(self._facts, terms, terms_reasons, texts, computed_at or {}, provided_at))
        rows = {*unproved, *self._facts.unproved_rows(terms.client.client_id, season_asked(terms))}
        decisions = tuple(proved(judged, self._facts.unproved(members_cleared(judged)), rows))
        self._record.record_decisions(run_id, terms, about_persons(decisions))
        return Decisions(terms, (*terms_reasons, *_unconfirmed_throughout(decisions)), decisions)

    def stops(self, terms: Terms) -> Stops:
        """What the stop switch says of a question now; work under way asks whether that is still so."""
        client, season = terms.client, season_asked(terms)
        found = stops_at(self._facts.halts(), client.client_id, season, terms.asked_at)
        concerned = scopes_of(client.client_id, season) | {SwitchScope(season=client.contract.scores)}
        return replace(found, stopped=found.stopped & concerned)


def about_persons(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that are kept: an answer about a row that nobody has linked yet is no refusal of anybody."""
    return [decision for decision in decisions if not decision.is_of_nobody_yet]


def members_cleared(decisions: Iterable[Decision]) -> frozenset[MemberNo]:
    """The members whom decisions allow to use, on what they agreed to."""
    cleared = (decision.clearance.member_no for decision in decisions if decision.clearance is not None)
    return frozenset(member for member in cleared if member is not None)


def proved(
    decisions: Iterable[Decision], members: Collection[MemberNo], applicants: Collection[ApplicantNo] = ()
) -> Iterator[Decision]:
    """The decisions, but nothing is allowed of members and applicants of whom something is not what was recorded."""
    for decision in decisions:
        clearance = decision.clearance
        if clearance is None or (clearance.member_no not in members and clearance.applicant_no not in applicants):
            yield decision
        else:
            yield replace(decision, clearance=None, reasons=(DenialReason(ReasonCode.LOG_INCONSISTENT),))


def _unconfirmed_throughout(decisions: Sequence[Decision]) -> tuple[DenialReason, ...]:
    """A client that confirmed nobody's consent is refused as a whole, as if a term of its contract were missing."""
    unconfirmed = DenialReason(ReasonCode.PRI_CONSENT_UNCONFIRMED)
    is_client = bool(decisions) and all(unconfirmed in decision.reasons for decision in decisions)
    return (unconfirmed,) if is_client else ()


@dataclass(frozen=True)
class RegisteredTexts:
    """What is registered of texts and screens, whatever is asked."""

    versions: tuple[PolicyVersion, ...]
    displayed: Mapping[int, PolicyVersion]
    """The registered version behind each number of a displayed text."""
    renderings: tuple[Rendering, ...]

    @classmethod
    def read(cls, facts: TextFacts) -> "RegisteredTexts":
        """All that `facts` tell now."""
        return cls(tuple(facts.policy_versions()), facts.displayed_versions(), tuple(facts.renderings()))


class Texts:
    """What each displayed text and each screen means for the use asked about, judged once for each.

    It holds from `terms.asked_at` to before `until`, as long as nothing else is registered.
    """

    def __init__(self, registered: RegisteredTexts, terms: Terms) -> None:
        self.versions = registered.displayed
        self.coverage = {text_no: _coverage(version, terms) for text_no, version in self.versions.items()}
        self.promises = {text_no: promises_of(version) for text_no, version in self.versions.items()}
        in_force = [version for version in registered.versions if version.effective_from <= terms.asked_at]
        covering = [version for version in in_force if suffices(_coverage(version, terms), terms.profile)]
        self.outdated = {
            text_no
            for text_no, version in self.versions.items()
            if not suffices(self.coverage[text_no], terms.profile)
            and any(_is_later(candidate, version) for candidate in covering)
        }
        self.doubts = doubts(registered.renderings, registered.versions, self.versions, terms.asked_at)
        changes = [version.effective_from for version in registered.versions]
        changes += [look.seen_at for look in registered.renderings]
        self.since = terms.asked_at
        self.until = min((at for at in changes if at > terms.asked_at), default=datetime.max.replace(tzinfo=UTC))

    def hold_at(self, moment: datetime) -> bool:
        """Whether time alone has changed nothing between the moment judged and this one."""
        return self.since <= moment < self.until


def judge_here(
    facts: GateFacts,
    terms: Terms,
    terms_reasons: tuple[DenialReason, ...],
    texts: Texts,
    computed_at: Mapping[ApplicantNo, datetime],
    provided_at: Mapping[ApplicantNo, datetime] = NEVER,
) -> Iterator[Decision]:
    """See `JudgingEngine`: facts from the control plane's own query, rules in this process."""
    assert terms.stops is not None
    rows = facts.fact_rows(
        terms.client.client_id,
        season_asked(terms),
        terms.asked_at,
        texts.doubts,
        terms.stops.consents_doubted_until,
    )
    return judge_rows(rows, terms, terms_reasons, texts, computed_at, provided_at)


def judge_rows(
    rows: Iterator[FactRow],
    terms: Terms,
    terms_reasons: tuple[DenialReason, ...],
    texts: Texts,
    computed_at: Mapping[ApplicantNo, datetime],
    provided_at: Mapping[ApplicantNo, datetime] = NEVER,
) -> Iterator[Decision]:
    """Judge one applicant after the other; all rows of one applicant stand together."""
    for person in persons(rows, terms, texts, computed_at, provided_at):
        yield judge_person(terms, terms_reasons, person)


def _coverage(version: PolicyVersion, terms: Terms) -> TextCoverage:
    if terms.use is Use.TRAIN:
        return cover_training(version, terms.profile)
    return cover_provision(version, provision_asked(terms.client), terms.profile)


def _is_later(candidate: PolicyVersion, version: PolicyVersion) -> bool:
    return candidate.policy_id == version.policy_id and candidate.effective_from > version.effective_from


def persons(
    rows: Iterator[FactRow],
    terms: Terms,
    texts: Texts,
    computed_at: Mapping[ApplicantNo, datetime],
    provided_at: Mapping[ApplicantNo, datetime] = NEVER,
) -> Iterator[PersonFacts]:
    """What the rows of each applicant, as of one moment each, say of the person behind it."""
    for (applicant_no, _), group in groupby(rows, key=attrgetter("applicant_no", "as_of")):
        facts = list(group)
        first = facts[0]
        yield PersonFacts(
            applicant_no=applicant_no,
            applicant_id=first.applicant_id,
            client_id=terms.client.client_id,
            member_no=first.member_no,
            as_of=first.as_of,
            agreements=tuple(agreement for row in facts if (agreement := _agreement(row, texts)) is not None),
            last_withdrawn_at=first.withdrawn_at,
            last_refused_at=first.refused_at,
            agreed_when_ended=first.agreed_when_ended,
            is_informed=first.is_informed,
            computed_at=computed_at.get(applicant_no),
            provided_at=provided_at.get(applicant_no),
            cookie_id=first.cookie_id,
            confirmation=_confirmation(first),
            objected_at=first.objected_at,
            training_ended_at=first.training_ended_at,
            affected_at=first.affected_at,
            is_in_doubt=first.is_in_doubt,
            is_unlinked=first.is_unlinked,
            is_under_16=first.is_under_16,
        )


def _confirmation(row: FactRow) -> Confirmation | None:
    if row.confirmed_at is None:
        return None
    return Confirmation(
        row.confirmed_at, row.confirmation_method or "", row.consent_obtained_at, bool(row.confirmation_covers_training)
    )


def _agreement(row: FactRow, texts: Texts) -> Agreement | None:
    if row.text_no is None or row.evidence_id is None or row.first_at is None or row.last_at is None:
        return None
    version = texts.versions.get(row.text_no)
    return Agreement(
        evidence_id=row.evidence_id,
        first_at=row.first_at,
        last_at=row.last_at,
        is_for_this_recipient=bool(row.is_for_this_recipient),
        was_refusable=row.was_refusable,
        coverage=texts.coverage.get(row.text_no, NO_COVERAGE),
        valid_days=version.consent_valid_days if version else None,
        is_outdated=row.text_no in texts.outdated,
        standing=None if row.standing is None else ScreenDoubt(row.standing),
        earliest_at=row.earliest_at or row.first_at,
        contradictions=_contradictions(row),
        promises=texts.promises.get(row.text_no, NO_PROMISES),
        policy_id=version.policy_id if version else None,
        giver=Giver.UNPROVED if row.giver is None else Giver(row.giver),
        was_under_16=row.was_under_16,
    )


def _contradictions(row: FactRow) -> tuple[EvidenceContradiction, ...]:
    return tuple(map(EvidenceContradiction, row.contradictions.split(","))) if row.contradictions else ()
