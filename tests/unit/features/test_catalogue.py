"""The catalogue of features is whole, and its page is the one in docs/."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from kanmon.features import definition
from kanmon.features.definition import DEFINITIONS, NAMES, WINDOWS, FeatureDefinition
from kanmon.modelling.inputs import INPUT_SETS, InputSet

PAGE = Path(__file__).parents[3] / "docs" / "features.md"
HOW = (
    "docs/features.md is not what the catalogue says; write it anew: "
    "python -c 'from kanmon.features.definition import catalogue; print(catalogue(), end=\"\")' > docs/features.md"
)


def test_has_at_least_sixty_features() -> None:
    assert len(NAMES) >= 60


def test_no_name_stands_twice() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("one", DEFINITIONS, ids=NAMES)
def test_says_what_it_means_in_both_languages(one: FeatureDefinition) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", one.name)
    assert re.search(r"[\u3041-\u30ff\u4e00-\u9fff]", one.meaning_ja)
    assert re.match(r"[A-Z]", one.meaning_en)
    assert one.meaning_en.isascii()


def test_no_meaning_stands_twice() -> None:
    for meanings in ([one.meaning_en for one in DEFINITIONS], [one.meaning_ja for one in DEFINITIONS]):
        assert sorted({meaning for meaning in meanings if meanings.count(meaning) > 1}) == []


@pytest.mark.parametrize(
    "one", [one for one in DEFINITIONS if re.search(r"_(\d+d|all)$", one.name)], ids=lambda one: one.name
)
def test_a_window_in_the_name_is_the_window(one: FeatureDefinition) -> None:
    named = one.name.rsplit("_", 1)[1]
    span = None if named == "all" else int(named[:-1])
    compares_with_the_span_before = "_trend_" in one.name
    assert span in WINDOWS
    assert one.window == (2 * span if compares_with_the_span_before and span else span)


def test_the_page_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == definition.catalogue(), HOW


@pytest.mark.parametrize("inputs", INPUT_SETS, ids=lambda inputs: inputs.name)
def test_models_look_at_features_there_are(inputs: InputSet) -> None:
    names = [one.feature for one in inputs.inputs]
    assert sorted(set(names) - set(NAMES)) == []
    assert len(set(names)) == len(names)


def test_the_sets_of_inputs_rise() -> None:
    for smaller, larger in pairwise(INPUT_SETS):
        assert set(smaller.inputs) < set(larger.inputs)
