"""What members did on the board and its partner sites, and the logins that tied their browsers to them."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kanmon_stories.applications import Applications
from kanmon_stories.people import DAY, Members, instants
from kanmon_stories.season_plan import CLIENTS, PARTNER_SITES, UNNAMED_SITE

_TOKYO = 9 * 3600
_OTHERS = 300
"""Companies on the board that are no clients."""
_COMPANIES = [plan.client_id for plan in CLIENTS] + [f"C{number:04d}" for number in range(1, _OTHERS + 1)]
_KINDS = ["view", "search", "message_open", "pre_entry", "briefing_booking", "event_booking", "web_test"]
_VIEW, _SEARCH, _MESSAGE, _PRE_ENTRY, _BRIEFING, _EVENT, _WEB_TEST = range(len(_KINDS))
_PAGES = ["company/top", "company/recruit", "company/people", "company/benefits", "company/access"] + [
    f"search/{industry}" for industry in ("メーカー", "商社", "金融", "IT", "サービス", "小売", "マスコミ", "公務員")
]
_COMPANY_PAGES = 5
_SITES = [*PARTNER_SITES, UNNAMED_SITE]
_NOWHERE = -1


@dataclass(frozen=True)
class _Acts:
    """Single acts, or sessions before they are drawn out; arrays are parallel, moments are seconds."""

    member: np.ndarray
    at: np.ndarray
    company: np.ndarray
    """Places in `_COMPANIES`."""
    kind: np.ndarray
    """Places in `_KINDS`."""
    page: np.ndarray
    """Places in `_PAGES`, or `_NOWHERE`."""
    site: np.ndarray
    """Places in `_SITES`, or `_NOWHERE` for the own board."""
    browser: np.ndarray
    """0 or 1: which of the member's two browsers."""
    is_known: np.ndarray
    """Whether the member was logged in."""

    def __len__(self) -> int:
        return len(self.member)

    def chosen(self, which: np.ndarray) -> "_Acts":
        return _Acts(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def behaviour_tables(applications: Applications, until: int, rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    """The season's `events` and `identities`; everything lies before `until`, in seconds since 1970."""
    members = applications.members
    acts = _joined(
        _drawn_out(_own_sessions(applications, until, rng), rng),
        _drawn_out(_other_sessions(members, until, rng), rng),
        _milestones(applications, rng),
        _messages(applications, rng),
        _other_entries(members, until, rng),
    )
    in_time = (acts.at < until) & (acts.at >= members.registered_at[acts.member] - 20 * DAY)
    acts = acts.chosen(in_time)
    acts = acts.chosen(np.argsort(acts.at, kind="stable"))
    is_known = acts.is_known & (acts.at >= members.registered_at[acts.member])
    cookie = _browsers(members, rng)[acts.member, acts.browser]
    return _events(acts, members, cookie, is_known, rng), _identities(acts, members, cookie, is_known)


def _own_sessions(applications: Applications, until: int, rng: np.random.Generator) -> _Acts:
    """Visits to the pages of the client applied to: fewer and longer ago the further the applicant has drifted."""
    liveliness = applications.members.liveliness[applications.member]
    count = rng.poisson(8 * np.exp(0.35 * liveliness - 0.25 * applications.drift))
    after = rng.poisson(1.5 * np.exp(-0.5 * applications.drift))
    row = np.repeat(np.arange(len(applications)), count)
    late = np.repeat(np.arange(len(applications)), after)
    span = np.minimum(applications.as_of[row] - applications.members.registered_at[applications.member[row]], 120 * DAY)
    before_as_of = applications.as_of[row] - span * rng.random(len(row)) ** np.exp(-0.3 * applications.drift[row])
    room = np.minimum(until - applications.as_of[late], 30 * DAY)
    after_as_of = applications.as_of[late] + room * rng.random(len(late))
    row = np.concatenate([row, late])
    at = np.concatenate([before_as_of, after_as_of])
    on_partner_sites = np.minimum(0.08 * np.exp(-0.8 * applications.drift[row]), 0.35)
    return _sessions(applications.member[row], at, applications.client[row], on_partner_sites, rng)


def _other_sessions(members: Members, until: int, rng: np.random.Generator) -> _Acts:
    """Visits to all other companies: more and more recent the more restless a member is."""
    count = rng.poisson(17 * np.exp(0.4 * members.liveliness + 0.15 * members.restlessness))
    member = np.repeat(np.arange(len(members)), count)
    start = members.registered_at[member] - 15 * DAY
    position = rng.random(len(member)) ** np.exp(-0.15 * members.restlessness[member])
    on_partner_sites = np.full(len(member), 0.05)
    return _sessions(member, start + (until - start) * position, _any_company(len(member), rng), on_partner_sites, rng)


def _sessions(
    member: np.ndarray, around: np.ndarray, company: np.ndarray, on_partner_sites: np.ndarray, rng: np.random.Generator
) -> _Acts:
    """Sessions on the given days, each moved to an hour at which people look for work; the given shares elsewhere."""
    count = len(member)
    hours = np.where(rng.random(count) < 0.6, rng.normal(21.3, 1.6, count), rng.normal(12.6, 2.8, count))
    day = (around.astype(np.int64) + _TOKYO) // DAY * DAY - _TOKYO
    on_partner_site = rng.random(count) < on_partner_sites
    named = rng.integers(0, len(PARTNER_SITES), count)
    site = np.where(day // DAY % 5 == 0, _SITES.index(UNNAMED_SITE), named)
    return _Acts(
        member=member,
        at=day + (np.clip(hours, 0, 23.5) * 3600).astype(np.int64),
        company=company,
        kind=np.full(count, _VIEW),
        page=np.zeros(count, dtype=np.int64),
        site=np.where(on_partner_site, site, _NOWHERE),
        browser=(rng.random(count) < 0.3).astype(np.int64),
        is_known=(rng.random(count) < 0.8) & ~on_partner_site,
    )


def _drawn_out(sessions: _Acts, rng: np.random.Generator) -> _Acts:
    """The views and searches of each session, some seconds apart."""
    lengths = np.minimum(rng.geometric(0.22, len(sessions)), 30)
    session = np.repeat(np.arange(len(sessions)), lengths)
    elapsed = np.cumsum(1 + rng.exponential(40, len(session)))
    first = np.cumsum(lengths) - lengths
    kind = np.where(rng.random(len(session)) < 0.2, _SEARCH, _VIEW)
    acts = sessions.chosen(session)
    return _Acts(
        member=acts.member,
        at=acts.at + (elapsed - elapsed[first][session]).astype(np.int64),
        company=np.where(kind == _SEARCH, _NOWHERE, acts.company),
        kind=kind,
        page=np.where(
            kind == _SEARCH,
            rng.integers(_COMPANY_PAGES, len(_PAGES), len(session)),
            rng.integers(0, _COMPANY_PAGES, len(session)),
        ),
        site=acts.site,
        browser=acts.browser,
        is_known=acts.is_known,
    )


def _milestones(applications: Applications, rng: np.random.Generator) -> _Acts:
    """Pre-entry, then the bookings and tests that those who drift away leave out."""
    drift = applications.drift
    steps = (
        (_PRE_ENTRY, 0, np.ones(len(applications))),
        (_BRIEFING, 6, _sigmoid(1.0 - 0.5 * drift)),
        (_EVENT, 12, _sigmoid(-1.0 - 0.3 * drift)),
        (_WEB_TEST, 16, _sigmoid(0.6 - 0.5 * drift)),
    )
    parts = []
    for kind, days, share in steps:
        rows = np.flatnonzero(rng.random(len(applications)) < share)
        wait = (days * DAY * (0.6 + 0.6 * rng.random(len(rows)))).astype(np.int64)
        at = applications.applied_at[rows] + wait
        parts.append(_single(applications.member[rows], at, applications.client[rows], kind, rng))
    return _joined(*parts)


def _messages(applications: Applications, rng: np.random.Generator) -> _Acts:
    """A client's weekly messages, opened the less the further the applicant has drifted."""
    row = np.repeat(np.arange(len(applications)), 6)
    week = np.tile(np.arange(6), len(applications))
    at = applications.as_of[row] - week * 7 * DAY - rng.integers(3600, 6 * DAY, len(row))
    is_opened = rng.random(len(row)) < _sigmoid(0.3 - 0.55 * applications.drift[row])
    rows = is_opened & (at > applications.applied_at[row])
    return _single(applications.member[row][rows], at[rows], applications.client[row][rows], _MESSAGE, rng)


def _other_entries(members: Members, until: int, rng: np.random.Generator) -> _Acts:
    """Pre-entries to other companies."""
    count = rng.poisson(2.5 * np.exp(0.25 * members.restlessness))
    member = np.repeat(np.arange(len(members)), count)
    start = members.registered_at[member]
    position = rng.random(len(member)) ** np.exp(-0.25 * members.restlessness[member])
    at = (start + (until - start) * position).astype(np.int64)
    return _single(member, at, _any_company(len(member), rng), _PRE_ENTRY, rng)


def _single(member: np.ndarray, at: np.ndarray, company: np.ndarray, kind: int, rng: np.random.Generator) -> _Acts:
    count = len(member)
    return _Acts(
        member=member,
        at=at,
        company=company,
        kind=np.full(count, kind),
        page=np.full(count, _NOWHERE),
        site=np.full(count, _NOWHERE),
        browser=(rng.random(count) < 0.3).astype(np.int64),
        is_known=np.ones(count, dtype=bool),
    )


def _any_company(count: int, rng: np.random.Generator) -> np.ndarray:
    """Companies that are no clients, a few of them far more looked at than the rest."""
    return len(CLIENTS) + np.minimum(rng.exponential(_OTHERS / 5, count), _OTHERS - 1).astype(np.int64)


def _joined(*parts: _Acts) -> _Acts:
    return _Acts(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Acts.__dataclass_fields__))


def _browsers(members: Members, rng: np.random.Generator) -> np.ndarray:
    """Numbers of each member's two browsers, shape (members, 2); one in a hundred shares another member's."""
    browsers = np.arange(2 * len(members)).reshape(-1, 2)
    shares = np.flatnonzero(rng.random(len(members)) < 0.01)
    browsers[shares, 1] = browsers[(shares + 1) % len(members), 0]
    return browsers


def _events(
    acts: _Acts, members: Members, cookie: np.ndarray, is_known: np.ndarray, rng: np.random.Generator
) -> pa.Table:
    in_the_app = is_known & (rng.random(len(acts)) < 0.03)
    return pa.table(
        {
            "occurred_at": instants(acts.at),
            "cookie_id": pa.array(_cookie_ids(cookie, members), mask=in_the_app),
            "member_id": pa.array(members.member_id[acts.member], mask=~is_known),
            "kind": _named(acts.kind, _KINDS),
            "target": _named(acts.company, _COMPANIES),
            "page": _named(acts.page, _PAGES),
            "weight": pa.array(1 + (rng.random(len(acts)) < 0.05), pa.int32()),
            "site": _named(acts.site, _SITES),
        }
    )


def _identities(acts: _Acts, members: Members, cookie: np.ndarray, is_known: np.ndarray) -> pa.Table:
    """The first login of each member on each browser; a shared browser has two."""
    pairs = np.stack([cookie[is_known], acts.member[is_known]])
    (browser, member), first = np.unique(pairs, axis=1, return_index=True)
    return pa.table(
        {
            "cookie_id": _cookie_ids(browser, members),
            "member_id": members.member_id[member],
            "seen_at": instants(acts.at[is_known][first]),
        }
    )


def _cookie_ids(cookie: np.ndarray, members: Members) -> np.ndarray:
    names = np.array([f"K{members.dates.season_id}-{number:06d}" for number in range(2 * len(members))])
    return np.take(names, cookie)


def _named(places: np.ndarray, names: list[str]) -> pa.Array:
    indices = pa.array(places, pa.int32(), mask=places == _NOWHERE)
    return pa.DictionaryArray.from_arrays(indices, names).cast(pa.string())


def _sigmoid(values: np.ndarray) -> np.ndarray:
    share: np.ndarray = 1 / (1 + np.exp(-values))
    return share
