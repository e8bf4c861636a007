"""Whether a page asks for consent to a policy that we know, however it is built and whatever it calls itself.

Words are compared as a whole, by shingles: the share of a sentence's short strings of letters that a page has. So an
old version is known again, in pieces, folded away, in a text field or with some words changed.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from unicodedata import normalize

from kanmon.consent.policy import PolicyVersion
from kanmon.reviews.screens.seen import Page

SHARE = 0.5
"""The share of a sentence's shingles from which on a page has the sentence."""
_LEAST_LETTERS = {True: 18, False: 40}
"""How long a sentence is to be known by, written in kana and kanji or in letters."""
_SIZE = {True: 5, False: 12}
_SENTENCE = re.compile(r"[。.!?！？\n]+")
_IDEOGRAPHIC = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_AGREES = re.compile(
    r"同意|承諾|了承|許諾|承認|はい|登録|申し?込|エントリー|予約|送信|進む|次へ|応募"
    r"|\b(i )?(agree|accept|consent|understand|ok|yes)\b|sign ?up|register|submit|\b(send|join|continue|next)\b",
    re.IGNORECASE,
)


def letters(text: str) -> str:
    """Letters and digits only, in one form: what stays when white space, marks and case are changed."""
    return "".join(letter for letter in normalize("NFKC", text).casefold() if letter.isalnum())


@dataclass(frozen=True)
class KnownSentence:
    """A sentence of a policy, by its shingles."""

    shingles: frozenset[str]
    size: int

    @classmethod
    def of(cls, text: str) -> "KnownSentence | None":
        """None where it is too short to be known by."""
        plain = letters(text)
        is_ideographic = len(_IDEOGRAPHIC.findall(plain)) * 2 > len(plain)
        size = _SIZE[is_ideographic]
        if len(plain) < _LEAST_LETTERS[is_ideographic]:
            return None
        return cls(shingles(plain, size), size)


def shingles(plain: str, size: int) -> frozenset[str]:
    """Every string of that many letters."""
    return frozenset(plain[at : at + size] for at in range(len(plain) - size + 1))


class KnownTexts:
    """All versions of all policies, old ones included, by their sentences."""

    def __init__(self, versions: Iterable[PolicyVersion]) -> None:
        self._texts = sorted({version.text for version in versions})

    @cached_property
    def sentences(self) -> Sequence[KnownSentence]:
        """The sentences that are long enough."""
        found = {
            sentence for text in self._texts for part in _SENTENCE.split(text) if (sentence := KnownSentence.of(part))
        }
        return tuple(found)

    def are_in(self, text: str) -> bool:
        """Whether a text has a sentence of theirs, or most of one."""
        plain = letters(text)
        of_page = {size: shingles(plain, size) for size in _SIZE.values()}
        return any(
            len(sentence.shingles & of_page[sentence.size]) >= SHARE * len(sentence.shingles)
            for sentence in self.sentences
        )


def asks_for_consent(page: Page, known: KnownTexts) -> bool:
    """Whether a page shows a policy or takes consent: by a mark, or by known words beside anything that answers."""
    if page.policies or page.has_consent_form:
        return True
    return _takes_an_answer(page) and known.are_in(page.text)


def _takes_an_answer(page: Page) -> bool:
    """A form that posts, a tick box, or a control that is called as one by which people agree."""
    return page.can_post or any(control is None or _AGREES.search(control) for control in page.controls)
