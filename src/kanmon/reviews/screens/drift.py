"""Screens that left the words in force, and the class-U assessment that each opens (AC-10, APPI-15, POL-04).

What is agreed on such a screen is quarantined by the gate already, from its last right look on (`consent.screens`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Rendering, Screen, last_seen_right
from kanmon.core.ids import EvidenceId, PolicyId, RunId, ScreenId
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.reviews.revisions.roll_out import NewestFinding
from kanmon.reviews.screens.coverage import BoardCoverage, ScreenOutcome

SCREEN_DRIFT = "SCREEN_DRIFT"
_WRONG_WORDS = frozenset({ScreenOutcome.OTHER_WORDS, ScreenOutcome.HIDDEN_WORDS, ScreenOutcome.NO_POLICY})
"""A screen that can't be reached took no consent."""


@dataclass(frozen=True)
class Assessment:
    """Consents that may have been taken under wrong words on one screen, to be assessed as class U.

    `begins_at` is the last right look, or where there was none the moment at which the words in force took effect;
    `consents` are the agreements on the screen from then to `found_at`.
    """

    screen_id: ScreenId
    run_id: RunId
    last_right_at: datetime | None
    begins_at: datetime
    found_at: datetime
    consents: tuple[EvidenceId, ...]

    def entry(self, at: datetime) -> NewEntry:
        """The opening of the assessment for the ledger, entered at `at`."""
        payload: dict[str, object] = {
            "class": "U",
            "code": SCREEN_DRIFT,
            "screen_id": self.screen_id,
            "run_id": self.run_id,
            "begins_at": instant(self.begins_at),
            "found_at": instant(self.found_at),
            "consents": [str(one) for one in self.consents],
        }
        return NewEntry(EntryType.ASSESSMENT, at, payload)


@dataclass(frozen=True)
class OpenedAssessment:
    """An assessment as it was opened; `last_right_at` is None where the screen was never seen right before."""

    assessment_no: int
    screen_id: ScreenId
    run_id: RunId
    last_right_at: datetime | None
    found_at: datetime
    consents: int
    """Agreements concerned."""
    ledger_seq: int


class DriftFacts(Protocol):
    """What is asked of the control plane, the looks of the run included."""

    def all_screens(self) -> Sequence[Screen]:
        """Every registered screen."""

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text."""

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show."""

    def policies_rolling_out(self) -> Collection[PolicyId]:
        """Policies of which a revision is being brought to the screens."""

    def agreements_on(self, screen: ScreenId, since: datetime, until: datetime) -> Sequence[EvidenceId]:
        """Agreements given on a screen from `since` to `until`, both included."""

    def is_assessed(self, screen: ScreenId, last_right_at: datetime | None) -> bool:
        """Whether an assessment was opened for a screen that was last seen right at that moment."""


def to_assess(facts: DriftFacts, coverage: BoardCoverage) -> Iterator[Assessment]:
    """One assessment for each screen that the run found under wrong words, unless it was found so before.

    Wrong are those words that make the gate doubt the screen: any look of the run that saw others than those in force.
    """
    versions, texts, looks = facts.policy_versions(), facts.displayed_versions(), facts.renderings()
    shown: dict[ScreenId, set[int]] = {}
    for look in looks:
        if look.seen_at == coverage.seen_at:
            shown.setdefault(look.screen_id, set()).add(look.text_no)
    rolling_out = facts.policies_rolling_out()
    for screen in facts.all_screens():
        in_force = TextsInForce(screen.policy_id, versions, texts)
        right = in_force.at(coverage.seen_at)
        if not right or shown.get(screen.screen_id, set()) <= right or screen.policy_id in rolling_out:
            continue
        last_right_at = last_seen_right(screen.screen_id, looks, in_force, coverage.seen_at)
        if facts.is_assessed(screen.screen_id, last_right_at):
            continue
        since = max(at for at in in_force.changes if at <= coverage.seen_at)
        begins_at = last_right_at or since
        consents = facts.agreements_on(screen.screen_id, begins_at, coverage.seen_at)
        yield Assessment(
            screen.screen_id, RunId(coverage.run_id), last_right_at, begins_at, coverage.seen_at, tuple(consents)
        )


def drifted(
    newest: Collection[NewestFinding], screens: Collection[Screen], rolling_out: Collection[PolicyId]
) -> list[NewestFinding]:
    """The newest findings that raise SCREEN_DRIFT: wrong words on a screen whose policy is not being rolled out."""
    policy_of = {screen.screen_id: screen.policy_id for screen in screens}
    return [
        seen
        for seen in newest
        if seen.finding.worst.outcome in _WRONG_WORDS and policy_of.get(seen.finding.screen_id) not in rolling_out
    ]
