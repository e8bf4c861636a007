"""No sentence about a score is false: checked against drawn people, models and cohorts, from the values alone."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.core.language import Language, translations
from kanmon.modelling.inputs import BROAD, INPUT_SETS, Direction, ModelInput
from kanmon.modelling.ranked_logistic import RankedLogistic
from kanmon.rights.answer.reasons import Rank, reasons_of

COUNTS = st.integers(0, 4)
STRENGTHS = st.floats(0, 3)


def signed(given_input: ModelInput, strength: float, is_negative: bool) -> float:
    """A weight that the input's direction permits."""
    if given_input.direction is Direction.EITHER:
        return -strength if is_negative else strength
    return int(given_input.direction) * strength


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[RankedLogistic, np.ndarray]:
    """A model over some inputs, and the values of a cohort with many ties: all but some have done little."""
    inputs = draw(st.lists(st.sampled_from(BROAD.inputs), min_size=1, max_size=5, unique=True))
    weights = tuple(signed(one, draw(STRENGTHS), draw(st.booleans())) for one in inputs)
    people = draw(st.integers(30, 40))
    values = draw(
        st.lists(st.lists(COUNTS, min_size=len(inputs), max_size=len(inputs)), min_size=people, max_size=people)
    )
    model = RankedLogistic(tuple(inputs), 0.0, weights, tuple((0.0,) * 101 for _ in inputs))
    return model, np.array(values, float)


@settings(deadline=None)
@given(cohorts(), st.integers(0, 29))
def test_no_sentence_is_false(drawn: tuple[RankedLogistic, np.ndarray], person: int) -> None:
    model, values = drawn
    contributions = np.round(model.contributions(values)[person], 6).tolist()
    told = reasons_of({one.feature: value for one, value in zip(model.inputs, contributions, strict=True)})
    columns = {one.feature: column for column, one in enumerate(model.inputs)}
    assert len(told) == np.count_nonzero(contributions)
    for reason in told:
        column = values[:, columns[reason.feature]]
        own = column[person]
        lower, higher = np.sum(column < own), np.sum(column > own)
        if reason.place is not Rank.UNTOLD:
            assert (reason.place is Rank.LOWER) is bool(lower < higher)
        own_part = model.weights[columns[reason.feature]] * float(lower - higher)  # nothing in the very middle
        assert reason.raised is (own_part > 0)
        for language in Language:
            assert translations(language).gettext(reason.words)


def test_few_tasks_done_are_not_told_as_tasks_that_raise() -> None:
    [few] = reasons_of({"own_tasks_done": 0.4})
    assert (few.place, few.raised) == (Rank.LOWER, True)
    assert "lower half" in few.words
    [many] = reasons_of({"own_tasks_done": -0.4})
    assert (many.place, many.raised) == (Rank.UPPER, False)
    assert reasons_of({"own_tasks_done": 0.0, "own_recency": -0.0}) == []
    assert reasons_of({"other_recency": 0.1})[0].place is Rank.UNTOLD


def test_a_feature_pushes_the_same_way_in_every_set() -> None:
    for smaller, larger in itertools.pairwise(INPUT_SETS):
        assert set(smaller.inputs) <= set(larger.inputs)
