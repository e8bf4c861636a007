"""What an ID or a name may be: canonical where that is certain, refused with the reason where it isn't."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kanmon.core import canonical as rule
from kanmon.core.canonical import CanonicalText, IdRefused, TextForm, canonical, canonical_id
from kanmon.core.faults import Fault

HOSTILE = st.text(
    st.one_of(
        st.sampled_from(
            "abE0159.+-'=\"#!/ ＡＷ９－−＃\t\n\u00a0\u3000\u200b\u200c\u200d\u2060\ufeff\u202e\u00ad\u3164"
        ),
        st.sampled_from("\ufe00\ufe0f\U000e0102\u0301\u3099か邊葛\u094d\u0915ب\U0001f468\U0001f338\u20e3\u212a\u1160"),
        st.sampled_from("\x00\x1b\x85\u2028\ufffd\u3013\ue000\U000f0000\ufdd0月日N/A"),
        st.characters(codec="utf-8"),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    "written",
    [
        "000124", "1-2", "12345678901234567890", "𠮷田🌸-๑ก-عربي-9", "1E5", "123.00", "2026-04-01", "ab_C", "abC",
        "#12", "A#N/A", "葛\U000e0100城", "می\u200cخواهم", "क्\u200dष", "👨\u200d👩\u200d👧", "ﾔﾏﾀﾞ", "a b", "E+11",
        "C++", "Err:5", "Jan-2026", "O'Brien", "null", "á",
    ],
)  # fmt: skip
def test_what_may_be_an_id_stays_as_it_is(written: str) -> None:
    assert canonical(written) == CanonicalText(written)


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ('="000123"', "000123"),
        ("'000123", "000123"),
        ('="１２"', "12"),
        ('="12 "', "12"),
        ("x\u200b1", "x1"),
        ("ＷＤ－０１＿ａ．９", "WD-01_a.9"),
        ("WD−01", "WD-01"),
        ("邊\U000e0102-\u200b9", "邊\U000e0102-9"),
        ("\ufeff a1\u3000", "a1"),
        ("a\u200d1", "a1"),
        ("\u202ea1\u202c", "a1"),
        ("A\ufe00B", "AB"),
        ("葛\U000e0100\U000e0101", "葛\U000e0100"),
        ("a\u0301", "á"),
        ("か\u3099", "が"),
        ("\u200b", ""),
        ("क्\u200d\u200d", "क्\u200d"),
        ("👨\u200d", "👨"),
        ("👨\u200d\u200d👩", "👨\u200d👩"),
        ("ＡＢ！（１）", "AB！（1）"),
    ],
)
def test_an_id_is_made_canonical_where_that_is_certain(written: str, is_: str) -> None:
    assert canonical(written) == CanonicalText(is_)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("2.0E+11", Fault.DIGITS_LOST), ("2.02701E+11", Fault.DIGITS_LOST), ("2e+11", Fault.DIGITS_LOST),
        ("1e-05", Fault.DIGITS_LOST), ("2.02701E11", Fault.DIGITS_LOST), ("-2.5E+11", Fault.DIGITS_LOST),
        ("２.０E+１１", Fault.DIGITS_LOST), ('="2.0E+11"', Fault.DIGITS_LOST),
        ("########", Fault.SPREADSHEET_ERROR), ("#N/A", Fault.SPREADSHEET_ERROR), ("#REF!", Fault.SPREADSHEET_ERROR),
        ("#VALUE!", Fault.SPREADSHEET_ERROR), ("#NAME?", Fault.SPREADSHEET_ERROR), ("#DIV/0!", Fault.SPREADSHEET_ERROR),
        ("#NULL!", Fault.SPREADSHEET_ERROR), ("#NUM!", Fault.SPREADSHEET_ERROR), ("#SPILL!", Fault.SPREADSHEET_ERROR),
        ("#n/a", Fault.SPREADSHEET_ERROR), ("＃Ｎ／Ａ", Fault.SPREADSHEET_ERROR), ("Err:502", Fault.SPREADSHEET_ERROR),
        ("=A1+1", Fault.SPREADSHEET_ERROR), (' ="#N/A" ', Fault.SPREADSHEET_ERROR), ("#", Fault.SPREADSHEET_ERROR),
        ("a\ufffdb", Fault.LOST_CHARACTER), ("〓1", Fault.LOST_CHARACTER), ("\ud842", Fault.LOST_CHARACTER),
        ("a\uffff", Fault.LOST_CHARACTER), ("a\U0010fffe", Fault.LOST_CHARACTER),
        ("a\U0010ffff", Fault.LOST_CHARACTER),
        ("\ue000外字", Fault.PRIVATE_CHARACTER), ("a\U000f0000", Fault.PRIVATE_CHARACTER),
        ("a\x00b", Fault.CONTROL_CHARACTER), ("a\tb", Fault.CONTROL_CHARACTER), ("a\nb", Fault.CONTROL_CHARACTER),
        ("a\x1b[2J", Fault.CONTROL_CHARACTER), ("a\u2028b", Fault.CONTROL_CHARACTER),
        ("a\x85b", Fault.CONTROL_CHARACTER),
        ("1月2日", Fault.DATE_IN_PLACE), ("2-Jan", Fault.DATE_IN_PLACE), ("Jan-02", Fault.DATE_IN_PLACE),
    ],
)  # fmt: skip
def test_what_lost_something_is_no_id(written: str, fault: Fault) -> None:
    assert canonical(written).fault is fault


@pytest.mark.parametrize(
    ("written", "is_"),
    [
        ("山田\n太郎", "山田 太郎"),
        ("'t Hooft", "'t Hooft"),
        ("邊\U000e0102", "邊\U000e0102"),
        ("Ａｎｎ", "Ａｎｎ"),
        ("2-Jan", "2-Jan"),
    ],
)
def test_words_keep_what_an_id_would_lose(written: str, is_: str) -> None:
    assert canonical(written, TextForm.WORDS) == CanonicalText(is_)


@pytest.mark.parametrize("written", ["#REF!", "橋\ue000", "山\ufffd", "山\x1b[2J", "9.01234E+10"])
def test_words_lose_as_well(written: str) -> None:
    assert canonical(written, TextForm.WORDS).fault is not None


@pytest.mark.parametrize("written", ["田中", "A田", "1田", "(株)A", "A(1)", "1_a", "1-田", "1-(a)", "ヴ"])
def test_most_texts_are_told_by_one_look(written: str) -> None:
    assert re.fullmatch(rule.PLAIN, written)
    assert canonical(written) == CanonicalText(written)


@given(written=HOSTILE, form=st.sampled_from(TextForm))
@example(written="a\u200d\ufe00", form=TextForm.ID)
@example(written="''=\"1\"", form=TextForm.ID)
def test_a_canonical_form_is_its_own(written: str, form: TextForm) -> None:
    once = canonical(written, form)
    if once.fault is None:
        assert canonical(once.text, form) == once


def test_every_format_character_is_thought_of() -> None:
    """Those that show, and belong to no rule, are the signs before numbers of some scripts and Egyptian layout."""
    known = f"[{rule.INVISIBLE}{rule.JOINERS}\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"
    shown = {chr(code) for code in range(0x13430, 0x13440)}
    unknown = [
        hex(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) == "Cf" and not re.match(known, chr(code)) and chr(code) not in shown
    ]
    assert unknown == []


def test_an_id_that_somebody_gives_is_canonical_or_refused_in_words() -> None:
    assert canonical_id("Ａ１") == "A1"
    with pytest.raises(IdRefused) as refused:
        canonical_id("#N/A", "groups.csv, 3: ")
    assert str(refused.value).startswith("groups.csv, 3: “#N/A” is an error or a formula of a spreadsheet")
    assert refused.value.told(str.upper).startswith("groups.csv, 3: “#N/A” IS AN ERROR")
    assert (refused.value.code, refused.value.http_status, refused.value.exit_status) == ("ID_REFUSED", 422, 2)
    with pytest.raises(IdRefused, match=r"^“a〓” holds a sign"):
        canonical_id("a〓")
    assert str(IdRefused("a〓", Fault.LOST_CHARACTER)).startswith("“a〓” holds a sign")
    with pytest.raises(IdRefused, match=r"ud800"):
        canonical_id("\ud800")
