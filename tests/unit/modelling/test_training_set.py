"""A training set has its people in the order of their IDs, and may have nobody in it."""

from dataclasses import replace

from kanmon.features.service import FeatureTable
from tests.unit.modelling.cohorts import training_set


def test_rows_of_features_follow_the_people_in_the_order_of_their_ids() -> None:
    drawn = training_set(1, 20)
    assert drawn.features is not None
    listed = training_set(1, 20).with_features(drawn.features)
    assert (listed.people, listed.labels) == (drawn.people, drawn.labels)
    assert listed.features is not None
    assert listed.features.table.equals(drawn.features.table)


def test_a_set_of_nobody_is_one() -> None:
    """Where the gate lets nobody's history train: the client is stopped, or nothing confirms its rows."""
    drawn = training_set(1, 20)
    assert drawn.features is not None
    nobody = replace(drawn, labels=(), people=(), features=None)
    listed = nobody.with_features(FeatureTable(drawn.features.table.slice(0, 0)))
    assert (listed.people, listed.labels) == ((), ())
    assert listed.features is not None
    assert len(listed.features) == 0
