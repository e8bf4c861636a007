"""What the pages around the sign-in share: who is signed in, whose pages these are, how much is let through."""

from typing import Annotated

from fastapi import Depends, Request

from kanmon.access.account import Account
from kanmon.access.limits import Limit, line_of
from kanmon.access.passkeys import Site
from kanmon.access.use_cases.doors import Doors
from kanmon.core.errors import NotFound
from kanmon.core.language import N_
from kanmon.web.access import SESSION_COOKIE, SignInNeeded, account_of


def doors_of(request: Request) -> Doors:
    """The doors behind the pages."""
    doors: Doors = request.app.state.doors
    return doors


def signed_in(request: Request) -> Account:
    """Who is signed in, whatever the role; `SignInNeeded`."""
    account = account_of(request)
    if account is None:
        raise SignInNeeded(N_("please sign in"))
    return account


def origin_of(request: Request) -> str:
    """The origin of our pages: as `KANMON_ORIGIN` says, else as the request names it."""
    return doors_of(request).origin or f"{request.url.scheme}://{request.url.netloc}"


def site_of(request: Request) -> Site | None:
    """Whom a passkey is for; None where the host is an address."""
    return Site.of(origin_of(request))


def site_for_passkeys(request: Request) -> Site:
    """Whom a passkey is for; `NotFound` where the host is an address."""
    site = site_of(request)
    if site is None:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    return site


def session_token(request: Request) -> str | None:
    """The token of the session that the browser has, open or not."""
    return request.cookies.get(SESSION_COOKIE)


def client_line(request: Request) -> str:
    """What is counted as one client: the line that the request came by."""
    return line_of("" if request.client is None else request.client.host)


def take(request: Request, limit: Limit, amount: int = 1) -> None:
    """Count a request, or what it brings, as its client address's; `TooManyRequests`."""
    doors_of(request).limits.take(limit, client_line(request), amount)


Ways = Annotated[Doors, Depends(doors_of)]
SignedIn = Annotated[Account, Depends(signed_in)]
PasskeySite = Annotated[Site, Depends(site_for_passkeys)]
