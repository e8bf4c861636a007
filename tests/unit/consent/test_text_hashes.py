"""Words that were written in Shift_JIS have two readings that look alike; the hash of either names them."""

from pathlib import Path

import pytest

from kanmon.consent.policy import own_hashes, text_hashes, text_sha256
from kanmon.intake.files.encoding import text_of

WORDS = "ご利用は１０時〜１８時です。電話：０３−１２３４∥受付―平日。料金は100¢£¬です"


@pytest.mark.parametrize("shown_as", ["cp932", "shift_jis"])
def test_words_in_cp932_meet_the_hash_of_what_was_shown(tmp_path: Path, shown_as: str) -> None:
    """A browser shows the bytes as CP932; other programs read them as Shift_JIS before they are hashed."""
    written = WORDS.replace("¢£¬", "￠￡￢").replace("〜", "～").replace("−", "－").encode("cp932")
    (tmp_path / "privacy.txt").write_bytes(written)
    text, remarks = text_of(tmp_path / "privacy.txt", "privacy.txt")
    assert text == written.decode("cp932")  # as browsers read it
    assert ["CP932" in remark.message for remark in remarks] == [True]
    assert text_sha256(written.decode(shown_as)) in text_hashes(text)


@pytest.mark.parametrize(("sign", "like"), [("〜", "～"), ("−", "－"), ("‖", "∥"), ("—", "―")])
def test_each_of_two_readings_names_the_other(sign: str, like: str) -> None:
    assert text_sha256(f"朝{sign}晩") != text_sha256(f"朝{like}晩")
    assert text_hashes(f"朝{sign}晩") == text_hashes(f"朝{like}晩") | {text_sha256(f"朝{sign}晩")}


def test_other_words_have_other_hashes() -> None:
    assert text_hashes("提供します") == {text_sha256("提供します")}
    assert text_hashes("朝〜晩").isdisjoint(text_hashes("朝−晩"))
    assert text_hashes("朝〜晩").isdisjoint(text_hashes("朝晩"))


def test_a_hash_that_is_a_texts_own_names_that_text() -> None:
    either = ["朝〜晩", "朝～晩"]
    assert own_hashes(either) == {}
    assert own_hashes(either[:1]) == {text_sha256("朝～晩"): text_sha256("朝〜晩")}
