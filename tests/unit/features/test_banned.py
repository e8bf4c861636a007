"""No model learns from what people may not be told apart by (APPI-13)."""

from datetime import UTC, datetime

import pytest

from kanmon.core.errors import BannedFeature
from kanmon.core.ids import ClientId, SeasonId
from kanmon.features.banned import attribute_named, refuse_banned
from kanmon.features.definition import DEFINITIONS, FeatureDefinition
from kanmon.modelling import service
from kanmon.modelling.inputs import Direction, InputSet, ModelInput
from kanmon.modelling.training_set import TrainingSet


def test_the_catalogue_names_nothing_banned() -> None:
    refuse_banned([one.name for one in DEFINITIONS], DEFINITIONS)


@pytest.mark.parametrize(
    ("words", "attribute"),
    [
        ("gender", "sex"),
        ("is_female_28d", "sex"),
        ("性別コード", "sex"),
        ("home-Nationality", "nationality"),
        ("union_member", "union"),
        ("own_pages_28d", None),
        ("reunion_pages", None),
        ("management_pages", None),
    ],
)
def test_names_are_read_in_both_scripts_and_by_whole_parts(words: str, attribute: str | None) -> None:
    assert attribute_named(words) == attribute


@pytest.mark.parametrize("meanings", [("性別", "Code"), ("符号", "Gender as written in the form")])
def test_a_harmless_name_with_a_banned_meaning_is_refused_by_name(meanings: tuple[str, str]) -> None:
    with pytest.raises(BannedFeature) as refused:
        refuse_banned(["x1"], [FeatureDefinition("x1", *meanings)])
    assert refused.value.values["feature"] == "x1"


def test_training_is_refused_before_anything_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    named = InputSet("wide", (ModelInput("is_female", Direction.EITHER),))
    monkeypatch.setattr(service, "INPUT_SETS", (named,))
    training_set = TrainingSet(ClientId("C1"), SeasonId("2026"), datetime(2026, 4, 1, tzinfo=UTC), (), {})
    with pytest.raises(BannedFeature, match="is_female"):
        service.Trainer().fit(training_set)
