"""An agreement without script rests on the board's own word for its page: what the crawler saw there without script."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import TextSha256


class PageCheck(StrEnum):
    """What the crawler saw without script on a screen where somebody agreed without script."""

    AGREES = "agrees"
    """The words that were agreed to, and no others."""
    DISAGREES = "disagrees"
    """Other words: the act is marked, and the privacy owner is told."""
    UNSEEN = "unseen"
    """None yet: it did not look since the words took effect, or was asked for nothing."""


@dataclass(frozen=True)
class PageLook:
    """The newest looks without script at a screen in a language: when, and which words they saw."""

    seen_at: datetime
    found: frozenset[TextSha256]


def page_check(look: PageLook | None, agreed: Collection[PolicyVersion]) -> PageCheck:
    """Hold the looks against the words that were agreed to, which all these versions have."""
    if look is None or not look.found:
        return PageCheck.UNSEEN
    if all(look.found <= version.text_hashes for version in agreed):
        return PageCheck.AGREES
    is_older = look.seen_at < min(version.effective_from for version in agreed)
    return PageCheck.UNSEEN if is_older else PageCheck.DISAGREES
