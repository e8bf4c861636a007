"""The main job on the Open University's data: how well last year's models foresee this year, client by client.

    python -m benchmarks.oulad [--folder ../shared/data/oulad] [--people studentInfo.parquet]

The yardstick needs no training: fewer active days in the last 28 means more likely to leave. Stability compares the
scores with those of the same people and model one and two days earlier. `--people` is the data's own table of
students, which the folder doesn't hold; with it, figures of sex, age and disability are printed.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from kanmon.application.application import Application, stop_database
from kanmon.application.creating import create_workspace
from kanmon.cli.progress import LineProgress
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.service import FeatureTable
from kanmon.features.untrained import UntrainedCounts
from kanmon.gate.decision import Clearance, Use
from kanmon.intake.use_cases.loading import load_folder
from kanmon.lake.cleared import ClearedPerson
from kanmon.modelling.client_model import ClientModel
from kanmon.modelling.evaluation import auc_of
from kanmon.modelling.outcome import label
from kanmon.modelling.service import Trainer
from kanmon.modelling.use_cases.evaluation import evaluate_models
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.use_cases.season import season_run
from kanmon.pipeline.use_cases.transactions import season_transactions

STARTS = {"B": datetime(2014, 3, 30, tzinfo=UTC), "J": datetime(2014, 11, 27, tzinfo=UTC)}
ATTRIBUTES = ("gender", "age_band", "disability")
DAYS = 3
"""At how many days' ends people are scored: the day of `as_of` and those before it."""

Order = NDArray[np.float64]


@dataclass(frozen=True)
class ScoredCourse:
    """This year's people of one client, scored at the ends of some days, the newest first, and whether they left."""

    people: Sequence[ApplicantId]
    orders: Sequence[Order]
    untrained: Order
    left: NDArray[np.bool_]
    is_known: NDArray[np.bool_]
    """Whether it is known what became of each."""

    @property
    def auc_untrained(self) -> float:
        """AUC of the untrained count."""
        return auc_of(self.untrained[self.is_known], self.left[self.is_known]) or 0.0

    @property
    def stability(self) -> Mapping[str, float]:
        """The lowest rank correlation of a day with the next, and what the top fifth keeps over two days."""
        fifth = round(len(self.people) / 5)
        first, last = (set(np.argsort(-order, kind="stable")[:fifth]) for order in (self.orders[0], self.orders[-1]))
        pairs = zip(self.orders, self.orders[1:], strict=False)
        return {
            "rank_correlation": round(min(float(spearmanr(*pair)[0]) for pair in pairs), 4),
            "top_fifth_kept": round(len(first & last) / fifth, 4),
        }


def scored_course(application: Application, client: ClientId) -> ScoredCourse:
    """The cleared of one client, scored by its newest model."""
    run = season_run(application)
    [client_run] = run.begin("benchmark", [client], None)
    run.gate([client_run], Use.SCORE)
    assert client_run.gate is not None
    clearances = client_run.gate.clearances
    tables = [_features(application, clearances, days) for days in range(DAYS)]
    with season_transactions(application.transactions)() as transaction:
        registered = transaction.models.newest_approved(client, application.clock.now())
        assert registered is not None
        outcomes = transaction.applicants.outcomes(client, client_run.client.contract.scores, None)
        known = {found.applicant_no: label(found, found.outcome_at) for found in outcomes}
    answers = [known.get(clearance.applicant_no) for clearance in clearances]
    return ScoredCourse(
        [clearance.applicant_id for clearance in clearances],
        [_order(Trainer().restore(registered)[0], table) for table in tables],
        UntrainedCounts.of(tables[0]).by_active_days,
        np.asarray([answer is True for answer in answers]),
        np.asarray([isinstance(answer, bool) for answer in answers]),
    )


def _features(application: Application, clearances: Sequence[Clearance], days: int) -> FeatureTable:
    """What the same people had done so many days earlier, which lies within what was cleared."""
    earlier = [replace(clearance, as_of=clearance.as_of - timedelta(days)) for clearance in clearances]
    cleared = [ClearedPerson(clearance, clearance.as_of, None) for clearance in earlier]
    return LakeFeatures(OpenDuckDB(application.lake)).compute(cleared)


def _order(model: ClientModel, table: FeatureTable) -> Order:
    return np.asarray(model.taken_apart(table).parts.sum(axis=1))


def groups(courses: Mapping[ClientId, ScoredCourse], people: Path) -> Mapping[str, Mapping[str, object]]:
    """For each group: how many, how many left, mean AUC, and the share above the median of its course.

    AUC is the mean over courses, weighted by pairs of one who left and one who didn't.
    """
    table = pq.read_table(people, columns=["id_student", "code_module", "code_presentation", *ATTRIBUTES]).to_pylist()
    known = {f"{row['code_module']}{row['code_presentation']}-{int(row['id_student'])}": row for row in table}
    found = {}
    for attribute in ATTRIBUTES:
        of_course = {client: [str(known[one][attribute]) for one in held.people] for client, held in courses.items()}
        for value in sorted({value for values in of_course.values() for value in values}):
            inside = {client: np.asarray(values) == value for client, values in of_course.items()}
            found[f"{attribute} {value}"] = _group_figures(courses, inside)
    return found


def _group_figures(
    courses: Mapping[ClientId, ScoredCourse], inside: Mapping[ClientId, NDArray[np.bool_]]
) -> Mapping[str, object]:
    aucs, pairs, above, people, left = [], [], 0, 0, 0
    for client, course in courses.items():
        order, members = course.orders[0], inside[client]
        above += int((rankdata(order) / len(order) > 0.5)[members].sum())
        asked = members & course.is_known
        auc = auc_of(order[asked], course.left[asked])
        leavers = int(course.left[asked].sum())
        people, left = people + int(members.sum()), left + leavers
        if auc is not None:
            aucs.append(auc)
            pairs.append(leavers * (int(asked.sum()) - leavers))
    auc = round(float(np.average(aucs, weights=pairs)), 4) if aucs else None
    return {"people": people, "left": left, "auc": auc, "share_above_median": round(above / people, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("../shared/data/oulad"))
    parser.add_argument("--people", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ws"
        create_workspace(root, is_replay=True)
        try:
            print(json.dumps(measure(root, chosen.folder, chosen.people)))
        finally:
            stop_database(root)


def measure(root: Path, folder: Path, people: Path | None) -> dict[str, object]:
    start = time.perf_counter()
    with Application.open(root, None, LineProgress()) as application:
        load_folder(application, folder)
    loaded, ran = time.perf_counter(), 0.0
    courses: dict[ClientId, ScoredCourse] = {}
    for starts, moment in STARTS.items():
        with Application.open(root, moment, LineProgress()) as application:
            begun = time.perf_counter()
            clients = _run(application, starts)
            ran += time.perf_counter() - begun
            for one in clients:
                courses[one.client.client_id] = scored_course(application, one.client.client_id)
    with Application.open(root, None, LineProgress()) as application:
        found = evaluate_models(application, [], None)
    return {
        "seconds": {"load": round(loaded - start, 1), "run": round(ran, 1)},
        "mean_auc": round(statistics.mean(one.figures.auc or 0 for one in found.values()), 4),
        "mean_auc_untrained": round(statistics.mean(course.auc_untrained for course in courses.values()), 4),
        "clients": {
            client: {
                "n": one.n, "positives": one.positives, "auc": round(one.auc or 0, 4),
                "auc_untrained": round(courses[client].auc_untrained, 4), "brier": round(one.brier or 0, 4),
                "brier_prior": round(one.brier_prior or 0, 4), "ece": round(one.ece or 0, 4),
                **courses[client].stability,
                "categories": [asdict(category) for category in evaluated.categories],
            }
            for client, evaluated in found.items()
            for one in [evaluated.figures]
        },
        **({} if people is None else {"groups": groups(courses, people)}),
    }  # fmt: skip


def _run(application: Application, starts: str) -> list[ClientRun]:
    run = season_run(application)
    clients = [one for one in run.begin("benchmark", [], None) if one.client.client_id.endswith(starts)]
    run.all_steps(clients)
    run.finish()
    return clients


if __name__ == "__main__":
    main()
