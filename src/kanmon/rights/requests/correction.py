"""Correct what isn't so: actions that were somebody else's, and personal data (APPI Art. 34; APPI-18, AC-23).

What is corrected counts no more from that moment on: a dated fact that features go by; the events stay until they are
erased. Scores that depended on it become stale and are never provided; whoever got one is told so, and no more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from kanmon.clients.contract import Client
from kanmon.core.clock import TOKYO, Clock
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, CookieId, MemberId
from kanmon.core.language import N_
from kanmon.lake.cleared import ForeignStretch
from kanmon.ledger.service import Ledger
from kanmon.linkage.personal import PERSONAL
from kanmon.rights.answer.history import OwnBrowser
from kanmon.rights.requests.service import (
    SYSTEM,
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    Requests,
    RequestStore,
    RequestType,
    said,
)

NOTICE = "correction"
"""The kind of the notice that a person is sent of it."""


@dataclass(frozen=True)
class DisputedMark:
    """What a person says wasn't theirs: a browser (their own login, where None) on one day, or ever where None."""

    cookie_id: CookieId | None
    day: date | None


@dataclass(frozen=True)
class DisputedActions:
    """What is asked to be corrected, with how much it is, as of when it was asked."""

    marked: Sequence[DisputedMark]
    actions: int
    first_on: date
    is_clear: bool
    """Whether logins show by themselves that others used the browsers too."""


class CorrectionStore(RequestStore, Protocol):
    """Where corrections are kept; one transaction."""

    def hold(self) -> datetime:
        """Wait until no provision is under way, let none begin, and the shared moment from which that is so."""

    def add_not_theirs(
        self, request_no: int, member: MemberId, stretches: Sequence[ForeignStretch], at: datetime
    ) -> None:
        """Keep what isn't a member's own."""

    def make_stale(self, request_no: int, member: MemberId, client: ClientId, since: datetime, at: datetime) -> int:
        """Make scores stale that a client's model computed of a member from anything at or after `since`; how many."""

    def tell_recipient(self, request_no: int, client: ClientId, at: datetime) -> int:
        """Tell a client of each provision that held a score made stale by this request; how many there are."""

    def correct_member(self, member: MemberId, fields: Mapping[str, str | None]) -> None:
        """Put personal data in the place of what was held."""

    def add_notice(self, member: MemberId, kind: str, at: datetime) -> None:
        """Note that a member was told of something."""


class Corrections:
    """Asks for corrections and decides on them within the caller's transaction."""

    def __init__(self, store: CorrectionStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._requests = Requests(store, ledger, clock)
        self._clock = clock

    def dispute(self, member: MemberId, disputed: DisputedActions, words: str, clients: Collection[Client]) -> Request:
        """Ask that actions are no longer taken for the person's; what is clear is accepted at once."""
        content: dict[str, object] = {
            "marked": [
                {"cookie_id": one.cookie_id, "day": None if one.day is None else one.day.isoformat()}
                for one in disputed.marked
            ],
            "actions": disputed.actions,
            "first_on": disputed.first_on.isoformat(),
            "words": said(words),
        }
        held_at = self._store.hold()
        asked = RequestForm(member, RequestType.HISTORY, self._moment(held_at), content=content)
        request = self._requests.receive(asked)
        return self._corrected(request, held_at, SYSTEM, "", clients) if disputed.is_clear else request

    def ask_for_data(self, member: MemberId, fields: Mapping[str, str], words: str) -> Request:
        """Ask that personal data are put right; `UsageError` for fields that can't be what they say."""
        content: dict[str, object] = {"fields": checked_fields(fields), "words": said(words)}
        return self._requests.receive(
            RequestForm(member, RequestType.PERSONAL_DATA, self._clock.now(), content=content)
        )

    def accept(self, request_no: int, person: str, reason: str, clients: Collection[Client]) -> Request:
        """Put what was asked for in force: the privacy owner's decision."""
        held_at = self._store.hold()
        request = self._requests.waiting(request_no)
        if request.asked.type is RequestType.HISTORY:
            return self._corrected(request, held_at, person, reason, clients)
        if request.asked.type is RequestType.PERSONAL_DATA:
            return self._data_corrected(request, held_at, person, reason)
        raise UsageError(N_("request %(request)s asks for no correction"), request=request_no)

    def _moment(self, held_at: datetime) -> datetime:
        return self._clock.now() if self._clock.is_replay else held_at

    def _corrected(
        self, request: Request, held_at: datetime, person: str, reason: str, clients: Collection[Client]
    ) -> Request:
        asked, at = request.asked, self._moment(held_at)
        assert asked.member_id is not None
        stretches = stretches_of(marked_in(asked.content))
        first_on = date.fromisoformat(str(asked.content["first_on"]))
        self._store.add_not_theirs(request.request_no, asked.member_id, stretches, at)
        since = beginning_of(first_on)
        stale = {
            client.client_id: self._store.make_stale(request.request_no, asked.member_id, client.client_id, since, at)
            for client in clients
        }
        told = {client: self._store.tell_recipient(request.request_no, client, at) for client in stale}
        done: dict[str, object] = {
            "actions": asked.content["actions"],
            "stale_scores": _counts(stale),
            "told": _counts(told),
        }
        self._store.add_notice(asked.member_id, NOTICE, at)
        return self._requests.decide(request, RequestDecision(at, person, RequestOutcome.ACCEPTED, reason, done))

    def _data_corrected(self, request: Request, held_at: datetime, person: str, reason: str) -> Request:
        asked, at = request.asked, self._moment(held_at)
        assert asked.member_id is not None
        fields = asked.content.get("fields")
        assert isinstance(fields, dict)
        self._store.correct_member(asked.member_id, fields)
        self._store.add_notice(asked.member_id, NOTICE, at)
        done: dict[str, object] = {"corrected": sorted(fields)}
        return self._requests.decide(request, RequestDecision(at, person, RequestOutcome.ACCEPTED, reason, done))


def _counts(found: Mapping[ClientId, int]) -> list[dict[str, object]]:
    return [{"client_id": client, "count": count} for client, count in sorted(found.items()) if count]


def disputed_of(marked: Collection[DisputedMark], browsers: Sequence[OwnBrowser]) -> DisputedActions:
    """What is marked, held against what is known; `UsageError` where none of it holds any action of the person's."""
    by_cookie = {browser.cookie_id: browser for browser in browsers}
    days = {
        (one.cookie_id, day.day): day.total
        for one in marked
        if one.cookie_id in by_cookie
        for day in by_cookie[one.cookie_id].days
        if one.day in {None, day.day}
    }
    if not days:
        raise UsageError(N_("mark at least one browser or day with actions on it"))
    known = [one for one in marked if one.cookie_id in by_cookie]
    return DisputedActions(
        sorted(known, key=lambda one: (one.cookie_id or "", one.day or date.min)),
        sum(days.values()),
        min(day for _, day in days),
        all(by_cookie[one.cookie_id].is_shared for one in known),
    )


def stretches_of(marked: Collection[DisputedMark]) -> list[ForeignStretch]:
    """The stretches of time that are marked, a day being one in Japan."""
    return [
        ForeignStretch(one.cookie_id, None, None)
        if one.day is None
        else ForeignStretch(one.cookie_id, beginning_of(one.day), beginning_of(one.day + timedelta(days=1)))
        for one in marked
    ]


def marked_in(content: Mapping[str, object]) -> list[DisputedMark]:
    """What a request marked."""
    found = content.get("marked")
    assert isinstance(found, list)
    return [
        DisputedMark(one["cookie_id"], None if one["day"] is None else date.fromisoformat(one["day"])) for one in found
    ]


def beginning_of(day: date) -> datetime:
    """The moment at which a day begins in Japan."""
    return datetime.combine(day, time(), TOKYO)


def checked_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """The personal data that are really given; `UsageError` where there are none, or one can't be what it says."""
    given = {name: said(value) for name, value in fields.items() if name in PERSONAL and value.strip()}
    if not given:
        raise UsageError(N_("write what is right in at least one field"))
    if "birth_date" in given:
        try:
            date.fromisoformat(given["birth_date"])
        except ValueError:
            raise UsageError(
                N_("“%(written)s” is not a day; write it like 2026-04-01"), written=given["birth_date"]
            ) from None
    return given
