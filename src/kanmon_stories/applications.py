"""Who applied where, how far each had already drifted away, and what became of last year's applicants."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kanmon_stories.people import DAY, PERSONAL, Members, instants, seconds
from kanmon_stories.season_plan import CLIENTS, STAGES

_UNLINKED = 0.02
"""The share of rows that come with personal data only, and are linked to nobody yet."""


@dataclass(frozen=True)
class Applications:
    """The applicants that clients hand in for one season. Arrays are parallel, one place for each row."""

    members: Members
    client: np.ndarray
    """Places in `CLIENTS`."""
    member: np.ndarray
    """Places in `members`."""
    drift: np.ndarray
    """How far the applicant has drifted away from this client, about standard normal; no file ever tells."""
    applied_at: np.ndarray
    as_of: np.ndarray

    def __len__(self) -> int:
        return len(self.client)

    def applicant_ids(self) -> list[str]:
        """The clients' own IDs of their applicants."""
        season_id = self.members.dates.season_id
        return [
            f"{CLIENTS[client].client_id[0]}{season_id[2:]}-{place:05d}"
            for place, client in enumerate(self.client.tolist(), start=10_001)
        ]


def invent_applications(members: Members, sizes: Sequence[int], rng: np.random.Generator) -> Applications:
    """`sizes[n]` applicants of client n each, drawn from the members; some apply to several clients."""
    client = np.repeat(np.arange(len(sizes)), sizes)
    member = np.concatenate([rng.choice(len(members), size, replace=False) for size in sizes])
    drift = 0.5 * members.restlessness[member] + 0.87 * rng.standard_normal(len(client))
    batch = rng.integers(0, 2, len(client)) * 7 * DAY
    as_of = seconds(members.dates.handed_over_at) - batch
    earliest, latest = members.registered_at[member] + 3 * DAY, as_of - 25 * DAY
    position = rng.random(len(client)) ** np.exp(-0.3 * drift)
    applied_at = (earliest + position * (latest - earliest)).astype(np.int64)
    return Applications(members, client, member, drift, applied_at, as_of)


def applicants_table(applications: Applications, rng: np.random.Generator) -> pa.Table:
    """The rows as the dataset's `applicants` file has them: most linked already, a few with personal data only."""
    members, member = applications.members, applications.member
    linked = rng.random(len(applications)) >= _UNLINKED
    return pa.table(
        {
            "client_id": [CLIENTS[client].client_id for client in applications.client.tolist()],
            "applicant_id": applications.applicant_ids(),
            "season": [members.dates.season_id] * len(applications),
            "applied_at": instants(applications.applied_at),
            "as_of": instants(applications.as_of),
            "stage": rng.choice(np.array(STAGES), len(applications)),
            "member_id": pa.array(members.member_id[member], mask=~linked),
            **{name: members.personal[name][member] for name in PERSONAL},
        }
    )


def outcomes_table(applications: Applications, until: int, rng: np.random.Generator) -> pa.Table:
    """What became of each applicant; everything lies before `until`, in seconds since 1970."""
    departs = _departures(applications, rng)
    kind = rng.random(len(applications))
    left = np.where(kind < 0.6, "selection_withdrawal", "offer_decline")
    stayed = np.where(kind < 0.15, "rejected", np.where(kind < 0.18, "other", "joined"))
    days = np.where(departs, 2 + rng.exponential(22, len(applications)), 30 + rng.exponential(25, len(applications)))
    left_before_as_of = departs & (rng.random(len(applications)) < 0.05)
    days = np.where(left_before_as_of, -1 - 10 * rng.random(len(applications)), np.minimum(days, 140))
    pace = np.where(days > 0, np.minimum((until - applications.as_of) / (145 * DAY), 1), 1)
    outcome_at = applications.as_of + (days * DAY * pace).astype(np.int64)
    return pa.table(
        {
            "client_id": [CLIENTS[client].client_id for client in applications.client.tolist()],
            "applicant_id": applications.applicant_ids(),
            "season": [applications.members.dates.season_id] * len(applications),
            "outcome": np.where(departs, left, stayed),
            "outcome_at": instants(outcome_at),
        }
    )


def _departures(applications: Applications, rng: np.random.Generator) -> np.ndarray:
    """Who leaves: at each client its share of applicants, those who drifted far the likeliest."""
    inclined = 1.3 * applications.drift + rng.logistic(size=len(applications))
    departs = np.zeros(len(applications), dtype=bool)
    for place, plan in enumerate(CLIENTS):
        rows = applications.client == place
        if rows.any():
            departs[rows] = inclined[rows] > np.quantile(inclined[rows], 1 - plan.departure)
    return departs
