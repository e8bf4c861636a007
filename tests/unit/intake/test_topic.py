"""How a topic and its brokers are named, and what an erasure leaves of messages that could not be taken."""

import json
from pathlib import Path

import pytest

from kanmon.core.errors import UsageError
from kanmon.intake.files.kafka import KafkaTopic, read_properties, topic_name
from kanmon.intake.files.topic_messages import TopicMessage, forget_messages, keep_messages

PASSWORD = "open sesame"


@pytest.mark.parametrize("address", ["events", "kafka:", "kafka:..", "kafka:a/b", "kafka:../x", "amqp:x", "kafka:あ"])
def test_an_address_that_names_no_topic_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="write it as kafka:TOPIC"):
        topic_name(address)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (f"bootstrap.servers=b\nsasl.password {PASSWORD}", ":2"),
        (f"a={PASSWORD}\na={PASSWORD}", ":2"),
        (f"={PASSWORD}", ":1"),
        (f"bootstrap.servers=b\nsecurity.protocol={PASSWORD}", "security.protocol"),
        (f"bootstrap.servers=b\nno.such.thing={PASSWORD}", "no.such.thing"),
        (f"sasl.password={PASSWORD}", "bootstrap.servers"),
    ],
)
def test_a_property_that_is_none_is_told_by_its_place_and_never_by_its_value(
    tmp_path: Path, written: str, told: str
) -> None:
    (tmp_path / "kafka").write_text(written)
    with pytest.raises(UsageError) as refused, KafkaTopic.open("events", read_properties(str(tmp_path / "kafka"))):
        pass
    assert told in str(refused.value)
    assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("file", [None, "", "nowhere"])
def test_without_a_file_it_says_what_to_set(file: str | None) -> None:
    with pytest.raises(UsageError, match=r"KANMON_KAFKA_FILE|nowhere"):
        read_properties(file)


def test_an_erasure_drops_kept_messages_that_name_the_person(tmp_path: Path) -> None:
    person = json.dumps({"member_id": "M1", "page": "山田"}).encode()
    other = json.dumps({"member_id": "M10", "page": "x"}).encode()
    broken, binary = b'{"member_id": "M1"', b"\xffM1\xff"
    messages = [TopicMessage(0, number, value) for number, value in enumerate([person, other, broken, binary, None])]
    keep_messages(tmp_path, "events", messages, [{"code": "NOT_JSON"}] * len(messages))
    forget_messages(tmp_path, {"M1", "山田"})
    [file] = (tmp_path / "kafka" / "events").glob("*")
    assert [json.loads(line)["offset"] for line in file.read_text().splitlines()] == [1, 4]
    assert file.stat().st_mode & 0o077 == 0


def test_a_kept_message_that_was_damaged_stops_no_erasure(tmp_path: Path) -> None:
    keep_messages(tmp_path, "events", [TopicMessage(0, 0, '{"page": "a\u2028b"}'.encode())], [{"code": "MISSING"}])
    [file] = (tmp_path / "kafka" / "events").glob("*")
    whole, damaged = file.read_bytes(), (b'{"offset": 1, "value": "M1', b"[7]\n", b"\xff M1 \xff\n", b"\xff\n")
    file.write_bytes(whole + b"\n".join(damaged[:1]) + b"\n" + b"".join(damaged[1:]))
    forget_messages(tmp_path, {"M1"})
    assert file.read_bytes() == whole + b"[7]\n\xff\n"
