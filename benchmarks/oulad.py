"""The main job on the Open University's data: how well last year's models foresee this year, client by client.

    python -m benchmarks.oulad [--folder ../shared/data/oulad]

The yardstick needs no training: fewer active days in the last 28 means more likely to leave.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from sklearn.metrics import roc_auc_score

from kanmon.application.application import Application, stop_database
from kanmon.application.creating import create_workspace
from kanmon.cli.progress import LineProgress
from kanmon.core.ids import ClientId
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.gate.decision import Use
from kanmon.intake.use_cases.loading import load_folder
from kanmon.lake.cleared import ClearedPerson
from kanmon.modelling.outcome import label
from kanmon.modelling.use_cases.evaluation import evaluate_models
from kanmon.pipeline.use_cases.season import season_run
from kanmon.pipeline.use_cases.transactions import season_transactions

STARTS = {"B": datetime(2014, 3, 30, tzinfo=UTC), "J": datetime(2014, 11, 27, tzinfo=UTC)}
YARDSTICK = "own_active_days_28d"


def yardstick(application: Application, client: ClientId) -> float:
    """AUC of the untrained count over the same people."""
    run = season_run(application)
    [client_run] = run.begin("benchmark", [client], None)
    season = client_run.client.contract.scores
    run.gate([client_run], Use.SCORE)
    assert client_run.gate is not None
    clearances = client_run.gate.clearances
    cleared = [ClearedPerson(clearance, clearance.as_of, None) for clearance in clearances]
    days = LakeFeatures(OpenDuckDB(application.lake)).compute(cleared).matrix([YARDSTICK])[:, 0]
    with season_transactions(application.transactions)() as transaction:
        known = {
            found.applicant_no: label(found, found.outcome_at)
            for found in transaction.applicants.outcomes(client, season, None)
        }
    rows = [
        (known[clearance.applicant_no], -count)
        for clearance, count in zip(clearances, days, strict=True)
        if isinstance(known.get(clearance.applicant_no), bool)
    ]
    return float(roc_auc_score([left for left, _ in rows], [index for _, index in rows]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("../shared/data/oulad"))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ws"
        create_workspace(root, is_replay=True)
        try:
            print(json.dumps(measure(root, chosen.folder)))
        finally:
            stop_database(root)


def measure(root: Path, folder: Path) -> dict[str, object]:
    start = time.perf_counter()
    with Application.open(root, None, LineProgress()) as application:
        load_folder(application, folder)
    loaded = time.perf_counter()
    untrained: dict[str, float] = {}
    for starts, moment in STARTS.items():
        with Application.open(root, moment, LineProgress()) as application:
            run = season_run(application)
            clients = [one for one in run.begin("benchmark", [], None) if one.client.client_id.endswith(starts)]
            run.all_steps(clients)
            run.finish()
            for one in clients:
                untrained[one.client.client_id] = yardstick(application, one.client.client_id)
    ran = time.perf_counter()
    with Application.open(root, None, LineProgress()) as application:
        found = evaluate_models(application, [], None)
    return {
        "seconds": {"load": round(loaded - start, 1), "run": round(ran - loaded, 1)},
        "mean_auc": round(statistics.mean(one.figures.auc or 0 for one in found.values()), 4),
        "mean_auc_untrained": round(statistics.mean(untrained.values()), 4),
        "clients": {
            client: {
                "n": one.n, "positives": one.positives, "auc": round(one.auc or 0, 4),
                "auc_untrained": round(untrained[client], 4), "brier": round(one.brier or 0, 4),
                "brier_prior": round(one.brier_prior or 0, 4), "ece": round(one.ece or 0, 4),
                "categories": [asdict(category) for category in evaluated.categories],
            }
            for client, evaluated in found.items()
            for one in [evaluated.figures]
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
