"""What the words that a person saw allow, read from the clauses once more (requirements, sections 5.2 and 5.3).

One clause must say everything, or clauses that refer to each other in so many words; a document is never read as one.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from kanmon.audits.rejudgement.papers import ClientHistory, Registers, Version
from kanmon.consent.law import LawProfile
from kanmon.consent.policy import Element
from kanmon.core.clock import TOKYO

ActWords = Mapping[str, Mapping[str, Any]]
"""What a clause states, by the number of the element."""
CONTAINS = {"follow_up_support": "recruiting_support"}
"""The broader purpose that each purpose lies in."""
PAUSES = {
    "once_a_day": (1, 0), "once_a_week": (7, 0), "once_a_month": (0, 1), "once_a_year": (0, 12),
    "once_a_season": (10**6, 0),
}  # fmt: skip
"""Days and months of Japan's calendar that words promise to let pass."""
KEPT_BY_MACHINE: Mapping[str, Collection[str]] = {
    Element.MEANS: ("encrypted_file",),
    Element.TIMING: PAUSES,
}
"""What words say of means and timing for a machine to keep."""


@dataclass(frozen=True)
class RequiredWords:
    """What the words have to say."""

    client_id: str
    purpose: str
    items: frozenset[str]
    forbidden: frozenset[str]


def needed(dealings: ClientHistory) -> RequiredWords:
    """What the words have to say for scores to be provided under a contract."""
    contract = dealings.contract
    items = {"applicant_id", "score", *(["category"] if contract["categories"] else [])}
    return RequiredWords(
        dealings.client_id, contract["purpose"], frozenset(items), frozenset(contract["prohibited_uses"])
    )


def allow(version: Version, asked: RequiredWords, law: LawProfile) -> bool:
    """Whether agreement to a version allows the provision under the law.

    Where the law is content with what is merely unclear, the clause that lacks least is the one to go by, and it may
    name no other items than those provided.
    """
    whole = [found for found in _read(version, asked, law) if not found.missing]
    if not whole:
        return False
    best = min(whole, key=lambda found: (found.unclear, found.name))
    return not best.unclear or (law.unclear_suffices and not best.names_other_items)


def is_too_soon(version: Version | None, previous_at: datetime, at: datetime) -> bool:
    """Whether the words promise that nothing goes again as soon as this; what can't be read promises the most."""
    said = [] if version is None else [clause["statements"].get(Element.TIMING, {}) for clause in version.clauses]
    promised = [one["value"] for one in said if isinstance(one.get("value"), str)]
    before, now = previous_at.astimezone(TOKYO), at.astimezone(TOKYO)
    months = 12 * (now.year - before.year) + now.month - before.month
    months -= (now.day, now.time()) < (before.day, before.time())
    for value in promised:
        least_days, least_months = PAUSES.get(value, PAUSES["once_a_season"])
        if at - previous_at < timedelta(days=least_days) or months < least_months:
            return True
    return False


def promise_encryption(version: Version | None) -> bool:
    """Whether the words promise that scores go in an encrypted file; what can't be read promises that as well."""
    said = [] if version is None else [clause["statements"].get(Element.MEANS) for clause in version.clauses]
    return any(one is not None and not isinstance(one.get("value"), bool) for one in said)


class TextHistory:
    """Every registered text: what stood behind a hash, and which words were in force when."""

    def __init__(self, registers: Registers) -> None:
        self._versions = sorted(registers.versions, key=lambda version: version.effective_from)
        self._behind = {version.text_sha256: version for version in self._versions}
        self._hashes = registers.text_hashes
        self.in_force = lru_cache(maxsize=None)(self._in_force)

    def behind(self, text_no: int | None) -> Version | None:
        """The newest version that has the words of a displayed text; None where nobody registered them."""
        return None if text_no is None else self._behind.get(self._hashes.get(text_no, ""))

    def first_in_force(self, text_no: int | None) -> datetime | None:
        """When the words of a displayed text first came into force; None where nobody registered them."""
        words = None if text_no is None else self._hashes.get(text_no)
        return min((one.effective_from for one in self._versions if one.text_sha256 == words), default=None)

    def first_counting(self, text_no: int | None) -> datetime | None:
        """When agreements to a displayed text first counted, which is not before its revision was active."""
        words = None if text_no is None else self._hashes.get(text_no)
        same = (one for one in self._versions if one.text_sha256 == words)
        return min((max(one.effective_from, one.active_from or one.effective_from) for one in same), default=None)

    def is_in_force(self, text_no: int | None, policy_id: str, at: datetime) -> bool:
        """Whether a displayed text has the words of a policy that were in force at a moment, in any language."""
        version = self.behind(text_no)
        begun = max((one.effective_from for one in self._versions if one.effective_from <= at), default=None)
        return version is not None and begun is not None and version in self.in_force(policy_id, begun)

    def _in_force(self, policy_id: str, at: datetime) -> list[Version]:
        begun = [
            version for version in self._versions if version.policy_id == policy_id and version.effective_from <= at
        ]
        newest = {version.language: version.effective_from for version in begun}
        return [version for version in begun if version.effective_from == newest[version.language]]


@dataclass(frozen=True)
class _Reading:
    name: str
    missing: int
    unclear: int
    names_other_items: bool


def _read(version: Version, asked: RequiredWords, law: LawProfile) -> Iterator[_Reading]:
    core, clear = {one.value for one in law.core}, {one.value for one in law.clarity}
    for name, said in _passages(version):
        missing, unclear = 0, 0
        for element in core | clear:
            answer = _answer(element, said, asked)
            if answer == "yes":
                continue
            if element in core and not (answer == "vague" and law.open_recipients_suffice):
                missing += 1
            else:
                unclear += 1
        yield _Reading(name, missing, unclear, _answer(Element.ITEMS.value, said, asked) == "other")


def _passages(version: Version) -> Iterator[tuple[str, ActWords]]:
    clauses = {clause["clause_id"]: clause for clause in version.clauses}
    for name, clause in clauses.items():
        yield name, clause["statements"]
        together = [name]
        for part in together:
            together += [other for other in clauses[part]["binds_to"] if other in clauses and other not in together]
        if clause["binds_to"]:
            said: dict[str, Mapping[str, Any]] = {}
            for part in together:
                said = {**clauses[part]["statements"], **said}
            yield "+".join(together), said


def _answer(element: str, said: ActWords, asked: RequiredWords) -> str:
    """Whether a passage says what is needed: yes, no, something other, or too vaguely."""
    value = said[element].get("value") if element in said else None
    names = set(value) if isinstance(value, list | tuple | set | frozenset) else None
    if element == Element.PARTNER_SITES:
        return "no" if names is None else "yes"
    if value is None or value is False:
        return "no"
    answer = "yes"
    if element == Element.RECIPIENTS:
        answer = _recipient(value, asked.client_id)
    elif element == Element.ITEMS:
        answer = "yes" if names is not None and asked.items <= names else "other"
    elif element == Element.PURPOSE and value != asked.purpose:
        answer = "vague" if value == CONTAINS.get(asked.purpose) else "other"
    elif element == Element.PROHIBITED_USES:
        answer = "yes" if names is not None and asked.forbidden <= names else "no"
    elif element in KEPT_BY_MACHINE:
        answer = "yes" if value is True or value in KEPT_BY_MACHINE[element] else "no"
    return answer


def _recipient(value: object, client_id: str) -> str:
    if not isinstance(value, Mapping):
        return "no"
    if value.get("open_class") is not None:
        return "vague"
    return "yes" if client_id in value.get("members", ()) else "other"
