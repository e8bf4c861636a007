"""Keeping a browser to the origins that settings name, whatever a page asks it for.

Chromium itself resolves no name: each named host and port stands for the one address that was looked up before, and
everything else, addresses written in digits included, for none. So redirections, frames, scripts, web sockets, fetched
hints and workers reach nothing else either. It uses no proxy, which would resolve names itself, and no UDP.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import IPv6Address

from playwright.sync_api import BrowserContext, Request
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page as Tab

from kanmon.reviews.screens.reach import IPAddress, Reach
from kanmon.reviews.screens.seen import RefusedAddress

_SCHEMES_OF_REQUESTS = ("http:", "https:", "file:", "ftp:")
"""What is told where it is refused; `data:` and `blob:` are parts of the page itself."""

_NO_PAGE = ("about:", "chrome-error:")
"""What a tab shows where nothing came; why nothing came is told by the request."""
_MOST_TOLD = 200
"""How many refused addresses of one page are kept; a script may make them without end."""
_LONGEST = 1_000


def flags_for(reach: Reach) -> list[str]:
    """How Chromium is told to reach the named origins and nothing else."""
    rules = [
        f"MAP {origin.host}:{origin.port} {_in_url(address)}:{origin.port}"
        for origin, address in reach.pins.items()
        if address is not None
    ]
    return [
        f"--host-resolver-rules={','.join([*rules, 'MAP * ~NOTFOUND'])}",
        "--no-proxy-server",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    ]


def _in_url(address: IPAddress) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


class RequestLog:
    """What a page asked for and was refused."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._refused: dict[str, RefusedAddress] = {}
        self._left_for: list[RefusedAddress] = []
        self._waiting: set[Request] = set()

    @contextmanager
    def opened(self, context: BrowserContext) -> Iterator[Tab]:
        """A page of the context; the refused requests of it, and of pages that it opens, are noted."""
        tab = context.new_page()

        def begin(request: Request) -> None:
            self._waiting.add(request)

        def end(request: Request) -> None:
            self._waiting.discard(request)

        def fail(request: Request) -> None:
            self._waiting.discard(request)
            self._failed(request, tab)

        context.on("request", begin)
        context.on("requestfinished", end)
        context.on("requestfailed", fail)
        yield tab
        context.remove_listener("request", begin)
        context.remove_listener("requestfinished", end)
        context.remove_listener("requestfailed", fail)

    @property
    def is_waiting(self) -> bool:
        """Whether anything that was asked for has not come yet."""
        return bool(self._waiting)

    @property
    def refused(self) -> tuple[RefusedAddress, ...]:
        """Each refused address once, in their order."""
        return tuple(self._refused.values())

    def problem(self, tab: Tab) -> str | None:
        """Why what the tab shows is no page of the board; None where it is one, and did not lead away from it."""
        if self._left_for:
            return str(self._left_for[0])
        if tab.url.startswith(_NO_PAGE):
            return None
        refusal = self._reach.refusal(tab.url)
        return None if refusal is None else str(RefusedAddress(tab.url, refusal))

    def _failed(self, request: Request, tab: Tab) -> None:
        address = request.url
        refusal = self._reach.refusal(address)
        if refusal is None or not address.startswith(_SCHEMES_OF_REQUESTS):
            return
        refused = RefusedAddress(address[:_LONGEST], refusal)
        if len(self._refused) < _MOST_TOLD:
            self._refused.setdefault(refused.address, refused)
        if request.is_navigation_request() and _is_of(request, tab):
            self._left_for.append(refused)


def _is_of(request: Request, tab: Tab) -> bool:
    """Whether a request is for the page itself, not for a frame in it or for a page that it opened."""
    with suppress(BrowserError):  # a page that is being opened has no frame yet
        return request.frame == tab.main_frame
    return False
