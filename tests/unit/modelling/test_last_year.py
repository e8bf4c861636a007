"""A score is the share of last year's indices below, ties in the middle, and it is part of the bound artefact."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.clients.categories import ScoreScale
from kanmon.modelling.client_model import models_of
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.last_year import LEAST_TOLD, LastYear, alike, last_years_of
from kanmon.modelling.need import Need, needed_to_learn, needed_to_show
from kanmon.modelling.service import Trainer
from tests.unit.modelling.cohorts import training_set

RISKS = st.lists(st.sampled_from([0.1, 0.2, 0.25, 0.4, 0.8]), min_size=1, max_size=60)


@given(RISKS, st.floats(0, 1))
def test_a_position_is_the_share_below_with_ties_in_the_middle(known: list[float], asked: float) -> None:
    last_year = LastYear.of(np.array(known), np.zeros(len(known), bool))
    for one in (asked, *known):
        below, equal = sum(other < one for other in known), sum(other == one for other in known)
        assert last_year.positions(np.array([one]))[0] == pytest.approx((below + equal / 2) / len(known))


@given(RISKS)
def test_every_one_of_last_year_is_in_just_one_group(known: list[float]) -> None:
    left = np.arange(len(known)) % 3 == 0
    groups = LastYear.of(np.array(known), left).groups()
    assert sum(group.people for group in groups) == len(known)
    assert sum(group.left for group in groups) == left.sum()
    assert (groups[0].begins, groups[-1].ends) == (0.0, 1.0)


def test_groups_are_tenths_and_too_few_people_are_told_of_by_nobody() -> None:
    risks = np.linspace(0.01, 0.6, 400)
    groups = LastYear.of(risks, risks > 0.3).groups()
    assert [group.people for group in groups] == [40] * 10
    found = alike(groups, 0.99)
    assert found is not None
    assert (found.begins, found.people, found.left) == (0.9, 40, 40)
    few = LastYear.of(risks[: LEAST_TOLD - 1], risks[: LEAST_TOLD - 1] > 0.3).groups()
    assert alike(few, 0.5) is None
    assert alike([], 0.5) is None


def test_this_year_alike_fills_every_tenth_alike() -> None:
    fitted = Trainer().fit(training_set(1, 600))
    assert isinstance(fitted, FittedModel)
    [model] = models_of(fitted.artefact)
    features = training_set(2, 600).features
    assert features is not None
    risks = 1 / (1 + np.exp(-(model.model.intercept + model.taken_apart(features).parts.sum(axis=1))))
    tenths = np.bincount(np.minimum((model.scores(risks) * 10).astype(int), 9), minlength=10)
    assert tenths.min() > 20


def test_the_artefact_holds_last_year_and_so_does_the_hash_of_the_training() -> None:
    fitted = Trainer().fit(training_set(1, 300))
    assert isinstance(fitted, FittedModel)
    assert last_years_of(fitted.artefact) == [fitted.parts[0].last_year]
    assert last_years_of(b"") == []
    other = Trainer().fit(training_set(1, 301))
    assert isinstance(other, FittedModel)
    assert fitted.training_sha256 != other.training_sha256


def test_a_model_from_before_positions_keeps_its_scale() -> None:
    fitted = Trainer().fit(training_set(1, 300))
    assert isinstance(fitted, FittedModel)
    kept = json.loads(fitted.artefact)
    [old] = models_of(json.dumps({"model": kept["model"], "without_history": 0}).encode())
    assert (old.scale, models_of(fitted.artefact)[0].scale) == (ScoreScale.RISK, ScoreScale.POSITION)
    assert old.scores(np.array([0.25])).tolist() == [0.25]


def test_what_a_model_would_take_is_told_in_people_and_years() -> None:
    assert needed_to_learn(4, 18) == Need(90, 5)
    assert needed_to_learn(0, 18) is None
    assert needed_to_show(0.51, 0.03, 200) == Need(1_800, 9)
    assert needed_to_show(0.49, 0.03, 200) is None
    assert needed_to_show(0.60, 0.03, 200) is None
