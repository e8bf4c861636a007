"""A hundred drawn boards with one fault each, and a hundred clean ones: each fault is found, and nothing else told.

By day a sample, at night all faults and every eighth clean one, since a board takes nine seconds of two cores
(`tests/nightly.toml`); all of them with `BOARDS=all python -m pytest tests/portals/test_faulty_boards.py`.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from kanmon.core.ids import RunId
from kanmon.core.language import Language, translations
from kanmon.reviews.screens.coverage import BoardCoverage
from kanmon.reviews.screens.crawl import Board, Crawl
from kanmon.reviews.screens.files.browser import Chromium
from kanmon.reviews.screens.reach import named_origins
from tests.portals.board import free_port
from tests.portals.generated_board import BoardServer, boards_served, drawn_board, name_companies
from tests.portals.planted import FAULTY_BOARDS, FaultGroup, FaultyBoard

CLEAN = range(0, 100, 1 if os.environ.get("BOARDS") == "all" else 8)
FAULTY_BY_DAY, CLEAN_BY_DAY = range(0, len(FAULTY_BOARDS), 12), range(0, 100, 34)
KINDS = {FaultGroup.UNREGISTERED: "page", FaultGroup.DETRIMENT: "refusal"}


def when(number: int, by_day: range) -> str:
    return "day" if number in by_day else "night"


@pytest.fixture(scope="module")
def server() -> Iterator[BoardServer]:
    with boards_served(free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(server: BoardServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium.open(tmp_path_factory.mktemp("pictures"), named_origins(server.base)) as browser:
        yield browser


@pytest.fixture(scope="module")
def figures() -> Iterator[Counter[str]]:
    """What the boards of this run found, printed in the end."""
    counted: Counter[str] = Counter()
    yield counted
    sys.stdout.write("\n" + ", ".join(f"{name}: {number}" for name, number in sorted(counted.items())) + "\n")


def alarms(found: BoardCoverage) -> set[tuple[str, str]]:
    """Where something was found, and what kind of thing."""
    screens = {(one.screen_id, "screen") for one in found.findings if not one.worst.outcome.is_right}
    pages = {(urlsplit(page.address).path, "page") for page in found.unregistered}
    return {*screens, *pages, *((trial.screen_id, "refusal") for trial in found.costly)}


def crawled(board: Board, chromium: Chromium, figures: Counter[str]) -> BoardCoverage:
    found = Crawl(board, chromium, RunId("r")).go_round()
    figures["looks"] += found.looks
    figures["seconds"] += round(found.seconds)
    return found


class TestCleanBoards:
    """A class each, so that a worker each can try them."""

    @pytest.mark.parametrize("number", CLEAN, ids=[f"{when(number, CLEAN_BY_DAY)}-{number}" for number in CLEAN])
    def test_a_clean_board_raises_no_alarm(
        self, number: int, server: BoardServer, chromium: Chromium, figures: Counter[str]
    ) -> None:
        server.board = drawn_board(number)
        found = crawled(server.board.registry(server.base), chromium, figures)
        assert alarms(found) == set()
        assert found.is_clean
        figures["clean boards without alarm"] += 1

    def test_a_list_of_the_companies_that_the_policy_names_raises_no_alarm(
        self, server: BoardServer, chromium: Chromium, figures: Counter[str]
    ) -> None:
        server.board = drawn_board(5)
        name_companies(server.board)
        assert alarms(crawled(server.board.registry(server.base), chromium, figures)) == set()


class TestFaultyBoards:
    @pytest.mark.parametrize(
        "made",
        FAULTY_BOARDS,
        ids=[
            f"{when(number, FAULTY_BY_DAY)}-{made.group}-{made.name}-{number}"
            for number, made in enumerate(FAULTY_BOARDS)
        ],
    )
    def test_a_fault_is_found_where_it_is(
        self, made: FaultyBoard, server: BoardServer, chromium: Chromium, figures: Counter[str]
    ) -> None:
        server.board, where = made.drawn()
        found = crawled(server.board.registry(server.base), chromium, figures)
        assert (where, KINDS.get(made.group, "screen")) in alarms(found)
        assert {place for place, _ in alarms(found)} == {where}
        figures[f"{made.group} faults found"] += 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("phone, signed in", ("on a phone, signed in", "スマートフォン、ログイン中")),
        ("cookie, words, rarely", ("arm variant=treatment of a cookie", "クッキー variant=treatment による出し分け")),
        ("no script", ("without script", "スクリプトなし")),
    ],
)
def test_an_alarm_names_the_visitor(
    name: str, words: tuple[str, str], server: BoardServer, chromium: Chromium, figures: Counter[str]
) -> None:
    made = next(made for made in FAULTY_BOARDS if made.name == name)
    server.board, where = made.drawn()
    found = crawled(server.board.registry(server.base), chromium, figures)
    wrong = [one for one in found.findings if one.screen_id == where and not one.worst.outcome.is_right]
    for language, expected in zip((Language.ENGLISH, Language.JAPANESE), words, strict=True):
        for finding in wrong:
            described = [visitor.described(translations(language).gettext) for visitor in finding.wronged]
            assert described
            assert all(expected in visitor for visitor in described)
