"""Faults to plant into a drawn board: one each, with where it must be found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from tests.portals.generated_board import GeneratedBoard, Reply, Visit, drawn_board
from tests.portals.planted_detriments import DETRIMENTS
from tests.portals.planted_pages import PAGES
from tests.portals.planting import Plant, changed, stale


class FaultGroup(StrEnum):
    """What kind of thing is wrong."""

    REGISTERED = "registered"
    ARM = "arm"
    DEVICE = "device"
    CACHE = "cache"
    UNREGISTERED = "unregistered"
    DETRIMENT = "detriment"


@dataclass(frozen=True)
class FaultyBoard:
    """A board with one fault, made of its seed whenever it is wanted."""

    seed: int
    group: FaultGroup
    name: str
    plant: Plant

    def drawn(self) -> tuple[GeneratedBoard, str]:
        """The board, and where the fault is: the screen, or the path of the page that is no screen."""
        board = drawn_board(self.seed)
        where = "/special" if self.group is FaultGroup.UNREGISTERED else board.draw.choice(board.screens)
        self.plant(board, where)
        return board, where


def _first(board: GeneratedBoard, language: str) -> str:
    return next(iter(board.words[language].values()))


def _stale_by_script(delay: int) -> Plant:
    def change(board: GeneratedBoard, visit: Visit, page: str) -> str:
        old = json.dumps(board.policy(board.old[visit.language]))
        put = f"document.querySelector('[data-policy-id]').outerHTML = {old}"
        return f"{page}<script>setTimeout(() => {{ {put} }}, {delay})</script>"

    return changed(change)


def _right_by_script(board: GeneratedBoard, screen: str) -> None:
    """The old words come from the server, and a script puts the new ones in their place."""
    board.frames.clear()
    stale(lambda visit: True)(board, screen)
    changed(
        lambda board, visit, page: (
            page + "<script>document.querySelector('[data-policy-id]').outerHTML = "
            f"{json.dumps(board.policy(board.words[visit.language]))}</script>"
        )
    )(board, screen)


def _in_noscript(board: GeneratedBoard, screen: str) -> None:
    """Old words beside the right ones, for browsers without script only."""
    board.frames.clear()
    changed(
        lambda board, visit, page: page.replace(
            "</form>", f"<noscript>{board.policy(board.old[visit.language])}</noscript></form>"
        )
    )(board, screen)


def _by_cookie(name: str, value: str, others: tuple[str, ...], every: int) -> Plant:
    """An arm that a cookie chooses: one visit in `every` gets the one with the old words."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        def setting(visit: Visit) -> Mapping[str, str]:
            if name in visit.cookies:
                return {}
            return {name: value if visit.number % every == every - 1 else others[visit.number % len(others)]}

        board.cookies.append(setting)
        stale(lambda visit: visit.cookies.get(name) == value)(board, screen)

    return plant


def _by_address(name: str, value: str, linked: str) -> Plant:
    """An arm that the address chooses; a link leads to `linked`."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        board.links.append(f"/{screen}?{name}={linked}")
        stale(lambda visit: visit.query.get(name) == value)(board, screen)

    return plant


def _by_storage(board: GeneratedBoard, screen: str) -> None:
    """An arm that a script draws and the browser keeps."""
    changed(
        lambda board, visit, page: (
            page + "<script>localStorage.arm ??= Math.random() < .25 ? 'b' : 'a';"
            "if (localStorage.arm === 'b') document.querySelector('[data-policy-id]').outerHTML = "
            f"{json.dumps(board.policy(board.old[visit.language]))}</script>"
        )
    )(board, screen)


def _by_link_that_sets(board: GeneratedBoard, screen: str) -> None:
    """A campaign's link sets a cookie and leads to the screen."""
    board.pages["/campaign"] = lambda visit: Reply("", 302, {"campaign": "spring"}, f"/{screen}")
    board.links.append("/campaign")
    stale(lambda visit: visit.cookies.get("campaign") == "spring")(board, screen)


REGISTERED: Mapping[str, Plant] = {
    "stale": stale(lambda visit: True),
    "stale in the last language": lambda board, screen: stale(lambda visit: visit.language == board.languages[0])(
        board, screen
    ),
    "clause left out": changed(lambda board, visit, page: page.replace(escape(_first(board, visit.language)), "")),
    "clause hidden": changed(
        lambda board, visit, page: page.replace('<p data-clause="', '<p style="opacity:0.05" data-clause="', 1)
    ),
    "clause in small print": changed(
        lambda board, visit, page: page.replace('<p data-clause="', '<p style="font-size:6px" data-clause="', 1)
    ),
    "words added": changed(
        lambda board, visit, page: page.replace("</section>", "<p>ただし、例外があります。</p></section>")
    ),
    "no words": changed(lambda board, visit, page: page.replace(f'data-policy-id="{"privacy"}"', "")),
    "stale by a script": _stale_by_script(200),
    "stale by a late script": _stale_by_script(900),
    "right by a script only": _right_by_script,
    "two texts": changed(
        lambda board, visit, page: page.replace("<section", board.policy(board.old[visit.language]) + "<section", 1)
    ),
}
ARMS: Mapping[str, Plant] = {
    "cookie, half": _by_cookie("exp", "B", ("A",), 2),
    "cookie, a tenth": _by_cookie("exp", "b", ("a",), 10),
    "cookie, a number, rarely": _by_cookie("bucket", "7", ("0", "1", "2", "3"), 1_000),
    "cookie, words, rarely": _by_cookie("variant", "treatment", ("control",), 1_000),
    "address, linked": _by_address("v", "2", "2"),
    "address, the neighbour of a link": _by_address("layout", "b", "a"),
    "address, a campaign": _by_address("utm_campaign", "spring", "spring"),
    "storage": _by_storage,
    "cookie of a campaign": _by_link_that_sets,
}
DEVICES: Mapping[str, Plant] = {
    "phone": stale(lambda visit: visit.device == "phone"),
    "desktop": stale(lambda visit: visit.device == "desktop"),
    "phone, returning": stale(
        lambda visit: visit.device == "phone" and visit.session.visits > 0 and not visit.session.is_member
    ),
    "desktop, returning": stale(
        lambda visit: visit.device == "desktop" and visit.session.visits > 0 and not visit.session.is_member
    ),
    "returning": stale(lambda visit: visit.session.visits > 0),
    "signed in": stale(lambda visit: visit.session.is_member),
    "phone, signed in": stale(lambda visit: visit.session.is_member and visit.device == "phone"),
    "first visit only": stale(lambda visit: visit.session.visits == 0),
    "narrow window": changed(
        lambda board, visit, page: page.replace(
            'class="policy"', 'class="policy narrow"'
        ) + "<style>@media(max-width:600px){.narrow p:last-child{display:none}}</style>"
    ),
    "touch": changed(
        lambda board, visit, page: page + "<script>if (navigator.maxTouchPoints > 0) "
        "document.querySelector('[data-policy-id] p').remove()</script>"
    ),
    "no script": _right_by_script,
    "noscript element": _in_noscript,
}  # fmt: skip


def _worker(board: GeneratedBoard, screen: str) -> None:
    """A worker of the page keeps old words and shows them from the second visit on."""
    old = {language: board.policy(board.old[language]) for language in board.languages}
    board.frames.clear()
    board.pages["/worker.js"] = lambda visit: Reply(
        "addEventListener('install', () => skipWaiting());"
        "addEventListener('activate', (event) => event.waitUntil(clients.claim()));"
        f"const OLD = {json.dumps(old)};"
        "addEventListener('fetch', (event) => {"
        f"  if (event.request.mode !== 'navigate' || !event.request.url.includes('/{screen}')) return;"
        "  event.respondWith(fetch(event.request).then((answer) => answer.text()).then((page) => {"
        '    const language = /lang="(..)"/.exec(page)[1];'
        '    const old = page.replace(/<section class="policy"[\\s\\S]*?<\\/section>/, OLD[language]);'
        "    return new Response(old, {headers: {'Content-Type': 'text/html; charset=utf-8'}});"
        "  }));"
        "});",
        content_type="text/javascript",
    )
    changed(lambda board, visit, page: page + "<script>navigator.serviceWorker?.register('/worker.js')</script>")(
        board, screen
    )


CACHES: Mapping[str, Plant] = {
    "kept in front": stale(lambda visit: not visit.query),
    "kept unless asked afresh": stale(lambda visit: "no-cache" not in visit.headers.get("Cache-Control", "")),
    "one of three servers": stale(lambda visit: visit.number % 3 == 1),
    "one of six servers": stale(lambda visit: visit.number % 6 == 5),
    "kept for phones": stale(lambda visit: visit.device == "phone" and not visit.query),
    "kept for who has a cookie": stale(lambda visit: bool(visit.cookies) and not visit.query),
    "old when asked afresh": stale(lambda visit: "no-cache" in visit.headers.get("Cache-Control", "")),
    "worker of the page": _worker,
}

GROUPS: Mapping[FaultGroup, tuple[int, Mapping[str, Plant]]] = {
    FaultGroup.REGISTERED: (14, REGISTERED),
    FaultGroup.ARM: (12, ARMS),
    FaultGroup.DEVICE: (12, DEVICES),
    FaultGroup.CACHE: (8, CACHES),
    FaultGroup.UNREGISTERED: (24, PAGES),
    FaultGroup.DETRIMENT: (30, DETRIMENTS),
}
"""How many boards of each, with the faults in turn: 100."""
_FIRST_SEED = 1_000
FAULTY_BOARDS = [
    FaultyBoard(_FIRST_SEED + number, group, name, plant)
    for number, (group, name, plant) in enumerate(
        (group, *list(plants.items())[place % len(plants)])
        for group, (boards, plants) in GROUPS.items()
        for place in range(boards)
    )
]
