"""Going through the portals by their links, each kind of page once, and what each page weighs and asks of a reader."""

from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi.routing import APIRoute
from playwright.sync_api import Page

from kanmon.web.app import ROUTERS

LINKS = "links => links.filter(link => !link.hasAttribute('download')).map(link => link.href)"
WEIGHT = """
['navigation', 'resource'].flatMap(kind => performance.getEntriesByType(kind))
    .reduce((bytes, entry) => bytes + entry.decodedBodySize, 0)
"""
BLOCKING = "head script:not([defer]):not([async]):not([type=module])"


@dataclass(frozen=True)
class Visited:
    """One page as a browser opened it."""

    kind: str
    """The path of its route."""
    address: str
    language: str
    weight: int
    """Bytes of the page and all that it loads."""
    overflow: int
    """Pixels by which the page is wider than the window."""
    blocking: int
    """Scripts that the first paint waits for."""


def kinds() -> list[str]:
    """Every route that a browser can open."""
    return [route.path for route in _routes()]


def kind_of(address: str) -> str | None:
    """The first route that answers an address, as the service would choose it."""
    path = urlsplit(address).path
    return next((route.path for route in _routes() if route.path_regex.match(path)), None)


def _routes() -> list[APIRoute]:
    routes = (route for router in ROUTERS for route in router.routes)
    return [route for route in routes if isinstance(route, APIRoute) and "GET" in (route.methods or ())]


def walk(page: Page, start: str, past: Collection[str]) -> Iterator[Visited]:
    """Open `start` and what its links lead to, each kind of page once, and go past some kinds.

    The page stays open while it is looked at.
    """
    origin, queue, met = urlsplit(start).netloc, deque([start]), set(past)
    while queue:
        address = queue.popleft()
        kind = kind_of(address)
        if urlsplit(address).netloc != origin or kind is None or kind in met:
            continue
        met.add(kind)
        yield open_page(page, address, kind)
        queue.extend(page.eval_on_selector_all("a[href]", LINKS))


def open_page(page: Page, address: str, kind: str) -> Visited:
    answered = page.goto(address, wait_until="load")
    assert answered is not None
    assert answered.ok, f"{address}: {answered.status}"
    return Visited(
        kind,
        address,
        page.get_attribute("html", "lang") or "",
        page.evaluate(WEIGHT),
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"),
        page.locator(BLOCKING).count(),
    )
