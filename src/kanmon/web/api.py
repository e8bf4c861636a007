"""The API for a board's own programs: events, in batches, each acknowledged when it is on disk."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from kanmon.bootstrap import Application
from kanmon.errors import KanmonError, KeyRefused, NotJson, TooLarge, WrongMediaType
from kanmon.lake.intake import MOST_EVENTS, SentEvent, Taken
from kanmon.language import N_, Language, translations
from kanmon.refused import FAULT_TEXTS, Fault

MOST_BYTES = 1_000_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
router = APIRouter(prefix="/api/v1")

Text = Annotated[str, Field(min_length=1, max_length=256, pattern="^[^\x00]*$")]


class Event(BaseModel):
    """One action, with at least one of `cookie_id` and `member_id`; the sender makes `event_id` and keeps it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    event_id: Text
    occurred_at: Annotated[AwareDatetime, Field(strict=False, description="ISO 8601 with an offset")]
    kind: Text
    cookie_id: Text | None = None
    member_id: Text | None = None
    target: Text | None = None
    page: Text | None = None
    weight: Annotated[int, Field(ge=0, le=2**31 - 1)] = 1
    site: Text | None = None

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


class Answer(BaseModel):
    """What became of a batch; `accepted` and `duplicate` events are on disk."""

    accepted: int
    duplicate: int
    refused: list[Refused]


class Refusal(BaseModel):
    """Why nothing of a request was taken."""

    code: str
    message: str


class State(BaseModel):
    """How many events wait to be collected into the lake."""

    waiting: int


_EVENT = TypeAdapter(Event)
_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": said}
    for status, said in {
        400: "The body is not JSON of this form",
        401: "The key is missing, unknown or revoked",
        413: f"More than {MOST_EVENTS:,} events or {MOST_BYTES:,} bytes",
        415: "The body is not application/json",
    }.items()
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Events"}}},
    },
    "security": [{"key": []}],
}
_FAULTS = {
    "missing": Fault.MISSING,
    "string_too_short": Fault.MISSING,
    "string_too_long": Fault.TOO_LONG,
    "int_type": Fault.NOT_A_NUMBER,
    "greater_than_equal": Fault.NOT_A_NUMBER,
    "value_error": Fault.NO_ID,
}
CONFLICT = N_("names something that an earlier event already names, with other content")


@router.post("/events", response_model=Answer, responses=_REFUSALS, openapi_extra=_BODY)
async def send_events(request: Request) -> JSONResponse:
    """Take a batch. Send it again, unchanged, when no answer came: what is known already is counted as `duplicate`."""
    application: Application = request.app.state.application
    key = _key(request)
    if not await run_in_threadpool(application.intake().opens, key):
        raise KeyRefused(N_("the key is unknown or was revoked"))
    sent = _batch(await _body(request))
    language = Language.ENGLISH if request.headers.get("accept-language", "").startswith("en") else Language.JAPANESE
    good, refused = _judged(sent, application.clock.real(), language)
    taken = await run_in_threadpool(application.intake().take, key, [event for _, event in good])
    refused += _conflicts(good, taken, language)
    answer = Answer(
        accepted=taken.accepted, duplicate=taken.duplicate, refused=sorted(refused, key=lambda one: one.index)
    )
    return JSONResponse(answer.model_dump())


@router.get("/state", responses={401: _REFUSALS[401]}, openapi_extra={"security": [{"key": []}]})
def state(request: Request) -> State:
    """How far the events that were taken have come."""
    application: Application = request.app.state.application
    if not application.intake().opens(_key(request)):
        raise KeyRefused(N_("the key is unknown or was revoked"))
    return State(waiting=application.waiting_events())


def refusal(error: KanmonError) -> JSONResponse:
    """A refusal as the API tells it: in English, for programs."""
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == KeyRefused.http_status else None
    return JSONResponse(Refusal(code=error.code, message=str(error)).model_dump(), error.http_status, headers)


def described(schema: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI document with what is read by hand: the batch, and the key."""
    models = Events.model_json_schema(ref_template="#/components/schemas/{model}")
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {}).update({**models.pop("$defs"), "Events": models})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return schema


def _key(request: Request) -> str:
    scheme, key = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not key:
        raise KeyRefused(N_("send the key as `Authorization: Bearer KEY`"))
    return key


async def _body(request: Request) -> bytes:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise WrongMediaType(N_("send application/json"))
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise TooLarge(N_("a batch has at most %(most)s bytes; divide it"), most=MOST_BYTES)
    return body


def _batch(body: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        sent = json.loads(body)
    except ValueError as error:
        raise NotJson(N_("the body is no JSON: %(reason)s"), reason=str(error)) from None
    events = sent.get("events") if isinstance(sent, dict) else None
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
        raise NotJson(N_('the body has the form {"events": [{...}, ...]}'))
    if len(events) > MOST_EVENTS:
        raise TooLarge(N_("a batch has at most %(most)s events; divide it"), most=MOST_EVENTS)
    return events


def _judged(
    sent: Sequence[Mapping[str, Any]], now: datetime, language: Language
) -> tuple[list[tuple[int, SentEvent]], list[Refused]]:
    good, refused = [], []
    for index, written in enumerate(sent):
        try:
            event = _EVENT.validate_python(written)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = str(first["loc"][0]) if first["loc"] else "cookie_id"
            refused.append(_refused(index, written, field, _fault(first["type"], field), language))
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
        event_id=written["event_id"][:256] if isinstance(written.get("event_id"), str) else None,
        field=field,
        value=str(written.get(field, ""))[:256],
        code=fault.value.upper(),
        reason=translations(language).gettext(FAULT_TEXTS[fault]),
    )


def _conflicts(good: Sequence[tuple[int, SentEvent]], taken: Taken, language: Language) -> list[Refused]:
    reason = translations(language).gettext(CONFLICT)
    return [
        Refused(
            index=index, event_id=one.event_id, field="event_id", value=one.event_id, code="CONFLICT", reason=reason
        )
        for index, one in good
        if one.event_id in taken.conflicting
    ]
