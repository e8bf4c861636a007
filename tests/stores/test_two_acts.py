"""A score keeps which act it is of, and whoever reads it reads that: positions, outcomes, provisions."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.audits.drift.store import DriftStore
from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo, ClientId, MemberId
from kanmon.db.unit_of_work import Database
from kanmon.modelling.last_year import AlikeGroup
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.rights.answer.store.subjects import SubjectRecords
from kanmon.scoring.explanation import Explanation
from kanmon.scoring.store import ScoreStore
from tests.stores.test_audit_store import CLIENTS, SEASON, SINCE, World
from tests.tables import tables

BOTH, SELECTION, OFFER = ScoreTarget
ONE = ClientId("one")
DAY = timedelta(days=1)
NOW = SINCE + 90 * DAY
PREDICTED = {1: SELECTION, 2: OFFER, 3: None, 4: SELECTION}
"""What the score of each is of; None of one from before that was kept."""
OUTCOMES = {1: "offer_decline", 2: "offer_decline", 3: "offer_decline", 4: "selection_withdrawal"}
GROUPS = {act: AlikeGroup(0.0, 1.0, people, 9) for act, people in ((SELECTION, 40), (OFFER, 30), (BOTH, 70))}


def card(*acts: ScoreTarget) -> Mapping[str, object]:
    parts = [{"target": act, "groups": [vars(GROUPS[act])]} for act in acts]
    return {"parts": parts} if len(parts) > 1 else parts[0]


def scored(database: Database, root: Path, facts: Mapping[str, object]) -> Database:
    """Four applications of one member, scored by a model of these facts."""
    World(database, root)
    dates = {"trained_at": SINCE, "acted_at": SINCE}
    with database.write(ONE) as session:
        run = session.connection.execute
        run(insert(tables.run).values(
            run_id="r", command="run", acted_at=SINCE, real_at=SINCE, is_replay=False, state="finished",
        ))  # fmt: skip
        run(insert(tables.prediction_model).values(
            model_id="one-1", client_id=ONE, version=1, season_id=SEASON.season_id, run_id="r", artefact=b"{}",
            card=facts, sha256="", **dates,
        ))  # fmt: skip
        for number, predicted in PREDICTED.items():
            run(insert(tables.applicant).values(
                client_id=ONE, season_id=SEASON.season_id, applicant_id=f"a{number}", position=number, applied_at=SINCE,
                as_of=SINCE, brought_member_no=1,
            ))  # fmt: skip
            run(insert(tables.outcome).values(
                client_id=ONE, applicant_no=number, outcome=OUTCOMES[number], outcome_at=SINCE + DAY,
            ))  # fmt: skip
            kept = Explanation(0, (), 0, predicted=predicted or BOTH).facts()
            run(insert(tables.score).values(
                client_id=ONE, applicant_no=number, run_id="r", model_id="one-1", value=5000, scale="position-1",
                risk=0.5, active_days=1, computed_at=SINCE + DAY, confirmed_at=SINCE,
                explanation={name: value for name, value in kept.items() if predicted or name != "predicted"},
            ))  # fmt: skip
    return database


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Database:
    return scored(database, tmp_path, card(SELECTION, OFFER))


def test_a_score_is_told_beside_last_years_people_of_its_own_act(world: Database) -> None:
    with world.write() as session:
        told = SubjectRecords(session).scores(MemberId("M1"), CLIENTS[0])
        assert [one.alike for one in told] == [GROUPS[SELECTION], GROUPS[OFFER], None, GROUPS[SELECTION]]
        latest = ScoreStore(session).latest(ONE, SEASON.season_id, NOW)
        assert [latest[ApplicantNo(number)].predicted for number in PREDICTED] == [SELECTION, OFFER, BOTH, SELECTION]


def test_an_alarm_holds_each_score_against_what_it_is_of(world: Database) -> None:
    with world.write() as session:
        seen = DriftStore(session).seen(ONE, SEASON.season_id)
        assert seen is not None
        assert seen.left.tolist() == [False, True, True, True]


@pytest.mark.parametrize(("acts", "target"), [((SELECTION, OFFER), BOTH), ((OFFER,), OFFER), ((BOTH,), BOTH)])
def test_a_provision_knows_what_each_model_was_asked_for(
    database: Database, tmp_path: Path, acts: tuple[ScoreTarget, ...], target: ScoreTarget
) -> None:
    scored(database, tmp_path, card(*acts))
    with database.write() as session:
        store = PostgresProvisionStore(session, SealedRows(tmp_path))
        newest = store.newest_scores(ONE, SEASON.season_id, NOW)
        assert {one.target for one in newest.values()} == {target}
        assert [newest[ApplicantNo(number)].predicted for number in PREDICTED] == [SELECTION, OFFER, BOTH, SELECTION]
