"""Policy versions as clauses whose elements are quoted from the very words that were shown.

The elements E01 to E25 are those that a text must state so that consent to it covers a provision of a score.
An element counts only with a quotation that is found in the text: nobody can tick a box the words don't support.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId, TextSha256

_WHITE_SPACE = re.compile(r"\s+")
_READ_AS = tuple(
    str.maketrans({**signs, **dashes})
    for signs in (
        {},
        {"\uff5e": "\u301c", "\uff0d": "\u2212", "\u2225": "\u2016"},
        {"\u301c": "\uff5e", "\u2212": "\uff0d", "\u2016": "\u2225"},
    )
    for dashes in ({}, {"\u2015": "\u2014"}, {"\u2014": "\u2015"})
)
"""Some bytes of Shift_JIS are one character to browsers (CP932) and another, of the same look, to other programs."""


class Element(StrEnum):
    """What a clause may state; the value is the element's number."""

    OPERATOR = "E01"
    TRIGGER = "E02"
    IDENTIFIED = "E03"
    REGISTERED_INFORMATION = "E04"
    OWN_HISTORY = "E05"
    PARTNER_SITES = "E06"
    HISTORY_BEFORE_LOGIN = "E07"
    MATCH_WITH_CLIENT_DATA = "E08"
    PREDICTION = "E09"
    ITEMS = "E10"
    THIRD_PARTY_PROVISION = "E11"
    RECIPIENTS = "E12"
    PURPOSE = "E13"
    PROHIBITED_USES = "E14"
    MEANS = "E15"
    TIMING = "E16"
    RETENTION = "E17"
    WITHDRAWAL = "E18"
    REFUSAL_HAS_NO_DISADVANTAGE = "E19"
    RIGHTS = "E20"
    VERSION = "E21"
    FOREIGN = "E22"
    CONSEQUENCES = "E23"
    DEFINITE = "E24"
    TRAINING = "E25"


@dataclass(frozen=True)
class Recipients:
    """To whom a clause says data go: a named list, a closed class with its dated list, or an open class."""

    members: frozenset[ClientId] = frozenset()
    closed_class: str | None = None
    open_class: str | None = None


@dataclass(frozen=True)
class Retention:
    """How long data are kept, in days; None where the clause doesn't say."""

    platform_days: int | None = None
    recipient_days: int | None = None


@dataclass(frozen=True)
class Statement:
    """One element as a clause states it: the words, and what they mean where a machine must know.

    `value` is True for an element that is plainly stated; a name for trigger, purpose or country, and for means and
    timing that a machine keeps (`consent.promises`); a set of names for items, prohibited uses and partner sites (None
    for partner sites that the clause doesn't list).
    """

    quote: str
    value: bool | str | frozenset[str] | Recipients | Retention | None = True


@dataclass(frozen=True)
class Clause:
    """One clause of a text. `binds_to` names clauses that it refers to in so many words."""

    clause_id: str
    statements: Mapping[Element, Statement]
    binds_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class PolicyVersion:
    """One version of a policy in one language: the words shown, and what each clause states."""

    policy_id: PolicyId
    version_id: PolicyVersionId
    language: str
    effective_from: datetime
    text: str
    clauses: tuple[Clause, ...]
    consent_valid_days: int | None = None
    """Days after which an agreement to this text has run out; None where the text sets no limit."""

    @property
    def text_sha256(self) -> TextSha256:
        """The hash by which an act of consent names this text."""
        return text_sha256(self.text)

    @property
    def text_hashes(self) -> frozenset[TextSha256]:
        """Every hash that names these words."""
        return text_hashes(self.text)


def normalised(text: str) -> str:
    """The text as it is hashed and quoted: Unicode NFKC, every run of white space one space, ends trimmed."""
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def text_sha256(text: str) -> TextSha256:
    """SHA-256, in lower-case hex, of the normalised text in UTF-8."""
    return TextSha256(hashlib.sha256(normalised(text).encode()).hexdigest())


@lru_cache(maxsize=1024)
def text_hashes(text: str) -> frozenset[TextSha256]:
    """The hash of a text, and those of the same words as other programs read them out of the same bytes.

    A text in CP932 with 〜 － ∥ ― is shown by browsers with U+FF5E U+FF0D U+2225 U+2015, and by programs that read it
    as Shift_JIS, as EUC-JP or on a Mac with U+301C U+2212 U+2016 U+2014: nobody can see which it was.
    """
    return frozenset(text_sha256(text.translate(characters)) for characters in _READ_AS)


def own_hashes(texts: Iterable[str]) -> dict[TextSha256, TextSha256]:
    """The own hash of the text behind each hash that names its words otherwise; no key is a text's own hash."""
    texts = list(texts)
    own = set(map(text_sha256, texts))
    return {other: text_sha256(text) for text in texts for other in text_hashes(text) if other not in own}


def is_quoted(quote: str, text: str) -> bool:
    """Whether the words of a quotation stand in the text; an empty quotation never does."""
    words = normalised(quote)
    return bool(words) and words in normalised(text)
