"""Pages that links lead to within the origins of registered screens, and those among them that collect consent."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urldefrag, urlsplit

from kanmon.reviews.screens.coverage import UnregisteredPage
from kanmon.reviews.screens.seen import Page, RefusedAddress, ScreenBrowser
from kanmon.reviews.screens.surfaces import KnownTexts, asks_for_consent
from kanmon.reviews.screens.visitor import BoardVisitor, for_unregistered

PAGES = 200
"""How many pages are opened by following links."""
LISTED_AT = "/sitemap.xml"
"""Where a site lists its pages."""


class BoardLinks:
    """Follows links; each page is opened by two visitors who share nothing."""

    def __init__(
        self, registered: Sequence[str], languages: Sequence[str], eyes: ScreenBrowser, known: KnownTexts
    ) -> None:
        self._eyes = eyes
        self._known = known
        self._visitors = for_unregistered(languages)
        self._registered = {place_of(address) for address in registered}
        self._origins = {_origin(address) for address in registered}
        self._met: set[str] = set()
        self.opened = 0
        self.is_whole = True
        self.pages: list[Page] = []
        """Every page that came."""
        self.refused: list[tuple[str, RefusedAddress]] = []

    def follow(self, pages: Iterable[Page]) -> Iterator[UnregisteredPage]:
        """Every unregistered page that collects consent from either visitor, each told once."""
        queue = deque((link, page.address) for page in pages for link in page.links)
        queue.extend(self._listed())
        while queue:
            link, linked_from = queue.popleft()
            address = urldefrag(link).url
            if address in self._met or not self._is_of_interest(address):
                continue
            if self.opened == PAGES:
                self.is_whole = False
                return
            self._met.add(address)
            self.opened += 1
            found: dict[str, UnregisteredPage] = {}
            ended_at: set[str] = set()
            for visitor in self._visitors:
                page = self._opened(address, visitor)
                if page is None:
                    continue
                queue.extend((onward, page.address) for onward in page.links)
                ended_at.add(page.address)
                if asks_for_consent(page, self._known):
                    found.setdefault(page.address, _unregistered(page, linked_from, visitor))
            self._met |= ended_at
            yield from found.values()

    def _opened(self, address: str, visitor: BoardVisitor) -> Page | None:
        """The page as a visitor has it; None where it led to one that is known."""
        page = self._eyes.look(address, visitor)
        self.refused += ((address, one) for one in page.refused)
        self.pages.append(page)
        ended_at = urldefrag(page.address).url
        if ended_at != address and (ended_at in self._met or not self._is_of_interest(ended_at)):
            return None
        return replace(page, address=ended_at)

    def _listed(self) -> Iterator[tuple[str, str]]:
        for scheme, place in sorted(self._origins):
            page = self._eyes.look(f"{scheme}://{place}{LISTED_AT}", self._visitors[0])
            if page.is_there and urlsplit(page.address).path == LISTED_AT:
                yield from ((link, page.address) for link in page.links)

    def _is_of_interest(self, address: str) -> bool:
        path = address.partition("?")[0]
        return _origin(address) in self._origins and not {place_of(address), place_of(path)} & self._registered


def _unregistered(page: Page, linked_from: str, visitor: BoardVisitor) -> UnregisteredPage:
    policies = tuple(sorted({shown.policy_id for shown in page.policies}))
    return UnregisteredPage(page.address, linked_from, policies, page.has_consent_form, visitor)


def place_of(address: str) -> tuple[str, str, str, str]:
    """By what an address is known to be that of a screen."""
    parts = urlsplit(address)
    return parts.scheme, parts.netloc, parts.path.rstrip("/"), parts.query


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc
