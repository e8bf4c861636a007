"""The account page: password, passkeys, connected identities, open sessions."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.service import SHORTEST_PASSWORD, SignIn
from kanmon.access.session import Way
from kanmon.access.web.hashing import in_hashing_pool
from kanmon.core.errors import KanmonError
from kanmon.core.language import N_
from kanmon.web.doors import SignedIn, doors_of, session_token, site_of
from kanmon.web.pages import page

WAYS = {Way.PASSWORD: N_("with the password"), Way.OIDC: N_("through a sign-in service"), Way.PASSKEY: N_("by passkey")}
router = APIRouter(prefix="/account", include_in_schema=False)


@router.get("")
def my_account(request: Request, account: SignedIn) -> Response:
    """All that concerns how the account is opened."""
    return account_page(request, account)


@router.post("/password")
async def change_password(
    request: Request, account: SignedIn, old: Annotated[str, Form()], new: Annotated[str, Form()]
) -> Response:
    """Take a new password; every session of the account ends, this one too."""
    return await in_hashing_pool(lambda: _changed(request, account, old, new))


def _changed(request: Request, account: Account, old: str, new: str) -> Response:
    try:
        _sign_in(request).change_password(account, old, new)
    except KanmonError as refused:
        return account_page(request, account, refused)
    return RedirectResponse("/", 303)


@router.post("/sessions/end-others")
def end_others(request: Request, account: SignedIn) -> Response:
    """End every session of the account but this one."""
    _sign_in(request).sessions.end_all(account, session_token(request))
    return RedirectResponse("/account", 303)


@router.post("/sessions/end-all")
def end_all(request: Request, account: SignedIn) -> Response:
    """End every session of the account, this one too."""
    _sign_in(request).sessions.end_all(account, None)
    return RedirectResponse("/", 303)


def account_page(request: Request, account: Account, refused: KanmonError | None = None) -> Response:
    """All that concerns how the account is opened, with what was refused where something was."""
    doors, sessions = doors_of(request), _sign_in(request).sessions
    has_passkeys = site_of(request) is not None
    context = {
        "refused": refused,
        "length": SHORTEST_PASSWORD,
        "has_passkeys": has_passkeys,
        "passkeys": doors.passkeys.list(account) if has_passkeys else [],
        "provider": doors.oidc and doors.oidc.name,
        "identities": doors.identities.bound(account),
        "sessions": sessions.open_of(account, session_token(request) or ""),
        "ways": WAYS,
    }
    return page(request, "account.html", context, account, 200 if refused is None else refused.http_status)


def _sign_in(request: Request) -> SignIn:
    doors: SignIn = request.app.state.sign_in
    return doors
