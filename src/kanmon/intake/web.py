"""The API for a board's own programs: events, in batches, each acknowledged when it is on disk."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from kanmon.access.key import KeyScope
from kanmon.access.limits import Limit, Limits
from kanmon.access.use_cases.doors import Doors
from kanmon.application.application import Application
from kanmon.core.errors import KanmonError, KeyRefused, NotJson, TooLarge, WrongMediaType
from kanmon.core.language import N_, Language
from kanmon.intake.events import MOST_EVENTS
from kanmon.intake.use_cases.events import http_intake, waiting_events
from kanmon.intake.use_cases.sent_events import Events, Refused, conflicts, judged
from kanmon.web.pages import asked_language

MOST_BYTES = 1_000_000
router = APIRouter(prefix="/api/v1")


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
    good, refused = judged(sent, application.clock.real(), language)
    taken = await run_in_threadpool(http_intake(application).take, key, [event for _, event in good])
    refused += conflicts(good, taken, language)
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
