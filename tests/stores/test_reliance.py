"""What rests on consents to a version: by the provision's record, by the score's, through readings and languages."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.audits.reliance.service import Reliance, provisions_relying_on
from kanmon.audits.reliance.store import RelianceStore
from kanmon.clients.store import ServiceStore
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from kanmon.db.unit_of_work import Database
from tests.stores.test_audit_store import COVERING, DAY, NARROW, SINCE, World
from tests.tables import tables

COVERING_TEXT, NARROW_TEXT = 1, 2


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "lake")


def provided(world: World, on_text: int, scored_on_text: int) -> None:
    """Provide a score to one client on the member's first act; it was computed on the second."""
    world.acted("accept", 1, text=on_text)
    world.acted("accept", 2, text=scored_on_text)
    with world.database.write(ClientId("one")) as session:
        session.connection.execute(
            insert(tables.score).values(
                run_id="r", client_id="one", applicant_no=1, model_id="m", value=5000, computed_at=SINCE + 5 * DAY,
                consent_no=2,
            )
        )  # fmt: skip
    world.applied("one", 4, provided_on=(10,))


def reliance(world: World, version: str, policy: PolicyId | None = None) -> Reliance:
    with world.database.read() as session:
        return provisions_relying_on(RelianceStore(session), policy, PolicyVersionId(version))


@pytest.mark.parametrize(
    ("on_text", "scored_on_text", "uses", "evidence"),
    [
        (COVERING_TEXT, COVERING_TEXT, (True, True), 1),
        (COVERING_TEXT, NARROW_TEXT, (True, False), 1),
        (NARROW_TEXT, COVERING_TEXT, (False, True), 2),
    ],
)
def test_record_and_score_both_rest_on_a_consent(
    world: World, on_text: int, scored_on_text: int, uses: tuple[bool, bool], evidence: int
) -> None:
    provided(world, on_text, scored_on_text)
    [one] = reliance(world, COVERING.version_id).provisions
    assert (one.provided_on, one.scored_on) == uses
    assert (one.evidence_id, one.agreed_at) == (evidence, SINCE + evidence * DAY)
    assert (one.client_id, one.member_id, one.applicant_id) == ("one", "M1", "a1")
    assert (one.score_no, one.computed_at, one.provided_at) == (1, SINCE + 5 * DAY, SINCE + 10 * DAY)
    assert one.handed_over_at is None


def test_what_rests_on_another_version_is_left_out(world: World) -> None:
    provided(world, NARROW_TEXT, NARROW_TEXT)
    assert reliance(world, COVERING.version_id).provisions == ()
    assert len(reliance(world, NARROW.version_id).provisions) == 1


def test_another_reading_of_the_words_is_no_other_provision(world: World) -> None:
    provided(world, COVERING_TEXT, COVERING_TEXT)
    with world.database.write() as session:
        ServiceStore(session).add_policy_version(replace(COVERING, clauses=()), SINCE)
    assert len(reliance(world, COVERING.version_id).provisions) == 1


def test_of_several_policies_one_is_named(world: World) -> None:
    provided(world, COVERING_TEXT, COVERING_TEXT)
    other = replace(COVERING, policy_id=PolicyId("terms"), text="別の規約")
    with world.database.write() as session:
        ServiceStore(session).add_policy_version(other, SINCE)
    with pytest.raises(UsageError, match="privacy, terms"):
        reliance(world, COVERING.version_id)
    assert reliance(world, COVERING.version_id, PolicyId("terms")).provisions == ()
    assert len(reliance(world, COVERING.version_id, COVERING.policy_id).provisions) == 1
    with pytest.raises(UsageError, match="no such policy version"):
        reliance(world, "9")
