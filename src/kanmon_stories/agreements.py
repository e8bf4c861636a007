"""What members were shown and what they said to it, with the faults that such records usually have."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from kanmon.consent.policy import text_sha256
from kanmon_stories.applications import Applications
from kanmon_stories.people import DAY, instants, seconds
from kanmon_stories.season_plan import CLIENTS, FUNCTIONS, SeasonDates, screen_id

STALE_FOR = timedelta(days=10)
"""How long this year's registration screen went on showing text 1.0: the fault of 2019."""
_FAULTS = {
    "silent": 0.04,
    "refused": 0.04,
    "withdrew": 0.03,
    "withdrew_for_one": 0.02,
    "agreed_for_one": 0.02,
    "unknown_text": 0.01,
    "had_no_choice": 0.01,
}
"""Shares of the members whose agreement is none, or not what it seems; the rest simply agreed."""


@dataclass(frozen=True)
class ShownTexts:
    """The hashes of the texts that screens show, and whether the stale one was seen this season."""

    covering: str
    stale: str
    is_revised_badly: bool

    def at_registration(self, dates: SeasonDates, moments: np.ndarray) -> np.ndarray:
        """The hash that the registration screen showed at each moment, in seconds."""
        begin = seconds(dates.main_opens_at)
        is_stale = (moments >= begin) & (moments < begin + STALE_FOR.total_seconds()) & self.is_revised_badly
        return np.where(is_stale, self.stale, self.covering)


def consents_table(applications: Applications, shown: ShownTexts, rng: np.random.Generator) -> pa.Table:
    """Every act of agreeing, refusing and withdrawing of the season's members.

    One in eight of those who had agreed to text 2.0 agreed to text 1.0 as well, on the screen that showed it again: its
    words name no partner site.
    """
    members = applications.members
    dates, count = members.dates, len(members)
    fault = rng.choice([*_FAULTS, "none"], count, p=[*_FAULTS.values(), 1 - sum(_FAULTS.values())])
    one_client = _a_client_of_each(applications, rng)
    registered = members.registered_at + 40
    text = shown.at_registration(dates, registered)
    text = np.where(fault == "unknown_text", text_sha256("改定前のご案内（登録されていない文面）"), text)
    refusable = np.where(fault == "had_no_choice", 0, np.where(rng.random(count) < 0.1, -1, 1))
    first = {
        "member": np.arange(count),
        "at": registered,
        "screen": np.full(count, screen_id("registration", dates.season_id)),
        "text": text,
        "action": np.where(fault == "refused", "refuse", "accept"),
        "client": np.where(fault == "agreed_for_one", one_client, -1),
        "refusable": refusable,
    }
    spoke = fault != "silent"
    later = np.flatnonzero((fault == "none") & (rng.random(count) < 0.5))
    again = {
        "member": later,
        "at": registered[later] + rng.integers(DAY, 40 * DAY, len(later)),
        "screen": rng.choice([screen_id(name, dates.season_id) for name in list(FUNCTIONS)[1:]], len(later)),
        "text": np.full(len(later), shown.covering),
        "action": np.full(len(later), "accept"),
        "client": np.full(len(later), -1),
        "refusable": np.ones(len(later), dtype=np.int64),
    }
    leaving = np.flatnonzero(np.isin(fault, ["withdrew", "withdrew_for_one"]))
    room = seconds(dates.handed_over_at) - registered[leaving]
    withdrawal = {
        "member": leaving,
        "at": registered[leaving] + (room * (0.2 + 0.7 * rng.random(len(leaving)))).astype(np.int64),
        "screen": np.full(len(leaving), screen_id("registration", dates.season_id)),
        "text": np.full(len(leaving), shown.covering),
        "action": np.full(len(leaving), "withdraw"),
        "client": np.where(fault[leaving] == "withdrew_for_one", one_client[leaving], -1),
        "refusable": np.ones(len(leaving), dtype=np.int64),
    }
    begin = seconds(dates.main_opens_at)
    misled = np.flatnonzero((fault == "none") & (registered < begin) & (np.arange(count) % 8 == 0))
    misled = misled if shown.is_revised_badly else misled[:0]
    stale = {
        "member": misled,
        "at": begin + misled * 997 % int(STALE_FOR.total_seconds()),
        "screen": np.full(len(misled), screen_id("registration", dates.season_id)),
        "text": np.full(len(misled), shown.stale),
        "action": np.full(len(misled), "accept"),
        "client": np.full(len(misled), -1),
        "refusable": np.ones(len(misled), dtype=np.int64),
    }
    kept_first = {name: column[spoke] for name, column in first.items()}
    acts = {name: np.concatenate([part[name] for part in (kept_first, again, stale, withdrawal)]) for name in first}
    return pa.table(
        {
            "occurred_at": instants(acts["at"]),
            "member_id": members.member_id[acts["member"]],
            "screen_id": acts["screen"],
            "text_sha256": acts["text"],
            "action": acts["action"],
            "client_id": _client_ids(acts["client"]),
            "refusable": pa.array(acts["refusable"] == 1, mask=acts["refusable"] == -1),
        }
    )


def renderings_table(dates: SeasonDates, shown: ShownTexts) -> pa.Table:
    """Weekly looks at each screen, and one at each moment when the registration screen's text changed."""
    opened, until = seconds(dates.opens_at), seconds(dates.handed_over_at)
    revised = seconds(dates.main_opens_at)
    weekly = np.arange(opened, until, 7 * DAY)
    changes = np.array([revised, revised + int(STALE_FOR.total_seconds())]) if shown.is_revised_badly else weekly[:0]
    at_registration = np.sort(np.concatenate([weekly, changes]))
    looks = [
        (screen_id(name, dates.season_id), at_registration if name == "registration" else weekly) for name in FUNCTIONS
    ]
    texts = [
        shown.at_registration(dates, at) if name == "registration" else np.full(len(at), shown.covering)
        for name, (_, at) in zip(FUNCTIONS, looks, strict=True)
    ]
    return pa.table(
        {
            "screen_id": np.repeat([name for name, _ in looks], [len(at) for _, at in looks]),
            "occurred_at": instants(np.concatenate([at for _, at in looks])),
            "text_sha256": np.concatenate(texts),
            "verified_by": ["crawler"] * sum(len(at) for _, at in looks),
        }
    )


def notices_table(applications: Applications, rng: np.random.Generator) -> pa.Table:
    """The notice that scores are made, told to all but one in a hundred an hour after they registered."""
    members = applications.members
    told = np.flatnonzero(rng.random(len(members)) >= 0.01)
    return pa.table(
        {
            "member_id": members.member_id[told],
            "occurred_at": instants(members.registered_at[told] + 3600),
            "kind": ["scoring"] * len(told),
            "client_id": pa.nulls(len(told), pa.string()),
        }
    )


def _a_client_of_each(applications: Applications, rng: np.random.Generator) -> np.ndarray:
    """For each member a client applied to, or any where there is none; places in `CLIENTS`."""
    one = rng.integers(0, len(CLIENTS), len(applications.members))
    one[applications.member] = applications.client
    return one


def _client_ids(places: np.ndarray) -> pa.Array:
    names = np.array([plan.client_id for plan in CLIENTS])
    return pa.array(names[places], mask=places == -1)
