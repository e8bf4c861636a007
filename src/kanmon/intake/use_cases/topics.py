"""Events that are written into a Kafka topic."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kanmon.application.application import Application
from kanmon.core.language import N_, Language, translations
from kanmon.intake.events import MOST_EVENTS
from kanmon.intake.files.kafka import SETTING, KafkaTopic, read_properties, topic_name
from kanmon.intake.files.topic_messages import TopicMessage, keep_messages
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.use_cases.sent_events import Refused, conflicts, judged

_NOT_AN_EVENT = N_("is no JSON object with one event")


@dataclass(frozen=True)
class TopicReceiver:
    """Takes the events of a topic as sent with a key: on disk first, then the broker is told how far they were taken.

    Cut off in between, the same messages come again, and are known by their IDs. A message that can't be taken is kept
    whole in `rejected/kafka/TOPIC`, with the reason, before the topic goes on.
    """

    application: Application
    topic: str
    label: str
    language: Language
    counts: dict[str, int] = field(default_factory=lambda: {"received": 0, "known": 0, "refused": 0})

    def receive(self, is_stopping: Callable[[], bool], *, follows: bool) -> Mapping[str, int]:
        """Take all that the topic has, and with `follows` all that comes, until stopping is asked for.

        Counts of events that were new, known already, and refused. `UsageError`, `TopicUnreadable`, `KeyRefused`.
        """
        intake, step = http_intake(self.application), self.application.progress.step("receive: events")
        intake.take_with(self.label, [])
        with step as received, KafkaTopic.open(self.topic, read_properties(os.environ.get(SETTING))) as topic:
            while not is_stopping():
                messages = topic.batch(MOST_EVENTS)
                if messages:
                    self._take(messages)
                    topic.keep_place(messages)
                    received.advance(len(messages))
                elif topic.is_at_end and not follows:
                    break
        return self.counts

    def _take(self, messages: Sequence[TopicMessage]) -> None:
        written = [_written(message) for message in messages]
        events, refused = judged([event or {} for event in written], self.application.clock.real(), self.language)
        taken = http_intake(self.application).take_with(self.label, [event for _, event in events])
        faults = {one.index: one for one in [*refused, *conflicts(events, taken, self.language)]}
        if faults:
            refused_messages = [messages[place] for place in sorted(faults)]
            whys = [self._why(faults[place], is_event=written[place] is not None) for place in sorted(faults)]
            keep_messages(self.application.workspace.rejected, self.topic, refused_messages, whys)
        self.counts["received"] += taken.accepted
        self.counts["known"] += taken.duplicate
        self.counts["refused"] += len(faults)

    def _why(self, fault: Refused, *, is_event: bool) -> Mapping[str, object]:
        if is_event:
            return {"code": fault.code, "field": fault.field, "reason": fault.reason}
        return {"code": "NOT_JSON", "field": None, "reason": translations(self.language).gettext(_NOT_AN_EVENT)}


def receive_topic(
    application: Application, address: str, label: str, language: Language, is_stopping: Callable[[], bool],
    *, follows: bool,
) -> Mapping[str, int]:  # fmt: skip
    """Take the events of the topic at `kafka:TOPIC`; see `TopicReceiver.receive`."""
    return TopicReceiver(application, topic_name(address), label, language).receive(is_stopping, follows=follows)


def _written(message: TopicMessage) -> Mapping[str, Any] | None:
    try:
        event = json.loads(message.value or b"")
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
