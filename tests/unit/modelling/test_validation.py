"""History of partner sites is looked at where it makes the order better, of people who can be compared by it."""

import numpy as np
import pyarrow as pa
import pytest

from kanmon.features.service import FeatureTable
from kanmon.modelling.client_model import models_of
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.inputs import CORE, PARTNER_SITES
from kanmon.modelling.service import Trainer
from kanmon.modelling.validation import beside_partner_sites, validate
from kanmon.scoring.service import reckoned
from tests.unit.modelling.cohorts import training_set

ROWS = 300
[OWN, OTHER] = [one.feature for one in PARTNER_SITES]


def table(sites: list[int], *, tells: bool) -> tuple[FeatureTable, np.ndarray]:
    """Last year's people: who left was less on partner sites, or not."""
    made = training_set(3, ROWS)
    assert made.features is not None
    days = np.random.default_rng(3).poisson(3.0 - 2.5 * made.left) if tells else np.ones(ROWS)
    columns = dict(zip(made.features.table.column_names, made.features.table.columns, strict=True))
    columns |= {"sites": pa.array(sites, pa.int32()), OWN: pa.array(days, pa.float64()), OTHER: pa.array([1.0] * ROWS)}
    return FeatureTable(pa.table(columns)), made.left


@pytest.mark.parametrize(
    ("sites", "tells", "first", "tried"),
    [
        ([1] * ROWS, True, "core+partner_sites", 2),
        ([1] * (ROWS - 100) + [0] * 100, True, "core+partner_sites", 2),
        ([1] * ROWS, False, "core", 2),
        ([0] * ROWS, True, "core", 1),
        ([number % 20 + 1 for number in range(ROWS)], True, "core", 1),
    ],
    ids=["all", "some", "no signal", "nobody", "too few alike"],
)
def test_partner_sites_are_taken_where_they_tell(sites: list[int], tells: bool, first: str, tried: int) -> None:
    features, left = table(sites, tells=tells)
    validated = beside_partner_sites([validate(CORE, features, left)], features, left)
    assert validated[0].inputs.name == first
    assert len(validated) == tried


def test_a_person_is_told_of_partner_sites_whenever_they_were_looked_at() -> None:
    features, _ = table([1] * (ROWS - 100) + [0] * 100, tells=True)
    fitted = Trainer().fit(training_set(3, ROWS).with_features(features))
    assert isinstance(fitted, FittedModel)
    assert set(PARTNER_SITES) <= set(fitted.parts[0].model.inputs)
    rows = reckoned(features, models_of(fitted.artefact)[0]).to_pylist()
    for place, row in enumerate(rows):
        parts = dict(zip(row["names"], row["parts"], strict=True))
        if place >= ROWS - 100:
            assert parts.get(OWN, 0) == 0
        else:
            assert OWN in parts
    assert any(row["parts"][row["names"].index(OWN)] < 0 for row in rows[: ROWS - 100])
