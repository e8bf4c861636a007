"""Who used a function: out of the events of members, and of cookies that one member alone logged in with."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kanmon.adapters.lake.duckdb_lake import DuckDBLake
from kanmon.adapters.lake.function_use import DuckDBFunctionUse
from kanmon.oversight.gap import Window
from tests.engines.lakes import Did, Login, load_events, load_logins, load_members, moment

SINCE, UNTIL = 1_000_000, 2_000_000
DURING = 1_500_000
KINDS = frozenset({"pre_entry", "web_test"})


def used(
    path: Path, events: Sequence[Did], logins: Sequence[Login] = (), asked: Sequence[str] = ("a", "b")
) -> set[str]:
    """Those of `asked` who used a function within the window."""
    path.mkdir(exist_ok=True)
    lake = DuckDBLake(path / "lake")
    numbers = load_members(lake, path, ("a", "b", "c"))
    if logins:
        load_logins(lake, path, logins)
    load_events(lake, path, events)
    members = np.array([numbers[who] for who in asked], np.int64)
    found = DuckDBFunctionUse(path / "lake").users(members, KINDS, Window(moment(SINCE), moment(UNTIL)))
    return {who for who, number in numbers.items() if number in found.tolist()}


@pytest.mark.parametrize(
    ("event", "is_use"),
    [
        (Did("a", DURING, "pre_entry"), True),
        (Did("a", DURING, "Pre_Entry"), True),
        (Did("a", DURING, "view"), False),
        (Did("a", SINCE, "web_test"), True),
        (Did("a", SINCE - 1, "web_test"), False),
        (Did("a", UNTIL - 1, "web_test"), True),
        (Did("a", UNTIL, "web_test"), False),
        (Did("a", DURING, "pre_entry", site="partner"), False),
        (Did("c", DURING, "pre_entry"), False),
    ],
)
def test_use_is_an_event_of_a_function_on_the_board_within_the_window(tmp_path: Path, event: Did, is_use: bool) -> None:
    bystander = Did("b", DURING, "view")
    assert used(tmp_path, [event, bystander]) == ({"a"} if is_use else set())


@pytest.mark.parametrize(
    ("logins", "found"),
    [
        ([], set()),
        ([Login("k", "a", SINCE - 5)], {"a"}),
        ([Login("k", "a", UNTIL - 1), Login("k", "a", SINCE)], {"a"}),
        ([Login("k", "a", UNTIL)], set()),
        ([Login("k", "a", SINCE), Login("k", "c", DURING)], set()),
        ([Login("k", "a", SINCE), Login("k", "c", UNTIL)], {"a"}),
        ([Login("k", "c", SINCE)], set()),
    ],
)
def test_cookie_counts_for_the_one_member_who_logged_in_with_it(
    tmp_path: Path, logins: list[Login], found: set[str]
) -> None:
    assert used(tmp_path, [Did(None, DURING, "pre_entry", cookie="k")], logins) == found


def test_empty_lake_and_nobody_asked_find_nobody(tmp_path: Path) -> None:
    window = Window(moment(SINCE), moment(UNTIL))
    assert DuckDBFunctionUse(tmp_path / "none").users(np.array([1]), KINDS, window).tolist() == []
    assert used(tmp_path, [Did("a", DURING, "pre_entry")], asked=()) == set()
