"""Find the consent gap of a season from what was logged, whatever anybody believed at the time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import numpy as np

from kanmon.audits.gap.benefit import EarnedBenefit, earned
from kanmon.audits.gap.causes import JudgedDelivery, cause_of
from kanmon.audits.gap.model import (
    CAUSE_MEANINGS,
    Deliveries,
    Gap,
    GapDelivery,
    GapRule,
    Integers,
    Moments,
    Window,
    agreed_later,
    gap_by_release,
)
from kanmon.audits.gap.past import PastFacts, PastGate
from kanmon.clients.contract import Client, Scheme, Season, ServiceTerms
from kanmon.consent.coverage import cover_provision, suffices
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.clock import microseconds
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId, MemberNo, ScreenId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.decision import REASON_ORDER
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


class GapFacts(PastFacts, Protocol):
    """What the control plane tells the audit, at one moment of it."""

    def terms(self) -> ServiceTerms:
        """The terms in force; `UsageError` where nothing was loaded."""

    def screens(self, season: SeasonId) -> Sequence[Screen]:
        """The registered screens of a season."""

    def deliveries(self, client: ClientId, season: SeasonId, window: Window, only_provided: bool) -> Deliveries:
        """When data of the season's members went, or would go, to a client within the window.

        An applicant with provision records went when they say; any other would go at its `as_of`, and is left out
        where `only_provided`.
        """

    def agreements(
        self, client: ClientId, members: Integers, texts: Sequence[int], until: datetime, *, free_alone: bool
    ) -> Moments:
        """Acts of agreement to one of `texts` before `until` that aren't narrowed to another client.

        `free_alone` leaves out those of which it is known that the person could not refuse.
        """

    def answered(self, members: Integers, screens: Sequence[ScreenId], window: Window) -> Integers:
        """Those of `members` who agreed or refused on one of `screens` within the window."""

    def benefits(self, client: ClientId, window: Window) -> Mapping[datetime, Mapping[str, Any] | None]:
        """What each provision to a client within the window brought, by its moment; None where no price was stated."""

    def people(self, members: Integers) -> Mapping[MemberNo, AuditedPerson]:
        """Who stands behind each number."""


class FunctionUse(Protocol):
    """What the lake tells the audit: that a member used a function, and nothing else."""

    def users(self, members: Integers, kinds: frozenset[str], window: Window) -> Integers:
        """Those of `members` with an event of one of `kinds` (case-folded names) within the window.

        Events of a cookie count where this member alone logged in with it before the window's end.
        """


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
        client: ClientId | None = None,
        only_provided: bool = False,
    ) -> Gap:
        """The gap among the members of `season` (None: that which had opened last at `since`) in `[since, until)`.

        Of one client (None: of all). `UsageError` names an unknown season or an empty window.
        """
        terms, window = self._facts.terms(), window_asked(since, until)
        judged = season_judged(terms, season, since)
        asking = _SeasonGap(self._facts, self._use, terms, judged, window)
        everything = asking.deliveries(rule, only_provided=only_provided)
        found = [one for one in everything if client in {None, one.client.client_id}]
        people = self._facts.people(np.unique(np.array([one.member_no for one in found], np.int64)))
        deliveries = sorted(
            (_told(one, judged, people[one.member_no]) for one in found),
            key=lambda delivery: (delivery.at, delivery.client_id, delivery.member_id),
        )
        benefit = self._earned(found, window)
        if rule is GapRule.RELEASE:
            gap = _gap(rule, judged, window, deliveries, tuple(_first_of_each(deliveries)))
        else:
            gap = _gap(rule, judged, window, deliveries, deliveries, tuple(deliveries))
        return replace(gap, benefit=benefit)

    def _earned(self, found: Iterable[JudgedDelivery], window: Window) -> EarnedBenefit:
        gone = [(one.client.client_id, one.at) for one in found if one.went and one.past.codes]
        brought = {
            (client, at): benefit
            for client in {client for client, _ in gone}
            for at, benefit in self._facts.benefits(client, window).items()
        }
        return earned(gone, brought)

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
        """Those of them of whom valid consent was missing, each once for each client (None: every) that got them.

        Each with the first of those deliveries and its cause: of those that went, where any did (APPI-15). Of whom
        valid consent stood is not affected, whether the person used a function or not. Raises what `find` raises.
        """
        terms, window = self._facts.terms(), window_asked(since, until)
        judged = season_judged(terms, season, since)
        asking = _SeasonGap(self._facts, self._use, terms, judged, window)
        found = [one for one in asking.deliveries(rule, only_provided=only_provided) if one.past.codes]
        gone = sorted(
            (one for one in found if client in {None, one.client.client_id}), key=lambda one: (not one.went, one.at)
        )
        people = self._facts.people(np.unique(np.array([one.member_no for one in gone], np.int64)))
        count = Counter((one.member_no, one.client.client_id) for one in gone if one.went)
        first = {(one.member_no, one.client.client_id): one for one in reversed(gone)}
        return [
            AffectedPerson(
                member_no=member_no,
                member_id=people[member_no].member_id,
                client_id=client_id,
                season=judged.season_id,
                reason=cause_of(one, judged, people[member_no].registered_at),
                first_provided_at=one.at,
                provisions=count[member_no, client_id],
            )
            for (member_no, client_id), one in first.items()
        ]


class _SeasonGap:
    """The deliveries in the gap of one season within one window, each as the gate judges it."""

    def __init__(self, facts: GapFacts, use: FunctionUse, terms: ServiceTerms, season: Season, window: Window) -> None:
        self._facts = facts
        self._use = use
        self._terms = terms
        self._season = season
        self._window = window
        self._gate = PastGate(facts, terms, season, window)
        self._displayed = facts.displayed_versions()
        self._screens = facts.screens(season.season_id)

    def deliveries(self, rule: GapRule, *, only_provided: bool) -> Iterator[JudgedDelivery]:
        """Those in the gap: under the strict rule without valid consent, under the published one of its people."""
        if rule is GapRule.STRICT:
            for client in self._terms.clients.values():
                delivered = self._asked(client, only_provided=only_provided)
                judged = self._judged(client, delivered, None, only_provided=only_provided)
                yield from (one for one in judged if one.past.codes)
            return
        targeted = [
            (client, self._asked(client, only_provided=only_provided))
            for client in self._terms.clients.values()
            if client.contract.scheme is Scheme.PERSONAL_DATA
        ]
        left = self._unused([delivered for _, delivered in targeted])
        for client, delivered in targeted if len(left) else ():
            yield from self._judged(client, delivered, left, only_provided=only_provided)

    def _asked(self, client: Client, *, only_provided: bool) -> Deliveries:
        return self._facts.deliveries(client.client_id, self._season.season_id, self._window, only_provided)

    def _unused(self, deliveries: Sequence[Deliveries]) -> Integers:
        """The targets (whoever's personal data went, or would go, to a client) who used no function."""
        members = [delivered.member for delivered in deliveries]
        targets = np.unique(np.concatenate([np.empty(0, np.int64), *members]))
        names, screens = functions_of(self._screens)
        left = gap_by_release(targets, self._use.users(targets, names, self._window))
        return gap_by_release(left, self._facts.answered(left, screens, self._window))

    def _judged(
        self, client: Client, delivered: Deliveries, members: Integers | None, *, only_provided: bool
    ) -> Iterator[JudgedDelivery]:
        covering = covering_texts(client, self._displayed, self._terms)
        targets = np.unique(delivered.member)
        is_later = agreed_later(delivered, self._agreements(client, targets, list(covering)))
        registered = self._registered_within(targets)
        keys = zip(delivered.applicant.tolist(), delivered.at.tolist(), strict=True)
        known = dict(zip(keys, zip(delivered.went.tolist(), is_later.tolist(), strict=True), strict=True))
        for past in self._gate.judged(client, members, only_provided=only_provided):
            member_no = past.person.member_no
            assert member_no is not None
            went, is_agreed_later = known[past.person.applicant_no, microseconds(past.person.as_of)]
            yield JudgedDelivery(
                client=client,
                member_no=member_no,
                went=went,
                past=past,
                is_agreed_later=is_agreed_later,
                is_by_registration=member_no in registered,
                covering_since=tuple({version.effective_from for version in covering.values()}),
            )

    def _agreements(self, client: Client, members: Integers, texts: Sequence[int]) -> Moments:
        free_alone = PROFILES[self._terms.law_profile_id].consent_must_be_free
        return self._facts.agreements(client.client_id, members, texts, self._window.until, free_alone=free_alone)

    def _registered_within(self, members: Integers) -> frozenset[int]:
        """Those who agreed on a registration screen within the window."""
        screens = [screen.screen_id for screen in self._screens if _is_registration(screen)]
        return frozenset(self._facts.answered(members, screens, self._window).tolist())


def _told(judged: JudgedDelivery, season: Season, person: AuditedPerson) -> GapDelivery:
    return GapDelivery(
        person.member_id,
        judged.client.client_id,
        judged.client.contract.scheme,
        judged.at,
        cause_of(judged, season, person.registered_at),
        judged.past.codes,
        judged.went,
    )


def _first_of_each(deliveries: Iterable[GapDelivery]) -> Iterator[GapDelivery]:
    """One for each person: the first that lacked consent, where any did."""
    told: set[MemberId] = set()
    for delivery in sorted(deliveries, key=lambda delivery: not delivery.codes):
        if delivery.member_id not in told:
            told.add(delivery.member_id)
            yield delivery


def _gap(
    rule: GapRule,
    season: Season,
    window: Window,
    found: Sequence[GapDelivery],
    counted: Sequence[GapDelivery],
    told: tuple[GapDelivery, ...] = (),
) -> Gap:
    causes = Counter(cause for _, cause in {(delivery.member_id, delivery.cause) for delivery in counted})
    codes = Counter(code for _, code in {(one.member_id, code) for one in counted for code in one.codes})
    return Gap(
        rule,
        season.season_id,
        window,
        tuple(sorted({delivery.member_id for delivery in found})),
        {cause: causes[cause] for cause in CAUSE_MEANINGS if cause in causes},
        {code: codes[code] for code in sorted(codes, key=REASON_ORDER.__getitem__)},
        tuple(sorted({delivery.member_id for delivery in found if delivery.went})),
        told,
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
    used = [screen for screen in screens if not _is_registration(screen)]
    names = {name.casefold() for screen in used for name in (screen.function, screen.screen_id)}
    return FUNCTIONS | names, tuple(screen.screen_id for screen in used)


def _is_registration(screen: Screen) -> bool:
    return not REGISTRATION.isdisjoint({screen.function.casefold(), screen.screen_id.casefold()})


def covering_texts(
    client: Client, versions: Mapping[int, PolicyVersion], terms: ServiceTerms
) -> Mapping[int, PolicyVersion]:
    """The displayed texts agreement to which permits the provision to a client under the service's law."""
    asked, profile = provision_asked(client), PROFILES[terms.law_profile_id]
    return {
        text_no: version
        for text_no, version in versions.items()
        if suffices(cover_provision(version, asked, profile), profile)
    }
