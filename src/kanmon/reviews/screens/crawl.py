"""Going round the board: every screen in use in every language, the pages that links lead to, each function twice."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion, normalised
from kanmon.consent.screens import Screen
from kanmon.core.errors import UsageError
from kanmon.core.ids import PolicyId, RunId, ScreenId
from kanmon.core.language import N_
from kanmon.reviews.screens.coverage import (
    BoardCoverage,
    LookFinding,
    ScreenFinding,
    ScreenLook,
    ScreenOutcome,
    SeenText,
    Trial,
    UnregisteredPage,
    elsewhere,
    finding,
    words_seen,
)
from kanmon.reviews.screens.seen import Page, RefusedAddress, ScreenBrowser

LOOKS = 3
"""How often a screen is opened in each language; the last time past every cache."""
PAGES = 200
"""How many pages are opened by following links."""
FRAGMENT = 20
"""How many characters a quotation has at least, by which a page is known to show a policy."""


class CoverageFacts(Protocol):
    """What the crawl asks of the control plane."""

    def all_screens(self) -> Sequence[Screen]:
        """Every registered screen."""

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def versions_rolling_out(self) -> Sequence[PolicyVersion]:
        """Versions that a revision is bringing to the screens, and that are not registered yet."""


@dataclass(frozen=True)
class Board:
    """The registry of one moment, with the origin that relative addresses have."""

    screens: Sequence[Screen]
    versions: Sequence[PolicyVersion]
    base: str | None
    at: datetime

    @classmethod
    def of(cls, facts: CoverageFacts, base: str | None, at: datetime) -> "Board":
        """The registry as it stands; a version that is being rolled out is what its screens have to show already."""
        versions = [*facts.policy_versions(), *facts.versions_rolling_out()]
        return cls(facts.all_screens(), versions, base, at)

    def in_use(self, chosen: Collection[ScreenId]) -> list[Screen]:
        """The screens in use at the moment, only those `chosen` if any are; `UsageError` where that leaves none."""
        if unknown := set(chosen) - {screen.screen_id for screen in self.screens}:
            raise UsageError(N_("no screen %(screens)s is registered"), screens=", ".join(sorted(unknown)))
        found = [
            screen
            for screen in self.screens
            if screen.is_in_use(self.at) and (not chosen or screen.screen_id in chosen)
        ]
        if not found:
            raise UsageError(N_("no registered screen is in use at this moment; there is nothing to look at"))
        return found

    def right(self, policy_id: PolicyId) -> list[PolicyVersion]:
        """The versions of a policy in force, one in each language."""
        in_force = TextsInForce(policy_id, self.versions, dict(enumerate(self.versions)))
        return [self.versions[place] for place in sorted(in_force.at(self.at))]

    def address(self, screen: Screen) -> str | None:
        """Where a screen is opened; `UsageError` where only a path is registered and nothing says of which origin."""
        if screen.url is None:
            return None
        address = screen.url if self.base is None else urljoin(self.base, screen.url)
        if urlsplit(address).scheme not in {"http", "https"}:
            raise UsageError(
                N_(
                    "screen %(screen)s is registered as %(url)s; say with --base at which origin, like https://example.jp"
                ),
                screen=screen.screen_id,
                url=screen.url,
            )
        return address

    @property
    def fragments(self) -> frozenset[str]:
        """Quotations of all versions, long enough to know a policy by."""
        words = {
            normalised(statement.quote)
            for version in self.versions
            for clause in version.clauses
            for statement in clause.statements.values()
        }
        return frozenset(quoted for quoted in words if len(quoted) >= FRAGMENT)


class Crawl:
    """One run over a board."""

    def __init__(self, board: Board, eyes: ScreenBrowser, run_id: RunId, looks: int = LOOKS) -> None:
        self._board = board
        self._eyes = eyes
        self._run_id = run_id
        self._looks = looks
        self._pages: list[Page] = []
        self._seen: set[SeenText] = set()
        self._refused: list[tuple[str, RefusedAddress]] = []

    def go_round(self, chosen: Collection[ScreenId] = ()) -> BoardCoverage:
        """Look at the screens in use, follow their links, and take each function twice."""
        screens = self._board.in_use(chosen)
        addresses = {screen.screen_id: self._board.address(screen) for screen in screens}
        findings = [found for screen in screens for found in self._findings(screen, addresses[screen.screen_id])]
        links = _Links(self._board, self._eyes)
        unregistered = tuple(links.follow(self._pages))
        trials = tuple(self._trial(screen, addresses[screen.screen_id]) for screen in screens)
        return BoardCoverage(
            run_id=self._run_id,
            seen_at=self._board.at,
            findings=tuple(findings),
            unregistered=unregistered,
            trials=trials,
            seen=frozenset(self._seen),
            pages=links.opened,
            is_whole=links.is_whole,
            elsewhere=tuple(elsewhere([*self._refused, *links.refused])),
        )

    def _findings(self, screen: Screen, address: str | None) -> Iterator[ScreenFinding]:
        right = self._board.right(screen.policy_id)
        if address is None or not right:
            outcome = ScreenOutcome.NOTHING_IN_FORCE if not right else ScreenOutcome.UNREACHABLE
            yield ScreenFinding(screen.screen_id, "", address, LookFinding(outcome), wrong=0, looks=0)
            return
        for language in sorted({version.language for version in right}):
            looks = [self._look(screen, address, language, number) for number in range(1, self._looks + 1)]
            self._pages += (look.page for look in looks)
            yield finding(screen.screen_id, screen.policy_id, language, address, looks, right)

    def _look(self, screen: Screen, address: str, language: str, number: int) -> ScreenLook:
        picture = f"{quote(screen.screen_id, safe='')}-{language}-{number}.png"
        page = self._eyes.look(address, language, picture, is_fresh=number == self._looks)
        self._refused += ((address, one) for one in page.refused)
        self._seen |= {SeenText(screen.screen_id, words) for words in words_seen(page, screen.policy_id)}
        return ScreenLook(page, picture)

    def _trial(self, screen: Screen, address: str | None) -> Trial:
        languages = sorted(version.language for version in self._board.right(screen.policy_id))
        if address is None or not languages:
            return Trial(screen.screen_id, None, None)
        agreed = self._eyes.answer(address, languages[-1], agrees=True)
        refused = None if agreed is None else self._eyes.answer(address, languages[-1], agrees=False)
        self._refused += ((address, one) for answer in (agreed, refused) if answer for one in answer.refused)
        return Trial(screen.screen_id, agreed, refused)


class _Links:
    """Pages found by following links within the origins of registered screens."""

    def __init__(self, board: Board, eyes: ScreenBrowser) -> None:
        self._eyes = eyes
        self._language = min((version.language for version in board.versions), default="ja")
        self._fragments = board.fragments
        registered = [address for screen in board.screens if (address := _web_address(board, screen))]
        self._registered = {_place(address) for address in registered}
        self._origins = {_origin(address) for address in registered}
        self.opened = 0
        self.is_whole = True
        self.refused: list[tuple[str, RefusedAddress]] = []

    def follow(self, pages: Iterable[Page]) -> Iterator[UnregisteredPage]:
        """Every unregistered page that collects consent, each told once."""
        queue = deque((link, page.address) for page in pages for link in page.links)
        met: set[str] = set()
        while queue:
            link, linked_from = queue.popleft()
            address = urldefrag(link).url
            if address in met or not self._is_of_interest(address):
                continue
            if self.opened == PAGES:
                self.is_whole = False
                return
            met.add(address)
            self.opened += 1
            page = self._eyes.look(address, self._language)
            self.refused += ((address, one) for one in page.refused)
            ended_at = urldefrag(page.address).url
            if ended_at != address and (ended_at in met or not self._is_of_interest(ended_at)):
                continue
            met.add(ended_at)
            queue.extend((onward, ended_at) for onward in page.links)
            if self._collects_consent(page):
                policies = tuple(sorted({shown.policy_id for shown in page.policies}))
                yield UnregisteredPage(ended_at, linked_from, policies, page.has_consent_form)

    def _is_of_interest(self, address: str) -> bool:
        path = address.partition("?")[0]
        return _origin(address) in self._origins and not {_place(address), _place(path)} & self._registered

    def _collects_consent(self, page: Page) -> bool:
        if page.policies or page.has_consent_form:
            return True
        words = normalised(page.text) if page.can_post else ""
        return any(fragment in words for fragment in self._fragments)


def _web_address(board: Board, screen: Screen) -> str | None:
    """As `Board.address`; a screen that isn't in use may lack its origin."""
    try:
        return board.address(screen)
    except UsageError:
        return None


def _origin(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc


def _place(address: str) -> tuple[str, str, str, str]:
    parts = urlsplit(address)
    return parts.scheme, parts.netloc, parts.path.rstrip("/"), parts.query
