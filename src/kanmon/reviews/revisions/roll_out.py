"""How far a policy version has come to the screens, by the newest look at each (AC-09, AC-11, APPI-02)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import RunId, ScreenId, TextSha256
from kanmon.reviews.revisions.rules import LackCode, RevisionLack
from kanmon.reviews.screens.coverage import RefusalVerdict, ScreenFinding, UnregisteredPage
from kanmon.reviews.screens.parity import Detriment


@dataclass(frozen=True)
class CoverageRun:
    """One run of the crawl as it was kept; `begun_at` is the machine's moment, before its first look."""

    run_id: RunId
    seen_at: datetime
    begun_at: datetime
    is_round: bool
    """Whether it looked at all screens in use, and not only at some."""
    is_whole: bool
    pages: int
    seconds: float = 0.0
    """How long it took."""


@dataclass(frozen=True)
class CoverageFinding:
    """What one run found, as it was kept."""

    run: CoverageRun
    findings: tuple[ScreenFinding, ...]
    unregistered: tuple[UnregisteredPage, ...]
    trials: Mapping[ScreenId, RefusalVerdict]
    """What a refusal does to the function of each screen."""
    detriments: Mapping[ScreenId, tuple[Detriment, ...]] = field(default_factory=dict)
    """In what it costs those who refuse."""


@dataclass(frozen=True)
class NewestFinding:
    """The newest finding of one screen in one language, and the run that made it."""

    run: CoverageRun
    finding: ScreenFinding


@dataclass(frozen=True)
class ScreenRollOut:
    """One screen in one language: what it has to show, and the newest look since the roll-out began, if any."""

    screen_id: ScreenId
    language: str
    expected: TextSha256
    seen: NewestFinding | None

    @property
    def found(self) -> TextSha256 | None:
        """The hash of what was shown; None where nothing was looked at or found."""
        return self.seen.finding.worst.found if self.seen else None


@dataclass(frozen=True)
class RollOut:
    """How far a version has come; it is complete only where nothing is lacking."""

    screens: tuple[ScreenRollOut, ...]
    right: frozenset[TextSha256]
    """The words that screens of the policy may show, in any language."""
    unregistered: tuple[UnregisteredPage, ...]
    costly: tuple[ScreenId, ...]
    was_searched: bool
    """Whether one round over all screens was made since the roll-out began."""

    def is_verified(self, one: ScreenRollOut) -> bool:
        """Whether the newest look saw nothing but the right words, every time."""
        return one.seen is not None and one.seen.finding.worst.outcome.is_right and one.found in self.right

    @property
    def verified(self) -> int:
        """Screens that show the right words in every language."""
        wrong = {one.screen_id for one in self.screens if not self.is_verified(one)}
        return len({one.screen_id for one in self.screens} - wrong)

    def lacks(self) -> Iterator[RevisionLack]:
        """All that keeps the version from being active."""
        for one in self.screens:
            if not self.is_verified(one):
                values = {
                    "screen": one.screen_id,
                    "language": one.language,
                    "expected": one.expected,
                    "found": one.found or "–",
                }
                yield RevisionLack(LackCode.SCREEN_UNVERIFIED, values)
        if not self.was_searched:
            yield RevisionLack(LackCode.BOARD_NOT_SEARCHED)
        for page in self.unregistered:
            yield RevisionLack(LackCode.UNREGISTERED_CONSENT_SURFACE, {"address": page.address})
        for screen in self.costly:
            yield RevisionLack(LackCode.REFUSAL_COSTS, {"screen": screen})


def roll_out(
    screens: Collection[ScreenId], right: Sequence[PolicyVersion], runs: Sequence[CoverageFinding], since: datetime
) -> RollOut:
    """Judge the runs begun strictly after `since`, oldest first, against the versions that are to be shown."""
    counted = [kept for kept in runs if kept.run.begun_at > since]
    newest = newest_findings(counted)
    costs: dict[ScreenId, bool] = {}
    for kept in counted:
        costs |= {screen: verdict is RefusalVerdict.COSTS for screen, verdict in kept.trials.items()}
    rounds = [place for place, kept in enumerate(counted) if kept.run.is_round]
    pages = {page.address: page for kept in counted[rounds[-1] if rounds else 0 :] for page in kept.unregistered}
    return RollOut(
        tuple(
            ScreenRollOut(screen, version.language, version.text_sha256, newest.get((screen, version.language)))
            for screen in sorted(screens)
            for version in sorted(right, key=lambda one: one.language)
        ),
        frozenset(sha256 for version in right for sha256 in version.text_hashes),
        tuple(pages.values()),
        tuple(screen for screen in sorted(screens) if costs.get(screen)),
        bool(rounds),
    )


def newest_findings(runs: Sequence[CoverageFinding]) -> Mapping[tuple[ScreenId, str], NewestFinding]:
    """The newest finding of each screen and language, of runs given oldest first."""
    newest: dict[tuple[ScreenId, str], NewestFinding] = {}
    for kept in runs:
        newest |= {(one.screen_id, one.language): NewestFinding(kept.run, one) for one in kept.findings}
    return newest


def known_words(versions: Collection[PolicyVersion]) -> Mapping[TextSha256, PolicyVersion]:
    """The registered version behind each hash of words."""
    return {version.text_sha256: version for version in versions}
