"""Train a model for each of 38 clients and apply it, against one plain logistic regression of the same rows.

python -m benchmarks.models [--clients N] [--rows N]

The plain one is scikit-learn's, once over all inputs: training tries three sets of inputs, each in twenty folds.
"""

import argparse
import json
import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from sklearn.linear_model import LogisticRegression

from kanmon.core.ids import ClientId, SeasonId
from kanmon.features.definition import NAMES
from kanmon.features.service import FeatureTable
from kanmon.modelling.client_model import models_of
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.inputs import BROAD
from kanmon.modelling.service import Trainer
from kanmon.modelling.training_set import TrainingSet
from kanmon.scoring.service import reckoned

SEASON = SeasonId("2019")
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def training_set(client: int, rows: int) -> TrainingSet:
    """People who leave the likelier the less they did of late."""
    drawn = np.random.default_rng(client)
    values = np.round(drawn.gamma(1.0, 10.0, (rows, len(NAMES))))
    wish = 0.05 * values[:, NAMES.index("own_active_days_14d")] + drawn.logistic(size=rows)
    labels = tuple(bool(one) for one in wish < np.quantile(wish, 0.2))
    columns = {name: values[:, place] for place, name in enumerate(NAMES)}
    table = pa.table({"client": [f"C{client}"] * rows, "sites": np.zeros(rows, np.int32), **columns})
    return TrainingSet(ClientId(f"C{client}"), SEASON, NOW, labels, {}, (), FeatureTable(table))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--clients", type=int, default=38)
    asked.add_argument("--rows", type=int, default=2_000)
    chosen = asked.parse_args()
    sets = [training_set(client, chosen.rows) for client in range(chosen.clients)]
    names = [one.feature for one in BROAD.inputs]
    start = time.perf_counter()
    for one in sets:
        assert one.features is not None
        LogisticRegression(max_iter=200).fit(one.features.matrix(names), one.left)
    plain = time.perf_counter() - start
    start = time.perf_counter()
    fitted = [Trainer().fit(one) for one in sets]
    trained = time.perf_counter() - start
    start = time.perf_counter()
    rows = 0
    for model in fitted:
        assert isinstance(model, FittedModel)
        assert model.training_set.features is not None
        rows += len(reckoned(model.training_set.features, models_of(model.artefact)[0]))
    scored = time.perf_counter() - start
    result = {
        "clients": chosen.clients,
        "rows": chosen.rows,
        "plain_seconds": round(plain, 2),
        "train_seconds": round(trained, 2),
        "train_to_plain": round(trained / plain, 1),
        "score_seconds": round(scored, 2),
        "scored_a_second": round(rows / scored),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
