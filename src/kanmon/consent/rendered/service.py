"""Counting what browsers report, within the caller's transaction: by screen, words and hour, never by visitor."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from kanmon.consent.collected.service import TOKEN_LASTS
from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion, own_hashes
from kanmon.consent.rendered.model import CountedWords, RenderedWords, ReportRefusal, Ticket, hour_of, ticket_sha256
from kanmon.consent.screens import Screen
from kanmon.core.clock import Clock
from kanmon.core.ids import PolicyId, PolicyVersionId, ScreenId, TextSha256


class RenderingStore(Protocol):
    """Counts, tickets and the registry, within one transaction."""

    def screens(self) -> Iterable[Screen]:
        """Every registered screen."""

    def versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""

    def rolling_out(self) -> Sequence[PolicyVersion]:
        """The versions that a revision is bringing to the screens, and that are not in force yet."""

    def use_tickets(self, tickets: Mapping[bytes, ScreenId], at: datetime) -> Mapping[bytes, Ticket]:
        """Use up those of these tickets that were served for that screen, not used and not over; what each is for."""

    def count(self, words: CountedWords, hour: datetime, proven: int, unproven: int) -> None:
        """Add to the counts of an hour."""


class RenderingReports:
    """Takes reports of browsers."""

    def __init__(self, store: RenderingStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, reports: Sequence[RenderedWords]) -> Sequence[ReportRefusal | None]:
        """Count reports; for each the reason why it is not counted, or None."""
        now = self._clock.now()
        screens = {screen.screen_id: screen for screen in self._store.screens() if screen.is_in_use(now)}
        known = [report for report in reports if report.screen_id in screens]
        words = _KnownWords([*self._store.versions()], self._store.rolling_out(), now)
        tickets = self._tickets(known, now)
        counts: dict[CountedWords, Counter[bool]] = {}
        for report in known:
            ticket = _taken(tickets, report)
            counted = words.counted(report, screens[report.screen_id].policy_id, ticket)
            counts.setdefault(counted, Counter())[ticket is not None] += 1
        for counted in sorted(counts):
            self._store.count(counted, hour_of(now), counts[counted][True], counts[counted][False])
        return [None if report.screen_id in screens else ReportRefusal.SCREEN_UNREGISTERED for report in reports]

    def _tickets(self, reports: Iterable[RenderedWords], now: datetime) -> dict[bytes, Ticket]:
        asked: dict[bytes, ScreenId] = {}
        for report in reports:
            if report.ticket is not None:
                asked.setdefault(ticket_sha256(report.ticket), report.screen_id)
        return dict(self._store.use_tickets(asked, now))


class _KnownWords:
    """The words of all versions: which are right now, and whose they are."""

    def __init__(self, versions: Sequence[PolicyVersion], rolling_out: Sequence[PolicyVersion], now: datetime) -> None:
        self._versions = [*versions, *rolling_out]
        self._own = own_hashes(version.text for version in self._versions)
        self._known = {version.text_sha256 for version in self._versions}
        self._right: dict[PolicyId, Collection[TextSha256]] = {}
        numbered = dict(enumerate(versions))
        for policy in {version.policy_id for version in self._versions}:
            in_force = TextsInForce(policy, versions, numbered)
            # A page that was served before a change is right for as long as it can be answered.
            places = in_force.at(now) | in_force.at(now - TOKEN_LASTS)
            right = [numbered[place] for place in places] + [one for one in rolling_out if one.policy_id == policy]
            self._right[policy] = frozenset(version.text_sha256 for version in right)

    def counted(self, report: RenderedWords, policy: PolicyId, ticket: Ticket | None) -> CountedWords:
        """A report as it is counted; what a page says of itself counts only where the registry knows it."""
        words = self._own.get(report.text_sha256, report.text_sha256)
        own = [version for version in self._versions if version.policy_id == policy]
        language, version_id = report.language, PolicyVersionId(report.version_id)
        if ticket is not None:
            language, version_id = ticket.language, ticket.version_id
        return CountedWords(
            report.screen_id,
            language if language in {version.language for version in own} else "",
            version_id if version_id in {version.version_id for version in own} else PolicyVersionId(""),
            words,
            words in self._right.get(policy, ()) or (ticket is not None and words == ticket.text_sha256),
            words in self._known,
        )


def _taken(tickets: dict[bytes, Ticket], report: RenderedWords) -> Ticket | None:
    """The ticket of a report, which no other report has after it; None where it is for another screen."""
    key = b"" if report.ticket is None else ticket_sha256(report.ticket)
    ticket = tickets.get(key)
    return tickets.pop(key) if ticket is not None and ticket.screen_id == report.screen_id else None
