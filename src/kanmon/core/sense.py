"""Whether something was put in words at all: not blank, not "…", "-" or "TODO". What it says, a person answers for."""

import re

from kanmon.core.language import Language

_PLACEHOLDERS = frozenset(
    {
        "todo",
        "tbd",
        "tba",
        "fixme",
        "none",
        "null",
        "n/a",
        "test",
        "dummy",
        "未定",
        "未記入",
        "記入中",
        "作成中",
        "後日",
        "テスト",
    }
)
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
_LETTERS_LEAST, _DISTINCT_LEAST = 4, 3


def is_in_words(text: str) -> bool:
    """Whether a text says anything: at least four letters, three of them different, and no placeholder alone."""
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    if len(letters) < _LETTERS_LEAST or len(set(letters)) < _DISTINCT_LEAST:
        return False
    words = re.findall(r"[\w/]+", text.casefold())
    return not all(word in _PLACEHOLDERS for word in words)


def language_of(text: str) -> Language:
    """Japanese where anything of it is written so, else English."""
    return Language.JAPANESE if _JAPANESE.search(text) else Language.ENGLISH
