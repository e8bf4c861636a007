"""What a refusal costs, judged from what was seen: each detriment by itself, and what must differ without harm."""

from dataclasses import replace

import pytest

from kanmon.reviews.screens.parity import Detriment, FunctionTrial, detriments, later
from kanmon.reviews.screens.seen import ControlView, FormResponse, FormView, LaterPage

AGREEING = ControlView("同意して送信する", 160, 40, 500, 16, 12, 1.2, True, True, True, True)
REFUSING = replace(AGREEING, words="同意せずに送信する")
FORM = FormView(AGREEING, REFUSING, "プレエントリー\n氏名")
AGREED = FormResponse(200, True, text="受け付けました。スコアの提供に同意しました。受付番号: 1000", form=FORM)
REFUSED = replace(AGREED, text="受け付けました。同意していません。不利益はありません。受付番号: 1001")


def found(refused: FormResponse | None, agreed: FormResponse = AGREED) -> set[Detriment]:
    return set(detriments(FunctionTrial(agreed, refused)))


def test_what_must_differ_is_no_detriment() -> None:
    assert found(REFUSED) == set()
    english = replace(REFUSED, text="Received. You did not agree. You lose nothing by this.")
    assert found(english, replace(AGREED, text="Received. You agreed. You can withdraw at any time.")) == set()


@pytest.mark.parametrize(
    ("refused", "detriment"),
    [
        (None, Detriment.OUTCOME),
        (replace(REFUSED, is_done=False), Detriment.OUTCOME),
        (replace(REFUSED, status=403), Detriment.OUTCOME),
        (replace(REFUSED, dialogs=1), Detriment.STEPS),
        (replace(REFUSED, seconds=5), Detriment.TIME),
        (replace(REFUSED, text=REFUSED.text + "。大切な機会を逃しました"), Detriment.SHAMING),
        (replace(REFUSED, text=REFUSED.text + "。結果は7日後にお知らせします"), Detriment.LIMIT),
        (replace(REFUSED, text=REFUSED.text + "。You are number 300 in the queue"), Detriment.LIMIT),
    ],
)
def test_what_follows_a_refusal(refused: FormResponse | None, detriment: Detriment) -> None:
    assert found(refused) == {detriment}


@pytest.mark.parametrize(
    ("change", "detriment"),
    [
        ({"is_enabled": False}, Detriment.TIME),
        ({"font": 9.0}, Detriment.SIZE),
        ({"width": 40.0}, Detriment.SIZE),
        ({"contrast": 1.5}, Detriment.PROMINENCE),
        ({"is_shown": False}, Detriment.PROMINENCE),
        ({"is_reached_by_key": False}, Detriment.PROMINENCE),
        ({"top": 2000.0}, Detriment.ORDER),
        ({"words": "いいえ、後悔してもかまいません"}, Detriment.SHAMING),
    ],
)
def test_the_control_that_refuses(change: dict[str, object], detriment: Detriment) -> None:
    refusing = replace(REFUSING, **change)  # type: ignore[arg-type]
    assert found(replace(REFUSED, form=replace(FORM, refusing=refusing))) == {detriment}


def test_a_place_right_behind_is_that_of_the_next_in_line_and_one_far_behind_is_not() -> None:
    agreed = replace(AGREED, text="あなたの順番は 10 番目です。")
    assert found(replace(REFUSED, text="あなたの順番は 11 番目です。"), agreed) == set()
    assert found(replace(REFUSED, text="あなたの順番は 300 番目です。"), agreed) == {Detriment.LIMIT}


def test_rewards_for_agreeing_are_found_before_and_after() -> None:
    before = replace(FORM, text="同意すると、500ポイントをプレゼントします。")
    assert found(replace(REFUSED, form=before)) == {Detriment.REWARD}
    assert found(REFUSED, replace(AGREED, text=AGREED.text + "。抽選券を差し上げます")) == {Detriment.REWARD}


LATER = LaterPage("http://b/x", 200, "適性検査", frozenset({"/", "/x"}), 2, 0)


@pytest.mark.parametrize(
    ("change", "worse"),
    [
        ({}, {}),
        ({"status": 403}, {"http://b/x": [Detriment.LATER]}),
        ({"controls": 0}, {"http://b/x": [Detriment.LATER]}),
        ({"links": frozenset({"/"})}, {"http://b/x": [Detriment.LATER]}),
        ({"overlays": 1}, {"http://b/x": [Detriment.STEPS]}),
    ],
    ids=["same", "closed", "no form", "a link less", "asked again"],
)
def test_what_comes_later(change: dict[str, object], worse: dict[str, list[Detriment]]) -> None:
    assert later([LATER], [replace(LATER, **change)]) == worse  # type: ignore[arg-type]
