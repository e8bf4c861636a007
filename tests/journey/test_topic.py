"""Events of a Kafka topic: each is taken once, whatever is killed, and nothing that can't be taken is lost.

The brokers are librdkafka's own, in this process; they speak the protocol of real ones.
"""

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from kanmon.intake.files import kafka
from tests.journey.command import Done, Road

MakeWorkspace = Callable[[Road | None], Road]
TAKEN = "SELECT event_id, count(*) FROM received_event GROUP BY 1"
PASSWORD = "open sesame"


def event(number: int, **said: object) -> bytes:
    written = {"event_id": f"e{number}", "occurred_at": "2026-04-01T09:00:00+09:00", "kind": "view", "cookie_id": "c-1"}
    return json.dumps({**written, **said}).encode()


@dataclass
class Board:
    """A board that writes its events into a topic, and the workspace that takes them."""

    producer: Producer
    topic: str
    road: Road

    @property
    def command(self) -> tuple[str, ...]:
        return ("collect", "--from", f"kafka:{self.topic}", "--key", "board")

    def write(self, values: Sequence[bytes | None]) -> None:
        for number, value in enumerate(values):
            self.producer.produce(self.topic, value, partition=number % 3)
        assert self.producer.flush(60) == 0

    def collect(self) -> Done:
        return self.road(*self.command, "--json")

    @property
    def refused(self) -> list[dict[str, Any]]:
        files = (self.road.root / "rejected" / "kafka" / self.topic).glob("*.jsonl")
        return [json.loads(line) for file in sorted(files) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def brokers() -> Iterator[tuple[Producer, str]]:
    """A cluster of brokers, its producer and its address; it ends with the producer."""
    cluster = Producer({"bootstrap.servers": "replaced", "test.mock.num.brokers": 1, "log_level": 0})
    addresses = [f"{broker.host}:{broker.port}" for broker in cluster.list_topics(timeout=60).brokers.values()]
    yield cluster, ",".join(addresses)
    cluster.flush(1)


@pytest.fixture
def board(
    brokers: tuple[Producer, str], workspace: MakeWorkspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Board:
    producer, address = brokers
    properties = tmp_path / "kafka.properties"
    properties.write_text(f"# the brokers\nbootstrap.servers={address}\ngroup.id = board\n")
    monkeypatch.setenv("KANMON_KAFKA_FILE", str(properties))
    road = workspace(None)
    assert road("key", "add", "board").status == 0
    return Board(producer, tmp_path.name, road)


def taken(road: Road) -> dict[str, int]:
    return {str(name): int(count) for name, count in road.rows(TAKEN)}


def test_each_event_is_taken_once_and_the_topic_goes_on_where_it_was_left(board: Board) -> None:
    board.write([event(number) for number in range(2500)])
    assert board.collect().json["topic"] == {"received": 2500, "known": 0, "refused": 0}
    assert taken(board.road) == {f"e{number}": 1 for number in range(2500)}
    board.write([event(2500), event(7), event(2500)])
    done = board.collect()
    assert (done.status, done.json["topic"]) == (0, {"received": 1, "known": 2, "refused": 0})
    assert done.json["new"] == 1
    assert board.collect().json["topic"] == {"received": 0, "known": 0, "refused": 0}


@pytest.mark.parametrize("place", [
    "kanmon.intake.files.kafka:KafkaTopic:keep_place:1", "kanmon.intake.files.kafka:KafkaTopic:keep_place:2",
    "kanmon.intake.use_cases.topics::keep_messages:1",
])  # fmt: skip
def test_killed_before_the_broker_knows_nothing_is_lost_and_nothing_comes_twice(board: Board, place: str) -> None:
    board.write([*(event(number) for number in range(1500)), b"{", *(event(number) for number in range(1500, 3000))])
    board.road.killed_in(place, *board.command)
    board.collect()
    assert taken(board.road) == {f"e{number}": 1 for number in range(3000)}
    assert [line["value"] for line in board.refused] == ["{"]


def test_what_can_not_be_taken_is_kept_whole_with_its_reason_and_holds_up_nothing(board: Board) -> None:
    late = event(5, occurred_at=datetime(2999, 1, 1, tzinfo=UTC).isoformat())
    bad = [b"\xff\xfe", None, b"[1]", event(3, weight="many"), event(4, surname="x"), late]
    board.write([event(1), *bad, event(1, kind="other"), event(2)])
    done = board.collect()
    assert (done.status, done.json["topic"]) == (3, {"received": 2, "known": 0, "refused": 7})
    kept = {(line["code"], line["field"]): line for line in board.refused}
    assert sorted(kept, key=str) == sorted([
        ("NOT_JSON", None), ("NOT_A_NUMBER", "weight"), ("NOT_ALLOWED", "surname"), ("IN_THE_FUTURE", "occurred_at"),
        ("CONFLICT", "event_id"),
    ], key=str)  # fmt: skip
    assert kept["NOT_ALLOWED", "surname"]["value"] == event(4, surname="x").decode()
    assert {line.get("value_base64") for line in board.refused} - {None} == {"//4="}
    assert board.collect().json["topic"] == {"received": 0, "known": 0, "refused": 0}


def test_a_revoked_key_takes_nothing_and_leaves_the_topic_where_it_was(board: Board) -> None:
    board.write([event(1)])
    board.road("key", "revoke", "board")
    assert board.collect().json["error"]["code"] == "KEY_REFUSED"
    assert board.road("key", "add", "consents", "--may", "consents").status == 0
    refused = board.road(*board.command[:-1], "consents", "--json")
    assert refused.json["error"]["code"] == "KEY_MAY_NOT"
    board.road("key", "add", "newer")
    done = board.road(*board.command[:-1], "newer", "--json")
    assert done.json["topic"]["received"] == 1


def test_it_follows_the_topic_until_it_is_told_to_stop(board: Board) -> None:
    with board.road.started(*board.command, "--follow") as process:
        for number in range(3):
            board.write([event(number)])
            while f"e{number}" not in taken(board.road):
                assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert process.returncode == 0, said


def test_brokers_that_are_out_of_reach_are_told_without_their_password(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "_REACHED_S", 0.5)
    properties = tmp_path / "elsewhere"
    monkeypatch.setenv("KANMON_KAFKA_FILE", str(properties))
    login = f"security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\nsasl.username=board\nsasl.password={PASSWORD}\n"
    properties.write_text(f"bootstrap.servers=127.0.0.1:9\n{login}")
    done = board.collect()
    assert (done.status, done.json["error"]["code"]) == (1, "TOPIC_UNREADABLE")
    assert PASSWORD not in done.out + done.err
