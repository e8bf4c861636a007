"""A season is trained, gated and scored on Spark as it was here: models, decisions and scores to the last bit."""

from collections.abc import Callable

import pytest

from tests.engines.conftest import spark_for_tests
from tests.journey.command import Road
from tests.journey.conftest import Ran

MODELS = "SELECT client_id, artefact FROM prediction_model WHERE run_id = :run ORDER BY 1"
DECISIONS = """
    SELECT client_id, applicant_no, use, allowed, reasons, elements, consent_no, law_profile_id, confirmed_at
    FROM gate_decision WHERE run_id = ANY (:runs) AND use <> 'provide' ORDER BY use, 1, 2
"""
SCORES = """
    SELECT client_id, applicant_no, value, not_scorable, consent_no, contributions::text, confirmed_at
    FROM score WHERE run_id = :run ORDER BY 1, 2
"""
RUNS = "SELECT run_id FROM run WHERE command = :command ORDER BY real_at"


def test_a_season_on_spark(ran: Ran, workspace: Callable[[Road | None], Road], monkeypatch: pytest.MonkeyPatch) -> None:
    road = workspace(ran.road)
    spark_for_tests()
    monkeypatch.setenv("KANMON_ENGINE", "spark")
    for step in ("train", "score"):
        done = road(step, "--json")
        assert done.status == 0, done.err
    [here], [trained], [scored] = (
        [run for (run,) in road.rows(RUNS, command=command)] for command in ("run", "train", "score")
    )
    models = road.rows(MODELS, run=here)
    assert models
    assert road.rows(MODELS, run=trained) == models
    assert road.rows(DECISIONS, runs=[trained, scored]) == road.rows(DECISIONS, runs=[here])
    scores = road.rows(SCORES, run=here)
    assert sum(value is not None for _, _, value, *_ in scores) > 100
    assert road.rows(SCORES, run=scored) == scores
