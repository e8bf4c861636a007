"""Withdrawing from the selection and declining an offer are learned apart where enough people left by each."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo
from kanmon.core.language import Language, translations
from kanmon.features.service import FeatureTable
from kanmon.modelling.card_facts import undivided_on
from kanmon.modelling.card_parts import parts_on
from kanmon.modelling.client_model import models_of
from kanmon.modelling.division import Lack
from kanmon.modelling.evaluation import auc_of
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.last_year import scores_of_last_year
from kanmon.modelling.outcome import Exclusion, KnownOutcome, SelectionOutcome, label
from kanmon.modelling.service import Trainer
from kanmon.modelling.training import TrainingOutcome
from kanmon.modelling.training_set import ACTS, TrainingSet
from kanmon.modelling.versions import checks_on
from kanmon.modelling.wording import foreseen_in_words
from kanmon.scoring.service import NEXT_ACT, reckoned_by_act
from tests.unit.modelling.cohorts import two_acts

SELECTION, OFFER = ACTS
AT = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def last_year() -> TrainingSet:
    return two_acts(1)


@pytest.fixture(scope="module")
def divided(last_year: TrainingSet) -> FittedModel:
    fitted = Trainer().fit(last_year)
    assert isinstance(fitted, FittedModel)
    return fitted


@pytest.fixture(scope="module")
def together(last_year: TrainingSet) -> FittedModel:
    """As where the contract doesn't say at which stages applicants have an offer."""
    fitted = Trainer().fit(replace(last_year, tells_stages=False))
    assert isinstance(fitted, FittedModel)
    return fitted


def risks(fitted: FittedModel, this_year: TrainingSet) -> np.ndarray:
    assert this_year.features is not None
    acts = pa.array([person.next_act for person in this_year.people], NEXT_ACT.type)
    table = FeatureTable(this_year.features.table.append_column(NEXT_ACT, acts))
    found = reckoned_by_act(table, models_of(fitted.artefact))
    assert found["predicted"].to_pylist() == [
        person.next_act if len(fitted.parts) > 1 else ScoreTarget.BOTH for person in this_year.people
    ]
    return np.asarray(found["risk"].to_numpy())


def test_two_models_foresee_better_than_one_where_the_acts_have_other_signs(
    divided: FittedModel, together: FittedModel
) -> None:
    this_year = two_acts(2)
    two, one = (auc_of(risks(fitted, this_year), this_year.left) for fitted in (divided, together))
    assert two is not None
    assert one is not None
    assert two > one + 0.1
    assert two > 0.7


def test_each_part_is_validated_beside_a_model_of_both_and_nobody_is_in_two(
    divided: FittedModel, last_year: TrainingSet
) -> None:
    assert [part.target for part in divided.parts] == [SELECTION, OFFER]
    assert divided.is_accepted
    assert sorted(person.applicant_no for person in divided.people) == list(range(len(last_year.labels)))
    parts = parts_on(divided.card)
    assert [part["rows"] for part in parts] == [400, 200]
    assert sum(part["positives"] for part in parts) == sum(last_year.labels) == divided.card["positives"]
    assert all(part["tried"][0]["auc"] > part["of_both_auc"] for part in parts)
    assert [check.target for check in checks_on(divided.card)] == [SELECTION, SELECTION, OFFER, OFFER]
    assert len(scores_of_last_year(divided.artefact)) == 600
    assert len(foreseen_in_words(divided.card, translations(Language.ENGLISH).gettext)) == 3


def test_a_score_is_a_position_among_last_years_people_of_the_same_act(divided: FittedModel) -> None:
    for model, part in zip(models_of(divided.artefact), divided.parts, strict=True):
        assert model.target is part.target
        assert model.last_year == part.last_year
        assert len(part.last_year.indices) == len(part.training_set.labels)


def test_nobody_is_scored_whose_stage_is_not_known(divided: FittedModel) -> None:
    features = two_acts(2).features
    assert features is not None
    acts = pa.array([None, OFFER, *[SELECTION] * 598], NEXT_ACT.type)
    found = reckoned_by_act(FeatureTable(features.table.append_column(NEXT_ACT, acts)), models_of(divided.artefact))
    assert found["predicted"].to_pylist() == acts.to_pylist()
    assert [found[name][0].as_py() for name in ("score", "risk", "has_history")] == [None] * 3
    assert found["is_among_last_year"].to_pylist()[1:3] == [True, False]


def test_in_whatever_order_people_are_listed_the_model_is_the_same(
    divided: FittedModel, last_year: TrainingSet
) -> None:
    turned = list(reversed(range(len(last_year.people))))
    assert last_year.features is not None
    listed = replace(
        last_year,
        labels=tuple(last_year.labels[place] for place in turned),
        people=tuple(last_year.people[place] for place in turned),
    ).with_features(FeatureTable(last_year.features.table.take(pa.array(turned))))
    again = Trainer().fit(listed)
    assert isinstance(again, FittedModel)
    assert (again.artefact, again.training_sha256) == (divided.artefact, divided.training_sha256)


def test_whose_stage_is_unknown_or_whose_outcome_contradicts_it_trains_neither_part(last_year: TrainingSet) -> None:
    people = list(last_year.people)
    people[1] = replace(people[1], next_act=None)
    people[0] = replace(people[0], left_by=SELECTION)
    fitted = Trainer().fit(replace(last_year, people=tuple(people)))
    assert isinstance(fitted, FittedModel)
    assert {0, 1}.isdisjoint(person.applicant_no for person in fitted.people)
    assert fitted.left_out == {Exclusion.OTHER_STAGE.value: 1, Exclusion.WITHOUT_OFFER.value: 1}


def test_too_few_of_one_act_make_one_model_and_the_card_says_so(last_year: TrainingSet) -> None:
    few = [person for person in last_year.people if person.next_act is OFFER and person.left_by][19:]
    people = tuple(replace(person, left_by=None) if person in few else person for person in last_year.people)
    fitted = Trainer().fit(replace(last_year, people=people, labels=tuple(bool(one.left_by) for one in people)))
    assert isinstance(fitted, FittedModel)
    assert [part.target for part in fitted.parts] == [ScoreTarget.BOTH]
    undivided = undivided_on(json.loads(json.dumps(fitted.card)))
    assert undivided is not None
    assert (undivided.act, undivided.why, undivided.people, undivided.positives) == (OFFER, Lack.TOO_FEW, 200, 19)
    assert "19" in foreseen_in_words(fitted.card, translations(Language.ENGLISH).gettext)[-1]


@pytest.mark.parametrize(("seed", "why"), [(12, Lack.NOT_SHOWN), (43, Lack.NO_BETTER)])
def test_one_model_stays_where_that_of_an_act_alone_is_no_better(seed: int, why: Lack) -> None:
    """Fifty people are too few to find what all of them show alike."""
    made = two_acts(seed, 150)
    assert made.features is not None
    wish = -made.features.column("own_active_days_14d") + np.random.default_rng(seed).logistic(scale=9, size=150)
    left = wish > np.quantile(wish, 0.55 if why is Lack.NOT_SHOWN else 0.5)
    people = tuple(
        replace(person, left_by=person.next_act if has_left else None)
        for person, has_left in zip(made.people, left, strict=True)
    )
    fitted = Trainer().fit(replace(made, people=people, labels=tuple(map(bool, left))))
    assert isinstance(fitted, FittedModel)
    assert [part.target for part in fitted.parts] == [ScoreTarget.BOTH]
    assert fitted.undivided is not None
    assert (fitted.undivided.act, fitted.undivided.why) == (OFFER, why)


def test_a_contract_of_one_act_gets_no_model_of_another_where_too_few_left_by_it(last_year: TrainingSet) -> None:
    offers = replace(last_year, target=OFFER, labels=(True,) * 19 + (False,) * 581)
    outcome = Trainer().fit(offers)
    assert isinstance(outcome, TrainingOutcome)
    assert (outcome.target, outcome.model, outcome.positives) == (OFFER, None, 19)


@pytest.mark.parametrize("tells_stages", [True, False])
def test_a_model_of_one_act_speaks_of_those_ahead_of_whom_it_lies(
    last_year: TrainingSet, *, tells_stages: bool
) -> None:
    asked = replace(last_year.of_act(SELECTION), tells_stages=tells_stages)
    fitted = Trainer().fit(asked)
    assert isinstance(fitted, FittedModel)
    assert fitted.card["target"] == SELECTION
    [model] = models_of(fitted.artefact)
    assert [model.speaks_of(act) for act in (SELECTION, OFFER, None)] == [True, not tells_stages, not tells_stages]


@pytest.mark.parametrize(
    ("outcome", "target", "expected"),
    [
        (SelectionOutcome.SELECTION_WITHDRAWAL, SELECTION, True),
        (SelectionOutcome.OFFER_DECLINE, SELECTION, False),
        (SelectionOutcome.OFFER_DECLINE, OFFER, True),
        (SelectionOutcome.SELECTION_WITHDRAWAL, OFFER, Exclusion.WITHOUT_OFFER),
        (SelectionOutcome.JOINED, OFFER, False),
        (SelectionOutcome.REJECTED, SELECTION, Exclusion.REJECTED),
    ],
)
def test_the_label_of_one_act(outcome: SelectionOutcome, target: ScoreTarget, expected: bool | Exclusion) -> None:
    after = AT + timedelta(days=9)
    assert label(KnownOutcome(ApplicantNo(1), AT, outcome, after), after, target) is expected
