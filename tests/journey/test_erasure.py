"""Erasure of one person, a canary: gone from every file but for what the law locks, and then gone altogether."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kanmon.application.application import stop_database
from kanmon.consent.collected.service import ConsentRefusal
from tests.journey.canary import ACCOUNT, MEMBER, Hit, hide, search
from tests.journey.canary_life import answer_late, checked, live
from tests.journey.command import Road, csv_rows, kanmon
from tests.journey.conftest import Ran

PROVIDED = """
    SELECT m.member_id, count(DISTINCT r.client_id) FROM provision_record r JOIN member m USING (member_no)
    WHERE m.season_id = '2027' GROUP BY 1 HAVING count(DISTINCT r.client_id) > 1 ORDER BY 2 DESC, 1 LIMIT 1
"""
TAUGHT = """
    SELECT a.client_id, a.applicant_id FROM model_training JOIN applicant a USING (client_id, applicant_no)
    WHERE client_id = 'AOBA' ORDER BY 2 LIMIT 1
"""
OTHERS = """
    SELECT client_id, applicant_no, value, not_scorable, explanation::text FROM score
    WHERE applicant_no NOT IN (SELECT applicant_no FROM applicant WHERE applicant_id LIKE 'AP-KANARIE%')
    ORDER BY score_no
"""
AFTER_REQUEST = "kanmon.rights.erasure.files.workspace:WorkspaceErasing:forget_values:1"
STAGES = (
    "kanmon.rights.erasure.store.erasures:PostgresErasureStore:ask_recipients:1",
    "kanmon.lake.files.manifest:LakeFolder:swap:1",
    "kanmon.rights.erasure.store.erasures:PostgresErasureStore:naming:1",
    "kanmon.core.durable:os:rename:2",
    "kanmon.db.compaction:PostgresCompaction:compact:1",
)
"""Where the erasure is killed, in its order: before anything holds, and in each kind of store."""


@dataclass(frozen=True)
class Watched:
    """A replay workspace with the canary in it, what it held before, and the moment it acts at."""

    road: Road
    season: Path
    at: str
    others: list[tuple[object, ...]]
    rows: dict[str, list[list[str]]]
    answer: Path
    check_code: str


@dataclass(frozen=True)
class Erased:
    """The workspace after the erasure, what it told, and the receipt."""

    road: Road
    told: Any
    receipt: Path


@pytest.fixture(scope="module")
def watched(ran: Ran, season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("canary")
    [(member, _)], [taught] = ran.road.rows(PROVIDED), ran.road.rows(TAUGHT)
    shutil.copytree(season, folder / "season")
    hide(folder / "season", member, taught)
    road, now = Road(folder / "workspace"), datetime.now(UTC)
    at = now.isoformat()
    assert kanmon("init", road.root, "--replay").status == 0
    try:
        assert road("load", folder / "season", "--at", at).status == 3  # the canary is there twice
        assert road("run", "--at", at).status in (0, 4)
        assert road("account", "add", ACCOUNT, "--member", MEMBER).status == 0
        assert road("subject", "answer", MEMBER, folder / "answer.json").status == 0
        check_code = live(road, now)
        assert any(hit.path.startswith("rejected") for hit in search(road.root))
        clients = [path.name for path in (road.root / "reports").iterdir()]
        rows = {client: csv_rows(road.reports(client)[0]) for client in clients}
        yield Watched(road, folder / "season", at, road.rows(OTHERS), rows, folder / "answer.json", check_code)
    finally:
        stop_database(road.root)


@pytest.fixture
def road(watched: Watched, tmp_path: Path) -> Iterator[Road]:
    road = watched.road.copy_to(tmp_path / "workspace")
    yield road
    stop_database(road.root)


def at_rest(road: Road) -> list[Hit]:
    stop_database(road.root)
    return search(road.root)


@pytest.fixture(scope="module")
def erased(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erased]:
    """The canary erased; the tests below follow each other in it."""
    folder = tmp_path_factory.mktemp("erased")
    road = watched.road.copy_to(folder / "workspace")
    assert {Path(hit.path).parts[0] for hit in search(road.root)} >= {"lake", "postgres", "rejected", "reports"}
    receipt = folder / "erased.json"
    done = road("subject", "erase", MEMBER, "--receipt", receipt, "--at", watched.at, "--json")
    assert done.status == 0, done.err
    yield Erased(road, done.json, receipt)
    stop_database(road.root)


def test_nothing_is_left_but_what_is_locked(watched: Watched, erased: Erased) -> None:
    assert erased.told["is_done"]
    locked, asked = ({one["client_id"] for one in erased.told[name]} for name in ("locked", "asked"))
    assert locked == asked
    assert len(locked) > 1
    assert "no member" in erased.road("subject", "show", MEMBER).err
    is_whole(watched, erased.road)
    now = datetime.fromisoformat(watched.at)
    before, after = (checked(erased.road, now, code) for code in (watched.check_code, erased.told["check_code"]))
    assert before == after
    assert after is not None
    assert sum(line.provided > 0 for line in after) == len(locked)
    assert_only_locked(at_rest(erased.road))
    assert kanmon("verify", erased.receipt, "--json").json["payload"]["locked"] == erased.told["locked"]
    assert kanmon("verify", watched.answer).status == 0


def test_a_model_that_learned_from_the_person_is_trained_anew(watched: Watched, erased: Erased) -> None:
    road = erased.road
    [(old, artefact)] = road.rows("SELECT sha256, artefact FROM prediction_model WHERE model_id = 'AOBA-1'")
    assert artefact is None
    scored = road("score", "--client", "AOBA", "--at", watched.at, "--json").json["clients"]
    assert (scored[0]["scored"], set(scored[0]["not_scorable"])) == (0, {"MODEL_NOT_READY"})
    later = datetime.fromisoformat(watched.at) + timedelta(hours=1)  # so that its report is the newer one by name
    assert road("run", "--client", "AOBA", "--at", later.isoformat()).status == 0
    kept = "SELECT model_id, sha256 FROM prediction_model WHERE artefact IS NOT NULL AND client_id = 'AOBA'"
    [(new, sha256)] = road.rows(kept)
    assert new == "AOBA-2"
    assert sha256 != old


def test_the_same_folder_brings_nobody_back(watched: Watched, erased: Erased, tmp_path: Path) -> None:
    folder = tmp_path / "season"
    shutil.copytree(watched.season, folder)
    events = pq.read_table(folder / "events.parquet")
    pq.write_table(events.filter(pc.is_valid(events["member_id"])), folder / "events.parquet")
    loaded = erased.road("load", folder, "--at", watched.at, "--json")
    assert loaded.status == 3
    refused = {file["dataset"]: file["refused"] for file in loaded.json["files"]}
    assert min(refused[name] for name in ("members", "identities", "events", "consents", "notices", "applicants")) > 0
    assert erased.road("subject", "show", MEMBER).status == 2
    assert not [hit for hit in search(erased.road.root) if not hit.path.startswith(("postgres", "reports"))]


def test_when_the_retention_has_passed_nothing_is_left_at_all(watched: Watched, erased: Erased) -> None:
    road, last = erased.road, date.fromisoformat(erased.told["locked"][0]["retain_until"])
    assert answer_late(road, datetime.fromisoformat(watched.at)) is ConsentRefusal.MEMBER_UNKNOWN
    # Last year's row was in no report of ours and goes first.
    for day, due in ((last, 1), (last, 0), (last + timedelta(days=1), 1)):
        at = f"{day.isoformat()}T12:00:00+09:00"
        assert road("subject", "erase", "--due", "--at", at, "--json").json == {"due": due}
    told = road("audit", "ledger", "--json").json
    assert (told["findings"], told["rows"]) == ([], [])
    assert kanmon("verify", erased.receipt).status == 0
    assert at_rest(road) == []
    for client, rows in watched.rows.items():
        assert csv_rows(road.reports(client)[0]) == [row for row in rows if not row[0].startswith("AP-KANARIE")]


def is_whole(watched: Watched, road: Road) -> None:
    """Everything else is as it was; the client's report says of the canary what it says of anybody without a score."""
    told = road("audit", "ledger", "--json").json
    assert (told["findings"], told["rows"]) == ([], [])
    assert road.rows(OTHERS) == watched.others
    for client, rows in watched.rows.items():
        [report] = road.reports(client)
        word = "N/A" if client == "KITAHAMA" else "スコアなし"
        blanked = [[row[0], word, *("" for _ in row[2:])] if row[0].startswith("AP-KANARIE") else row for row in rows]
        assert csv_rows(report) == blanked


def assert_only_locked(hits: list[Hit]) -> None:
    """What names the canary are the clients' own IDs in their lists, and payloads of the ledger that are locked."""
    assert {Path(hit.path).parts[0] for hit in hits} == {"postgres", "reports"}
    for hit in hits:
        named = hit.text.replace("\ufffd", "")
        assert "AP-KANARIEQX7" in named or f'"member_id":"{MEMBER}"' in named, hit


def test_killed_at_each_step_it_is_finished_by_repeating(watched: Watched, road: Road) -> None:
    for place in STAGES:
        road.killed_in(place, "subject", "erase", MEMBER, "--at", watched.at)
    told = road("subject", "erase", MEMBER, "--at", watched.at, "--json").json
    assert told["is_done"]
    is_whole(watched, road)
    assert_only_locked(at_rest(road))
    again = road("subject", "erase", MEMBER, "--at", watched.at, "--json").json
    assert again == told


def test_from_the_request_on_nothing_is_provided_even_where_the_rest_waits(watched: Watched, road: Road) -> None:
    road.killed_in(AFTER_REQUEST, "subject", "erase", MEMBER, "--at", watched.at)
    found = road("gate", "--at", watched.at, "--json").json["rows"]
    mine = [row for row in found if row["applicant_id"].startswith("AP-KANARIE")]
    assert len(mine) > 1
    assert all("DENY_CONSENT_WITHDRAWN" in row["reasons"] for row in mine)
