"""A season of an invented job board as a dataset folder: last year to learn from, this year to score.

Nobody in it exists. Whoever drifts away from a client looks at its pages less and at others more, and is likelier to
leave the selection; the records of consent have the faults that such records usually have.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from kanmon.consent.policy import text_sha256
from kanmon_stories.agreements import ShownTexts, consents_table, notices_table, renderings_table
from kanmon_stories.applications import applicants_table, invent_applications, outcomes_table
from kanmon_stories.behaviour import behaviour_tables
from kanmon_stories.dataset_folder import write_dataset
from kanmon_stories.people import invent_members, seconds
from kanmon_stories.season_plan import CLIENTS, SeasonDates, seasons_at
from kanmon_stories.service_terms import service_terms, texts

MEMBERS = 6_000
"""Members of each season at scale 1."""


def write_season(
    folder: Path,
    seed: int,
    scale: float = 1.0,
    *,
    now: datetime,
    tells_this_year: bool = False,
    keeps_promises: bool = False,
) -> None:
    """Write the season into `folder`: the same for the same arguments, and all of it before `now`.

    `scale` multiplies members and applicants. Outcomes of this year are told only where `tells_this_year`, for an
    evaluation; otherwise they are not known yet. Where it `keeps_promises`, the program is to keep what text 2.0 says
    of means and timing; otherwise a person is.
    """
    last, this = seasons_at(now)
    write_dataset(
        folder,
        season_tables(seed, scale, now=now, tells_this_year=tells_this_year),
        service_terms(last, this, keeps_promises=keeps_promises),
        {f"policies/privacy-{version}.{language}.txt": text for (version, language), text in texts(last).items()},
    )


def season_tables(
    seed: int, scale: float = 1.0, *, now: datetime, tells_this_year: bool = False
) -> Mapping[str, pa.Table]:
    """The tables of the season by the names of their files."""
    last, this = seasons_at(now)
    wording = texts(last)
    covering, stale = (text_sha256(wording[version, "ja"]) for version in ("2.0", "1.0"))
    rng = np.random.default_rng(seed)
    parts = [
        _season(last, ShownTexts(covering, stale, is_revised_badly=False), scale, True, rng),
        _season(this, ShownTexts(covering, stale, is_revised_badly=True), scale, tells_this_year, rng),
    ]
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: pa.concat_tables(part[name] for part in parts if name in part) for name in names}


def _season(
    dates: SeasonDates, shown: ShownTexts, scale: float, tells_outcomes: bool, rng: np.random.Generator
) -> Mapping[str, pa.Table]:
    sizes = [max(12, round(scale * (plan.history if dates.is_last else plan.applicants))) for plan in CLIENTS]
    members = invent_members(dates, max(round(scale * MEMBERS), *sizes), rng)
    applications = invent_applications(members, sizes, rng)
    until = seconds(dates.known_until)
    events, identities = behaviour_tables(applications, until, rng)
    tables = {
        "members": members.table(),
        "identities": identities,
        "events": events,
        "consents": consents_table(applications, shown, rng),
        "renderings": renderings_table(dates, shown),
        "notices": notices_table(applications, rng),
        "applicants": applicants_table(applications, rng),
    }
    if tells_outcomes:
        tables["outcomes"] = outcomes_table(applications, until, rng)
    return tables
