"""The hash of a rendered page is that of the words that stand in its policy element."""

import pytest

from kanmon.board.rendered import rendered_sha256
from kanmon.consent.policy import text_sha256

WORDS = "甲です。\n乙 & 丙です。"


@pytest.mark.parametrize(
    "page",
    [
        '<p>外</p><section data-policy-id="privacy"><p>甲です。</p><p>乙 &amp; 丙です。</p></section><p>外</p>',
        "<section data-policy-id=privacy>\n<p>甲<b>です</b>。</p>\n<p>乙 &amp;\n丙です。</p>\n</section>",
        '<div data-policy-id="privacy">甲です。<br>乙 &amp; 丙です。</div><input value="x">',
    ],
    ids=["paragraphs", "parts in lines", "line break"],
)
def test_the_words_are_those_of_the_policy(page: str) -> None:
    assert rendered_sha256(page) == text_sha256(WORDS)


@pytest.mark.parametrize(
    "page",
    [
        '<section data-policy-id="privacy"><p>甲です。</p></section>',
        '<section data-policy-id="a"><p>甲です。</p><p>乙 &amp; 丙です。</p></section><p data-policy-id="b">丁</p>',
        "<p>甲です。</p><p>乙 &amp; 丙です。</p>",
    ],
    ids=["a sentence left out", "another policy beside", "no mark"],
)
def test_other_words_have_another_hash(page: str) -> None:
    assert rendered_sha256(page) != text_sha256(WORDS)
