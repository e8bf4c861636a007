"""The front door: sign in, sign out, a new password, the language."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.service import SHORTEST_PASSWORD, SignIn
from kanmon.errors import KanmonError
from kanmon.language import N_, Language
from kanmon.web.access import PORTALS, SESSION_COOKIE, SignInNeeded, account_of, keep_session
from kanmon.web.pages import LANGUAGE_COOKIE, page

router = APIRouter(include_in_schema=False)


@router.get("/")
def front_door(request: Request) -> Response:
    """The portal of whoever is signed in, else the page to sign in."""
    account = account_of(request)
    return sign_in_page(request) if account is None else _to(PORTALS[account.role])


@router.get("/sign-in")
def ask_to_sign_in(request: Request) -> Response:
    """The page to sign in."""
    return front_door(request)


@router.post("/sign-in")
def sign_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    """Begin a session and go to the portal; a wrong name or password is told, but not which of them."""
    doors: SignIn = request.app.state.sign_in
    try:
        token = doors.sign_in(name, password)
    except KanmonError as refused:
        return sign_in_page(request, refused, refused.http_status)
    response = _to("/")
    keep_session(response, token)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session."""
    doors: SignIn = request.app.state.sign_in
    doors.sign_out(request.cookies.get(SESSION_COOKIE, ""))
    response = _to("/")
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, path="/")
    return response


@router.get("/password")
def ask_for_password(request: Request) -> Response:
    """The page to take a new password."""
    return _password_page(request, _signed_in(request))


@router.post("/password")
def change_password(request: Request, old: Annotated[str, Form()], new: Annotated[str, Form()]) -> Response:
    """Take a new password; every session of the account ends, this one too."""
    account = _signed_in(request)
    doors: SignIn = request.app.state.sign_in
    try:
        doors.change_password(account, old, new)
    except KanmonError as refused:
        return _password_page(request, account, refused)
    return _to("/")


@router.post("/language")
def choose_language(language: Annotated[Language, Form()], back: Annotated[str, Form()] = "/") -> Response:
    """Remember the language and go back to the page; `back` is a path of this host."""
    response = _to(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)
    return response


def sign_in_page(request: Request, refused: KanmonError | None = None, status: int = 200) -> Response:
    """The page to sign in, with what was refused where something was."""
    return page(request, "sign_in.html", {"refused": refused}, status=status)


def _password_page(request: Request, account: Account, refused: KanmonError | None = None) -> Response:
    context = {"refused": refused, "length": SHORTEST_PASSWORD}
    return page(request, "password.html", context, account, 200 if refused is None else refused.http_status)


def _signed_in(request: Request) -> Account:
    account = account_of(request)
    if account is None:
        raise SignInNeeded(N_("please sign in"))
    return account


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)
