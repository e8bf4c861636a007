"""The front door: sign in by password, sign out, the language; the page offers the other ways too."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.limits import Limit
from kanmon.access.service import SignIn
from kanmon.access.web.hashing import in_hashing_pool
from kanmon.core.errors import KanmonError
from kanmon.core.language import Language
from kanmon.web.access import PORTALS, SESSION_COOKIE, account_of, keep_session
from kanmon.web.doors import doors_of, session_token, site_of, take
from kanmon.web.pages import keep_language, keep_refusal, page

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
async def sign_in(request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
    """Begin a session and go to the portal; a wrong name or password is told, but not which of them."""
    return await in_hashing_pool(lambda: _signed_in(request, name, password))


def _signed_in(request: Request, name: str, password: str) -> Response:
    take(request, Limit.SIGN_IN)
    doors: SignIn = request.app.state.sign_in
    try:
        token = doors.sign_in(name, password, session_token(request))
    except KanmonError as refused:
        return sign_in_page(request, refused)
    response = _to("/")
    keep_session(response, token)
    return response


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session."""
    doors: SignIn = request.app.state.sign_in
    doors.sessions.end(session_token(request) or "")
    response = _to("/")
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, path="/")
    return response


@router.post("/language")
def choose_language(
    language: Annotated[Language, Form()], back: Annotated[str, Form()] = "/", refusal: Annotated[str, Form()] = ""
) -> Response:
    """Remember the language and go back to the page; `back` is a path of this host, `refusal` what is shown there."""
    response = _to(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    keep_language(response, language)
    keep_refusal(response, refusal)
    return response


def sign_in_page(request: Request, refused: KanmonError | None = None) -> Response:
    """The page to sign in, with what was refused where something was."""
    oidc = doors_of(request).oidc
    context = {"refused": refused, "provider": oidc and oidc.name, "has_passkeys": site_of(request) is not None}
    return page(request, "sign_in.html", context, status=200 if refused is None else refused.http_status)


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303)
