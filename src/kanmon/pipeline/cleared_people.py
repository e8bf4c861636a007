"""People as the gate cleared them, with what else is known of each application; last year's with their outcomes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.applicant import Applicant
from kanmon.clients.contract import Client, Contract, ScoreTarget
from kanmon.core.ids import ApplicantNo, MemberNo, SeasonId
from kanmon.gate.decision import Clearance, Decision
from kanmon.lake.cleared import ClearedPerson, ForeignStretch
from kanmon.modelling.outcome import Exclusion, KnownOutcome, label
from kanmon.modelling.training_set import REFUSED, TrainingPerson, TrainingSet
from kanmon.pipeline.ports import Transaction


@dataclass(frozen=True)
class Cohort:
    """The applicants of one client's season, as cases need them."""

    contract: Contract
    applicants: Mapping[ApplicantNo, Applicant]
    corrected: Mapping[MemberNo, tuple[ForeignStretch, ...]]
    """What was found not to be a member's own."""

    @classmethod
    def read(cls, transaction: Transaction, client: Client, season: SeasonId, at: datetime) -> "Cohort":
        """As it is known at a moment."""
        applicants = transaction.applicants.applicants(client.client_id, season)
        corrected = transaction.applicants.not_theirs(client.client_id, season, at)
        return cls(client.contract, {applicant.applicant_no: applicant for applicant in applicants}, corrected)

    def case(self, clearance: Clearance) -> ClearedPerson:
        """One of them whom the gate cleared."""
        applicant = self.applicants[clearance.applicant_no]
        not_theirs = () if clearance.member_no is None else self.corrected.get(clearance.member_no, ())
        next_act = self.contract.next_act(applicant.stage)
        return ClearedPerson(clearance, applicant.applied_at, applicant.registered_at, not_theirs, next_act)


def training_rows(
    client: Client,
    cohort: Cohort,
    decisions: Sequence[Decision],
    outcomes: Sequence[KnownOutcome],
    acted_at: datetime,
) -> tuple[list[ClearedPerson], TrainingSet]:
    """Last year's people whom training may use, and who of them left by what the contract asks for."""
    contract = client.contract
    known = {outcome.applicant_no: outcome for outcome in outcomes}
    cases, labels, people = [], [], []
    left_out: Counter[str] = Counter()
    for decision in decisions:
        if decision.clearance is None:
            left_out[REFUSED] += 1
            continue
        case, outcome = cohort.case(decision.clearance), known.get(decision.applicant_no)
        answer = _answer(contract, case.next_act, outcome, acted_at)
        if isinstance(answer, Exclusion):
            left_out[answer.value] += 1
            continue
        left_by = ScoreTarget(outcome.outcome) if answer and outcome is not None else None
        cases.append(case)
        labels.append(answer)
        people.append(_person(case, left_by))
    return cases, TrainingSet(
        client.client_id,
        contract.trains_on,
        acted_at,
        tuple(labels),
        left_out,
        tuple(people),
        target=contract.target,
        tells_stages=bool(contract.offer_stages),
    )


def _answer(
    contract: Contract, next_act: ScoreTarget | None, outcome: KnownOutcome | None, acted_at: datetime
) -> bool | Exclusion:
    """Whether a person left by what the contract asks for; under one act, only of whom it lies ahead."""
    answer = Exclusion.NOT_KNOWN_YET if outcome is None else label(outcome, acted_at, contract.target)
    if contract.target is ScoreTarget.BOTH or not contract.offer_stages or isinstance(answer, Exclusion):
        return answer
    return answer if next_act is contract.target else Exclusion.OTHER_STAGE


def _person(case: ClearedPerson, left_by: ScoreTarget | None) -> TrainingPerson:
    cleared = case.clearance
    return TrainingPerson(cleared.applicant_no, cleared.applicant_id, cleared.evidence_id, case.next_act, left_by)
