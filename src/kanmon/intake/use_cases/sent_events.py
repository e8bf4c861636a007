"""An event as its sender writes it, over HTTP or into a topic: its JSON, judged field by field."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from kanmon.core.canonical import FAULTS, TextForm, canonical
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.language import N_, Language, translations
from kanmon.intake.events import MOST_EVENTS, BatchResult, SentEvent

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
SHOWN_FAULTS = {fault.value: fault for form in TextForm for fault, _ in FAULTS[form]}
"""The errors of `Id` and `Text`, each with its fault."""


def _canonical(form: TextForm) -> BeforeValidator:
    def read(written: object) -> object:
        """The canonical form, as in a dataset folder; what is no text at all is left to whoever checks that."""
        if not isinstance(written, str) or _NEVER_IN_TEXT.search(written):
            return written
        made = canonical(written, form)
        if made.fault is not None:
            raise PydanticCustomError(made.fault.value, FAULT_TEXTS[made.fault])
        return made.text

    return BeforeValidator(read)


_NEVER_IN_TEXT = re.compile("[\\x00\ud800-\udfff]")
# White space around a text is none of it, as in a dataset folder: the pattern says so to whoever reads the schema.
_TEXT = StringConstraints(strip_whitespace=True, min_length=1, max_length=256, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
Id = Annotated[str, _TEXT, _canonical(TextForm.ID)]
"""An ID in its canonical form (docs/ids.md); also what names a thing without being one."""
Text = Annotated[str, _TEXT, _canonical(TextForm.WORDS)]
"""Words of at most 256 characters, in their canonical form."""


def _written(moment: object) -> object:
    """A moment is written out; a number, in digits too, would be taken for seconds since 1970."""
    if not isinstance(moment, str) or moment[4:5] != "-":
        raise ValueError(Fault.NOT_A_TIME.value)
    return moment


_SOMEBODYS: dict[str, Any] = {
    "anyOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("cookie_id", "member_id")]
}


class Event(BaseModel):
    """One action, with at least one of `cookie_id` and `member_id`; the sender makes `event_id` and keeps it."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_SOMEBODYS)

    event_id: Id
    occurred_at: Annotated[
        AwareDatetime, Field(strict=False, description="ISO 8601 with an offset"), BeforeValidator(_written)
    ]
    kind: Text
    cookie_id: Id | None = None
    member_id: Id | None = None
    target: Id | None = None
    page: Text | None = None
    weight: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    site: Id | None = None

    @model_validator(mode="after")
    def _has_an_id(self) -> "Event":
        if self.cookie_id is None and self.member_id is None:
            raise ValueError(Fault.NO_ID.value)
        return self


class Events(BaseModel):
    """A batch of events, in any order."""

    events: Annotated[list[Event], Field(max_length=MOST_EVENTS)]


class Refused(BaseModel):
    """An event that was not taken: its place in the batch, the field and its value, the reason as code and in words."""

    index: int
    event_id: str | None
    field: str
    value: str
    code: str
    reason: str


_EVENT = TypeAdapter(Event)
_FAULTS = {
    "missing": Fault.MISSING,
    "string_too_short": Fault.MISSING,
    "string_too_long": Fault.TOO_LONG,
    "int_type": Fault.NOT_A_NUMBER,
    "greater_than_equal": Fault.NOT_A_NUMBER,
    "value_error": Fault.NO_ID,
    **SHOWN_FAULTS,
}
CONFLICT = N_("names something that an earlier event already names, with other content")


def judged(
    sent: Sequence[Mapping[str, Any]], now: datetime, language: Language
) -> tuple[list[tuple[int, SentEvent]], list[Refused]]:
    """Events as they were written: those that can be taken, each with its place, and why the others can't."""
    good, refused = [], []
    for index, written in enumerate(sent):
        try:
            event = _EVENT.validate_python(written)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            kind, place = first["type"], first["loc"]
            field = str(place[0]) if place else "cookie_id" if kind == "value_error" else "event"
            refused.append(_refused(index, written, field, _fault(kind, field), language))
            continue
        if event.occurred_at > now + timedelta(days=1):
            refused.append(_refused(index, written, "occurred_at", Fault.IN_THE_FUTURE, language))
        elif event.occurred_at < EARLIEST:
            refused.append(_refused(index, written, "occurred_at", Fault.TOO_EARLY, language))
        else:
            good.append((index, _sent(event)))
    return good, refused


def _sent(event: Event) -> SentEvent:
    return SentEvent(**{**event.model_dump(), "occurred_at": event.occurred_at.astimezone(UTC)})


def _fault(kind: str, field: str) -> Fault:
    if field == "occurred_at" and kind != "missing":
        return Fault.NOT_A_TIME
    return _FAULTS.get(kind, Fault.NOT_ALLOWED)


def _refused(index: int, written: Mapping[str, Any], field: str, fault: Fault, language: Language) -> Refused:
    return Refused(
        index=index,
        event_id=_told(written["event_id"]) if isinstance(written.get("event_id"), str) else None,
        field=_told(field),
        value=_told(written.get(field, "")),
        code=fault.value.upper(),
        reason=translations(language).gettext(FAULT_TEXTS[fault]),
    )


def _told(value: object) -> str:
    """What was sent, short, and with nothing in it that can't be written as UTF-8."""
    return str(value)[:256].encode("utf-8", "replace").decode()


def conflicts(good: Sequence[tuple[int, SentEvent]], taken: BatchResult, language: Language) -> list[Refused]:
    """The refusals of events whose ID an earlier one has, with other content."""
    reason = translations(language).gettext(CONFLICT)
    return [
        Refused(
            index=index, event_id=one.event_id, field="event_id", value=one.event_id, code="CONFLICT", reason=reason
        )
        for place, (index, one) in enumerate(good)
        if place in taken.conflicting
    ]
