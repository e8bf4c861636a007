"""Going round the board: every screen as every visitor, the pages that links lead to, each function taken both ways.

Looks at one screen are spread over the run: each visitor goes round all screens before the next one comes.
"""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
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
    asks_nothing,
    elsewhere,
    finding,
    is_right_view,
    words_seen,
)
from kanmon.reviews.screens.links import BoardLinks, place_of
from kanmon.reviews.screens.parity import SLOWER_SECONDS, Detriment, later
from kanmon.reviews.screens.seen import FormResponse, Page, RefusedAddress, ScreenBrowser
from kanmon.reviews.screens.surfaces import KnownTexts, asks_for_consent
from kanmon.reviews.screens.visitor import Arm, ArmPlace, BoardVisitor, Visitors, arms, everybody, in_arm


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
    def known_addresses(self) -> Sequence[str]:
        """The addresses of all registered screens; one that isn't in use may lack its origin."""
        return [address for screen in self.screens if (address := self._web_address(screen))]

    @property
    def languages(self) -> Sequence[str]:
        """The languages that any version has."""
        return sorted({version.language for version in self.versions}) or ["ja"]

    def _web_address(self, screen: Screen) -> str | None:
        try:
            return self.address(screen)
        except UsageError:
            return None


@dataclass(frozen=True)
class _View:
    """One screen in one language, with the versions that it may show."""

    screen: Screen
    address: str
    language: str
    right: Sequence[PolicyVersion]


class Crawl:
    """One run over a board; `visitors` are those who look at each screen."""

    def __init__(self, board: Board, eyes: ScreenBrowser, run_id: RunId, visitors: Visitors = everybody) -> None:
        self._board = board
        self._eyes = eyes
        self._run_id = run_id
        self._visitors = visitors
        self._known = KnownTexts(board.versions)
        self._looks: dict[tuple[ScreenId, str], list[ScreenLook]] = defaultdict(list)
        self._pages: list[Page] = []
        self._seen: set[SeenText] = set()
        self._refused: list[tuple[str, RefusedAddress]] = []

    def go_round(self, chosen: Collection[ScreenId] = ()) -> BoardCoverage:
        """Look at the screens in use, follow their links, and take each function agreeing and refusing."""
        begun = time.monotonic()
        screens = self._board.in_use(chosen)
        views = [view for screen in screens for view in self._views(screen)]
        self._join(views)
        self._look_as_everybody(views)
        met = self._look_in_arms(views, frozenset())
        links = BoardLinks(self._board.known_addresses, self._board.languages, self._eyes, self._known)
        unregistered = tuple(links.follow(self._pages))
        self._pages += links.pages
        self._look_in_arms(views, met)
        trials = self._trials(screens)
        return BoardCoverage(
            run_id=self._run_id,
            seen_at=self._board.at,
            findings=tuple(found for screen in screens for found in self._findings(screen, views)),
            unregistered=unregistered,
            trials=trials,
            seen=frozenset(self._seen),
            pages=links.opened,
            is_whole=links.is_whole,
            elsewhere=tuple(elsewhere([*self._refused, *links.refused])),
            seconds=time.monotonic() - begun,
        )

    def _views(self, screen: Screen) -> Iterator[_View]:
        address, right = self._board.address(screen), self._board.right(screen.policy_id)
        if address is not None:
            for language in sorted({version.language for version in right}):
                yield _View(screen, address, language, right)

    def _join(self, views: Sequence[_View]) -> None:
        """Become a member at the first screen that lets one; a registration is tried first."""
        in_order = sorted(views, key=lambda view: not _is_registration(view.screen))
        any(self._eyes.join(view.address, view.language) for view in in_order)

    def _look_as_everybody(self, views: Sequence[_View]) -> None:
        if not views:
            return
        plans = {view.language: self._visitors(view.language) for view in views}
        for place in range(max(map(len, plans.values()))):
            for view in views:
                if place < len(plan := plans[view.language]):
                    self._look(view, plan[place])

    def _look_in_arms(self, views: Sequence[_View], before: frozenset[Arm]) -> frozenset[Arm]:
        """Look at every screen in each arm that is not among those `before`; all arms that are known then."""
        shared = [arm for page in self._pages for arm in page.kept]
        known = set(before)
        for view in views:
            of_address = [arm for page in self._pages for arm in _arms_of_links(page.links, view.address)]
            found = [arm for arm in arms([*shared, *of_address]) if arm not in before]
            known |= set(found)
            for place, arm in enumerate(found):
                self._look(view, in_arm(view.language, arm, place))
        return frozenset(known)

    def _look(self, view: _View, visitor: BoardVisitor) -> None:
        screen, looks = view.screen, self._looks[view.screen.screen_id, view.language]
        names: list[str] = []

        def judged(page: Page) -> ScreenLook:
            return ScreenLook(page, None, visitor, asks_for_consent(page, self._known))

        def picture(page: Page) -> str | None:
            """A picture is kept of the first look, and of each that found something wrong."""
            if looks and is_right_view(judged(page), screen.policy_id, view.language, view.right):
                return None
            names.append(f"{quote(screen.screen_id, safe='')}-{view.language}-{len(looks) + 1}.png")
            return names[0]

        page = self._eyes.look(view.address, visitor, picture)
        look = judged(page)
        looks.append(ScreenLook(page, names[0] if names else None, visitor, look.asks))
        self._pages.append(page)
        self._refused += ((view.address, one) for one in page.refused)
        if not asks_nothing(look):
            self._seen |= {SeenText(screen.screen_id, words) for words in words_seen(page, screen.policy_id)}

    def _findings(self, screen: Screen, views: Sequence[_View]) -> Iterator[ScreenFinding]:
        own = [view for view in views if view.screen == screen]
        if not own:
            address = self._board.address(screen)
            outcome = ScreenOutcome.UNREACHABLE if address is None else ScreenOutcome.NOTHING_IN_FORCE
            if not self._board.right(screen.policy_id):
                outcome = ScreenOutcome.NOTHING_IN_FORCE
            yield ScreenFinding(screen.screen_id, "", address, LookFinding(outcome), wrong=0, looks=0)
        for view in own:
            looks = self._looks[screen.screen_id, view.language]
            yield finding(screen.screen_id, screen.policy_id, view.language, view.address, looks, view.right)

    def _trials(self, screens: Sequence[Screen]) -> tuple[Trial, ...]:
        trials = [self._trial(screen) for screen in screens]
        worse = self._later(trials)
        return tuple(
            Trial(trial.screen_id, trial.agreed, trial.refused, tuple(worse.get(trial.screen_id, ())))
            for trial in trials
        )

    def _trial(self, screen: Screen) -> Trial:
        address, language = self._board.address(screen), self._language_of_trials(screen)
        if address is None or language is None:
            return Trial(screen.screen_id, None, None)
        agreed = self._answer(address, language, agrees=True)
        refused = None if agreed is None else self._answer(address, language, agrees=False)
        if agreed and agreed.works and (refused is None or not refused.works or _is_slower(refused, agreed)):
            again = self._answer(address, language, agrees=False)  # a network may be slow or fail once
            refused = again if again is not None and again.works else refused
        return Trial(screen.screen_id, agreed, refused)

    def _later(self, trials: Sequence[Trial]) -> Mapping[ScreenId, Sequence[Detriment]]:
        """What is worse for somebody who refused everywhere than for somebody who agreed everywhere."""
        screens = {screen.screen_id: screen for screen in self._board.screens}
        taken = [trial.screen_id for trial in trials if trial.agreed is not None and trial.agreed.works]
        taken.sort(key=lambda name: not _is_registration(screens[name]))
        addresses = {name: address for name in taken if (address := self._board.address(screens[name]))}
        if not addresses:
            return {}
        language = self._language_of_trials(screens[taken[0]])
        assert language is not None
        agreed, refused = (
            self._eyes.afterwards(list(addresses.values()), language, agrees=agrees) for agrees in (True, False)
        )
        worse = later(agreed, refused)
        return {name: worse[address] for name, address in addresses.items() if address in worse}

    def _language_of_trials(self, screen: Screen) -> str | None:
        return max((version.language for version in self._board.right(screen.policy_id)), default=None)

    def _answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        answered = self._eyes.answer(address, language, agrees=agrees)
        self._refused += ((address, one) for one in (answered.refused if answered else ()))
        return answered


def _is_slower(refused: FormResponse, agreed: FormResponse) -> bool:
    return refused.seconds > agreed.seconds + SLOWER_SECONDS


def _is_registration(screen: Screen) -> bool:
    """Whether people become members on it, which they do first."""
    return "regist" in screen.function.lower()


def _arms_of_links(links: Iterable[str], address: str) -> Iterator[Arm]:
    """The arms of a screen that links choose by its address."""
    own = place_of(address.partition("?")[0])
    for link in links:
        if place_of(link.partition("?")[0].partition("#")[0]) != own:
            continue
        for name, value in parse_qsl(urlsplit(link).query):
            yield Arm(ArmPlace.ADDRESS, name, value)
