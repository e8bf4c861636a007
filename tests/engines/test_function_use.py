"""Who used a function: out of the events of members, and of cookies that one member alone logged in with."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from kanmon.audits.gap.model import Window
from kanmon.engines.function_use import LakeFunctionUse
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.engines.conftest import EngineOver
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members, moment

SINCE, UNTIL = 1_000_000, 2_000_000
DURING = 1_500_000
KINDS = frozenset({"pre_entry", "web_test"})
WINDOW = Window(moment(SINCE), moment(UNTIL))
BY_MEMBER = {
    "a use": (Did("a use", DURING, "pre_entry"), True),
    "however it is written": (Did("however it is written", DURING, "Pre_Entry"), True),
    "no function": (Did("no function", DURING, "view"), False),
    "the first moment": (Did("the first moment", SINCE, "web_test"), True),
    "just before": (Did("just before", SINCE - 1, "web_test"), False),
    "the last moment": (Did("the last moment", UNTIL - 1, "web_test"), True),
    "too late": (Did("too late", UNTIL, "web_test"), False),
    "elsewhere": (Did("elsewhere", DURING, "pre_entry", site="partner"), False),
}
BY_BROWSER = {
    "never logged in": ([], False),
    "logged in before": ([("own", SINCE - 5)], True),
    "logged in twice": ([("own", UNTIL - 1), ("own", SINCE)], True),
    "logged in too late": ([("own", UNTIL)], False),
    "shared": ([("own", SINCE), ("other", DURING)], False),
    "shared afterwards": ([("own", SINCE), ("other", UNTIL)], True),
    "somebody else's": ([("other", SINCE)], False),
}
"""Who logged in on a browser, and when; a function was used on each."""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, int]]:
    """A lake with everybody in it, and everybody's number."""
    root = tmp_path_factory.mktemp("function_use")
    lake = DuckDBLake(root / "lake")
    numbers = load_members(lake, root, [*BY_MEMBER, *BY_BROWSER, "other", "not asked about"])
    logins = [
        Login(browser, browser if who == "own" else who, at)
        for browser, did in BY_BROWSER.items()
        for who, at in did[0]
    ]
    load_logins(lake, root, logins)
    on_browsers = [Did(None, DURING, "pre_entry", cookie=browser) for browser in BY_BROWSER]
    by_members = [event for event, _ in BY_MEMBER.values()]
    load_events(lake, root, [*by_members, *on_browsers, Did("not asked about", DURING, "pre_entry")])
    return root / "lake", numbers


def test_use_is_an_event_of_a_function_on_the_board_within_the_window(
    engine_over: EngineOver, lake: tuple[Path, Mapping[str, int]]
) -> None:
    """On a browser, it counts for the one member who logged in there, if that member alone did."""
    folder, numbers = lake
    asked = [*BY_MEMBER, *BY_BROWSER]
    found = LakeFunctionUse(engine_over(folder)).users(np.array([numbers[who] for who in asked]), KINDS, WINDOW)
    assert {who for who in asked if numbers[who] in found.tolist()} == {
        who for who, (_, is_use) in (BY_MEMBER | BY_BROWSER).items() if is_use
    }


def test_nobody_asked_finds_nobody(engine_over: EngineOver, lake: tuple[Path, Mapping[str, int]]) -> None:
    assert LakeFunctionUse(engine_over(lake[0])).users(np.array([], np.int64), KINDS, WINDOW).tolist() == []


def test_empty_lake_finds_nobody(engine_over: EngineOver, tmp_path: Path) -> None:
    assert LakeFunctionUse(engine_over(tmp_path)).users(np.array([1]), KINDS, WINDOW).tolist() == []
