"""Find the consent gap of a season from what was logged, whatever anybody believed at the time."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

import numpy as np

from kanmon.audits.gap.model import (
    Deliveries,
    Gap,
    GapDelivery,
    GapReason,
    GapRule,
    Integers,
    Moments,
    Window,
    agreed_later,
    gap_by_law,
    gap_by_release,
)
from kanmon.clients.contract import Client, Scheme, Season, ServiceTerms
from kanmon.consent.coverage import CoverageVerdict, cover_provision
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.clock import from_microseconds
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId, MemberNo, ScreenId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.question import provision_asked
from kanmon.incidents.model import AffectedPerson

FUNCTIONS = frozenset({"pre_entry", "event_booking", "briefing_booking", "web_test"})
"""What counts as using a function, beside the screens that are registered; viewing a page does not."""
REGISTRATION = frozenset({"member_registration", "registration"})
"""Function and id of the screen on which people become members: that is no use of a function."""


class AuditedPerson(NamedTuple):
    """Who stands behind a member's number."""

    member_id: MemberId
    registered_at: datetime


class GapFacts(Protocol):
    """What the control plane tells the audit, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def screens(self, season: SeasonId) -> Sequence[Screen]:
        """The registered screens of a season."""

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text; unknown texts are left out."""

    def deliveries(self, client: ClientId, season: SeasonId, window: Window, only_provided: bool) -> Deliveries:
        """When data of the season's members went, or would go, to a client within the window.

        An applicant with provision records went when they say; any other would go at its `as_of`, and is left out
        where `only_provided`.
        """

    def agreements(self, client: ClientId, members: Integers, texts: Sequence[int], until: datetime) -> Moments:
        """Acts of agreement to one of `texts` before `until` that aren't narrowed to another client."""

    def endings(self, client: ClientId, members: Integers, until: datetime) -> Moments:
        """Refusals and withdrawals before `until` that aren't narrowed to another client."""

    def answered(self, members: Integers, screens: Sequence[ScreenId], window: Window) -> Integers:
        """Those of `members` who agreed or refused on one of `screens` within the window."""

    def people(self, members: Integers) -> Mapping[MemberNo, AuditedPerson]:
        """Who stands behind each number."""


class FunctionUse(Protocol):
    """What the lake tells the audit: that a member used a function, and nothing else."""

    def users(self, members: Integers, kinds: frozenset[str], window: Window) -> Integers:
        """Those of `members` with an event of one of `kinds` (case-folded names) within the window.

        Events of a cookie count where this member alone logged in with it before the window's end.
        """


@dataclass(frozen=True)
class _GapCandidate:
    """A delivery in the gap, before its reason is told in full."""

    client: Client
    member_no: MemberNo
    at: datetime
    went: bool
    is_agreed_later: bool


class GapAudit:
    """Finds the gap of one season; reads, and changes nothing."""

    def __init__(self, facts: GapFacts, use: FunctionUse) -> None:
        self._facts = facts
        self._use = use

    def find(
        self,
        season: SeasonId | None,
        since: datetime,
        until: datetime,
        rule: GapRule,
        *,
        only_provided: bool = False,
    ) -> Gap:
        """The gap among the members of `season` (None: that which had opened last at `since`) in `[since, until)`.

        `UsageError` names an unknown season or an empty window.
        """
        terms, window = self._facts.terms(), window_asked(since, until)
        judged = season_judged(terms, season, since)
        if rule is GapRule.RELEASE:
            return self._by_release(terms, judged, window, only_provided)
        return self._by_law(terms, judged, window, only_provided)

    def affected(
        self,
        season: SeasonId,
        since: datetime,
        until: datetime,
        rule: GapRule,
        *,
        client: ClientId | None = None,
        only_provided: bool = False,
    ) -> list[AffectedPerson]:
        """The same people, each once for each client (None: every) whose deliveries put them in the gap (APPI-15).

        Each with the first of those deliveries and its reason: of those that went, where any did. Raises what `find`
        raises.
        """
        terms, window = self._facts.terms(), window_asked(since, until)
        judged = season_judged(terms, season, since)
        if rule is GapRule.RELEASE:
            found = self._gone_by_release(terms, judged, window, only_provided)
        else:
            found = self._gone_by_law(terms, judged, window, only_provided)
        concerned = [delivery for delivery in found if client in {None, delivery.client.client_id}]
        gone = sorted(concerned, key=lambda delivery: (not delivery.went, delivery.at))
        people = self._facts.people(np.unique(np.array([one.member_no for one in gone], np.int64)))
        count = Counter((delivery.member_no, delivery.client.client_id) for delivery in gone if delivery.went)
        first = {(one.member_no, one.client.client_id): one for one in reversed(gone)}
        return [
            AffectedPerson(
                member_no=member_no,
                member_id=people[member_no].member_id,
                client_id=client_id,
                season=judged.season_id,
                reason=_reason_by(rule, one, people[member_no], judged, window).value,
                first_provided_at=one.at,
                provisions=count[member_no, client_id],
            )
            for (member_no, client_id), one in first.items()
        ]

    def _by_release(self, terms: ServiceTerms, season: Season, window: Window, only_provided: bool) -> Gap:
        targets = went = np.empty(0, np.int64)
        for _, deliveries in self._targeted(terms, season, window, only_provided):
            targets = np.union1d(targets, deliveries.member)
            went = np.union1d(went, deliveries.member[deliveries.went])
        people = self._facts.people(self._unused(targets, season, window))
        provided = frozenset(went.tolist())
        return Gap(
            GapRule.RELEASE,
            season.season_id,
            window,
            tuple(sorted(person.member_id for person in people.values())),
            Counter(_by_registration(person, window) for person in people.values()),
            tuple(sorted(person.member_id for number, person in people.items() if number in provided)),
        )

    def _targeted(
        self, terms: ServiceTerms, season: Season, window: Window, only_provided: bool
    ) -> Iterator[tuple[Client, Deliveries]]:
        """What went, or would go, to each client as somebody's personal data: that makes a target."""
        for client in terms.clients.values():
            if client.contract.scheme is Scheme.PERSONAL_DATA:
                yield client, self._facts.deliveries(client.client_id, season.season_id, window, only_provided)

    def _unused(self, targets: Integers, season: Season, window: Window) -> Integers:
        names, screens = functions_of(self._facts.screens(season.season_id))
        left = gap_by_release(targets, self._use.users(targets, names, window))
        return gap_by_release(left, self._facts.answered(left, screens, window))

    def _gone_by_release(
        self, terms: ServiceTerms, season: Season, window: Window, only_provided: bool
    ) -> Iterator[_GapCandidate]:
        targeted = list(self._targeted(terms, season, window, only_provided))
        targets = np.unique(
            np.concatenate([deliveries.member for _, deliveries in targeted] or [np.empty(0, np.int64)])
        )
        left = self._unused(targets, season, window)
        for client, deliveries in targeted:
            for place in np.flatnonzero(np.isin(deliveries.member, left)):
                number, at = int(deliveries.member[place]), from_microseconds(deliveries.at[place])
                yield _GapCandidate(client, MemberNo(number), at, bool(deliveries.went[place]), is_agreed_later=False)

    def _gone_by_law(
        self, terms: ServiceTerms, season: Season, window: Window, only_provided: bool
    ) -> Iterator[_GapCandidate]:
        versions = self._facts.displayed_versions()
        for client in terms.clients.values():
            yield from self._uncovered(client, covering_texts(client, versions, terms), season, window, only_provided)

    def _by_law(self, terms: ServiceTerms, season: Season, window: Window, only_provided: bool) -> Gap:
        found = list(self._gone_by_law(terms, season, window, only_provided))
        people = self._facts.people(np.array([one.member_no for one in found], np.int64))
        deliveries = sorted(
            (
                GapDelivery(
                    people[one.member_no].member_id,
                    one.client.client_id,
                    one.at,
                    _reason(one, people[one.member_no], season, window),
                    one.went,
                )
                for one in found
            ),
            key=lambda delivery: (delivery.at, delivery.client_id, delivery.member_id),
        )
        return Gap(
            GapRule.STRICT,
            season.season_id,
            window,
            tuple(sorted({delivery.member_id for delivery in deliveries})),
            Counter(reason for _, reason in {(delivery.member_id, delivery.reason) for delivery in deliveries}),
            tuple(sorted({delivery.member_id for delivery in deliveries if delivery.went})),
            tuple(deliveries),
        )

    def _uncovered(
        self, client: Client, texts: Sequence[int], season: Season, window: Window, only_provided: bool
    ) -> Iterator[_GapCandidate]:
        client_id = client.client_id
        deliveries = self._facts.deliveries(client_id, season.season_id, window, only_provided)
        members = np.unique(deliveries.member)
        agreements = self._facts.agreements(client_id, members, texts, window.until)
        is_open = gap_by_law(deliveries, agreements, self._facts.endings(client_id, members, window.until))
        is_later = agreed_later(deliveries, agreements)
        for place in np.flatnonzero(is_open):
            yield _GapCandidate(
                client,
                MemberNo(int(deliveries.member[place])),
                from_microseconds(deliveries.at[place]),
                bool(deliveries.went[place]),
                bool(is_later[place]),
            )


def window_asked(since: datetime, until: datetime) -> Window:
    """The period looked at; `UsageError` where it is none."""
    if until <= since:
        raise UsageError(
            N_("a period ends after it begins; from %(since)s to %(until)s there is none"),
            since=since.isoformat(),
            until=until.isoformat(),
        )
    return Window(since, until)


def season_judged(terms: ServiceTerms, season: SeasonId | None, since: datetime) -> Season:
    """The season asked for, or that which had opened last at `since`; `UsageError` where there is none."""
    if season is not None:
        if season not in terms.seasons:
            raise UsageError(
                N_("no season %(season)s was loaded; there are: %(known)s"),
                season=season,
                known=", ".join(sorted(terms.seasons)),
            )
        return terms.seasons[season]
    opened = [found for found in terms.seasons.values() if found.opens_at <= since]
    if not opened:
        raise UsageError(N_("no season had opened at %(since)s; name one with --season"), since=since.isoformat())
    return max(opened, key=lambda found: found.opens_at)


def functions_of(screens: Sequence[Screen]) -> tuple[frozenset[str], tuple[ScreenId, ...]]:
    """The kinds of event that are use of a function, case-folded, and the screens on which an answer is."""
    used = [
        screen
        for screen in screens
        if REGISTRATION.isdisjoint({screen.function.casefold(), screen.screen_id.casefold()})
    ]
    names = {name.casefold() for screen in used for name in (screen.function, screen.screen_id)}
    return FUNCTIONS | names, tuple(screen.screen_id for screen in used)


def covering_texts(client: Client, versions: Mapping[int, PolicyVersion], terms: ServiceTerms) -> list[int]:
    """The displayed texts that cover the provision to a client under the service's law, clearly or not."""
    asked, profile = provision_asked(client), PROFILES[terms.law_profile_id]
    return [
        text_no
        for text_no, version in versions.items()
        if cover_provision(version, asked, profile).verdict is not CoverageVerdict.NOT_COVERED
    ]


def _reason_by(rule: GapRule, found: _GapCandidate, person: AuditedPerson, season: Season, window: Window) -> GapReason:
    return _by_registration(person, window) if rule is GapRule.RELEASE else _reason(found, person, season, window)


def _reason(found: _GapCandidate, person: AuditedPerson, season: Season, window: Window) -> GapReason:
    scheme = found.client.contract.scheme
    if scheme is Scheme.COOKIE:
        return GapReason.SCHEME_A_NO_CONSENT
    is_before_main = season.main_opens_at is not None and found.at < season.main_opens_at
    if scheme is Scheme.HASHED_NAMES or is_before_main:
        return GapReason.PRESITE_OR_HASH_MATCH
    return GapReason.CONSENT_AFTER_DELIVERY if found.is_agreed_later else _by_registration(person, window)


def _by_registration(person: AuditedPerson, window: Window) -> GapReason:
    is_older = person.registered_at < window.since
    return GapReason.PRE_REVISION_MEMBER if is_older else GapReason.STALE_REGISTRATION_SCREEN
