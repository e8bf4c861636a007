"""Acting at another moment: only where the workspace was made for it, and then marked with both times."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.core.clock import SystemClock
from kanmon_stories.season import write_season
from tests.journey.command import Road, kanmon
from tests.journey.conftest import Ran

ACTED_AT = datetime(2024, 3, 5, 3, 0, tzinfo=UTC)


@pytest.fixture
def replay(tmp_path: Path) -> Iterator[Road]:
    road = Road(tmp_path / "workspace")
    assert kanmon("init", road.root, "--replay").status == 0
    yield road
    stop_database(road.root)


def test_present_workspace_refuses_another_moment(ran: Ran) -> None:
    for command in ("run", "gate", "provide", "evaluate"):
        refused = ran.road(command, "--at", "2026-01-01T00:00:00Z")
        assert refused.status == 2
        assert refused.out == ""
        assert "--replay" in refused.err
    assert ran.road.rows("SELECT count(*) FROM run WHERE is_replay") == [(0,)]


def test_moment_must_be_one(ran: Ran) -> None:
    refused = ran.road("run", "--at", "yesterday")
    assert refused.status == 2
    assert "yesterday" in refused.err


def test_replay_acts_then_and_keeps_both_times(replay: Road, tmp_path: Path) -> None:
    write_season(tmp_path / "season", 3, scale=0.02, now=ACTED_AT)
    begun_at = SystemClock().now()
    assert replay("load", tmp_path / "season").status == 0
    at = ACTED_AT.isoformat()
    run = replay("run", "--client", "AOBA", "--at", at, "--json")
    assert run.status == 0, run.err
    assert run.json["run_id"].startswith("20240305T030000Z")

    times = [*replay.rows("SELECT acted_at, real_at, is_replay FROM run"),
             *replay.rows("SELECT acted_at, real_at, is_replay FROM provision")]  # fmt: skip
    assert len(times) == 2
    for acted_at, real_at, is_replay in times:
        assert acted_at == ACTED_AT
        assert begun_at <= real_at <= begun_at + timedelta(minutes=10)
        assert is_replay
    assert {row[0] for row in replay.rows("SELECT decided_at FROM gate_decision")} == {ACTED_AT}

    # Before anybody had agreed to anything, nobody is cleared.
    early = replay("gate", "--client", "AOBA", "--at", (ACTED_AT - timedelta(days=900)).isoformat(), "--json")
    assert {row["decision"] for row in early.json["rows"]} == {"deny"}
    assert any("DENY_NO_CONSENT" in row["reasons"] for row in early.json["rows"])
