"""Which arms a board has, after what visitors met; and who looks."""

import pytest

from kanmon.core.language import Language, translations
from kanmon.reviews.screens.visitor import MOST_ARMS, Arm, ArmPlace, BoardVisitor, Device, Standing, arms, everybody

COOKIE, ADDRESS = ArmPlace.COOKIE, ArmPlace.ADDRESS


def values(met: list[Arm]) -> list[str]:
    return [arm.value for arm in arms(met)]


@pytest.mark.parametrize(
    ("met", "looked_at"),
    [
        ([Arm(COOKIE, "ab", "a")] * 9, ["a", "b", "c"]),
        ([Arm(COOKIE, "exp", "control")], ["control", "treatment", "variant", "test"]),
        ([Arm(ADDRESS, "from", "mail")] * 3, ["mail"]),
        ([Arm(COOKIE, "sid", f"{number:08}") for number in range(9)], []),
        ([Arm(COOKIE, "sid", "0" * 32)], []),
        ([Arm(ADDRESS, "company", f"C{number}") for number in range(7)] * 5, []),
        ([Arm(COOKIE, "bucket", str(number)) for number in range(10)] * 2, list("0123456789")),
    ],
    ids=["letters", "words", "a campaign", "an ID for each", "a long value", "what a page is about", "numbers"],
)
def test_arms_are_what_was_met_and_what_stands_beside_it(met: list[Arm], looked_at: list[str]) -> None:
    assert values(met) == looked_at


def test_there_is_an_end_to_arms() -> None:
    assert len(values([Arm(COOKIE, f"c{number}", "1") for number in range(9)])) == MOST_ARMS


def test_everybody_is_each_combination_once_and_one_past_the_caches() -> None:
    visitors = everybody("ja")
    assert len(set(visitors)) == len(visitors) == 13
    plain = [visitor for visitor in visitors if not visitor.is_fresh]
    assert {(visitor.device, visitor.standing, visitor.runs_script) for visitor in plain} == {
        (device, standing, runs_script) for device in Device for standing in Standing for runs_script in (True, False)
    }
    assert visitors[0] == BoardVisitor("ja")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ENGLISH, "on a phone, signed in, without script, arm ab=B of a cookie"),
        (Language.JAPANESE, "スマートフォン、ログイン中、スクリプトなし、クッキー ab=B による出し分け"),
    ],
)
def test_a_visitor_is_described_in_both_languages(language: Language, words: str) -> None:
    visitor = BoardVisitor("ja", Device.PHONE, Standing.MEMBER, runs_script=False, arm=Arm(COOKIE, "ab", "B"))
    assert visitor.described(translations(language).gettext) == words
