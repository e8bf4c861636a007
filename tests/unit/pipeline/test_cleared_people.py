"""Whom training may use, by what the contract asks for and what stages it tells apart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kanmon.clients.applicant import Applicant
from kanmon.clients.contract import Client, Contract, Scheme, ScoreTarget
from kanmon.core.ids import ClientId, MemberNo, SeasonId
from kanmon.gate.decision import Decision
from kanmon.modelling.outcome import Exclusion, KnownOutcome, SelectionOutcome
from kanmon.modelling.training_set import REFUSED, TrainingSet
from kanmon.pipeline.cleared_people import Cohort, training_rows
from tests.engines.cases import AS_OF, cleared

SELECTION, OFFER = ScoreTarget.SELECTION_WITHDRAWAL, ScoreTarget.OFFER_DECLINE
NOW = datetime(2027, 1, 1, tzinfo=UTC)
CONTRACT = Contract(
    scheme=Scheme.PERSONAL_DATA, starts_at=AS_OF, ends_at=NOW, trains_on=SeasonId("2025"), scores=SeasonId("2026"),
    purpose="follow_up_support", prohibited_uses=frozenset({"selection"}), score_column="予測スコア",
    no_score="スコアなし", categories=(), use_agreement_signed_at=None, pre_use_check_at=None,
    client_notice_published_at=None, necessity=None, stages=("面接", "内定"),
)  # fmt: skip
PEOPLE = [
    ("面接", SelectionOutcome.SELECTION_WITHDRAWAL),
    ("面接", SelectionOutcome.OFFER_DECLINE),
    ("面接", SelectionOutcome.JOINED),
    ("内定", SelectionOutcome.OFFER_DECLINE),
    ("内定", SelectionOutcome.SELECTION_WITHDRAWAL),
    (None, SelectionOutcome.OFFER_DECLINE),
    ("内定", None),
]
"""A stage and an outcome each; the last has no outcome, and after them comes one whom the gate refused."""


def trained(contract: Contract) -> TrainingSet:
    cases = [cleared("C", number) for number in range(len(PEOPLE) + 1)]
    given = [case.clearance for case in cases]
    decisions = [Decision(one.applicant_no, one.applicant_id, ClientId("C"), one) for one in given]
    decisions[-1] = replace(decisions[-1], clearance=None)
    stages = [*(stage for stage, _ in PEOPLE), None]
    applicants = {
        one.applicant_no: Applicant(
            one.applicant_no, one.applicant_id, ClientId("C"), AS_OF, AS_OF, MemberNo(1), None, stage
        )
        for one, stage in zip(given, stages, strict=True)
    }
    outcomes = [
        KnownOutcome(one.applicant_no, AS_OF, outcome, AS_OF + timedelta(9))
        for one, (_, outcome) in zip(given, PEOPLE, strict=False)
        if outcome is not None
    ]
    client = Client(ClientId("C"), "C", "", "", contract)
    asked, found = training_rows(client, Cohort(contract, applicants, {}), decisions, outcomes, NOW)
    assert [case.clearance.applicant_no for case in asked] == [person.applicant_no for person in found.people]
    assert [case.next_act for case in asked] == [person.next_act for person in found.people]
    return found


def answers(found: TrainingSet) -> dict[int, bool]:
    return dict(zip((int(person.applicant_no) for person in found.people), found.labels, strict=True))


def test_a_contract_that_says_nothing_learns_both_acts_of_everybody() -> None:
    found = trained(CONTRACT)
    assert answers(found) == {0: True, 1: True, 2: False, 3: True, 4: True, 5: True}
    assert {person.next_act for person in found.people} == {None}
    assert found.left_out == {Exclusion.NOT_KNOWN_YET.value: 1, REFUSED: 1}


def test_stages_of_offers_say_what_lies_ahead_of_whom() -> None:
    found = trained(replace(CONTRACT, offer_stages=("内定",)))
    assert answers(found) == {0: True, 1: True, 2: False, 3: True, 4: True, 5: True}
    assert [person.next_act for person in found.people] == [SELECTION] * 3 + [OFFER] * 2 + [None]
    assert [person.left_by for person in found.people] == [SELECTION, OFFER, None, OFFER, SELECTION, OFFER]


@pytest.mark.parametrize(
    ("target", "offers", "expected"),
    [
        (SELECTION, (), {0: True, 1: False, 2: False, 3: False, 4: True, 5: False}),
        (SELECTION, ("内定",), {0: True, 1: False, 2: False}),
        (OFFER, (), {1: True, 2: False, 3: True, 5: True}),
        (OFFER, ("内定",), {3: True}),
    ],
)
def test_a_contract_of_one_act_learns_it_of_those_ahead_of_whom_it_lies(
    target: ScoreTarget, offers: tuple[str, ...], expected: dict[int, bool]
) -> None:
    found = trained(replace(CONTRACT, target=target, offer_stages=offers))
    assert answers(found) == expected
    assert (found.target, found.tells_stages) == (target, bool(offers))
    assert sum(found.left_out.values()) + len(expected) == len(PEOPLE) + 1


def test_what_is_asked_for_is_part_of_what_training_follows_from() -> None:
    contracts = [
        replace(CONTRACT, target=target, offer_stages=offers) for target in ScoreTarget for offers in ((), ("内定",))
    ]
    asked = [repr(trained(contract).acts) for contract in contracts]
    assert len(set(asked)) == len(asked)
