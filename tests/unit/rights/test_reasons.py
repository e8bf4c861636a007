"""No sentence about a score is false: checked against drawn people, models and cohorts, from the values alone."""

import itertools
import json
import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.clients.contract import ScoreTarget
from kanmon.core.language import Language
from kanmon.features.definition import NAMES
from kanmon.features.service import FeatureTable
from kanmon.modelling.client_model import ClientModel
from kanmon.modelling.inputs import BROAD, INPUT_SETS, Direction, ModelInput
from kanmon.modelling.last_year import AlikeGroup, LastYear
from kanmon.modelling.ranked_logistic import SMALL_COHORT, RankedLogistic
from kanmon.rights.answer.reasons import alike_in_words, foreseen_in_words, reasons_in_words, reasons_of
from kanmon.scoring.explanation import MILLION, Explanation, Reason
from kanmon.scoring.service import REASONS_KEPT, _detail, reckoned

COUNTS = st.integers(0, 4)
UNITS = {"own_missed": 1000, "own_missed_recent": 1000, "own_tasks_done": 56_000}
STRENGTHS = st.floats(0, 3)
LAST_YEAR = LastYear((0.1, 0.2, 0.3), (False, True, False))


def signed(given_input: ModelInput, strength: float, is_negative: bool) -> float:
    """A weight that the input's direction permits."""
    if given_input.direction is Direction.EITHER:
        return -strength if is_negative else strength
    return int(given_input.direction) * strength


@st.composite
def cohorts(draw: st.DrawFn) -> tuple[RankedLogistic, np.ndarray]:
    """A model over some inputs, and the values of a cohort with many ties: all but some have done little."""
    inputs = draw(st.lists(st.sampled_from(BROAD.inputs), min_size=1, max_size=12, unique=True))
    weights = tuple(signed(one, draw(STRENGTHS), draw(st.booleans())) for one in inputs)
    people = draw(st.integers(SMALL_COHORT, 40))
    values = draw(
        st.lists(st.lists(COUNTS, min_size=len(inputs), max_size=len(inputs)), min_size=people, max_size=people)
    )
    return RankedLogistic(tuple(inputs), -1.25, weights, tuple((0.0,) * 101 for _ in inputs)), np.array(values, float)


def explained(model: RankedLogistic, values: np.ndarray, person: int) -> Explanation:
    """What is kept of one person of a cohort."""
    columns = {name: np.zeros(len(values)) for name in NAMES}
    columns |= {one.feature: values[:, place] for place, one in enumerate(model.inputs)}
    table = FeatureTable(pa.table({"client": ["C"] * len(values), "sites": np.zeros(len(values), np.int32), **columns}))
    row = reckoned(table, ClientModel(model, 0, LAST_YEAR)).to_pylist()[person]
    found = _detail(row)
    assert found.risk == pytest.approx(found.explanation.risk, abs=1e-12)
    return found.explanation


@settings(deadline=None)
@given(cohorts(), st.integers(0, SMALL_COHORT - 1))
def test_no_sentence_is_false(drawn: tuple[RankedLogistic, np.ndarray], person: int) -> None:
    model, values = drawn
    kept = explained(model, values, person)
    places = {one.feature: place for place, one in enumerate(model.inputs)}
    assert len(kept.reasons) == min(REASONS_KEPT, len(model.inputs))
    for told in reasons_of(kept):
        column = values[:, places[told.reason.feature]]
        lower, higher = int(np.sum(column < column[person])), int(np.sum(column > column[person]))
        own_part = model.weights[places[told.reason.feature]] * (lower - higher)
        assert told.raised is (own_part > 0)
        words = told.words(Language.ENGLISH)
        assert f": {round(column[person] / (UNITS.get(told.reason.feature, 1)), 2):g}." in words
        below, above = map(int, re.findall(r"(\d+) had", words))
        assert (below, above) == (100 * lower // len(column), 100 * higher // len(column))
        assert ("raised" in words) is (own_part > 0)


@settings(deadline=None)
@given(cohorts(), st.integers(0, SMALL_COHORT - 1))
def test_the_parts_add_up_to_the_log_odds_exactly(drawn: tuple[RankedLogistic, np.ndarray], person: int) -> None:
    model, values = drawn
    kept = explained(model, values, person)
    parts = np.rint(model.contributions(values)[person] * MILLION).astype(int)
    assert kept.log_odds == round(model.intercept * MILLION) + parts.sum()
    assert kept.base + sum(reason.part for reason in kept.reasons) + kept.rest == kept.log_odds
    assert model.index(values)[person] == pytest.approx(kept.risk, abs=1e-5)
    assert Explanation.of(json.loads(json.dumps(kept.facts()))) == kept


def test_few_steps_done_are_not_told_as_steps_that_raise() -> None:
    few = Reason("own_tasks_done", 1, 0.1, 0.6, 400_000)
    [words, rest] = reasons_in_words(Explanation(0, (few,), -700_000), Language.ENGLISH)
    assert words.endswith("10 had less and 60 had more. This raised the score clearly.")
    assert rest == "Everything else together lowered the score strongly."
    assert reasons_in_words(Explanation(0, (Reason("own_recency", 0, 0, 0, 0),), 0), Language.ENGLISH) == []
    assert reasons_in_words(None, Language.ENGLISH) == []


@pytest.mark.parametrize("language", Language)
def test_every_input_has_words_of_its_own_and_no_name_is_told(language: Language) -> None:
    told = [
        reasons_in_words(Explanation(0, (Reason(one.feature, 2.5, 0.3, 0.2, 9),), 0), language)[0]
        for one in BROAD.inputs
    ]
    assert len(set(told)) == len(BROAD.inputs)
    for words in told:
        assert not re.search(r"[a-z]_[a-z0-9]", words)
        assert not re.search(r"[Tt]he same|そのうち|同上", words)
    [unknown] = reasons_in_words(Explanation(0, (Reason("long_gone", None, 0.3, 0.2, 9),), 0), language)
    assert "long_gone" not in unknown


def test_a_cohort_too_small_to_compare_is_said_to_be_held_against_last_year() -> None:
    reason = Reason("own_recency", None, 0.3, 0.2, 9)
    [words] = reasons_in_words(Explanation(0, (reason,), 0, is_among_last_year=True), Language.ENGLISH)
    assert "of last year" in words
    assert "not known of you" in words


def test_a_feature_pushes_the_same_way_in_every_set() -> None:
    for smaller, larger in itertools.pairwise(INPUT_SETS):
        assert set(smaller.inputs) <= set(larger.inputs)


@pytest.mark.parametrize(
    ("predicted", "about", "became"),
    [
        (ScoreTarget.BOTH, "withdraw from the selection or decline an offer", "9 of 41 left"),
        (ScoreTarget.SELECTION_WITHDRAWAL, "people who withdraw from the selection.", "9 of 41 withdrew"),
        (ScoreTarget.OFFER_DECLINE, "people who decline an offer.", "9 of 41 declined an offer"),
    ],
)
def test_a_person_is_told_which_act_a_score_is_about(predicted: ScoreTarget, about: str, became: str) -> None:
    explanation = Explanation.of(json.loads(json.dumps(Explanation(0, (), 0, predicted=predicted).facts())))
    assert about in str(foreseen_in_words(explanation, Language.ENGLISH))
    assert became in alike_in_words(AlikeGroup(0.9, 1.0, 41, 9), explanation, Language.ENGLISH)


def test_an_explanation_from_before_acts_were_told_apart_is_of_both() -> None:
    kept = {name: value for name, value in Explanation(0, (), 0).facts().items() if name != "predicted"}
    assert Explanation.of(kept).predicted is ScoreTarget.BOTH
    assert foreseen_in_words(None, Language.ENGLISH) is None
