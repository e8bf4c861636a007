"""Policy versions as clauses whose elements are quoted from the very words that were shown.

The elements E01 to E25 are those that a text must state so that consent to it covers a provision of a score.
An element counts only with a quotation that is found in the text: nobody can tick a box the words don't support.
"""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.ids import ClientId, PolicyId, PolicyVersionId, TextSha256

_WHITE_SPACE = re.compile(r"\s+")


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

    `value` is True for an element that is plainly stated; a name for trigger, purpose or country; a set of names
    for items, prohibited uses and partner sites (None for partner sites that the clause doesn't list).
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


def normalised(text: str) -> str:
    """The text as it is hashed and quoted: Unicode NFKC, every run of white space one space, ends trimmed."""
    return _WHITE_SPACE.sub(" ", unicodedata.normalize("NFKC", text)).strip()


def text_sha256(text: str) -> TextSha256:
    """SHA-256, in lower-case hex, of the normalised text in UTF-8."""
    return TextSha256(hashlib.sha256(normalised(text).encode()).hexdigest())


def is_quoted(quote: str, text: str) -> bool:
    """Whether the words of a quotation stand in the text; an empty quotation never does."""
    words = normalised(quote)
    return bool(words) and words in normalised(text)
