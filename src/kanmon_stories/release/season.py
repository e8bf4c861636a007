"""The season of the release of 26 August 2019 as a dataset folder: raw logs only, nobody says who is in the gap.

Every screen takes agreement to the text that it shows. On 1 March 2019 the policy was revised, and the screens of the
functions showed the revised text from then on; the registration screen did not until August. Who agreed to what
follows from when a person registered and which functions they used, and from nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kanmon.consent.policy import text_sha256
from kanmon_stories.dataset_folder import write_dataset
from kanmon_stories.people import DAY, instants, seconds
from kanmon_stories.policy_texts import revised_text, stale_text
from kanmon_stories.release.plan import (
    FUNCTIONS,
    LOOKED_AT,
    MENDED_AT,
    REGISTRATION,
    REVISED_AT,
    SEASON_2019,
    SEASON_2020,
    Contractor,
    Figures,
    ReleaseSeasonDates,
    Story,
    contractors,
)
from kanmon_stories.release.terms import release_terms, screen_id, texts
from kanmon_stories.release.visits import cookie_visits, function_events, member_visits, named

_REVISED, _MENDED = seconds(REVISED_AT), seconds(MENDED_AT)
_HISTORY, _LEAST_HISTORY = 600, 160
"""Applicants of the year before that each client hands in to learn from, at scale 1 and at least."""


@dataclass(frozen=True)
class ReleaseMembers:
    """The members of one season; arrays are parallel, moments in seconds since 1970."""

    dates: ReleaseSeasonDates
    member_id: np.ndarray
    registered_at: np.ndarray

    def table(self) -> pa.Table:
        """The members as the dataset's `members` file has them."""
        season = pa.array([self.dates.season_id] * len(self.member_id))
        registered_at = instants(self.registered_at)
        email = pc.binary_join_element_wise(pc.utf8_lower(pa.array(self.member_id)), "example.jp", "@")
        columns = {"member_id": self.member_id, "season": season, "registered_at": registered_at, "email": email}
        return pa.table(columns)


@dataclass(frozen=True)
class Uses:
    """Uses of a function, on whose screen the person agreed to the text shown."""

    member: np.ndarray
    """Places among the season's members."""
    at: np.ndarray
    function: np.ndarray
    """Places in `FUNCTIONS`."""


@dataclass(frozen=True)
class ReleaseApplications:
    """Who applied to which client; `member` are places among the season's members."""

    client: np.ndarray
    """Places among the clients that were given scores by name."""
    member: np.ndarray
    as_of: np.ndarray
    drift: np.ndarray
    """How far the applicant has drifted away from the client, standard normal; no file ever tells."""


def write_release_season(folder: Path, story: Story, seed: int, scale: float) -> None:
    """Write the season into `folder`: the same for the same story, seed and scale."""
    rng, figures, clients = np.random.default_rng(seed), Figures().scaled(scale), contractors(story)
    by_name = [client for client in clients if client.scheme == "B" and client.delivered_at and not client.is_early]
    by_cookie = [client for client in clients if client.scheme == "A"]

    before = _members(SEASON_2019, figures.members_2019, seconds(SEASON_2019.main_opens_at), rng)
    history = _history(before, by_name, max(_LEAST_HISTORY, round(scale * _HISTORY)), rng)
    members, uses, targets = _season_2020(figures, by_name, rng)
    cookies = np.array([f"K{number:06}" for number in range(figures.targets_2019)])
    cookie_client = np.arange(len(cookies)) % len(by_cookie)
    cookie_as_of = np.array([_delivered(client) for client in by_cookie])[cookie_client]

    uses_before = _uses(np.arange(len(before.member_id)), before.registered_at, _REVISED, 0.3, rng)
    early = [client for client in clients if client.is_early]
    behind = rng.permutation(before.member_id)[: len(cookies)] if story is Story.DECEMBER else None
    tables = {
        "members": pa.concat_tables([before.table(), members.table()]),
        "consents": pa.concat_tables([*_consents(before, uses_before), *_consents(members, uses)]),
        "events": pa.concat_tables(
            [
                *member_visits(before.member_id, before.registered_at, history, by_name, rng),
                *member_visits(members.member_id, members.registered_at, targets, by_name, rng),
                function_events(members.member_id, uses.member, uses.at, uses.function, rng),
                cookie_visits(cookies, cookie_as_of, [by_cookie[place].client_id for place in cookie_client], rng),
            ]
        ),
        "applicants": pa.concat_tables(
            [
                _applicants(history, before, by_name, rng),
                _applicants(targets, members, by_name, rng),
                _cookie_applicants(cookies, cookie_client, cookie_as_of, by_cookie, behind),
                *([_applicants(_early(figures, members, targets, early, rng), members, early, rng)] if early else []),
            ],
            promote_options="default",
        ),
        "outcomes": _outcomes(history, by_name, rng),
        "renderings": _renderings(),
    }
    write_dataset(folder, tables, release_terms(clients), texts())


def _delivered(client: Contractor) -> int:
    assert client.delivered_at is not None
    return seconds(client.delivered_at)


def _members(dates: ReleaseSeasonDates, count: int, latest: int, rng: np.random.Generator) -> ReleaseMembers:
    opens = seconds(dates.opens_at)
    registered_at = opens + (latest - opens) * rng.random(count) ** 1.5
    member_id = np.array([f"R{dates.season_id}-{number:06}" for number in range(count)])
    return ReleaseMembers(dates, member_id, registered_at.astype(np.int64))


def _early(
    figures: Figures,
    members: ReleaseMembers,
    targets: ReleaseApplications,
    clients: Sequence[Contractor],
    rng: np.random.Generator,
) -> ReleaseApplications:
    """Members of 2020 whom nobody else was given, handed in before the season by name and by hashed name."""
    by_name = [place for place, client in enumerate(clients) if client.scheme == "B"]
    by_hash = [place for place, client in enumerate(clients) if client.scheme != "B"]
    client = np.concatenate([np.resize(by_name, figures.early_by_name), np.resize(by_hash, figures.early_by_hash)])
    as_of = np.array([_delivered(one) for one in clients])
    others = np.setdiff1d(np.flatnonzero(members.registered_at < as_of.min() - 5 * DAY), targets.member)
    member = rng.choice(others, len(client), replace=False)
    return ReleaseApplications(client, member, as_of[client], rng.standard_normal(len(client)))


def _history(
    members: ReleaseMembers, clients: Sequence[Contractor], each: int, rng: np.random.Generator
) -> ReleaseApplications:
    """Last year's applicants of each client, a year before this year's report."""
    client = np.repeat(np.arange(len(clients)), each)
    as_of = np.array([_delivered(one) - 365 * DAY for one in clients])[client]
    member = rng.choice(len(members.member_id), len(client), replace=len(client) > len(members.member_id))
    return ReleaseApplications(client, member, as_of, rng.standard_normal(len(client)))


def _season_2020(
    figures: Figures, clients: Sequence[Contractor], rng: np.random.Generator
) -> tuple[ReleaseMembers, Uses, ReleaseApplications]:
    """The members of 2020, what they used, and those who became targets, some of them at two clients."""
    count, asked = figures.members_2020, figures.targets_2020
    members = _members(SEASON_2020, count, _REVISED, rng)
    target = rng.permutation(count)[:asked]
    shares = 1 / (np.arange(len(clients)) + 3.0)
    client = rng.choice(len(clients), asked, p=shares / shares.sum())
    second = np.flatnonzero(rng.random(asked) < 0.06)
    delivered = np.array([_delivered(one) for one in clients])
    second_client = (client[second] + 1 + rng.integers(0, len(clients) - 1, len(second))) % len(clients)
    first_at = delivered[client].copy()
    first_at[second] = np.minimum(first_at[second], delivered[second_client])

    registered_at = members.registered_at.copy()
    late_comers = np.flatnonzero(rng.random(count) < 0.3)
    until = np.full(count, _MENDED - 3 * DAY)
    until[target] = first_at - 5 * DAY
    registered_at[late_comers] = _between(np.full(len(late_comers), _REVISED), until[late_comers], rng)
    members = ReleaseMembers(SEASON_2020, members.member_id, registered_at)

    row = np.concatenate([np.arange(asked), second])
    targets = ReleaseApplications(
        np.concatenate([client, second_client]),
        target[row],
        delivered[np.concatenate([client, second_client])],
        rng.standard_normal(len(row)),
    )
    return members, _uses_2020(figures, members, target, first_at, rng), targets


def _uses_2020(
    figures: Figures, members: ReleaseMembers, target: np.ndarray, first_at: np.ndarray, rng: np.random.Generator
) -> Uses:
    """Use of functions: by most in time, by some only after their data had gone, by some never since the revision."""
    earliest = np.maximum(members.registered_at, _REVISED)
    never, late = figures.never_asked, figures.never_asked + figures.asked_late
    others = np.setdiff1d(np.arange(len(earliest)), target)
    others = others[rng.random(len(others)) < 0.7]
    in_time = _between(earliest[target[late:]], first_at[late:] - 3600, rng)
    once_more = np.flatnonzero(rng.random(len(in_time)) < 0.5)
    early = _uses(np.arange(len(earliest)), members.registered_at, _REVISED, 0.4, rng)
    member = [early.member, target[never:late], target[late:], target[late:][once_more], others]
    at = [
        early.at,
        _between(first_at[never:late] + DAY, np.full(late - never, _MENDED - DAY), rng),
        in_time,
        _between(in_time[once_more], np.full(len(once_more), _MENDED - DAY), rng),
        _between(earliest[others], np.full(len(others), _MENDED - DAY), rng),
    ]
    return _used(np.concatenate(member), np.concatenate(at), rng)


def _uses(member: np.ndarray, since: np.ndarray, until: int, share: float, rng: np.random.Generator) -> Uses:
    """One use each by a share of those who were members before `until`."""
    chosen = (rng.random(len(member)) < share) & (since < until)
    return _used(member[chosen], _between(since[chosen], np.full(chosen.sum(), until), rng), rng)


def _used(member: np.ndarray, at: np.ndarray, rng: np.random.Generator) -> Uses:
    return Uses(member, at, rng.integers(0, len(FUNCTIONS), len(member)))


def _between(since: np.ndarray, until: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole seconds in `[since, until)`."""
    moments: np.ndarray = (since + (until - since) * rng.random(len(since))).astype(np.int64)
    return moments


def _consents(members: ReleaseMembers, uses: Uses) -> Iterator[pa.Table]:
    """Agreement to the old text at registration, and to the text in force on the screen of each function used."""
    hashes = [text_sha256(stale_text()), text_sha256(revised_text())]
    season = members.dates.season_id
    yield _acts(members.member_id, members.registered_at, [screen_id(REGISTRATION, season)], hashes[:1])
    yield _acts(
        members.member_id[uses.member],
        uses.at,
        [screen_id(function, season) for function in FUNCTIONS],
        hashes,
        uses.function,
        (uses.at >= _REVISED).astype(np.int8),
    )


def _acts(
    member_id: np.ndarray,
    at: np.ndarray,
    screens: Sequence[str],
    hashes: Sequence[str],
    screen: np.ndarray | None = None,
    shown: np.ndarray | None = None,
) -> pa.Table:
    nothing = np.zeros(len(at), np.int8)
    return pa.table(
        {
            "occurred_at": instants(at),
            "member_id": member_id,
            "screen_id": named(nothing if screen is None else screen, screens),
            "text_sha256": named(nothing if shown is None else shown, hashes),
            "action": named(nothing, ["accept"]),
        }
    )


def _applicants(
    applications: ReleaseApplications, members: ReleaseMembers, clients: Sequence[Contractor], rng: np.random.Generator
) -> pa.Table:
    season, count = members.dates.season_id, len(applications.client)
    earliest = members.registered_at[applications.member] + 3600
    applied_at = np.maximum(earliest, applications.as_of - (20 + rng.integers(0, 40, count)) * DAY)
    ids = [f"{clients[place].client_id}-{season}-{row:06}" for row, place in enumerate(applications.client)]
    return pa.table(
        {
            "client_id": named(applications.client, [client.client_id for client in clients]),
            "applicant_id": ids,
            "season": pa.array([season] * count),
            "applied_at": instants(np.minimum(applied_at, applications.as_of - 60)),
            "as_of": instants(applications.as_of),
            "member_id": members.member_id[applications.member],
        }
    )


def _cookie_applicants(
    cookies: np.ndarray,
    client: np.ndarray,
    as_of: np.ndarray,
    clients: Sequence[Contractor],
    behind: np.ndarray | None,
) -> pa.Table:
    """Rows of browsers; `behind` are the members whose browsers they are, where that was found out."""
    known = {} if behind is None else {"member_id": behind}
    return pa.table(
        {
            **known,
            "client_id": named(client, [one.client_id for one in clients]),
            "applicant_id": [f"{clients[place].client_id}-{row:06}" for row, place in enumerate(client)],
            "season": pa.array([SEASON_2019.season_id] * len(cookies)),
            "applied_at": instants(as_of - 40 * DAY),
            "as_of": instants(as_of),
            "cookie_id": cookies,
        }
    )


def _outcomes(history: ReleaseApplications, clients: Sequence[Contractor], rng: np.random.Generator) -> pa.Table:
    """About a fifth of last year's applicants left, the likelier the further they had drifted."""
    count = len(history.client)
    has_left = history.drift + 0.6 * rng.standard_normal(count) > 1.0
    left_how = np.where(rng.random(count) < 0.5, 0, 1)
    season = SEASON_2019.season_id
    ids = [f"{clients[place].client_id}-{season}-{row:06}" for row, place in enumerate(history.client)]
    return pa.table(
        {
            "client_id": named(history.client, [client.client_id for client in clients]),
            "applicant_id": ids,
            "season": pa.array([season] * count),
            "outcome": named(np.where(has_left, left_how, 2), ["selection_withdrawal", "offer_decline", "joined"]),
            "outcome_at": instants(history.as_of + (10 + rng.integers(0, 90, count)) * DAY),
        }
    )


def _renderings() -> pa.Table:
    """When the screens were first looked at, and once more when the registration screen was mended."""
    old, new = text_sha256(stale_text()), text_sha256(revised_text())
    screens = [REGISTRATION, *FUNCTIONS]
    shown: Mapping[str, str] = dict.fromkeys(screens, new) | {REGISTRATION: old}
    looks = [(screen, LOOKED_AT, shown[screen]) for screen in screens] + [(REGISTRATION, MENDED_AT, new)]
    return pa.table(
        {
            "screen_id": [screen_id(screen, SEASON_2020.season_id) for screen, _, _ in looks],
            "occurred_at": instants(np.array([seconds(at) for _, at, _ in looks])),
            "text_sha256": [text for _, _, text in looks],
        }
    )
