"""Provide a report: ask the gate again, write the record, and only then let the report leave."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from kanmon.clients.categories import CategoryCount, ScoreScale, category_of, counted, with_cut_offs
from kanmon.clients.contract import Client, Platform, ScoreCategory, ScoreTarget
from kanmon.consent.evidence import ConsentAct
from kanmon.core.clock import Clock
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, ModelId, ProvisionId, RunId, SeasonId
from kanmon.gate.decision import Clearance, DenialReason, ReasonCode, Use
from kanmon.gate.evidence import decisions_entry
from kanmon.gate.question import Terms
from kanmon.gate.service import Decisions, Gate
from kanmon.gate.switch.model import is_closed
from kanmon.ledger.service import Ledger
from kanmon.provision.evidence import LedgerPlaces, log_provision
from kanmon.provision.record import ProvidedPerson, Provision, items_provided, provision_id
from kanmon.provision.report import Report, ReportRow
from kanmon.provision.withholding import WithholdingBatch
from kanmon.scoring.score import Score


@dataclass(frozen=True, slots=True)
class ComputedScore:
    """A score as it lies in the control plane, with the moment, the model and the run it was computed by."""

    score_no: int
    score: Score
    computed_at: datetime
    model_id: ModelId
    run_id: RunId
    predicted: ScoreTarget = ScoreTarget.BOTH
    """What the score speaks of."""
    target: ScoreTarget = ScoreTarget.BOTH
    """What its model was asked for."""


class EarlierProvision(NamedTuple):
    """A score of an applicant, or of the member behind it, in a provision of any season."""

    applicant_no: ApplicantNo
    season: SeasonId
    provided_at: datetime
    is_handed_over: bool


@dataclass(frozen=True)
class ScoreReading:
    """How the scores of one report are read."""

    scale: ScoreScale
    categories: tuple[ScoreCategory, ...]
    """With a cut-off each, shares too, where anybody has a score."""
    foreseen: tuple[ScoreTarget, ...] = ()
    """The acts that scores speak of, where each is of one alone; empty where they are of both."""


class ProvisionStore(Protocol):
    """Where scores are read and provisions are written, within one transaction."""

    def hold(self, client: ClientId) -> datetime:
        """Let no other provision to this client pass, and no act of consent be recorded, until the transaction ends.

        Returns the moment from which that holds, by the one clock that all processes share.
        """

    def newest_scores(self, client: ClientId, season: SeasonId, at: datetime) -> Mapping[ApplicantNo, ComputedScore]:
        """The newest score of each applicant computed at or before `at`; not scorable or stale ones are left out.

        A score is stale once what it was computed from was corrected (APPI-18); an older one doesn't stand in for it.
        """

    def unproved(
        self, client: ClientId, season: SeasonId, scores: Mapping[ApplicantNo, ComputedScore]
    ) -> Collection[ApplicantNo]:
        """Of whom a score, its model or the record of the newest provision is not what stands in the ledger.

        Where that provision itself isn't, or nothing tells what was entered, of everybody.
        """

    def provided(self, client: ClientId, season: SeasonId) -> Sequence[EarlierProvision]:
        """When a score of each applicant of the season, or of the member behind it, went to the client, in any season.

        The newest time of each provision that was handed over, and of each that was not.
        """

    def newest_provision(self, client: ClientId, season: SeasonId) -> tuple[ProvisionId, RunId, str] | None:
        """The newest provision of a client's season and the hash of its content."""

    def consents(self, relied_on: Collection[EvidenceId]) -> Mapping[EvidenceId, ConsentAct]:
        """The acts of consent that a provision relies on."""

    def record(self, provision: Provision, logged: LedgerPlaces, report: Report) -> None:
        """Write the provision, a record for each person in it, and what is needed to write its files again."""

    def enter(self, ledger: Ledger) -> None:
        """Enter into the ledger what this transaction wrote, row by row; what follows has to sign."""


class ProvisionOutcome(StrEnum):
    """How an attempt to provide ended."""

    PROVIDED = "provided"
    ALREADY_PROVIDED = "already provided"
    REFUSED = "refused"


@dataclass(frozen=True)
class ProvisionResult:
    """What became of one attempt to provide to one client."""

    outcome: ProvisionOutcome
    decisions: Decisions
    report: Report | None = None
    earlier: tuple[ProvisionId, RunId] | None = None
    provided: int = 0
    """People whose score is in the report."""
    categories: Sequence[CategoryCount] = ()
    """How many of them each category of the contract holds."""


class ProvisionService:
    """Provides within the caller's transaction; the report's files are written after it has committed."""

    def __init__(
        self,
        store: ProvisionStore,
        gate: Gate,
        ledger: Ledger,
        clock: Clock,
        platform: Platform,
        withheld: WithholdingBatch,
    ) -> None:
        self._store = store
        self._withheld = withheld
        self._gate = gate
        self._ledger = ledger
        self._clock = clock
        self._platform = platform

    def provide(self, terms: Terms, run_id: RunId, again: bool = False) -> ProvisionResult:
        """Ask the gate for `Use.PROVIDE`, record the provision, and return the report to be handed over.

        The gate is asked once no withdrawal can pass any more, and about the moment from which that is so; in a
        replay, about the moment of `terms`. The same content is not provided twice unless `again`. Where the batch as
        a whole is denied, nothing is provided and the refusals stay recorded.
        """
        assert terms.use is Use.PROVIDE
        client, season = terms.client, terms.client.contract.scores
        held_at = self._store.hold(client.client_id)
        if not self._clock.is_replay:
            terms = replace(terms, asked_at=held_at)
        scores = of_target(
            of_newest_scale(self._store.newest_scores(client.client_id, season, terms.asked_at)), client.contract.target
        )
        computed_at = {applicant: score.computed_at for applicant, score in scores.items()}
        unproved = self._store.unproved(client.client_id, season, scores)
        decisions = self._gate.ask(terms, run_id, computed_at, unproved, self._provided_at(terms))
        if decisions.terms_reasons:
            self._log_answers(decisions, run_id)
            return ProvisionResult(ProvisionOutcome.REFUSED, decisions)
        return self._provide_cleared(terms, run_id, decisions, scores, again)

    def _provide_cleared(
        self,
        terms: Terms,
        run_id: RunId,
        decisions: Decisions,
        scores: Mapping[ApplicantNo, ComputedScore],
        again: bool,
    ) -> ProvisionResult:
        client, season = terms.client, terms.client.contract.scores
        cleared = {
            clearance.applicant_no: (clearance, scores[clearance.applicant_no])
            for clearance in decisions.clearances
            if clearance.applicant_no in scores
        }
        gone = {applicant: scores[applicant] for applicant in _too_soon(decisions) if applicant in scores}
        cohort = [
            computed.score.ten_thousandths for computed in (*gone.values(), *(one for _, one in cleared.values()))
        ]
        reading = ScoreReading(
            next((computed.score.scale for computed in scores.values()), ScoreScale.POSITION),
            with_cut_offs(client.contract.categories, cohort),
            tuple(sorted({computed.predicted for computed in scores.values()} - {ScoreTarget.BOTH})),
        )
        for applicant in self._waiting(client, cleared, terms.asked_at):
            del cleared[applicant]
        going = {applicant: computed for applicant, (_, computed) in cleared.items()}
        standing = report_rows(decisions, {**gone, **going}, reading)
        earlier = self._store.newest_provision(client.client_id, season)
        is_same = earlier is not None and earlier[2] == _content_sha256(client, season, standing, reading)
        if earlier is not None and is_same and not again:
            self._log_answers(decisions, run_id)
            return ProvisionResult(
                ProvisionOutcome.ALREADY_PROVIDED, decisions, earlier=earlier[:2], categories=_held(standing, reading)
            )
        if gone and not going:
            self._log_answers(decisions, run_id)
            refused = replace(decisions, terms_reasons=(DenialReason(ReasonCode.PROVIDED_TOO_SOON),))
            return ProvisionResult(ProvisionOutcome.REFUSED, refused)
        rows = report_rows(decisions, going, reading)
        provision = self._provision(
            terms, run_id, _content_sha256(client, season, rows, reading), reading, list(cleared.values())
        )
        is_encrypted = any(clearance.is_encrypted for clearance in decisions.clearances)
        report = replace(self._report(provision, rows, reading), is_encrypted=is_encrypted)
        self._log_and_record(provision, decisions, report)
        held = _held(rows, reading)
        return ProvisionResult(ProvisionOutcome.PROVIDED, decisions, report, provided=len(cleared), categories=held)

    def _log_and_record(self, provision: Provision, decisions: Decisions, report: Report) -> None:
        self._ledger.hold()  # two provisions may rely on the same consent, and one of them logs it
        consents = self._store.consents(
            {person.evidence_id for person in provision.persons if person.evidence_id is not None}
        )
        logged = log_provision(self._ledger, provision, decisions, consents)
        self._store.record(provision, logged, report)
        self._store.enter(self._ledger)
        self._ledger.sign(self._clock.real())

    def _provided_at(self, terms: Terms) -> Mapping[ApplicantNo, datetime]:
        """When a score of each last went to the client, or still waits to; not what a stop keeps from it for good."""
        client, newest = terms.client.client_id, dict[ApplicantNo, datetime]()
        stops = self._gate.stops(terms)
        for earlier in self._store.provided(client, terms.client.contract.scores):
            if earlier.is_handed_over or not is_closed(stops, client, earlier.season, earlier.provided_at):
                known = newest.get(earlier.applicant_no, earlier.provided_at)
                newest[earlier.applicant_no] = max(known, earlier.provided_at)
        return newest

    def _waiting(
        self, client: Client, cleared: Mapping[ApplicantNo, tuple[Clearance, ComputedScore]], at: datetime
    ) -> Collection[ApplicantNo]:
        scored = {number: (one.applicant_id, computed.score_no) for number, (one, computed) in cleared.items()}
        return self._withheld.of(client, scored, at)

    def _log_answers(self, decisions: Decisions, run_id: RunId) -> None:
        self._ledger.append([decisions_entry(decisions, run_id)])
        self._store.enter(self._ledger)
        self._ledger.sign(self._clock.real())

    def _provision(
        self,
        terms: Terms,
        run_id: RunId,
        content_sha256: str,
        reading: ScoreReading,
        cleared: Sequence[tuple[Clearance, ComputedScore]],
    ) -> Provision:
        items = items_provided(bool(reading.categories))
        models = {computed.model_id for _, computed in cleared}
        return Provision(
            provision_id=provision_id(run_id, terms.client.client_id),
            run_id=run_id,
            client=terms.client,
            season=terms.client.contract.scores,
            provided_at=terms.asked_at,
            real_at=self._clock.real(),
            is_replay=self._clock.is_replay,
            law_profile_id=terms.profile.profile_id,
            model_id=max(models, default=None),
            content_sha256=content_sha256,
            scale=reading.scale,
            persons=tuple(
                ProvidedPerson(
                    applicant_no=clearance.applicant_no,
                    applicant_id=clearance.applicant_id,
                    member_no=clearance.member_no,
                    evidence_id=clearance.evidence_id,
                    score_no=computed.score_no,
                    score=computed.score,
                    category=_symbol(computed.score, reading),
                    items=items,
                    confirmation=clearance.confirmation,
                )
                for clearance, computed in cleared
            ),
        )

    def _report(self, provision: Provision, rows: tuple[ReportRow, ...], reading: ScoreReading) -> Report:
        contract = provision.client.contract
        return Report(
            client_id=provision.client.client_id,
            client_name=provision.client.legal_name,
            provider_name=self._platform.legal_name,
            provision_id=provision.provision_id,
            run_id=provision.run_id,
            provided_at=provision.provided_at,
            real_at=provision.real_at if provision.is_replay else None,
            model_id=provision.model_id,
            law_profile_id=provision.law_profile_id,
            purpose=contract.purpose,
            prohibited_uses=tuple(sorted(contract.prohibited_uses)),
            score_column=contract.score_column,
            no_score=contract.no_score,
            category_symbols=tuple((category.symbol, category.cut_off) for category in reading.categories),
            rows=rows,
            decision_lock=contract.decision_lock,
            withheld_share=contract.withheld_share,
            scale=provision.scale,
            category_shares=tuple((one.symbol, one.top) for one in reading.categories if one.top is not None),
            foreseen=reading.foreseen,
        )


def _too_soon(decisions: Decisions) -> list[ApplicantNo]:
    """Those of whom a score would go again, if the words that they agreed to didn't promise a longer pause."""
    return [
        decision.applicant_no
        for decision in decisions.decisions
        if [reason.code for reason in decision.reasons] == [ReasonCode.PROVIDED_TOO_SOON]
    ]


def of_newest_scale(scores: Mapping[ApplicantNo, ComputedScore]) -> Mapping[ApplicantNo, ComputedScore]:
    """The scores on the scale of the one computed last: a report has one scale, and no category spans two."""
    newest = max(scores.values(), key=lambda computed: computed.score_no, default=None)
    return {
        number: computed
        for number, computed in scores.items()
        if newest is not None and computed.score.scale is newest.score.scale
    }


def of_target(scores: Mapping[ApplicantNo, ComputedScore], target: ScoreTarget) -> Mapping[ApplicantNo, ComputedScore]:
    """The scores by models of what the contract asks for: none that foresees something else stands in for them."""
    return {number: computed for number, computed in scores.items() if computed.target is target}


def report_rows(
    decisions: Decisions, scores: Mapping[ApplicantNo, ComputedScore], reading: ScoreReading
) -> tuple[ReportRow, ...]:
    """One row for every applicant handed over, in the client's order; all that have no score look alike."""
    rows = []
    for decision in decisions.decisions:
        computed = scores.get(decision.applicant_no)
        if computed is None:
            rows.append(ReportRow(decision.applicant_id, None, None))
            continue
        score = computed.score
        rows.append(ReportRow(decision.applicant_id, score.ten_thousandths, _symbol(score, reading)))
    return tuple(rows)


def _held(rows: Sequence[ReportRow], reading: ScoreReading) -> list[CategoryCount]:
    """How many of those with a score each category holds."""
    return counted([row.category for row in rows if row.score is not None], reading.categories)


def _symbol(score: Score, reading: ScoreReading) -> str | None:
    category = category_of(score.ten_thousandths, reading.categories)
    return category.symbol if category else None


def _content_sha256(client: Client, season: SeasonId, rows: Sequence[ReportRow], reading: ScoreReading) -> str:
    content: list[object] = [client.client_id, season, [astuple(row) for row in rows]]
    if reading.scale is not ScoreScale.RISK:  # the same numbers mean something else
        content.append(reading.scale)
    content += reading.foreseen
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
