"""The API that asks the gate about a few applicants, and the one that asks whether the service is alive."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from kanmon.access.key import KeyScope, hashed
from kanmon.access.limits import BlockLimit
from kanmon.access.use_cases.doors import Doors
from kanmon.application.application import Application
from kanmon.core.canonical import canonical
from kanmon.core.errors import ApplicantUnknown, NotJson, TooLarge
from kanmon.core.faults import Fault
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.core.language import N_
from kanmon.gate.decision import Use
from kanmon.gate.online import MOST_APPLICANTS, QuestionResult
from kanmon.gate.use_cases import DecisionService
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.web import MOST_BYTES, REFUSALS, Refusal, body_of, key_of
from kanmon.web.measured import Measures

router = APIRouter(prefix="/api/v1")
Name = Annotated[str, Field(min_length=1, pattern=r"^[^\x00]*$")]


class Question(BaseModel):
    """Whether the gate would allow a use of the data of some of a client's applicants."""

    model_config = ConfigDict(extra="forbid")

    client_id: Name
    applicant_ids: Annotated[list[Name], Field(min_length=1, max_length=MOST_APPLICANTS)]
    use: Literal["train", "score", "provide"] = "provide"


class DecisionRow(BaseModel):
    """An answer as `gate.told.AnswerTold` has it."""

    client_id: str
    applicant_id: str
    decision: Literal["allow", "deny"]
    reasons: list[str]
    missing_elements: list[str]
    contradictions: list[str]
    evidence_id: int | None
    confirmed_at: datetime | None


class Unknown(BaseModel):
    """An applicant that the client has not handed over, whoever else may have; `code` says why where it is no ID."""

    applicant_id: str
    code: str


class DecisionAnswers(BaseModel):
    """What the gate answers, as of `asked_at`: a row for each applicant that is known, in the order asked."""

    asked_at: datetime
    run_id: str
    rows: list[DecisionRow]
    unknown: list[Unknown]


class Alive(BaseModel):
    """The service and its database answer."""

    database: str


class QuestionBody(NamedTuple):
    """A question as it was read from a body."""

    client: ClientId
    use: Use
    applicants: list[ApplicantId]
    refused: list[tuple[str, Fault]]
    """What was written in place of an ID (docs/ids.md)."""


_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The body is not JSON of this form"},
    401: {"model": Refusal, "description": "The key is missing, unknown or revoked"},
    403: {"model": Refusal, "description": "The key is not for decisions"},
    404: {"model": Refusal, "description": "There is no contract with this client"},
    413: {"model": Refusal, "description": f"More than {MOST_APPLICANTS} applicants or {MOST_BYTES:,} bytes"},
    415: {"model": Refusal, "description": "The body is not application/json"},
    429: REFUSALS[429],
    503: {"model": Refusal, "description": "The database does not answer"},
}
_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": Question.model_json_schema()}}},
    "security": [{"key": []}],
}
_USES = frozenset(Use)
_FIELDS = frozenset(Question.model_fields)


@router.post("/decisions", response_model=DecisionAnswers, responses=_REFUSALS, openapi_extra=_BODY)
async def decide(request: Request) -> Response:
    """Ask the gate about some of a client's applicants: allow or deny, and every reason that denies.

    The answer is what the gate says at `asked_at`, and is recorded. It is no leave to use anything: nothing is provided
    by it, and whatever provides asks the gate again. Do not keep it in place of asking.
    """
    decisions: DecisionService = request.app.state.decisions
    key = key_of(request)
    if not _limit(request).take(key):
        await run_in_threadpool(_admit, request, key)
    asked = _asked(await body_of(request))
    answers = await decisions.gate.ask(hashed(key), asked.client, asked.use, asked.applicants)
    measures: Measures = request.app.state.measures
    for answer in answers.told:
        measures.decided(asked.use, answer["reasons"])
    return Response(_written(answers, asked.refused), media_type="application/json")


@router.get("/ping", response_model=Alive, responses={503: _REFUSALS[503]})
async def ping(request: Request) -> Response:
    """Whether the service is alive: it asks the database `SELECT 1`, and needs no key."""
    decisions: DecisionService = request.app.state.decisions
    await decisions.prompt.ping()
    return Response(b'{"database":"answers"}', media_type="application/json")


def _limit(request: Request) -> BlockLimit:
    doors: Doors = request.app.state.doors
    return doors.decisions


def _admit(request: Request, key: str) -> None:
    """Count on for a key that there is: one that there is not must cost no memory."""
    application: Application = request.app.state.application
    http_intake(application).check(key, KeyScope.DECISIONS)
    _limit(request).take_block(key)


def _asked(body: bytes) -> QuestionBody:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson(N_("the body is no JSON: %(reason)s"), reason=str(error)) from None
    if not isinstance(sent, dict) or not sent.keys() <= _FIELDS:
        raise _no_question()
    client, names, use = sent.get("client_id", ""), sent.get("applicant_ids"), sent.get("use", Use.PROVIDE)
    if not isinstance(names, list) or not names or not all(map(_is_name, (client, *names))):
        raise _no_question()
    if not isinstance(use, str) or use not in _USES:
        raise _no_question()
    if len(names) > MOST_APPLICANTS:
        raise TooLarge(N_("a question has at most %(most)s applicants; divide it"), most=MOST_APPLICANTS)
    made = [(name, canonical(name)) for name in names]
    return QuestionBody(
        ClientId(canonical(client).text),
        Use(use),
        [ApplicantId(one.text) for _, one in made if one.fault is None],
        [(name, one.fault) for name, one in made if one.fault is not None],
    )


def _is_name(name: object) -> bool:
    """Whether the database can hold such a text: it has no NUL and no half of a character."""
    return (
        isinstance(name, str) and name != "" and "\x00" not in name and not any("\ud800" <= c <= "\udfff" for c in name)
    )


def _no_question() -> NotJson:
    return NotJson(
        N_('the body has the form {"client_id": "...", "applicant_ids": ["...", ...], "use": "train|score|provide"}')
    )


def _written(answers: QuestionResult, refused: Sequence[tuple[str, Fault]]) -> bytes:
    unknown: list[tuple[str, str]] = [(name, ApplicantUnknown.code) for name in answers.unknown]
    unknown += [(name, fault.value.upper()) for name, fault in refused]
    said = {
        "asked_at": answers.asked_at,
        "run_id": answers.run_id,
        "rows": answers.told,
        "unknown": [{"applicant_id": name, "code": code} for name, code in unknown],
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), default=datetime.isoformat).encode()
