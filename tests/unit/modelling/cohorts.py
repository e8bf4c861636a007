"""Cohorts that a model can learn from."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, SeasonId
from kanmon.features.definition import NAMES
from kanmon.features.service import FeatureTable
from kanmon.modelling.training_set import TrainingPerson, TrainingSet

ACTED_AT = datetime(2026, 4, 1, tzinfo=UTC)
SIGN = {ScoreTarget.SELECTION_WITHDRAWAL: -1.0, ScoreTarget.OFFER_DECLINE: 1.0}
"""What acting about others says: little of it withdraws from this selection, much of it declines this offer."""


def training_set(seed: int, rows: int) -> TrainingSet:
    """People who leave the likelier the less they did of late."""
    drawn = np.random.default_rng(seed)
    values = np.round(drawn.gamma(1.0, 10.0, (rows, len(NAMES))))
    wish = 0.1 * values[:, NAMES.index("own_active_days_14d")] + drawn.logistic(size=rows)
    labels = tuple(bool(one) for one in wish < np.quantile(wish, 0.2))
    columns = {name: values[:, place] for place, name in enumerate(NAMES)}
    table = pa.table({"client": ["C"] * rows, "sites": np.zeros(rows, np.int32), **columns})
    people = tuple(TrainingPerson(ApplicantNo(place), ApplicantId(f"a{place:05}")) for place in range(rows))
    return TrainingSet(ClientId("C"), SeasonId("2019"), ACTED_AT, labels, {}, people, FeatureTable(table))


def two_acts(seed: int, rows: int = 600) -> TrainingSet:
    """People of whom a third has an offer; what they did about others has another sign in each act."""
    drawn = np.random.default_rng(seed)
    acts = [ScoreTarget.OFFER_DECLINE if place % 3 == 0 else ScoreTarget.SELECTION_WITHDRAWAL for place in range(rows)]
    values = np.round(drawn.gamma(1.0, 10.0, (rows, len(NAMES))))
    signs = np.array([SIGN[act] for act in acts])
    others = np.column_stack([values[:, NAMES.index(name)] for name in ("other_active_days_14d", "other_targets_28d")])
    wish = signs * (others - 10).sum(axis=1) / 4 + drawn.logistic(size=rows)
    columns = dict(zip(NAMES, values.T, strict=True))
    table = pa.table({"client": ["C"] * rows, "sites": np.zeros(rows, np.int32), **columns})
    left = wish > np.quantile(wish, 0.7)
    people = tuple(
        TrainingPerson(ApplicantNo(place), ApplicantId(f"a{place:05}"), None, act, act if has_left else None)
        for place, (act, has_left) in enumerate(zip(acts, left, strict=True))
    )
    labels = tuple(map(bool, left))
    bare = TrainingSet(ClientId("C"), SeasonId("2025"), ACTED_AT, labels, {}, people, tells_stages=True)
    return bare.with_features(FeatureTable(table))
