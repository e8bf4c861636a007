"""What a person is told: each score, each provision to each client by name, on which consent (APPI-16, APPI-17)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.clients.contract import Client, ServiceTerms
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Rendering, doubts
from kanmon.core.errors import UsageError
from kanmon.core.ids import ApplicantId, ClientId, EvidenceId, MemberId, ModelId
from kanmon.core.language import N_
from kanmon.ledger.note import VerifierKey
from kanmon.ledger.service import LedgerReader, receipts_for
from kanmon.modelling.last_year import AlikeGroup
from kanmon.rights.answer.reasons import reason_facts
from kanmon.rights.answer.shapes import AlikeResult, ConsentActResult, ScoreResult, SubjectResult, TrainedModelResult
from kanmon.rights.handling import HandedOverRow, IncidentEffect, effect_facts, handed_over_facts
from kanmon.rights.provided import ReportedProvision
from kanmon.rights.records.record import ConsentRecord, KnownWords, RecordTerms, consent_records
from kanmon.scoring.explanation import MILLION, Explanation
from kanmon.scoring.score import NotScorable, Score


@dataclass(frozen=True)
class ReportedScore:
    """One computation about the person for one client: a score, or why there is none."""

    client_id: ClientId
    client_name: str
    computed_at: datetime
    answer: Score | NotScorable
    model_id: ModelId | None
    explanation: Explanation | None
    """None where there is no score, or it is from before explanations were kept."""
    evidence_id: EvidenceId | None
    score_no: int
    applicant_id: ApplicantId
    as_of: datetime
    """Nothing at or after it counted."""
    stale_at: datetime | None
    """Since when it is void, corrected or withdrawn after a review; None where it isn't."""
    alike: AlikeGroup | None = None
    """What became of last year's applicants with such scores; None where too few are known."""


@dataclass(frozen=True)
class TrainedModel:
    """One model version that learned from the person's history."""

    client_id: ClientId
    client_name: str
    model_id: ModelId
    season: str
    """The season whose outcomes trained it."""
    version: int
    trained_at: datetime
    acted_at: datetime
    evidence_id: EvidenceId | None
    """The act of consent relied on."""
    ledger_seq: int | None
    """Where the training stands in the ledger."""


@dataclass(frozen=True)
class HoldReport:
    """Since when nothing is done with the person's data, because a message that may be a no could not be read."""

    held_at: datetime
    client_id: ClientId | None
    """For which client; None for all."""
    client_name: str | None


def hold_in_words(held: HoldReport, local: Callable[[datetime], str], translate: Callable[[str], str]) -> str:
    """What a person is told of a hold."""
    values = {"at": local(held.held_at), "company": held.client_name or held.client_id}
    if held.client_id is None:
        said = N_(
            "On %(at)s a message about the consent came in that could not be read. It may be a withdrawal. Until this "
            "is settled, nothing about this person is computed or provided to anyone."
        )
    else:
        said = N_(
            "On %(at)s a message about the consent came in that could not be read. It may be a withdrawal. Until this "
            "is settled, nothing about this person is computed for %(company)s or provided to it."
        )
    return translate(said) % values


@dataclass(frozen=True)
class SubjectView:
    """All that is held about what was done with a member; each list goes from old to new."""

    member_id: MemberId
    registered_at: datetime
    acts: Sequence[ConsentAct]
    scores: Sequence[ReportedScore]
    provisions: Sequence[ReportedProvision]
    handed_over: Sequence[HandedOverRow] = ()
    """What companies handed over, whatever came of it."""
    incidents: Sequence[IncidentEffect] = ()
    holds: Sequence[HoldReport] = ()
    """Those that stand."""
    trained: Sequence[TrainedModel] = ()
    """The models that the member's history trained."""


class SubjectReader(Protocol):
    """Where a person's view is read; one moment."""

    def registered_at(self, member: MemberId) -> datetime | None:
        """When a member registered; None where there is no such member."""

    def clients_of(self, member: MemberId) -> Collection[ClientId]:
        """The clients that have rows of a member: handed over, provided, or asked to erase."""

    def acts(self, member: MemberId) -> Sequence[ConsentAct]:
        """All acts of a member by time."""

    def scores(self, member: MemberId, client: Client) -> Sequence[ReportedScore]:
        """What was computed about a member for a client, oldest first."""

    def holds(self, member: MemberId) -> Sequence[HoldReport]:
        """The holds of a member that stand, oldest first."""

    def trained(self, member: MemberId, client: Client) -> Sequence[TrainedModel]:
        """The models of a client that a member's history trained, oldest first."""

    def policy_versions(self) -> Collection[PolicyVersion]:
        """Every registered policy version."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show, whenever they were looked at."""

    def provisions(self, member: MemberId, clients: Sequence[ClientId]) -> Sequence[ReportedProvision]:
        """What was provided of a member to these clients, oldest first."""

    def handed_over(self, member: MemberId, client: ClientId) -> Sequence[HandedOverRow]:
        """What a client handed over of a member, oldest first, and what came of it."""

    def incidents(self, member: MemberId) -> Sequence[IncidentEffect]:
        """How incidents affect a member, in the order of the incidents."""


def view_of(reader: SubjectReader, member: MemberId, clients: Sequence[Client]) -> SubjectView:
    """A member's view over all clients; `UsageError` where there is no such member."""
    registered_at = reader.registered_at(member)
    if registered_at is None:
        raise UsageError(N_("no member %(member)s is known"), member=member)
    having_rows = reader.clients_of(member)
    clients = [client for client in clients if client.client_id in having_rows]
    scores = [told for client in clients for told in reader.scores(member, client)]
    return SubjectView(
        member,
        registered_at,
        reader.acts(member),
        sorted(scores, key=lambda told: told.computed_at),
        reader.provisions(member, [client.client_id for client in clients]),
        [row for client in clients for row in reader.handed_over(member, client.client_id)],
        reader.incidents(member),
        reader.holds(member),
        sorted((one for client in clients for one in reader.trained(member, client)), key=lambda one: one.trained_at),
    )


def records_of(reader: SubjectReader, member: MemberId, terms: ServiceTerms, now: datetime) -> list[ConsentRecord]:
    """The records of a member's consents at `now`, one for each text shown; `UsageError` for an unknown member."""
    if reader.registered_at(member) is None:
        raise UsageError(N_("no member %(member)s is known"), member=member)
    versions, texts = reader.policy_versions(), reader.displayed_versions()
    shown = KnownWords(versions, texts, doubts(reader.renderings(), versions, texts, now))
    parties = RecordTerms(terms.platform, terms.clients)
    return consent_records(member, reader.acts(member), shown, parties, now)


def receipts_of(view: SubjectView, ledger: LedgerReader, key: VerifierKey) -> Mapping[int, bytes]:
    """A receipt for each act and each provision of a view that is signed in the ledger, by `seq`."""
    seqs = [act.ledger_seq for act in view.acts if act.ledger_seq is not None]
    seqs += [told.ledger_seq for told in view.provisions]
    return receipts_for(ledger, seqs, key)


def facts_of(view: SubjectView) -> SubjectResult:
    """A view as plain values, for programs: instants as ISO 8601, a score as the string that it is written as."""
    return {
        "member_id": view.member_id,
        "registered_at": view.registered_at.isoformat(),
        "consents": [_act_facts(act) for act in view.acts],
        "scores": [score_facts(told) for told in view.scores],
        "provisions": [{"ledger_seq": told.ledger_seq, **told.record} for told in view.provisions],
        "handed_over": [handed_over_facts(row) for row in view.handed_over],
        "incidents": [effect_facts(effect) for effect in view.incidents],
        "training": [training_facts(model) for model in view.trained],
        "holds": [{"held_at": held.held_at.isoformat(), "client_id": held.client_id} for held in view.holds],
    }


def training_facts(model: TrainedModel) -> TrainedModelResult:
    """One model that the person's history trained, as plain values."""
    return {
        "client_id": model.client_id,
        "client_name": model.client_name,
        "model_id": model.model_id,
        "season": model.season,
        "version": model.version,
        "trained_at": model.trained_at.isoformat(),
        "evidence_id": model.evidence_id,
        "ledger_seq": model.ledger_seq,
    }


def score_facts(told: ReportedScore) -> ScoreResult:
    """One score as plain values."""
    return {
        "score_no": told.score_no,
        "client_id": told.client_id,
        "client_name": told.client_name,
        "applicant_id": told.applicant_id,
        "computed_at": told.computed_at.isoformat(),
        "as_of": told.as_of.isoformat(),
        "score": str(told.answer) if isinstance(told.answer, Score) else None,
        "not_scorable": None if isinstance(told.answer, Score) else told.answer.value,
        "stale_at": None if told.stale_at is None else told.stale_at.isoformat(),
        "model_id": told.model_id,
        "scale": told.answer.scale.value if isinstance(told.answer, Score) else None,
        "predicted": None if told.explanation is None else told.explanation.predicted.value,
        "last_year": None if told.alike is None else _alike_facts(told.alike),
        "inputs": reason_facts(told.explanation),
        "everything_else": None if told.explanation is None else told.explanation.rest / MILLION,
        "log_odds": None if told.explanation is None else told.explanation.log_odds / MILLION,
        "evidence_id": told.evidence_id,
    }


def _alike_facts(alike: AlikeGroup) -> AlikeResult:
    return {"begins": alike.begins, "ends": alike.ends, "people": alike.people, "left": alike.left}


def _act_facts(act: ConsentAct) -> ConsentActResult:
    return {
        "evidence_id": act.evidence_id,
        "member_id": act.member_id,
        "occurred_at": act.occurred_at.isoformat(),
        "screen_id": act.screen_id,
        "text_sha256": act.text_sha256,
        "action": act.action,
        "client_id": act.client_id,
        "refusable": act.refusable,
        "ledger_seq": act.ledger_seq,
        "latest_at": None if act.latest_at is None else act.latest_at.isoformat(),
        "given_by": act.given_by,
        "relation": act.relation,
    }
