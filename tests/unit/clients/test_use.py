"""What a client states: prohibited uses are recognised, what is missing is named, a statement ages."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.clients.use import (
    STATEMENT_HOLDS,
    ActualUse,
    FollowUp,
    IntendedUse,
    carries_requests,
    prohibited_uses_in,
)
from kanmon.core.errors import StatementIncomplete

NOW = datetime(2026, 4, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PROHIBITED = frozenset({"selection", "ranking"})


@pytest.mark.parametrize(
    ("words", "uses"),
    [
        ("選考の参考", ["selection"]),
        ("選考に利用する", ["selection"]),
        ("合否判定の材料", ["selection"]),
        ("ｓｃｒｅｅｎｉｎｇ", ["selection"]),
        ("as input for the selection", ["selection"]),
        ("応募者の順位付け", ["ranking"]),
        ("Rank the applicants", ["ranking"]),
        ("内定取消の検討", ["offer_withdrawal"]),
        ("内定承諾を強く迫る", ["pressure"]),
        ("合否と順位づけ", ["selection", "ranking"]),
    ],
)
def test_a_prohibited_use_is_recognised(words: str, uses: list[str]) -> None:
    assert prohibited_uses_in(words) == uses


@pytest.mark.parametrize(
    "words",
    [
        "選考を辞退しそうな方に電話する",
        "選考離脱者へのフォロー",
        "内定者の不安を聞く面談",
        "call those who may leave the selection",
        "frank talks with applicants",
    ],
)
def test_following_people_up_is_no_prohibited_use(words: str) -> None:
    assert prohibited_uses_in(words) == []


def test_a_statement_carries_requests_for_thirty_days_unless_something_prohibited_was_stated_since() -> None:
    stated_at = NOW - STATEMENT_HOLDS
    assert carries_requests(stated_at, None, NOW)
    assert not carries_requests(stated_at - SECOND, None, NOW)
    assert carries_requests(stated_at, stated_at - SECOND, NOW)
    assert not carries_requests(stated_at, stated_at, NOW)


def test_an_intended_use_is_taken_as_it_is_stated() -> None:
    use = IntendedUse.stated(" 電話 ", ["event", "call", "nonsense"], ["ranking", "selection"], " 監 ", PROHIBITED)
    assert use == IntendedUse("電話", (FollowUp.CALL, FollowUp.EVENT), ("ranking", "selection"), "監")


@pytest.mark.parametrize(
    ("purpose", "kinds", "renounced", "overseer"),
    [
        (" ", ["call"], PROHIBITED, "監"),
        ("電話", ["nonsense"], PROHIBITED, "監"),
        ("電話", ["call"], {"selection"}, "監"),
        ("電話", ["call"], PROHIBITED, "　"),
    ],
)
def test_what_is_missing_of_an_intended_use_is_named(
    purpose: str, kinds: list[str], renounced: frozenset[str], overseer: str
) -> None:
    with pytest.raises(StatementIncomplete):
        IntendedUse.stated(purpose, kinds, sorted(renounced), overseer, PROHIBITED)


def test_an_actual_use_is_taken_as_it_is_stated() -> None:
    assert ActualUse.stated([], "0", "", "no") == ActualUse((), 0, "", False)
    assert ActualUse.stated(["call"], " 12 ", " 電話 ", "yes") == ActualUse((FollowUp.CALL,), 12, "電話", True)


@pytest.mark.parametrize(
    ("people", "in_selection"), [("", "no"), ("-1", "no"), ("1.5", "no"), ("99999999", "no"), ("1", ""), ("1", "maybe")]
)
def test_what_is_missing_of_an_actual_use_is_named(people: str, in_selection: str) -> None:
    with pytest.raises(StatementIncomplete):
        ActualUse.stated(["call"], people, "", in_selection)
