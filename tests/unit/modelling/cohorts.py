"""Cohorts that a model can learn from."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, SeasonId
from kanmon.features.definition import NAMES
from kanmon.features.service import FeatureTable
from kanmon.modelling.training_set import TrainingPerson, TrainingSet


def training_set(seed: int, rows: int) -> TrainingSet:
    """People who leave the likelier the less they did of late."""
    drawn = np.random.default_rng(seed)
    values = np.round(drawn.gamma(1.0, 10.0, (rows, len(NAMES))))
    wish = 0.1 * values[:, NAMES.index("own_active_days_14d")] + drawn.logistic(size=rows)
    labels = tuple(bool(one) for one in wish < np.quantile(wish, 0.2))
    columns = {name: values[:, place] for place, name in enumerate(NAMES)}
    table = pa.table({"client": ["C"] * rows, "sites": np.zeros(rows, np.int32), **columns})
    acted_at = datetime(2026, 4, 1, tzinfo=UTC)
    people = tuple(TrainingPerson(ApplicantNo(place), ApplicantId(f"a{place:05}")) for place in range(rows))
    return TrainingSet(ClientId("C"), SeasonId("2019"), acted_at, labels, {}, people, FeatureTable(table))
