"""The model is bounded, keeps its signs, survives drift and can be read back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kanmon.features.service import EVERYBODY, NOT_COMPARED
from kanmon.modelling.inputs import Direction, ModelInput
from kanmon.modelling.ranked_logistic import SMALL_COHORT, RankedLogistic, fit, ranks

INPUTS = (ModelInput("raises", Direction.RAISES), ModelInput("lowers", Direction.LOWERS))


def cohort(seed: int, n: int = 400) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    drawn = np.random.default_rng(seed)
    values = drawn.normal(size=(n, 2))
    left = drawn.random(n) < 1 / (1 + np.exp(-(values[:, 0] - values[:, 1] - 1.5)))
    return values, left


def test_learns_what_raises_and_what_lowers() -> None:
    values, left = cohort(1)
    model = fit(INPUTS, values, left)
    assert model.weights[0] > 0.5
    assert model.weights[1] < -0.5
    index = model.index(values)
    assert index[left].mean() > index[~left].mean() + 0.05
    assert index.mean() == pytest.approx(left.mean(), abs=0.01)


def test_never_flips_a_sign_that_was_fixed() -> None:
    values, left = cohort(2)
    model = fit(INPUTS, -values, left)
    assert model.weights == (0.0, 0.0)


@settings(max_examples=50, deadline=None)
@given(shift=st.floats(-1e6, 1e6), scale=st.floats(1e-3, 1e6))
def test_a_feature_that_jumps_for_all_changes_no_score(shift: float, scale: float) -> None:
    values, left = cohort(3, n=120)
    model = fit(INPUTS, values, left)
    assert np.allclose(model.index(values), model.index(values * scale + shift), atol=0.05)


def test_a_near_constant_that_becomes_wild_sends_nobody_to_the_ceiling() -> None:
    values, left = cohort(4)
    values[:, 0] = 0
    values[:5, 0] = 1
    model = fit(INPUTS, values, left)
    wild = values.copy()
    wild[:, 0] = np.random.default_rng(5).lognormal(10, 5, len(wild))
    assert (model.index(wild) > 0.95).mean() < 0.01


def test_a_small_cohort_is_ranked_against_last_year() -> None:
    values, left = cohort(6)
    model = fit(INPUTS, values, left)
    whole = model.index(values)
    few = SMALL_COHORT - 1
    assert np.allclose(model.index(values[:few]), whole[:few], atol=0.02)


def test_contributions_add_up_to_the_index() -> None:
    values, left = cohort(7)
    model = fit(INPUTS, values, left)
    logit = model.intercept + model.contributions(values).sum(axis=1)
    assert np.allclose(1 / (1 + np.exp(-logit)), model.index(values))


def test_is_the_same_after_being_stored() -> None:
    values, left = cohort(8)
    model = fit(INPUTS, values, left)
    assert RankedLogistic.from_json(model.to_json()) == model


def test_ties_share_their_rank() -> None:
    assert ranks(np.array([[3.0], [1.0], [3.0], [2.0]])).ravel().tolist() == [0.75, 0.125, 0.75, 0.375]


def grouped(values: NDArray[np.float64], *sizes: int) -> NDArray[np.int64]:
    """Groups of so many people, the second of whom is compared with nobody, in the last input alone."""
    of_people = np.repeat([NOT_COMPARED if place == 1 else place + 1 for place in range(len(sizes))], sizes)
    everybody = np.full((len(values), values.shape[1] - 1), EVERYBODY)
    return np.column_stack([everybody, of_people])


def test_who_is_compared_with_nobody_has_the_index_of_a_model_without_that_input() -> None:
    values, left = cohort(9)
    groups = grouped(values, 200, 150, 20, 30)
    model = fit(INPUTS, values, left, groups)
    parts = model.contributions(values, groups)
    assert (parts[200:370, 1] == 0).all()  # nobody's, and a group of twenty
    assert np.ptp(parts[:200, 1]) > 0.1
    assert np.ptp(parts[370:, 1]) > 0.1
    assert np.array_equal(parts[:, 0], model.contributions(values)[:, 0])
    others = values.copy()
    others[200:370, 1] = np.random.default_rng(1).normal(size=170) * 100
    assert np.array_equal(model.index(others, groups), model.index(values, groups))
    assert fit(INPUTS, others, left, groups).weights == model.weights


def test_in_a_group_only_its_own_people_are_compared() -> None:
    values, left = cohort(10, n=120)
    groups = grouped(values, 60, 0, 60)
    model = fit(INPUTS, values, left, groups)
    below, above = model.standing(values, groups)
    alone_below, alone_above = model.standing(values[:60])
    assert np.array_equal(below[:60, 1], alone_below[:, 1])
    assert np.array_equal(above[:60, 1], alone_above[:, 1])
    assert np.array_equal(ranks(values, groups)[:60, 1], ranks(values[:60])[:, 1])


def test_in_a_small_cohort_no_group_is_compared() -> None:
    values, left = cohort(11, n=120)
    model = fit(INPUTS, values, left, grouped(values, 60, 0, 60))
    few = SMALL_COHORT - 1
    parts = model.contributions(values[:few], grouped(values[:few], few))
    assert (parts[:, 1] == 0).all()
    assert np.array_equal(parts[:, 0], model.contributions(values[:few])[:, 0])
