"""The API for consent: what to show with a one-time token, and what the person answered, acknowledged when on disk."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from kanmon.access.key import KeyScope
from kanmon.consent.collected.page_check import PageCheck
from kanmon.consent.collected.service import (
    REFUSAL_MEANINGS,
    AnswerRecord,
    ConsentAnswer,
    ConsentRefusal,
    ServedWords,
    TextReader,
)
from kanmon.consent.collected.use_cases import ConsentService
from kanmon.consent.doubtful import refused_message
from kanmon.consent.layout import lines_of
from kanmon.core.errors import NotJson
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.ids import ClientId, MemberId, ScreenId, TextSha256
from kanmon.core.language import N_, Language, translations
from kanmon.intake.use_cases.sent_events import SHOWN_FAULTS, Id, Text
from kanmon.intake.web import REFUSALS, Refusal, body_of, key_let_in, read_by_hand
from kanmon.web.pages import asked_language

router = APIRouter(prefix="/api/v1")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_ONE_READER: dict[str, Any] = {
    "oneOf": [{"required": [name], "properties": {name: {"type": "string"}}} for name in ("member_id", "visitor_id")]
}


class Action(StrEnum):
    """What a person does."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


class TextAsked(BaseModel):
    """For which screen a text is to be shown, in which language, to whom: a member or, before that, a visitor."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_READER)

    screen_id: Id
    language: Language
    member_id: Id | None = None
    visitor_id: Id | None = None

    @model_validator(mode="after")
    def _has_one_reader(self) -> "TextAsked":
        if (self.member_id is None) == (self.visitor_id is None):
            raise ValueError(Fault.NOT_ALLOWED.value)
        return self


class TextLine(BaseModel):
    """One line of a text; `clause` names the clause that it belongs to."""

    text: str
    clause: str | None


class TextServed(BaseModel):
    """What to show, as it is, and the token that proves what was served; the token is told once."""

    token: str
    expires_at: datetime
    screen_id: str
    policy_id: str
    version: str
    language: Language
    effective_from: datetime
    text: str
    text_sha256: str
    lines: list[TextLine]
    is_verified: Annotated[
        bool, Field(description="Whether the screen was ever looked at; until then no agreement is taken on it")
    ]


class ConsentGiven(BaseModel):
    """What a person answered. The sender makes `act_id` and keeps it; a withdrawal needs neither token nor hash."""

    model_config = ConfigDict(extra="forbid")

    act_id: Id
    action: Action
    member_id: Id
    screen_id: Id
    token: Text | None = None
    visitor_id: Annotated[Id | None, Field(description="As it was when the text was served to a visitor")] = None
    text_sha256: Annotated[
        Sha256 | None, Field(description="Made in the browser of the visible words; none where no script ran")
    ] = None
    rendered_sha256: Annotated[
        Sha256 | None,
        Field(description="Where no script ran: made by the board of the words in the page that it rendered"),
    ] = None
    client_id: Annotated[Id | None, Field(description="The one recipient that the act is narrowed to")] = None
    refusable: Annotated[bool | None, Field(description="Whether the person could refuse and use the function")] = None
    given_by: Annotated[
        Literal["person", "representative"] | None, Field(description="Who acted; none is the person")
    ] = None
    relation: Annotated[
        Literal["parent", "guardian"] | None,
        Field(description="By what right a representative acted; an agreement of one needs it"),
    ] = None


class ConsentTaken(BaseModel):
    """An act of consent that is on disk."""

    evidence_id: int
    action: Action
    member_id: str
    screen_id: str
    client_id: str | None
    text_sha256: str
    is_hash_from_browser: bool
    is_page_proven: Annotated[
        bool, Field(description="Whether the page that the board rendered stands for the words, as no script ran")
    ]
    page_check: Annotated[
        PageCheck | None,
        Field(description="Of such an agreement: whether the crawler saw these words there without script"),
    ]
    is_waiting: Annotated[
        bool,
        Field(description="Whether it agrees to a revision that is not active yet; until then it counts for nothing"),
    ]
    occurred_at: datetime


BODIES: tuple[type[BaseModel], ...] = (TextAsked, ConsentGiven)
"""Bodies that are read by hand, for the OpenAPI document."""
_REFUSED: dict[int | str, dict[str, Any]] = {
    **{status: REFUSALS[status] for status in (400, 401, 403, 413, 415, 429)},
    422: {"model": Refusal, "description": f"Not taken: a field is wrong, or {', '.join(ConsentRefusal)}"},
}
_FAULTS = {
    "missing": Fault.MISSING,
    "string_too_short": Fault.MISSING,
    "string_too_long": Fault.TOO_LONG,
    **SHOWN_FAULTS,
}
_HASHES = ("text_sha256", "rendered_sha256")
_Body = TypeVar("_Body", bound=BaseModel)


@router.post(
    "/consent-texts",
    responses={200: {"model": TextServed}, **_REFUSED},
    openapi_extra=read_by_hand(TextAsked),
)
async def serve_text(request: Request) -> JSONResponse:
    """Ask for the words in force to be shown on a screen, with a one-time token for this reader."""
    key = await key_let_in(request, KeyScope.CONSENTS)
    asked = _read(TextAsked, await body_of(request), asked_language(request))
    if isinstance(asked, JSONResponse):
        return asked
    reader = TextReader(None if asked.member_id is None else MemberId(asked.member_id), asked.visitor_id)
    served = await run_in_threadpool(_desk(request).serve, key, ScreenId(asked.screen_id), asked.language.value, reader)
    if isinstance(served, ConsentRefusal):
        return _refused(served, asked_language(request))
    return JSONResponse(_served(served).model_dump(mode="json"))


@router.post(
    "/consents",
    responses={
        200: {"model": ConsentTaken},
        409: {"model": Refusal, "description": "act_id names an answer that said something else"},
        **_REFUSED,
    },
    openapi_extra=read_by_hand(ConsentGiven),
)
async def take_consent(request: Request) -> JSONResponse:
    """Record what a person answered. Send it again, unchanged, when no answer came: it counts once."""
    key = await key_let_in(request, KeyScope.CONSENTS)
    body = await body_of(request)
    try:
        given = _read(ConsentGiven, body, asked_language(request))
    except NotJson as refused:
        await _hold(request, body, refused.code)
        raise
    if isinstance(given, JSONResponse):
        await _hold(request, body, json.loads(bytes(given.body))["code"].lower())
        return given
    recorded = await run_in_threadpool(_desk(request).take, key, _answer(given))
    if recorded.refusal is not None:
        return _refused(recorded.refusal, asked_language(request))
    return JSONResponse(_taken(recorded).model_dump(mode="json"))


async def _hold(request: Request, body: bytes, fault: str) -> None:
    """A message that can't be read may be a no: its person is held until it is sent again in good form, or settled."""
    row = refused_message(body.decode("utf-8", "replace"), fault)
    await run_in_threadpool(_desk(request).hold, row)


def _desk(request: Request) -> ConsentService:
    return ConsentService(request.app.state.application)


def _read(model: type[_Body], body: bytes, language: Language) -> _Body | JSONResponse:
    """The body as its model has it, or the refusal that names its first wrong field."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson(N_("the body is no JSON: %(reason)s"), reason=str(error)) from None
    if not isinstance(sent, dict):
        raise NotJson(N_("the body is no JSON object"))
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = str(first["loc"][0]) if first["loc"] else "member_id"
        fault = _FAULTS.get(first["type"], Fault.NOT_A_HASH if field in _HASHES else Fault.NOT_ALLOWED)
        said = f"{field[:256]}: {translations(language).gettext(FAULT_TEXTS[fault])}"
        return _said(fault.value.upper(), said)


def _answer(given: ConsentGiven) -> ConsentAnswer:
    return ConsentAnswer(
        act_id=given.act_id,
        action=given.action.value,
        member_id=MemberId(given.member_id),
        screen_id=ScreenId(given.screen_id),
        token=given.token,
        visitor_id=given.visitor_id,
        shown_sha256=None if given.text_sha256 is None else TextSha256(given.text_sha256),
        rendered_sha256=None if given.rendered_sha256 is None else TextSha256(given.rendered_sha256),
        client_id=None if given.client_id is None else ClientId(given.client_id),
        refusable=given.refusable,
        given_by=given.given_by,
        relation=given.relation,
    )


def _served(served: ServedWords) -> TextServed:
    text, version = served.text, served.version
    return TextServed(
        token=served.token,
        expires_at=text.expires_at,
        screen_id=text.screen_id,
        policy_id=text.policy_id,
        version=text.version_id,
        language=Language(text.language),
        effective_from=version.effective_from,
        text=version.text,
        text_sha256=text.text_sha256,
        lines=[TextLine(text=line.text, clause=line.clause_id) for line in lines_of(version)],
        is_verified=served.is_verified,
    )


def _taken(recorded: AnswerRecord) -> ConsentTaken:
    act = recorded.act
    assert act is not None
    return ConsentTaken(
        evidence_id=act.evidence_id,
        action=Action(act.action),
        member_id=act.member_id,
        screen_id=act.screen_id,
        client_id=act.client_id,
        text_sha256=act.text_sha256,
        is_hash_from_browser=recorded.is_hash_from_browser,
        is_page_proven=recorded.is_page_proven,
        page_check=recorded.page_check,
        is_waiting=recorded.is_waiting,
        occurred_at=act.occurred_at,
    )


def _refused(refusal: ConsentRefusal, language: Language) -> JSONResponse:
    return _said(refusal.value, translations(language).gettext(REFUSAL_MEANINGS[refusal]))


def _said(code: str, message: str) -> JSONResponse:
    written = message.encode("utf-8", "replace").decode()
    return JSONResponse(Refusal(code=code, message=written).model_dump(), 422)
