"""The event API over a real server: what is acknowledged is on disk, once, whatever is killed."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.consent.policy import text_sha256
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.journey.command import Road
from tests.journey.portals import patient
from tests.journey.portals.conftest import wait_for

COUNT = "SELECT event_id, count(*) FROM received_event GROUP BY 1"
WAITING = "SELECT count(*) FROM received_event WHERE collected_at IS NULL"
KILLS = 4
SENDERS = 4
SCHEMA_CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
)  # fmt: skip


@dataclass
class Board:
    """A board's program: its key, and the server it sends to, which can be killed and started again."""

    road: Road
    key: str
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "kanmon",
            "serve",
            "--no-worker",
            "--port",
            str(self.port),
            "--workspace",
            str(self.road.root),
        ]
        environment = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        wait_for(f"http://127.0.0.1:{self.port}", self.process)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=patient.SECONDS)
        try:
            sent = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            sent |= {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, f"/api/v1{path}", body, sent)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def send(self, *events: dict[str, object], **headers: str) -> tuple[int, Any]:
        return self.ask("POST", "/events", json.dumps({"events": events}).encode(), **headers)


def event(name: str, **other: object) -> dict[str, object]:
    return {"event_id": name, "occurred_at": "2026-04-01T09:00:00+09:00", "kind": "view", "cookie_id": name} | other


@pytest.fixture(scope="module")
def board(loaded: Road, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Board]:
    road = loaded.copy_to(tmp_path_factory.mktemp("board") / "workspace")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    board = Board(road, road("key", "add", "board", "--may", "events,consents,decisions", "--json").json["key"], port)
    board.start()
    yield board
    board.kill()


def test_the_same_event_again_is_a_duplicate_and_another_one_under_its_id_is_refused(board: Board) -> None:
    assert board.send(event("a"), event("b"), event("a")) == (200, {"accepted": 2, "duplicate": 1, "refused": []})
    status, answer = board.send(event("a"), event("b", kind="search"))
    assert (status, answer["accepted"], answer["duplicate"]) == (422, 0, 1)
    [refused] = answer["refused"]
    assert (refused["index"], refused["event_id"], refused["code"]) == (1, "b", "CONFLICT")
    status, answer = board.send(event("c"), event("c", kind="search"), event("c"))
    assert (status, answer["accepted"], answer["duplicate"]) == (422, 1, 1)
    assert [one["index"] for one in answer["refused"]] == [1]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"kind": ""}, "kind", "MISSING"),
        ({"kind": "x" * 257}, "kind", "TOO_LONG"),
        ({"occurred_at": "yesterday"}, "occurred_at", "NOT_A_TIME"),
        ({"occurred_at": "2026-04-01T09:00:00"}, "occurred_at", "NOT_A_TIME"),
        ({"occurred_at": 1_775_000_000}, "occurred_at", "NOT_A_TIME"),
        ({"occurred_at": "1775000000"}, "occurred_at", "NOT_A_TIME"),
        ({"cookie_id": "\u3000"}, "cookie_id", "MISSING"),
        ({"occurred_at": "0001-01-01T00:00:00+09:00"}, "occurred_at", "TOO_EARLY"),
        ({"page": "\ud800"}, "page", "NOT_ALLOWED"),
        ({"\ud800": 1}, "event", "NOT_ALLOWED"),
        ({"occurred_at": "2999-04-01T09:00:00Z"}, "occurred_at", "IN_THE_FUTURE"),
        ({"occurred_at": "1980-04-01T09:00:00Z"}, "occurred_at", "TOO_EARLY"),
        ({"weight": -1}, "weight", "NOT_A_NUMBER"),
        ({"weight": "many"}, "weight", "NOT_A_NUMBER"),
        ({"cookie_id": None}, "cookie_id", "NO_ID"),
        ({"page": "a\x00b"}, "page", "NOT_ALLOWED"),
        ({"score": 1}, "score", "NOT_ALLOWED"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_event_is_told_by_field_and_reason_and_the_good_ones_are_taken(
    board: Board, change: dict[str, object], field: str, code: str
) -> None:
    good = f"good {change}"[:200]
    status, answer = board.send(event("bad", **change), event(good))
    assert (status, answer["accepted"]) == (422, 1)
    [refused] = answer["refused"]
    assert (refused["index"], refused["field"], refused["code"]) == (0, field, code)
    english = board.send(event("bad", **change), Accept_Language="en")[1]["refused"][0]["reason"]
    assert refused["reason"] != english


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda board: board.ask("POST", "/events", b"{", Authorization="Basic x"), 401),
        (lambda board: board.ask("POST", "/events", b"{}", Authorization="Bearer guessed"), 401),
        (lambda board: board.ask("GET", "/state", Authorization="Bearer guessed"), 401),
        (lambda board: board.ask("POST", "/events", b"{"), 400),
        (lambda board: board.ask("POST", "/events", b"[]"), 400),
        (lambda board: board.ask("POST", "/events", b"[" * 100_000), 400),
        (lambda board: board.ask("DELETE", "/events"), 405),
        (lambda board: board.ask("GET", "/nothing"), 404),
        (lambda board: board.ask("POST", "/events", b'{"events": [1]}'), 400),
        (lambda board: board.ask("POST", "/events", b"{}", Content_Type="text/plain"), 415),
        (lambda board: board.send(*(event(str(number)) for number in range(1001))), 413),
        (lambda board: board.ask("POST", "/events", b" " * 1_000_001), 413),
    ],
)
def test_a_request_that_is_not_taken_says_why(
    board: Board, ask: Callable[[Board], tuple[int, Any]], status: int
) -> None:
    found, said = ask(board)
    assert (found, set(said)) == (status, {"code", "message"})


def test_a_revoked_key_opens_nothing(board: Board) -> None:
    made = board.road("key", "add", "short-lived", "--json").json["key"]
    assert board.road("key", "add", "short-lived").status == 2
    assert board.send(event("with a key"), Authorization=f"Bearer {made}")[0] == 200
    assert board.road("key", "revoke", "short-lived").status == 0
    assert board.send(event("without"), Authorization=f"Bearer {made}")[0] == 401
    assert board.road("key", "revoke", "short-lived").status == 2


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled_when_the_server_is_killed(board: Board) -> None:
    acknowledged: set[str] = set()
    done = threading.Event()

    def send(sender: int) -> None:
        batch = 0
        while not done.is_set():
            names = [f"killed {sender} {batch} {number}" for number in range(50)]
            try:
                status, answer = board.send(*map(event, names))
            except (OSError, HTTPException):
                time.sleep(0.05)
                continue
            if status == 503:  # on a busy machine: it is to be tried again, as after a broken connection
                continue
            assert (status, answer["accepted"] + answer["duplicate"]) == (200, 50)
            acknowledged.update(names)
            batch += 1

    senders = [threading.Thread(target=send, args=(number,), daemon=True) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    chance = random.Random(5)
    for _ in range(KILLS):
        more_than(acknowledged, 200)
        time.sleep(chance.uniform(0, 1))  # so that it dies now here, now there
        board.kill()
        board.start()
    more_than(acknowledged, 200)
    done.set()
    for sender in senders:
        sender.join()
    kept = dict(board.road.rows(COUNT))
    assert acknowledged <= kept.keys()
    assert set(kept.values()) == {1}


def more_than(acknowledged: Collection[str], more: int) -> None:
    """Wait until so many more were acknowledged."""
    wanted, deadline = len(acknowledged) + more, time.monotonic() + patient.SECONDS
    while len(acknowledged) < wanted:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_no_acknowledged_consent_is_lost_and_none_is_doubled_when_the_server_is_killed(board: Board) -> None:
    acknowledged: set[str] = set()
    done = threading.Event()
    [(season,)] = board.road.rows("SELECT season_id FROM season ORDER BY opens_at DESC LIMIT 1")
    members = [one for (one,) in board.road.rows("SELECT member_id FROM member ORDER BY 1 LIMIT :count", count=SENDERS)]
    [(before,)] = board.road.rows("SELECT count(*) FROM consent_act")

    def persist(path: str, **body: object) -> Any:
        while True:
            try:
                status, answer = board.ask("POST", path, json.dumps(body).encode())
            except (OSError, HTTPException):
                time.sleep(0.05)
                continue
            if status == 503:
                continue
            assert status == 200, answer
            return answer

    def agree(member: str) -> None:
        number = 0
        asked = {"screen_id": f"pre_entry-{season}", "member_id": member}
        while not done.is_set():
            number += 1
            shown = persist("/consent-texts", **asked, language="ja")
            act = {"act_id": f"{member} {number}", "action": "withdraw" if number % 5 == 0 else "accept"}
            evidence = {"token": shown["token"], "text_sha256": shown["text_sha256"]}
            recorded = persist("/consents", **asked, **act, **evidence)
            assert persist("/consents", **asked, **act, **evidence) == recorded
            acknowledged.add(act["act_id"])

    senders = [threading.Thread(target=agree, args=(member,), daemon=True) for member in members]
    for sender in senders:
        sender.start()
    chance = random.Random(7)
    for _ in range(2):
        more_than(acknowledged, 5)
        time.sleep(chance.uniform(0, 1))
        board.kill()
        board.start()
    more_than(acknowledged, 5)
    done.set()
    for sender in senders:
        sender.join()
    kept = board.road.rows("SELECT act_id, consent_no FROM consent_answer WHERE refusal IS NULL")
    assert acknowledged <= {act for act, _ in kept}
    assert len({number for _, number in kept}) == len(kept)
    [(after,)] = board.road.rows("SELECT count(*) FROM consent_act")
    assert after - before == len(kept)


@pytest.mark.parametrize("place", ["PostgresIntakeStore:mark_collected:2", "PostgresIntakeStore:mark_refused:1"])
def test_collected_events_are_in_the_lake_once_even_when_the_collector_is_killed(board: Board, place: str) -> None:
    board.road("collect")
    before = lake(board)["event"]
    board.send(*(event(f"collected {place} {number}") for number in range(30)))
    board.road.killed_in(f"kanmon.intake.store.events:{place}", "collect")
    assert lake(board)["event"] == before + 30
    assert board.road.rows(WAITING) == [(30,)]
    board.send(event(f"later {place}"))
    assert board.road("collect", "--json").json == {"new": 1, "unchanged": 30, "refused": 0}
    assert lake(board)["event"] == before + 31
    assert board.ask("GET", "/state") == (200, {"waiting": 0})
    assert board.road("collect", "--json").json == {"new": 0, "unchanged": 0, "refused": 0}


def test_a_collector_killed_before_the_lake_has_anything_takes_everything_the_next_time(board: Board) -> None:
    board.road("collect")
    board.send(event("not yet in the lake"))
    board.road.killed_in("kanmon.lake.files.duckdb_lake:DuckDBLake:append_events:1", "collect")
    assert board.road("collect", "--json").json == {"new": 1, "unchanged": 0, "refused": 0}


def test_events_that_say_the_same_are_as_many_in_the_lake_whenever_they_are_collected(board: Board) -> None:
    board.road("collect")
    before = lake(board)["event"]
    for batch in (
        [event("same 1")],
        [event("same 2", cookie_id="same 1"), event("same 3", cookie_id="same 1", weight=9)],
    ):
        board.send(*batch)
        board.road("collect")
    assert lake(board)["event"] == before + 3


def test_an_event_of_an_unknown_member_waits_until_the_member_is_loaded(
    board: Board, season: Path, tmp_path: Path
) -> None:
    board.road("collect")
    board.send(event("early", member_id="registered later", cookie_id=None))
    for _ in range(2):
        told = board.road("collect", "--json")
        assert (told.status, told.json) == (3, {"new": 0, "unchanged": 0, "refused": 1})
    members = shutil.copytree(season, tmp_path / "season") / "members.parquet"
    known = pq.read_table(members)
    late = known.slice(0, 1).to_pylist()[0] | {"member_id": "registered later"}
    pq.write_table(pa.concat_tables([known, pa.Table.from_pylist([late], known.schema)]), members)
    assert board.road("load", members.parent).status == 0
    assert board.road("collect", "--json").json == {"new": 1, "unchanged": 0, "refused": 0}
    assert board.road.rows(WAITING) == [(0,)]


@pytest.mark.parametrize(
    ("accepted", "is_english"), [("fr-FR, en;q=0.8, ja;q=0.5", True), ("EN-us", True), ("de", False)]
)
def test_reasons_are_in_the_first_language_asked_for_that_there_is(
    board: Board, accepted: str, is_english: bool
) -> None:
    [refused] = board.send(event("bad", weight=-1), Accept_Language=accepted)[1]["refused"]
    assert refused["reason"].isascii() is is_english


def test_consent_is_taken_over_http_with_the_words_that_were_served(board: Board) -> None:
    [(season,)] = board.road.rows("SELECT season_id FROM season ORDER BY opens_at DESC LIMIT 1")
    [(member,)] = board.road.rows("SELECT member_id FROM member ORDER BY 1 DESC LIMIT 1")
    screen = {"screen_id": f"web_test-{season}", "member_id": member}

    def ask(path: str, headers: Mapping[str, str] | None = None, **body: object) -> tuple[int, Any]:
        return board.ask("POST", path, json.dumps(screen | body).encode(), **(headers or {}))

    status, shown = ask("/consent-texts", language="en")
    assert (status, shown["version"], shown["is_verified"]) == (200, "2.0-en", True)
    assert text_sha256("\n".join(line["text"] for line in shown["lines"])) == shown["text_sha256"]
    assert {line["clause"] for line in shown["lines"]} == {None, "c1"}
    act = {"act_id": "1", "action": "accept", "token": shown["token"], "text_sha256": shown["text_sha256"]}
    status, recorded = ask("/consents", **act, refusable=True)
    assert (status, recorded["text_sha256"], recorded["is_hash_from_browser"]) == (200, shown["text_sha256"], True)
    assert ask("/consents", **act, refusable=True) == (200, recorded)
    assert ask("/consents", **act, refusable=False)[0] == 409
    again = act | {"act_id": "2"}
    for language, words in (("ja", "すでに回答"), ("en", "answered already")):
        status, told = ask("/consents", {"Accept_Language": language}, **again)
        assert (status, told["code"]) == (422, "TOKEN_USED")
        assert words in told["message"]
    for wrong in ({"action": "agree"}, {"text_sha256": "x"}, {"act_id": ""}, {"consented": True}):
        assert ask("/consents", **(act | wrong))[0] == 422
    status, told = ask("/consent-texts", language="en", visitor_id="both")
    assert (status, told["code"]) == (422, "NOT_ALLOWED")
    assert ask("/consents", {"Authorization": "Bearer guessed"}, **act)[0] == 401
    held = "SELECT DISTINCT member_id FROM consent_hold JOIN member USING (member_no) WHERE ended_at IS NULL"
    assert board.road.rows(held) == [(member,)]
    status, told = ask("/consents", act_id="3", action="withdraw", client_id="nobody")
    assert (status, told["code"]) == (422, "CLIENT_UNKNOWN")
    assert ask("/consents", act_id="1", action="withdraw")[0] == 409
    faults = {fault for (fault,) in board.road.rows("SELECT fault FROM consent_hold")}
    assert faults == {"not_allowed", "CLIENT_UNKNOWN", "ACT_ID_TAKEN"}
    assert ask("/consents", act_id="4", action="withdraw")[0] == 200
    assert board.road.rows(held) == []


def test_nothing_that_the_schema_allows_or_forbids_breaks_the_server(board: Board, tmp_path: Path) -> None:
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        f"http://127.0.0.1:{board.port}/api/v1/openapi.json",
        *("--header", f"Authorization: Bearer {board.key}"),
        *("--checks", ",".join(SCHEMA_CHECKS)),
        *("--max-examples", "60", "--seed", "1", "--continue-on-failure", "--suppress-health-check", "all"),
        *("--request-timeout", str(patient.SECONDS)),
    ]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert told.returncode == 0, told.stdout
    assert f"Tested: {len(operations(board))}" in told.stdout


def operations(board: Board) -> Sequence[tuple[str, str]]:
    with urlopen(f"http://127.0.0.1:{board.port}/api/v1/openapi.json", timeout=patient.SECONDS) as answer:
        paths = json.load(answer)["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]


def lake(board: Board) -> Mapping[str, int]:
    return DuckDBLake(board.road.root / "lake").sizes()
