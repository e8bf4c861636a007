"""Sign-in through an OpenID provider, and connecting an identity with an account.

A link leads to the provider, never a form: `form-action 'self'` binds what a form is redirected to as well. To connect
needs a POST from our own page, so that no foreign page can have somebody's account connected with another identity;
that POST answers with a page that holds the link.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.limits import Limit
from kanmon.access.oidc import LoginRedirect, OidcSignIn
from kanmon.access.service import SignIn
from kanmon.access.web.account import account_page
from kanmon.access.web.hashing import in_hashing_pool
from kanmon.access.web.sign_in import sign_in_page
from kanmon.core.errors import KanmonError, NotFound, ProviderUnavailable, SignInRefused, TooManyAttempts
from kanmon.core.language import N_
from kanmon.web.access import account_of, keep_session
from kanmon.web.doors import SignedIn, Ways, doors_of, origin_of, session_token, take
from kanmon.web.pages import page, refusal_page

LOGIN_COOKIE = "__Host-kanmon-login"
"""Binds a login to the browser that began it."""
ANSWERED_AT = "/sign-in/oidc/answer"
"""Where the provider sends the browser back to: to be registered there behind the origin."""
router = APIRouter(include_in_schema=False)


@router.get("/sign-in/oidc")
def leave_to_sign_in(request: Request) -> Response:
    """Begin a login and go to the provider."""
    try:
        begun = _begun(request, None)
    except ProviderUnavailable as refused:
        return sign_in_page(request, refused)
    return _keep(RedirectResponse(begun.url, 303), begun)


@router.get(ANSWERED_AT)
def come_back(request: Request) -> Response:
    """Finish a login: begin a session, or connect the identity; it ends on a page of ours in any case."""
    account, browser_token = account_of(request), request.cookies.get(LOGIN_COOKIE, "")
    try:
        token = _provider(request).finish(
            request.query_params, browser_token, _answered_at(request), account, session_token(request)
        )
    except KanmonError as refused:
        response = sign_in_page(request, refused) if account is None else refusal_page(request, refused, account)
    else:
        response = RedirectResponse("/account" if token is None else "/", 303)
        if token is not None:
            keep_session(response, token)
    response.delete_cookie(LOGIN_COOKIE, secure=True, httponly=True, path="/")
    return response


@router.post("/account/oidc")
async def ask_to_connect(request: Request, account: SignedIn, password: Annotated[str, Form()] = "") -> Response:
    """Begin a login that connects its identity with the account, for who knows the password.

    The page has the link to the provider. Without that login no identity is connected: somebody who took over a
    session connects none. A wrong password is told on the account page.
    """
    return await in_hashing_pool(lambda: _asked_to_connect(request, account, password))


def _asked_to_connect(request: Request, account: Account, password: str) -> Response:
    provider = _provider(request)
    doors: SignIn = request.app.state.sign_in
    try:
        doors.prove(account, password)
    except (SignInRefused, TooManyAttempts) as refused:
        return account_page(request, account, refused)
    begun = _begun(request, account)
    return _keep(page(request, "connect.html", {"url": begun.url, "provider": provider.name}, account), begun)


@router.post("/account/oidc/remove")
def disconnect(account: SignedIn, doors: Ways, identity: Annotated[int, Form()]) -> Response:
    """Have an identity open the account no longer."""
    if not doors.identities.unbind(account, identity):
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    return RedirectResponse("/account", 303)


def _begun(request: Request, account: Account | None) -> LoginRedirect:
    provider = _provider(request)
    take(request, Limit.OIDC)
    return provider.start(_answered_at(request), account)


def _provider(request: Request) -> OidcSignIn:
    provider = doors_of(request).oidc
    if provider is None:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    return provider


def _answered_at(request: Request) -> str:
    return f"{origin_of(request)}{ANSWERED_AT}"


def _keep(response: Response, begun: LoginRedirect) -> Response:
    response.set_cookie(LOGIN_COOKIE, begun.browser_token, secure=True, httponly=True, samesite="lax", path="/")
    return response
