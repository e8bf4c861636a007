"""How well the main job does on real clicks, where they are at hand; their generated twin is in `test_main_job.py`.

The real season is the Open University Learning Analytics Dataset, laid out as a dataset folder beside this project.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import roc_auc_score

from kanmon.application.application import stop_database
from kanmon.core.clock import SystemClock
from kanmon_stories.season import write_season
from tests.journey.command import Road, kanmon

REAL = Path(__file__).parents[3] / "shared" / "data" / "oulad"
FEBRUARY, OCTOBER = "2014-03-30T00:00:00Z", "2014-11-27T00:00:00Z"
"""When the courses that begin in February, and those that begin in October, are scored."""
BIG = ("AOBA", "KITAHAMA")
BIG_ONLY = ("--client", BIG[0], "--client", BIG[1])


def test_real_season_or_its_twin_ranks_better_than_counting_active_days(tmp_path: Path) -> None:
    road = Road(tmp_path / "workspace")
    is_real = REAL.is_dir()
    assert kanmon("init", road.root, *(["--replay"] if is_real else [])).status == 0
    try:
        if is_real:
            found = aucs_of_real_season(road)
            untrained = active_days_aucs(road, REAL, list(found))
            assert len(found) == 5
            assert np.mean(list(found.values())) >= 0.638
            assert all(auc >= untrained[client] - 0.01 for client, auc in found.items()), (found, untrained)
        else:
            found = aucs_of_twin(road, tmp_path / "season")
            assert all(auc > 0.55 for auc in found.values()), found
    finally:
        stop_database(road.root)


def aucs_of_real_season(road: Road) -> Mapping[str, float]:
    assert road("load", REAL).status == 0
    clients = [client for (client,) in road.rows("SELECT client_id FROM client ORDER BY client_id")]
    for half, at in (("B", FEBRUARY), ("J", OCTOBER)):
        chosen = [word for client in clients if client.endswith(half) for word in ("--client", client)]
        for step in ("train", "score"):
            assert road(step, *chosen, "--at", at).status == 0
    evaluated = road("evaluate", "--at", "2015-01-01T00:00:00Z", "--json").json
    return {client: evaluated[client]["auc"] for client in clients}


def aucs_of_twin(road: Road, folder: Path) -> Mapping[str, float]:
    write_season(folder, 11, scale=0.3, now=SystemClock().now(), tells_this_year=True)
    assert road("load", folder).status == 0
    assert road("run", *BIG_ONLY).status == 0
    evaluated = road("evaluate", *BIG_ONLY, "--json").json
    return {client: evaluated[client]["auc"] for client in BIG}


def active_days_aucs(road: Road, folder: Path, clients: list[str]) -> Mapping[str, float]:
    """The same for the plain count of days, of the last 28, on which a person did something about the client."""
    scored = pl.DataFrame(
        road.rows(
            "SELECT DISTINCT a.client_id, a.applicant_id, m.member_id, a.as_of, "
            "o.outcome IN ('selection_withdrawal', 'offer_decline') FROM score JOIN applicant a USING (applicant_no) "
            "JOIN member m USING (member_no) JOIN outcome o USING (applicant_no) "
            "WHERE value IS NOT NULL AND o.outcome <> 'rejected' AND (o.outcome_at >= a.as_of OR "
            "o.outcome NOT IN ('selection_withdrawal', 'offer_decline'))"
        ),
        schema=["client_id", "applicant_id", "member_id", "as_of", "left"],
        orient="row",
    )
    events = pl.scan_parquet(folder / "events.parquet").select("member_id", "target", "occurred_at")
    counted = (
        scored.lazy()
        .join(events, left_on=["member_id", "client_id"], right_on=["member_id", "target"])
        .with_columns(ago=pl.col("as_of") - pl.col("occurred_at"))
        .filter(pl.col("ago") > timedelta(0), pl.col("ago") < timedelta(days=28))
        .group_by("client_id", "applicant_id")
        .agg(days=pl.col("ago").dt.total_days().n_unique().cast(pl.Int64))
    )
    rows = scored.join(counted.collect(), on=["client_id", "applicant_id"], how="left").fill_null(0)
    of = {client: rows.filter(pl.col("client_id") == client) for client in clients}
    return {client: float(roc_auc_score(found["left"], -found["days"])) for client, found in of.items()}
