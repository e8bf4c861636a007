"""Models and scores of which nothing has changed stand, whatever happens: computing them again gives just the same."""

import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.application.application import stop_database
from kanmon.lake.files import duckdb_lake
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.modelling.store.models import ModelStore
from kanmon.scoring.store import ScoreStore
from tests.journey.command import Road
from tests.journey.conftest import Ran

NEWEST = """
    SELECT DISTINCT ON (s.client_id, s.applicant_no) s.client_id, s.applicant_no, s.value, s.not_scorable, s.model_id,
        s.consent_no, s.confirmed_at, s.explanation::text, stale.score_no IS NOT NULL AS is_stale
    FROM score s LEFT JOIN stale_score stale USING (score_no)
    ORDER BY s.client_id, s.applicant_no, s.computed_at DESC, s.score_no DESC
"""
APPLICANTS = """
    SELECT a.client_id, m.member_id, a.as_of FROM applicant a JOIN member m USING (member_no)
    WHERE EXISTS (SELECT FROM provision_record r WHERE r.applicant_no = a.applicant_no) ORDER BY 1, 2
"""
LEARNED_FROM = """
    SELECT t.client_id, m.member_id, a.as_of
    FROM model_training t JOIN applicant a USING (applicant_no) JOIN member m USING (member_no) ORDER BY 1, 2
"""
NEWEST_MODELS = "SELECT DISTINCT ON (client_id) model_id, sha256 FROM prediction_model ORDER BY client_id, version DESC"
ASKED = "SELECT run_id, count(*) FROM gate_decision WHERE use = 'score' GROUP BY 1 ORDER BY max(decision_no)"
ONE_PROVIDED = """
    SELECT member_id FROM provision_record JOIN member USING (member_no) WHERE client_id = 'AOBA' ORDER BY 1 LIMIT 1
"""
RELIED_ON = """
    SELECT r.consent_no FROM provision_record r JOIN member USING (member_no)
    WHERE client_id = 'AOBA' AND member_id = :member ORDER BY record_no DESC LIMIT 1
"""
IS_IN_THE_NEWEST = """
    SELECT EXISTS (
        SELECT FROM provision_record r JOIN member USING (member_no)
        WHERE member_id = :member AND provision_id = (
            SELECT provision_id FROM provision WHERE client_id = 'AOBA' ORDER BY acted_at DESC LIMIT 1
        )
    )
"""


@pytest.fixture
def road(ran: Ran, tmp_path: Path) -> Iterator[Road]:
    road = ran.road.copy_to(tmp_path / "workspace")
    yield road
    stop_database(road.root)


class Life:
    """What may happen to a service from day to day, drawn at random."""

    def __init__(self, road: Road, season: Path, seed: int, people: str = APPLICANTS) -> None:
        self._road = road
        self._season = season
        self._draw = random.Random(seed)
        self._people = road.rows(people)
        self.whom = "", ""
        """Who was drawn last: the client applied to, and the member."""

    def goes_on(self) -> str:
        """Let one thing happen; what it was."""
        happening = self._draw.choice([self.acts, self.acts, self.logs_in, self.agrees, self.withdraws, self.objects])
        happening()
        return happening.__name__

    def acts(self, hours: range = range(-12, 12)) -> None:
        """Somebody did something, up to half a day before or after the moment that the score is about."""
        _, member, as_of = self._somebody()
        at = as_of + timedelta(hours=self._draw.choice(hours), seconds=self._draw.randrange(3600))
        self.load("events", [{"occurred_at": at, "member_id": member, "kind": "view", "weight": 1}])

    def logs_in(self) -> None:
        """Somebody else logged in on somebody's browser."""
        logins = pq.read_table(self._season / "identities.parquet")
        _, member, as_of = self._somebody()
        row = logins.slice(self._draw.randrange(len(logins)), 1).to_pylist()[0]
        self.load("identities", [{**row, "member_id": member, "seen_at": as_of - timedelta(days=1)}])

    def agrees(self) -> None:
        """Somebody agrees anew to a text that others agreed to."""
        acts = pq.read_table(self._season / "consents.parquet").to_pylist()
        _, member, as_of = self._somebody()
        agreed = self._draw.choice([act for act in acts if act["action"] == "accept"])
        self.load("consents", [{**agreed, "member_id": member, "occurred_at": as_of + timedelta(hours=1)}])

    def withdraws(self) -> None:
        client, member, _ = self._somebody()
        assert self._road("subject", "withdraw", member, "--client", client).status == 0

    def objects(self) -> None:
        client, member, _ = self._somebody()
        assert self._road("subject", "object", member, "--client", client).status == 0

    def corrects(self) -> None:
        """Some of somebody's browsers weren't theirs."""
        _, member, _ = self._somebody()
        [browser, *_] = self._road("subject", "correct", member, "--json").json["browsers"]
        mark = browser["cookie_id"] or f"@{browser['days'][0]['day']}"
        told = self._road("subject", "correct", member, "--not-mine", mark, "--words", "兄のもの", "--json").json
        if told["state"] == "open":
            assert self._road("subject", "decide", told["request_no"], "--person", "owner").status == 0

    def erases(self) -> None:
        _, member, _ = self._somebody()
        assert self._road("subject", "erase", member).status == 0

    def load(self, table: str, rows: list[dict[str, object]]) -> None:
        """Load a folder of one table with these rows beside the service's terms."""
        folder = self._road.root.parent / "day"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(self._season / "service.yaml", folder)
        shutil.copytree(self._season / "policies", folder / "policies")
        schema = pq.read_schema(self._season / f"{table}.parquet")
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{table}.parquet")
        assert self._road("load", folder).status == 0

    def _somebody(self) -> tuple[str, str, datetime]:
        client, member, as_of = self._draw.choice(self._people)
        self._people.remove((client, member, as_of))
        self.whom = client, member
        return client, member, as_of


def score(road: Road) -> dict[str, bool]:
    """Score all; whether the scores of each client stood."""
    told = road("score", "--json").json
    return {client["client_id"]: client["scores_stand"] for client in told["clients"]}


def test_skipping_gives_just_the_scores_that_computing_gives(road: Road, season: Path) -> None:
    life = Life(road, season, seed=1)
    happenings: list[Callable[[], object]] = [life.goes_on, life.goes_on, life.corrects, life.goes_on, life.erases]
    assert all(score(road).values())
    stood: list[bool] = []
    for number, happening in enumerate(happenings):
        happening()
        if number % 2:
            stood += score(road).values()
    stood += score(road).values()
    assert set(stood) == {False, True}
    skipped = road.rows(NEWEST)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ScoreStore, "standing", lambda *_: None)
        assert not any(score(road).values())
    assert road.rows(NEWEST) == skipped


def train(road: Road) -> dict[str, bool]:
    """Train all; whether the model of each client stood, of those who have one."""
    told = road("train", "--json").json
    return {one["client_id"]: one["model"]["stands"] for one in told["clients"] if one["model"]["model_id"]}


def test_a_model_stands_until_something_of_those_whom_it_learned_from_changes(road: Road, season: Path) -> None:
    life = Life(road, season, 5, LEARNED_FROM)
    learned_from = {(client, member) for client, member, _ in road.rows(LEARNED_FROM)}
    spared: list[bool] = []
    acts: Callable[[], object] = partial(life.acts, range(-12, -1))
    for happening in (acts, life.withdraws, life.corrects, acts):
        assert all(train(road).values())
        happening()
        stood, (client, member) = train(road), life.whom
        assert not stood[client]
        spared += [stands for other, stands in stood.items() if (other, member) not in learned_from]
    assert spared
    assert all(spared)
    life.erases()
    assert not any(train(road).values())
    models = road.rows(NEWEST_MODELS)
    assert all(train(road).values())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ModelStore, "standing", lambda *_: None)
        assert not any(train(road).values())
    assert road.rows(NEWEST_MODELS) == models


def test_a_model_is_trained_again_where_somebody_turns_out_to_have_left(
    road: Road, season: Path, tmp_path: Path
) -> None:
    [(client, applicant)] = road.rows(
        """SELECT client_id, applicant_id FROM model_training JOIN applicant USING (client_id, applicant_no)
        JOIN outcome USING (client_id, applicant_no) WHERE outcome = 'joined' ORDER BY 1, 2 LIMIT 1"""
    )
    corrected = shutil.copytree(season, tmp_path / "corrected")
    outcomes = (season / "outcomes.csv").read_text(encoding="utf-8")
    told = rf'(?m)^("{client}","{applicant}","[^"]*"),"joined",'
    now_told, count = re.subn(told, r'\1,"selection_withdrawal",', outcomes)
    assert count == 1
    (corrected / "outcomes.csv").write_text(now_told, encoding="utf-8")
    assert road("load", corrected).status == 0
    stood = train(road)
    assert not stood.pop(client)
    assert all(stood.values())


def test_the_gate_is_asked_of_everybody_where_scores_stand(road: Road) -> None:
    [(first, asked)] = road.rows(ASKED)
    scores = road.rows("SELECT score_no FROM score")
    told = road("run", "--json").json
    assert all(client["scores_stand"] for client in told["clients"])
    assert road.rows("SELECT score_no FROM score") == scores
    assert road.rows(ASKED) == [(first, asked), (told["run_id"], asked)]
    assert "nothing that they rest on has changed" in road("score", "--client", "AOBA").out


def test_a_consent_that_is_newer_than_the_score_has_it_computed_again(road: Road, season: Path) -> None:
    """Otherwise the score would be older than the consent that it is provided on."""
    acts = pq.read_table(season / "consents.parquet").to_pylist()
    [(member,)] = road.rows(ONE_PROVIDED)
    [(evidence,)] = road.rows(RELIED_ON, member=member)
    assert road("subject", "withdraw", member, "--client", "AOBA").status == 0
    assert not score(road)["AOBA"]
    assert not provided(road, member)
    agreed = [act for act in acts if act["member_id"] == member and act["action"] == "accept"]
    now = datetime.now(UTC)
    Life(road, season, 0).load("consents", [{**act, "occurred_at": now} for act in agreed])
    stood = score(road)
    assert not stood.pop("AOBA")
    assert provided(road, member)
    assert road.rows(RELIED_ON, member=member) != [(evidence,)]
    assert score(road)["AOBA"]


def test_files_are_merged_after_a_run_and_by_the_worker_and_scores_stand(
    road: Road, season: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_lake, "MAX_PARTS", 1)
    lake, life = DuckDBLake(road.root / "lake"), Life(road, season, 3)
    for merges, merged_by in (("run",), 0), (("worker", "--until-empty"), 1), (("compact",), 1):
        life.acts()
        assert lake.is_scattered()
        assert road("score").status == 0
        before = lake.sizes()["event"]
        assert road(*merges).status == 0
        assert not lake.is_scattered()
        assert lake.sizes()["event"] == before
        assert road.rows("SELECT count(*) FROM job WHERE kind = 'compact' AND state = 'done'") == [(merged_by,)]
        assert all(score(road).values())


def provided(road: Road, member: str) -> bool:
    """Provide to one client; whether this person was in it."""
    assert road("provide", "--client", "AOBA").status == 0
    [(found,)] = road.rows(IS_IN_THE_NEWEST, member=member)
    return bool(found)
