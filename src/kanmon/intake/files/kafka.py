"""A Kafka topic as batches of messages; the broker keeps how far they were taken, once they are on disk here.

How to reach the brokers stands in a file that the setting `KANMON_KAFKA_FILE` names, as librdkafka writes properties: a
password is in no address, and in no message of ours.
"""

import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.language import N_
from kanmon.intake.files.topic_messages import TopicMessage

SETTING = "KANMON_KAFKA_FILE"
GROUP = "kanmon"
"""The consumer group, where the file names none."""
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")
_PROPERTY = re.compile(r'property:? "([^"]+)"')
_OURS = {"enable.auto.commit": "false", "enable.auto.offset.store": "false", "enable.partition.eof": "true"}
"""How far the topic was taken is for us to say: a file can't say otherwise."""
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
"""What librdkafka says of each try to connect; what comes of them is told as an error."""
_REACHED_S = 30.0
_POLL_S = 1.0
_LOOKED_AGAIN = 60
"""After how many batches it is asked whether the topic has new partitions."""


class TopicUnreadable(KanmonError):
    """A topic can't be reached or read, or how far it was taken can't be kept; nothing of it is lost."""

    code = "TOPIC_UNREADABLE"


def topic_name(address: str) -> str:
    """The topic in an address like `kafka:events`; `UsageError` for any other."""
    scheme, _, name = address.partition(":")
    if scheme != "kafka" or not _TOPIC.fullmatch(name):
        raise UsageError(N_("%(address)s names no topic; write it as kafka:TOPIC"), address=address)
    return name


def read_properties(file: str | None) -> Mapping[str, str]:
    """What a file of properties says, a line each as `name=value`; `UsageError` with the line that says something else.

    No value is told: it may be a password.
    """
    if not file:
        raise UsageError(
            N_("set %(setting)s to a file with bootstrap.servers=… and how to log in to the brokers"), setting=SETTING
        )
    try:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=reason) from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        name, equals, value = map(str.strip, line.partition("="))
        if not line.strip() or name.startswith("#"):
            continue
        if not equals or not name or name in found:
            raise UsageError(N_("%(file)s:%(line)s: write name=value, each name once"), file=file, line=number)
        found[name] = value
    return found


@dataclass
class KafkaTopic:
    """A topic of which this process reads every partition, from where its group last said that it was."""

    name: str
    consumer: Consumer = field(init=False)
    partitions: set[int] = field(default_factory=set)
    ended: set[int] = field(default_factory=set)
    """Those that were read up to their end."""
    batches: int = 0
    failure: KafkaError | None = None
    """Why no broker can be reached any more."""

    @classmethod
    @contextmanager
    def open(cls, name: str, properties: Mapping[str, str]) -> Iterator["KafkaTopic"]:
        """The topic for as long as the block lasts; `TopicUnreadable` where no broker tells of it, `UsageError`."""
        topic = cls(name)
        topic.consumer = _consumer(properties, topic._note_failure)
        try:
            yield topic
        finally:
            topic.consumer.close()

    def batch(self, most: int) -> Sequence[TopicMessage]:
        """The next messages, at most so many; none where none came within a second. `TopicUnreadable`."""
        messages = []
        with _failures_told(self.name):
            if self.batches % _LOOKED_AGAIN == 0:
                self._take_up_partitions()
            self.batches += 1
            for message in self.consumer.consume(most, _POLL_S):
                if (error := message.error()) is None:
                    messages.append(_message(message))
                    self.ended.discard(messages[-1].partition)
                elif error.code() == KafkaError._PARTITION_EOF:
                    self.ended.add(message.partition() or 0)
                else:
                    raise KafkaException(error)
            if self.failure is not None and not messages:
                raise KafkaException(self.failure)
        return messages

    @property
    def is_at_end(self) -> bool:
        """Whether every partition was read up to its end."""
        return self.partitions <= self.ended

    def keep_place(self, messages: Collection[TopicMessage]) -> None:
        """Tell the broker that these were taken. `TopicUnreadable` where it can't keep that: they will come again."""
        next_offsets: dict[int, int] = {}
        for message in messages:
            next_offsets[message.partition] = max(message.offset + 1, next_offsets.get(message.partition, 0))
        offsets = [TopicPartition(self.name, partition, offset) for partition, offset in next_offsets.items()]
        with _failures_told(self.name):
            self.consumer.commit(offsets=offsets, asynchronous=False)

    def _take_up_partitions(self) -> None:
        known = self.consumer.list_topics(self.name, timeout=_REACHED_S).topics[self.name]
        if known.error is not None:
            raise KafkaException(known.error)
        new = set(known.partitions) - self.partitions
        self.consumer.incremental_assign([TopicPartition(self.name, partition) for partition in sorted(new)])
        self.partitions |= new

    def _note_failure(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN or error.fatal():
            self.failure = error


def _consumer(properties: Mapping[str, str], note_failure: Callable[[KafkaError], None]) -> Consumer:
    if not properties.get("bootstrap.servers"):
        raise UsageError(N_("%(setting)s names no bootstrap.servers"), setting=SETTING)
    try:
        ours = {**_OURS, "error_cb": note_failure, "logger": _LOG}
        return Consumer({"group.id": GROUP, "auto.offset.reset": "earliest", **properties, **ours})
    except (KafkaException, TypeError, ValueError) as error:
        named = _PROPERTY.search(str(error))
        raise UsageError(
            N_("%(setting)s: librdkafka does not take %(property)s as it is written there"),
            setting=SETTING,
            property=named[1] if named else "…",
        ) from None


def _message(message: Message) -> TopicMessage:
    partition, offset = message.partition(), message.offset()
    assert partition is not None
    assert offset is not None
    value = message.value()
    return TopicMessage(partition, offset, value.encode() if isinstance(value, str) else value)


@contextmanager
def _failures_told(topic: str) -> Iterator[None]:
    try:
        yield
    except KafkaException as error:
        failed = error.args[0]
        raise TopicUnreadable(
            N_("topic %(topic)s: %(reason)s [%(name)s]; nothing of it is lost, run the command again"),
            topic=topic,
            reason=failed.str() or failed.name(),
            name=failed.name(),
        ) from None
