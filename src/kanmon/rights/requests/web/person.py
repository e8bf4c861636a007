"""What a person asks for, below `/me`: disclosure, correction, and where each request stands."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import CookieId
from kanmon.core.language import N_
from kanmon.rights.answer.web.person import download, member_of, read_by
from kanmon.rights.requests.correction import DisputedMark
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.words import FIELDS, METHODS, STATES, TYPES, kind_in_words
from kanmon.web.access import Open, Person
from kanmon.web.pages import language_of, page

router = APIRouter(prefix="/me", include_in_schema=False)
EVERY_DAY = "*"
"""Stands for a day in a mark that is about the whole browser."""


@router.get("/requests")
def my_requests(request: Request, account: Person, application: Open, made: int | None = None) -> Response:
    """Every request with its state, its deadline, its decision and the reasons."""
    rights = Rights(application)
    context = {
        "requests": rights.requests(member_of(account)),
        "now": application.clock.now(),
        "types": TYPES,
        "states": STATES,
        "methods": METHODS,
        "fields": FIELDS,
        "made": made,
    }
    return page(request, "my_requests.html", context, account)


@router.post("/disclosure")
def disclose(request: Request, account: Person, application: Open) -> Response:
    """Everything at once: a document to read, JSON, receipts, the answer with its proof, a check code."""
    disclosed = Rights(application).disclose(read_by(request, account), language_of(request))
    return download("kanmon.zip", disclosed.zipped, "application/zip")


@router.post("/disclosure/paper")
def disclose_on_paper(account: Person, application: Open) -> Response:
    """Ask for the same on paper."""
    return _made(Rights(application).ask_on_paper(member_of(account)).request_no)


@router.post("/scores/{score_no}/review")
def ask_for_review(account: Person, application: Open, score_no: int, words: Annotated[str, Form()] = "") -> Response:
    """Ask that a person looks at one of the person's scores."""
    return _made(Rights(application).ask_for_review(member_of(account), score_no, words).request_no)


@router.get("/history")
def my_history(request: Request, account: Person, application: Open) -> Response:
    """The browsers and days that are taken for the person's, to be marked where they aren't."""
    return _history_page(request, account, application)


@router.post("/history")
def dispute(
    request: Request,
    account: Person,
    application: Open,
    marked: Annotated[list[str] | None, Form()] = None,
    words: Annotated[str, Form()] = "",
) -> Response:
    """Ask that what is marked isn't taken for the person's any more."""
    try:
        asked = Rights(application).dispute(member_of(account), [_mark(one) for one in marked or ()], words)
    except KanmonError as refused:
        return _history_page(request, account, application, refused)
    return _made(asked.request_no)


@router.get("/correct")
def ask_for_data(request: Request, account: Person) -> Response:
    """The form to put personal data right."""
    return page(request, "my_data.html", {"fields": CORRECTABLE, "refused": None}, account)


@router.post("/correct")
def correct_data(
    request: Request,
    account: Person,
    application: Open,
    family_name: Annotated[str, Form()] = "",
    given_name: Annotated[str, Form()] = "",
    family_kana: Annotated[str, Form()] = "",
    given_kana: Annotated[str, Form()] = "",
    birth_date: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    university: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Ask that personal data are put right."""
    written = (family_name, given_name, family_kana, given_kana, birth_date, email, university)
    fields = dict(zip(CORRECTABLE, written, strict=True))
    try:
        asked = Rights(application).ask_for_data(member_of(account), fields, words)
    except KanmonError as refused:
        context = {"fields": CORRECTABLE, "refused": refused}
        return page(request, "my_data.html", context, account, refused.http_status)
    return _made(asked.request_no)


CORRECTABLE = {name: words for name, words in FIELDS.items() if name != "phone"}


def _made(request_no: int) -> Response:
    return RedirectResponse(f"/me/requests?made={request_no}", 303)


def _history_page(request: Request, account: Person, application: Open, refused: KanmonError | None = None) -> Response:
    language = language_of(request)
    context = {
        "browsers": Rights(application).browsers(member_of(account)),
        "in_words": lambda kind: kind_in_words(kind, language),
        "every_day": EVERY_DAY,
        "refused": refused,
    }
    return page(request, "my_history.html", context, account, 200 if refused is None else refused.http_status)


def _mark(written: str) -> DisputedMark:
    """A mark is a day or `EVERY_DAY`, then, after a space, the browser; nothing there is the person's own login."""
    day, _, cookie = written.partition(" ")
    try:
        return DisputedMark(CookieId(cookie) if cookie else None, None if day == EVERY_DAY else date.fromisoformat(day))
    except ValueError:
        raise UsageError(N_("mark at least one browser or day with actions on it")) from None
