"""How many people stand by an agreement, day by day, by the version of the words that they agreed to.

A person counts under the words of the newest act on any screen of a policy, where that act agrees. The gate asks for
more: which screen it was, whether the words cover the use, whether the agreement ran out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Protocol

from kanmon.consent.policy import PolicyVersion
from kanmon.core.clock import day_of
from kanmon.core.ids import PolicyId, PolicyVersionId

DAYS_SHOWN = 20
"""Days of the picture, beside those on which words changed."""


@dataclass(frozen=True)
class AgreementChange:
    """By how many the agreements to one displayed text of a policy grew on a day in Japan."""

    policy_id: PolicyId
    text_no: int
    day: date
    growth: int


@dataclass(frozen=True)
class StandingAgreements:
    """One policy: on each of some days how many stand by each version; None stands for words that no version has."""

    policy_id: PolicyId
    days: Sequence[date]
    people: Mapping[PolicyVersionId | None, Sequence[int]]
    changed_on: Mapping[date, Sequence[PolicyVersionId]]
    """The versions that took effect within these days."""


class AgreementFacts(Protocol):
    """What the control plane tells of agreements, at one moment of it."""

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""

    def changes(self) -> Sequence[AgreementChange]:
        """By how many agreements grew, by policy, text and day."""


def standing_agreements(facts: AgreementFacts, today: date) -> Sequence[StandingAgreements]:
    """Each policy that somebody agreed to, from the first day on which somebody did, to today."""
    versions, texts = facts.policy_versions(), facts.displayed_versions()
    growth: dict[PolicyId, dict[PolicyVersionId | None, dict[date, int]]] = {}
    for change in facts.changes():
        version = texts.get(change.text_no)
        name = None if version is None else version.version_id
        of_version = growth.setdefault(change.policy_id, {}).setdefault(name, {})
        of_version[change.day] = of_version.get(change.day, 0) + change.growth
    return [_of_policy(policy, growth[policy], versions, today) for policy in sorted(growth)]


def _of_policy(
    policy: PolicyId,
    growth: Mapping[PolicyVersionId | None, Mapping[date, int]],
    versions: Sequence[PolicyVersion],
    today: date,
) -> StandingAgreements:
    first = min(day for of_version in growth.values() for day in of_version)
    changed_on: dict[date, list[PolicyVersionId]] = {}
    for version in sorted(versions, key=lambda version: version.effective_from):
        day = day_of(version.effective_from)
        named = changed_on.setdefault(day, []) if version.policy_id == policy and first <= day <= today else None
        if named is not None and version.version_id not in named:
            named.append(version.version_id)
    length = max(0, (today - first).days)
    even = {first + timedelta(days=round(length * place / DAYS_SHOWN)) for place in range(DAYS_SHOWN + 1)}
    days = sorted(even | changed_on.keys())
    order = {version.version_id: version.effective_from for version in versions if version.policy_id == policy}
    known = sorted((name for name in growth if name is not None), key=order.__getitem__)
    names: list[PolicyVersionId | None] = [*known, *([None] if None in growth else [])]
    return StandingAgreements(policy, days, {name: _counts(growth[name], days) for name in names}, changed_on)


def _counts(growth: Mapping[date, int], days: Sequence[date]) -> Sequence[int]:
    """How many there are at the end of each day."""
    between = [
        sum(count for day, count in growth.items() if (before is None or before < day) and day <= until)
        for before, until in zip([None, *days], days, strict=False)
    ]
    return list(accumulate(between))
