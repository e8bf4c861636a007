"""Which role may reach what: a portal lets its own role in, and for everyone else it isn't there."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response

from kanmon.access.account import REVIEWERS, Account, Role
from kanmon.application.application import Application
from kanmon.core.errors import KanmonError, NotFound
from kanmon.core.language import N_

SESSION_COOKIE = "__Host-kanmon"
REVIEW = "/review"
PORTALS = {
    Role.PERSON: "/me",
    Role.CLIENT: "/client",
    Role.PRIVACY_OWNER: "/officer",
    Role.AUTHOR: REVIEW,
    Role.OPERATOR: REVIEW,
    Role.STUDENT_ADVOCATE: REVIEW,
    Role.LEGAL: REVIEW,
}
"""Where each role's portal begins; the privacy owner enters that of the reviewers as well."""


class SignInNeeded(KanmonError):
    """Nobody is signed in; the page of the sign-in is shown in place of what was asked for."""

    code = "SIGN_IN_NEEDED"
    http_status = 401


def application_of(request: Request) -> Application:
    """The application behind the pages."""
    application: Application = request.app.state.application
    return application


def account_of(request: Request) -> Account | None:
    """Who is signed in."""
    token = request.cookies.get(SESSION_COOKIE)
    return None if token is None else request.app.state.sign_in.sessions.account(token)


def only(*roles: Role) -> Callable[[Request], Account]:
    """A dependency that yields the account of one of these roles; to all other roles the page isn't there."""

    def account(request: Request) -> Account:
        found = account_of(request)
        if found is None:
            raise SignInNeeded(N_("please sign in"))
        if found.role not in roles:
            raise NotFound(N_("this page does not exist, or your account may not see it"))
        return found

    return account


def keep_session(response: Response, token: str) -> None:
    """Hand a session to the browser: to this host only, never to a script, never from a foreign page."""
    response.set_cookie(SESSION_COOKIE, token, secure=True, httponly=True, samesite="lax", path="/")


Open = Annotated[Application, Depends(application_of)]
Person = Annotated[Account, Depends(only(Role.PERSON))]
ClientStaff = Annotated[Account, Depends(only(Role.CLIENT))]
PrivacyOwner = Annotated[Account, Depends(only(Role.PRIVACY_OWNER))]
Reviewer = Annotated[Account, Depends(only(*REVIEWERS))]
