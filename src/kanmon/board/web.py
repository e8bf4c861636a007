"""A demo job board that embeds this service as a real one would: five functions, companies, consent asked by itself.

Every page that asks for consent is a registered screen and shows the words in force (INV-6); what a person answers
never decides whether the function works (EMP-02, AC-21). The browser talks to the board alone, which holds the key.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from kanmon.access.limits import Limit
from kanmon.application.application import Application
from kanmon.board.functions import EVENTS_OF_PAGES, FUNCTIONS, Function
from kanmon.board.rendered import rendered_sha256
from kanmon.board.use_cases import ROOT, BoardService, RegistrationForm, Visitor
from kanmon.clients.contract import Client
from kanmon.consent.collected.service import (
    REFUSAL_MEANINGS,
    AnswerRecord,
    ConsentAnswer,
    ConsentRefusal,
    ServedWords,
    TextReader,
)
from kanmon.consent.evidence import ACCEPT, WITHDRAW
from kanmon.consent.layout import lines_of
from kanmon.consent.rendered.web import count, reports_of
from kanmon.consent.screens import Screen
from kanmon.core.errors import NotFound
from kanmon.core.ids import MemberId, ScreenId, SeasonId, TextSha256
from kanmon.core.language import N_, Language
from kanmon.intake.events import SentEvent
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.web import batch_of, body_of, take_events
from kanmon.web.access import Open
from kanmon.web.doors import take
from kanmon.web.pages import ask_again, asked_language, language_of, page

router = APIRouter(prefix="/board", include_in_schema=False)
VISITOR_COOKIE = "__Host-kanmon-board"
WITHDRAWN_ON = ScreenId("board-front")
"""The page on which one withdraws on the board: it asks for nothing and is no registered screen."""
NOT_RENDERED_YET = "-" * 64
"""Stands for the hash of the page until it is rendered, and is as long."""
_PERSONAL = ("family_name", "given_name", "family_kana", "given_kana", "email", "birth_date", "university")
_Field = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)]


class FunctionForm(BaseModel):
    """What a function's form brings; whatever is not filled in is empty."""

    model_config = ConfigDict(extra="ignore")

    consent: _Field = ""
    kanmon_token: _Field = ""
    kanmon_text_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    kanmon_rendered_sha256: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    act_id: _Field = ""
    company: _Field = ""
    choice: _Field = ""
    family_name: _Field = ""
    given_name: _Field = ""
    family_kana: _Field = ""
    given_kana: _Field = ""
    email: _Field = ""
    birth_date: _Field = ""
    university: _Field = ""

    @property
    def person(self) -> RegistrationForm:
        """Who they say they are."""
        return RegistrationForm(**{name: getattr(self, name) for name in _PERSONAL})


def desk_of(application: Open) -> BoardService:
    """The board's desk."""
    return BoardService(application)


def visitor_of(request: Request) -> Visitor:
    """The browser that came; a new one where it brings no cookie of ours."""
    return Visitor(request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(32))


Desk = Annotated[BoardService, Depends(desk_of)]
Came = Annotated[Visitor, Depends(visitor_of)]


@dataclass(frozen=True)
class _Screen:
    """A registered screen of the board with its function, for one visitor."""

    screen: Screen
    path: str
    function: Function
    member: MemberId | None

    @property
    def needs_person(self) -> bool:
        return self.member is None


@router.get("")
def front(request: Request, desk: Desk, visitor: Came) -> Response:
    """All that the board offers, or plainly that it offers nothing."""
    screens = {path: screen for path, screen in desk.screens().items() if screen.function in FUNCTIONS}
    if not screens:
        return _shown(request, visitor, "board/closed.html", {})
    seasons = sorted({screen.season for screen in screens.values()})
    members = {season: member for season in seasons if (member := desk.member_of(visitor, season))}
    context = {
        "functions": [
            (path, function)
            for name, function in FUNCTIONS.items()
            for path, screen in screens.items()
            if screen.function == name
        ],
        "seasons": seasons,
        "companies": desk.companies(),
        "members": members,
        "withdrawn": "withdrawn" in request.query_params,
    }
    return _shown(request, visitor, "board/front.html", context)


@router.post("/events")
async def relay_events(request: Request, desk: Desk, visitor: Came) -> Response:
    """Pass on what the pages tell of (`kanmon.js`), under the board's key and with the visitor's own IDs alone."""
    sent = batch_of(await body_of(request))
    members = [
        await run_in_threadpool(desk.member_of, visitor, season)
        for season in {screen.season for screen in (await run_in_threadpool(desk.screens)).values()}
    ]
    own = {"cookie_id": visitor.cookie_id, "member_id": next(filter(None, members), None)}
    events = [{**event, **own} for event in sent if event.get("kind") in EVENTS_OF_PAGES]
    application: Application = request.app.state.application
    return await take_events(application, await run_in_threadpool(desk.key), events, asked_language(request))


@router.post("/renderings")
async def relay_renderings(request: Request, desk: Desk) -> Response:
    """Pass on what browsers rendered (`kanmon.js`): no cookie, no address, and of one line no flood."""
    sent = reports_of(await body_of(request))
    await run_in_threadpool(take, request, Limit.RENDERINGS, len(sent))
    return await count(request.app.state.application, await run_in_threadpool(desk.key), sent)


@router.post("/withdraw")
def withdraw(desk: Desk, visitor: Came, season: Annotated[str, Form()]) -> Response:
    """Withdraw for every company: one press, and it counts when the page answers."""
    member = desk.member_of(visitor, SeasonId(season))
    if member is None:
        raise _nothing_here()
    desk.consents.take(desk.key(), ConsentAnswer(secrets.token_hex(16), WITHDRAW, member, WITHDRAWN_ON))
    return RedirectResponse("/board?withdrawn", 303)


@router.post("/leave")
def leave() -> Response:
    """Forget the visitor: whoever comes next in this browser is somebody else."""
    response = RedirectResponse("/board", 303)
    response.delete_cookie(VISITOR_COOKIE, secure=True, httponly=True, path="/")
    return response


@router.get("/{season}/companies/{company}")
def show_company(request: Request, desk: Desk, visitor: Came, season: str, company: str) -> Response:
    """One company; that it was looked at becomes an event."""
    screens = {path: screen for path, screen in desk.screens().items() if screen.season == season}
    found = next((one for one in desk.companies() if one.client_id == company), None)
    if found is None or not screens:
        raise _nothing_here()
    offered = [
        (path, FUNCTIONS[screen.function])
        for path, screen in screens.items()
        if screen.function in FUNCTIONS and FUNCTIONS[screen.function].takes_company
    ]
    return _shown(request, visitor, "board/company.html", {"company": found, "functions": offered})


@router.get("/{season}/{name}")
def show_function(request: Request, desk: Desk, visitor: Came, season: str, name: str) -> Response:
    """A function's form, with the words in force and the question whether the person agrees."""
    return _form(request, desk, visitor, _found(desk, visitor, season, name))


@router.post("/{season}/{name}", dependencies=[Depends(ask_again)])
def use_function(
    request: Request,
    desk: Desk,
    visitor: Came,
    application: Open,
    season: str,
    name: str,
    sent: Annotated[FunctionForm, Form()],
) -> Response:
    """Do what the function is there for, whatever was answered about consent; then record the answer."""
    found = _found(desk, visitor, season, name)
    if not _is_complete(found, sent, desk.companies()):
        return _form(request, desk, visitor, found, is_incomplete=True)
    page_id = sent.act_id or secrets.token_hex(16)
    member = found.member or desk.register(visitor, found.screen.season, sent.person)
    event = SentEvent(
        event_id=_id_of(page_id, sent.company, sent.choice),
        occurred_at=application.clock.now(),
        kind=found.screen.function,
        cookie_id=visitor.cookie_id,
        member_id=member,
        target=sent.company or None,
        page=found.path,
    )
    key = desk.key()
    http_intake(application).take(key, [event])
    recorded = desk.consents.take(key, _answer(found, sent, page_id, member, visitor)) if sent.consent else None
    context = {
        "function": found.function,
        "path": found.path,
        "member": member,
        "has_registered": found.member is None,
        "agreed": sent.consent == ACCEPT,
        "recorded": recorded,
        "why_not": _why_not(recorded),
    }
    return _shown(request, visitor, "board/done.html", context)


def _found(desk: BoardService, visitor: Visitor, season: str, name: str) -> _Screen:
    path = f"{ROOT}{season}/{name}"
    screen = desk.screens().get(path)
    if screen is None or screen.function not in FUNCTIONS:
        raise _nothing_here()
    return _Screen(screen, path, FUNCTIONS[screen.function], desk.member_of(visitor, screen.season))


def _form(
    request: Request, desk: BoardService, visitor: Visitor, found: _Screen, *, is_incomplete: bool = False
) -> Response:
    reader = TextReader(found.member, None if found.member else visitor.cookie_id)
    served = _served(desk, found.screen, language_of(request), reader)
    context = {
        "found": found,
        "function": found.function,
        "companies": desk.companies(),
        "chosen": request.query_params.get("company"),
        "served": served,
        "lines": [] if served is None else lines_of(served.version),
        "act_id": secrets.token_hex(16),
        "is_incomplete": is_incomplete,
        "rendered": NOT_RENDERED_YET,
    }
    response = _shown(request, visitor, "board/function.html", context, 422 if is_incomplete else 200)
    rendered = rendered_sha256(bytes(response.body).decode())
    response.body = bytes(response.body).replace(NOT_RENDERED_YET.encode(), rendered.encode())
    return response


def _served(desk: BoardService, screen: Screen, language: Language, reader: TextReader) -> ServedWords | None:
    """The words in force, in the reader's language or, where there are none in it, in another one."""
    for wanted in (language, *Language):
        served = desk.consents.serve(desk.key(), screen.screen_id, wanted.value, reader)
        if not isinstance(served, ConsentRefusal):
            return served
    return None


def _id_of(page_id: str, *said: str) -> str:
    """The same for the same form sent again; another one where somebody went back and said something else."""
    return sha256(json.dumps([page_id, *said]).encode()).hexdigest()


def _answer(found: _Screen, sent: FunctionForm, page_id: str, member: MemberId, visitor: Visitor) -> ConsentAnswer:
    return ConsentAnswer(
        act_id=_id_of(page_id, sent.consent, sent.kanmon_text_sha256, sent.kanmon_rendered_sha256, sent.kanmon_token),
        action=ACCEPT if sent.consent == ACCEPT else "refuse",
        member_id=member,
        screen_id=found.screen.screen_id,
        token=sent.kanmon_token or None,
        visitor_id=visitor.cookie_id,
        shown_sha256=TextSha256(sent.kanmon_text_sha256) if sent.kanmon_text_sha256 else None,
        rendered_sha256=TextSha256(sent.kanmon_rendered_sha256) if sent.kanmon_rendered_sha256 else None,
        refusable=True,
    )


def _is_complete(found: _Screen, sent: FunctionForm, companies: Sequence[Client]) -> bool:
    function, person = found.function, sent.person
    if found.needs_person and not (person.family_name and person.given_name and person.email):
        return False
    if function.takes_company and sent.company not in {company.client_id for company in companies}:
        return False
    return function.choices is None or sent.choice in function.choices


def _why_not(recorded: AnswerRecord | None) -> str | None:
    return None if recorded is None or recorded.refusal is None else REFUSAL_MEANINGS[recorded.refusal]


def _shown(
    request: Request, visitor: Visitor, template: str, context: Mapping[str, object], status: int = 200
) -> Response:
    response = page(request, template, context, None, status, language_of(request))
    if request.cookies.get(VISITOR_COOKIE) != visitor.secret:
        response.set_cookie(VISITOR_COOKIE, visitor.secret, secure=True, httponly=True, samesite="lax", path="/")
    return response


def _nothing_here() -> NotFound:
    return NotFound(N_("this page does not exist, or your account may not see it"))
