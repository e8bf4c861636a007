"""Nothing that a stranger wrote acts on the terminal of whoever reads it."""

import io
import json
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from kanmon.cli.terminal import PrintableStream, printable


@given(st.text())
@example("\x1b[2J\x1b[H")
@example("\x9b8m")
@example("\u202egnp.exe")
@example("\U000e0001")
@example("\r")
def test_nothing_printed_acts_on_the_terminal(text: str) -> None:
    shown = printable(text)
    assert not [c for c in shown if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@given(st.text(st.characters(codec="utf-8")))
def test_json_means_the_same_afterwards(text: str) -> None:
    assert json.loads(printable(json.dumps({"value": text}, ensure_ascii=False))) == {"value": text}


def test_words_stay_as_they_are() -> None:
    words = "髙橋　さくら\n\tＡ社 é 葛\U000e0100"
    assert printable(words) == words


def test_a_stream_is_as_it_was_but_for_what_it_prints() -> None:
    out = io.StringIO()
    stream = PrintableStream(out)
    assert stream.write("a\x1bb") == 3
    assert out.getvalue() == "a\\u001bb"
    assert not stream.isatty()
