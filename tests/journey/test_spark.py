"""A season is trained, gated and scored on Spark as it was here: models, decisions and scores to the last bit."""

from collections.abc import Callable

import pytest

from tests.engines.conftest import spark_for_tests
from tests.journey.command import Road
from tests.journey.conftest import Ran

MODELS = "SELECT client_id, artefact FROM prediction_model ORDER BY 1"
DECISIONS = """
    SELECT d.client_id, applicant_id, use, allowed, reasons, elements, consent_no, law_profile_id, confirmed_at
    FROM gate_decision d JOIN applicant USING (applicant_no) WHERE use <> 'provide' ORDER BY use, 1, 2
"""
SCORES = """
    SELECT s.client_id, applicant_id, value, not_scorable, consent_no, explanation::text, confirmed_at
    FROM score s JOIN applicant USING (applicant_no) ORDER BY 1, 2
"""


def test_a_season_on_spark(
    ran: Ran, loaded: Road, workspace: Callable[[Road | None], Road], monkeypatch: pytest.MonkeyPatch
) -> None:
    road = workspace(loaded)
    assert road("link").status == 0
    spark_for_tests()
    monkeypatch.setenv("KANMON_ENGINE", "spark")
    for step in ("train", "score"):
        done = road(step)
        assert done.status == 0, done.err
    assert any(value is not None for _, _, value, *_ in road.rows(SCORES))
    for what in (MODELS, DECISIONS, SCORES):
        assert road.rows(what) == ran.road.rows(what)
