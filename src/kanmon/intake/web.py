"""The API for a board's own programs: events, in batches, each acknowledged when it is on disk."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security.utils import get_authorization_scheme_param
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
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from kanmon.access.key import KeyScope
from kanmon.access.limits import Limit, Limits
from kanmon.access.use_cases.doors import Doors
from kanmon.application.application import Application
from kanmon.core.canonical import FAULTS, TextForm, canonical
from kanmon.core.errors import KanmonError, KeyRefused, NotJson, TooLarge, WrongMediaType
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.language import N_, Language, translations
from kanmon.intake.events import MOST_EVENTS, BatchResult, SentEvent
from kanmon.intake.use_cases.events import http_intake, waiting_events
from kanmon.web.pages import asked_language

MOST_BYTES = 1_000_000
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
router = APIRouter(prefix="/api/v1")

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
REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The body is not JSON of this form"},
    401: {"model": Refusal, "description": "The key is missing, unknown or revoked"},
    403: {"model": Refusal, "description": "The key is for something else"},
    413: {"model": Refusal, "description": f"More than {MOST_EVENTS:,} events or {MOST_BYTES:,} bytes"},
    415: {"model": Refusal, "description": "The body is not application/json"},
    429: {
        "model": Refusal,
        "description": "More requests or events with this key than are let through within a minute",
        "headers": {"Retry-After": {"description": "Seconds until it begins anew", "schema": {"type": "integer"}}},
    },
    422: {"model": Answer, "description": "Some events are refused; the others are taken as in an answer of 200"},
}


def read_by_hand(body: type[BaseModel]) -> dict[str, Any]:
    """What the OpenAPI document says of an operation that reads this body itself, and takes a key."""
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "security": [{"key": []}],
    }


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


@router.post("/events", response_model=Answer, responses=REFUSALS, openapi_extra=read_by_hand(Events))
async def send_events(request: Request) -> JSONResponse:
    """Take a batch. Send it again, unchanged, when no answer came: what is known already is counted as `duplicate`."""
    application: Application = request.app.state.application
    key = await key_let_in(request, KeyScope.EVENTS)
    sent = batch_of(await body_of(request))
    await run_in_threadpool(_limits(request).take, Limit.API_EVENTS, key, len(sent))
    return await take_events(application, key, sent, asked_language(request))


async def take_events(
    application: Application, key: str, sent: Sequence[Mapping[str, Any]], language: Language
) -> JSONResponse:
    """Take a batch of events as they were written; a program within the service sends its own in the same way."""
    good, refused = _judged(sent, application.clock.real(), language)
    taken = await run_in_threadpool(http_intake(application).take, key, [event for _, event in good])
    refused += _conflicts(good, taken, language)
    answer = Answer(
        accepted=taken.accepted, duplicate=taken.duplicate, refused=sorted(refused, key=lambda one: one.index)
    )
    return JSONResponse(answer.model_dump(), 422 if refused else 200)


@router.get(
    "/state", responses={code: REFUSALS[code] for code in (401, 403, 429)}, openapi_extra={"security": [{"key": []}]}
)
def state(request: Request) -> State:
    """How far the events that were taken have come."""
    application: Application = request.app.state.application
    _admit(request, key_of(request), KeyScope.EVENTS)
    return State(waiting=waiting_events(application))


def refusal(error: KanmonError | HTTPException) -> JSONResponse:
    """A refusal as the API tells it: in English, for programs."""
    if isinstance(error, HTTPException):
        said = Refusal(code=f"HTTP_{error.status_code}", message=error.detail)
        return JSONResponse(said.model_dump(), error.status_code, error.headers)
    headers = {"WWW-Authenticate": "Bearer"} if error.http_status == KeyRefused.http_status else None
    return JSONResponse(Refusal(code=error.code, message=str(error)).model_dump(), error.http_status, headers)


def described(schema: dict[str, Any], bodies: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The OpenAPI document with what is read by hand: the bodies, and the key."""
    components = schema.setdefault("components", {})
    for body in bodies:
        model = body.model_json_schema(ref_template="#/components/schemas/{model}")
        components.setdefault("schemas", {}).update({**model.pop("$defs", {}), body.__name__: model})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    return schema


def key_of(request: Request) -> str:
    """The key that a request carries; `KeyRefused` where it carries none."""
    scheme, key = get_authorization_scheme_param(request.headers.get("authorization"))
    if scheme.lower() != "bearer" or not key:
        raise KeyRefused(N_("send the key as `Authorization: Bearer KEY`"))
    return key


async def key_let_in(request: Request, scope: KeyScope) -> str:
    """The key that a request carries, looked at before its body is, and the request counted as that key's.

    `KeyRefused`, `KeyMayNot`, `TooManyRequests`.
    """
    key = key_of(request)
    await run_in_threadpool(_admit, request, key, scope)
    return key


def _admit(request: Request, key: str, scope: KeyScope) -> None:
    application: Application = request.app.state.application
    http_intake(application).check(key, scope)
    _limits(request).take(Limit.API_REQUESTS, key)


def _limits(request: Request) -> Limits:
    doors: Doors = request.app.state.doors
    return doors.limits


async def body_of(request: Request) -> bytes:
    """The JSON that a request carries, not read yet; `WrongMediaType`, `TooLarge`."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise WrongMediaType(N_("send application/json"))
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                raise TooLarge(N_("a batch has at most %(most)s bytes; divide it"), most=MOST_BYTES)
    except ClientDisconnect:
        raise NotJson(N_("the body ended before it was whole")) from None
    return body


def batch_of(body: bytes) -> Sequence[Mapping[str, Any]]:
    """The events of a body, as they were written; `NotJson`, `TooLarge`."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
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


def _conflicts(good: Sequence[tuple[int, SentEvent]], taken: BatchResult, language: Language) -> list[Refused]:
    reason = translations(language).gettext(CONFLICT)
    return [
        Refused(
            index=index, event_id=one.event_id, field="event_id", value=one.event_id, code="CONFLICT", reason=reason
        )
        for place, (index, one) in enumerate(good)
        if place in taken.conflicting
    ]
