"""Passkeys: made and removed on the account page, and used on the page to sign in; see `static/passkey.js`."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Base64UrlBytes

from kanmon.access.limits import Limit
from kanmon.access.service import SignIn
from kanmon.access.web.hashing import in_hashing_pool
from kanmon.access.web.sign_in import sign_in_page
from kanmon.core.errors import NotFound, PasskeyRefused
from kanmon.core.language import N_
from kanmon.web.access import keep_session
from kanmon.web.doors import PasskeySite, SignedIn, Ways, session_token, take

router = APIRouter(include_in_schema=False)


@router.post("/sign-in/passkey/options")
def ask_to_sign_in(request: Request, doors: Ways, site: PasskeySite) -> Response:
    """What the browser needs to find a passkey, with a challenge for five minutes."""
    take(request, Limit.SIGN_IN)
    return _json(doors.passkeys.ask_to_sign_in(site))


@router.post("/sign-in/passkey")
def sign_in(request: Request, doors: Ways, site: PasskeySite, answer: Annotated[str, Form()]) -> Response:
    """Begin a session for who holds the passkey."""
    take(request, Limit.SIGN_IN)
    try:
        token = doors.passkeys.sign_in(site, answer, session_token(request))
    except PasskeyRefused as refused:
        return sign_in_page(request, refused)
    response = RedirectResponse("/", 303)
    keep_session(response, token)
    return response


@router.post("/account/passkeys/options")
async def ask_to_register(
    request: Request, doors: Ways, site: PasskeySite, account: SignedIn, password: Annotated[str, Form()] = ""
) -> Response:
    """What the browser needs to make a passkey, with a challenge for five minutes, for who knows the password.

    Without the challenge no passkey is kept: somebody who took over a session makes none.
    """
    doors_by_password: SignIn = request.app.state.sign_in

    def options() -> str:
        doors_by_password.prove(account, password)
        return doors.passkeys.ask_to_register(site, account)

    return _json(await in_hashing_pool(options))


@router.post("/account/passkeys")
def register(
    doors: Ways, site: PasskeySite, account: SignedIn, name: Annotated[str, Form()], answer: Annotated[str, Form()]
) -> Response:
    """Keep the passkey that the browser made, under a name of its owner's."""
    doors.passkeys.register(site, account, name, answer)
    return RedirectResponse("/account", 303)


@router.post("/account/passkeys/remove")
def remove(doors: Ways, account: SignedIn, passkey: Annotated[Base64UrlBytes, Form()]) -> Response:
    """Forget a passkey: from now on it opens nothing."""
    if not doors.passkeys.remove(account, passkey):
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    return RedirectResponse("/account", 303)


def _json(content: str) -> Response:
    return Response(content, media_type="application/json")
