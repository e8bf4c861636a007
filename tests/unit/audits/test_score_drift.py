"""Alarms about models in use: raised by a planted shift and by false pictures, and not by chance."""

import numpy as np
import pytest

from kanmon.audits.drift.history import ScoreSample
from kanmon.audits.drift.service import LEAST, Drift, DriftVerdict, look, stability_index
from kanmon.core.ids import ClientId, ModelId, RunId

RANDOM = np.random.default_rng(11)
NONE = np.empty(0)


def looked(first: np.ndarray, newest: np.ndarray, scores: np.ndarray = NONE, left: np.ndarray = NONE) -> Drift:
    return look(ClientId("C1"), ScoreSample(ModelId("C1-1"), RunId("r"), first, newest, left.astype(bool), scores))


def test_the_index_of_a_known_shift() -> None:
    first = np.arange(1000) / 1000
    newest = np.concatenate([first[:500], first[:500]])  # the upper half of the bins is empty
    index, bins = stability_index(first, newest)
    assert bins == 10
    assert index == pytest.approx(5 * (0.1 * np.log(2)) + 5 * (0.1 - 1e-4) * np.log(1000), rel=0.01)
    assert stability_index(first, first)[0] == 0


def test_a_shift_alarms_and_chance_does_not() -> None:
    first = RANDOM.beta(2, 8, 800)
    assert looked(first, RANDOM.beta(3, 5, 800)).shift is DriftVerdict.ALARM
    drawn = [looked(RANDOM.beta(2, 8, 120), RANDOM.beta(2, 8, 120)).shift for _ in range(300)]
    assert drawn.count(DriftVerdict.ALARM) <= 2
    assert looked(first, first).shift is DriftVerdict.STEADY
    assert looked(np.full(200, 0.3), np.full(200, 0.3)).shift is DriftVerdict.STEADY


def test_too_few_people_are_said_to_be_too_few() -> None:
    few = looked(RANDOM.random(LEAST - 1), RANDOM.random(500))
    assert (few.shift, few.stability_index, few.calibration) == (DriftVerdict.TOO_FEW, None, DriftVerdict.TOO_FEW)
    assert not few.is_alarm


def test_outcomes_belie_a_false_picture_only() -> None:
    scores = RANDOM.beta(2, 8, 600)
    steady = RANDOM.random(600) < scores
    assert looked(scores, scores, scores, steady).calibration is DriftVerdict.STEADY
    doubled = RANDOM.random(600) < np.minimum(1, 2 * scores)
    found = looked(scores, scores, scores, doubled)
    assert found.calibration is DriftVerdict.ALARM
    assert found.is_alarm
    assert found.share_left == pytest.approx(doubled.mean())
