"""What a reason says is true of the score: done otherwise, the score moves the way the words say, or not at all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kanmon.core.ids import ClientId
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.modelling.client_model import ClientModel
from kanmon.modelling.inputs import CORE
from kanmon.modelling.last_year import LastYear
from kanmon.modelling.ranked_logistic import RankedLogistic
from tests.engines.cases import AS_OF_MS, DAY, HOUR, cleared
from tests.lake.lakes import Did, load_events, load_members

PEOPLE = [f"m{number}" for number in range(40)]
PAGES = [f"news {number}" for number in range(5)]
STEPS = [f"step {number}" for number in range(3)]
WEIGHTS = {"own_missed_recent": 1.3, "own_active_days_14d": -1.1, "own_tasks_done": -0.9, "own_latest_task": 0.8}
MODEL = ClientModel(
    RankedLogistic(
        CORE.inputs, -1.0, tuple(WEIGHTS[one.feature] for one in CORE.inputs), tuple((0.0,) * 101 for _ in CORE.inputs)
    ),
    0,
    LastYear.of(np.linspace(0.05, 0.7, 500), np.zeros(500, bool)),
)


def season(seed: int) -> list[Did]:
    """What forty applicants did: pages that many looked at lately, steps that most took once, days of other visits."""
    drawn = np.random.default_rng(seed)

    def at(day: int) -> int:
        return AS_OF_MS - day * DAY - int(drawn.integers(1, 20)) * HOUR

    did = []
    for who in PEOPLE:
        did += [Did(who, at(int(drawn.integers(0, 20))), page=page) for page in PAGES if drawn.random() < 0.6]
        did += [Did(who, at(int(drawn.integers(0, 60))), "book", page=step) for step in STEPS if drawn.random() < 0.75]
        days = drawn.choice(40, size=int(drawn.integers(0, 12)), replace=False)
        did += [Did(who, at(int(day)), page=f"{who} {day}") for day in days]
    return did


def reckoned(folder: Path, did: Sequence[Did], who: str) -> tuple[float, dict[str, int]]:
    """The score of one of them, and the part of each input."""
    folder.mkdir()
    lake = DuckDBLake(folder / "lake")
    numbers = load_members(lake, folder, PEOPLE)
    load_events(lake, folder, did)
    asked = [cleared("acme", numbers[one]) for one in PEOPLE]
    found = LakeFeatures(OpenDuckDB(folder / "lake")).reckon(asked, {ClientId("acme"): [MODEL]})
    row = found.to_pylist()[PEOPLE.index(who)]
    return row["score"], dict(zip(row["names"], row["parts"], strict=True))


def day_of(one: Did) -> int:
    return (AS_OF_MS - one.t) // DAY


def done_otherwise(did: Sequence[Did], who: str, feature: str) -> Iterator[tuple[list[Did], int]]:
    """The same season with the events that a reason names added or taken away, and where its words send the score."""
    own = [one for one in did if one.who == who]
    others = [one for one in did if one.who != who]
    if feature == "own_active_days_14d":
        idle = sorted(set(range(14)) - {day_of(one) for one in own})
        if idle:
            yield [*did, Did(who, AS_OF_MS - idle[0] * DAY - HOUR, page=f"{who} more")], -1
        kept = [one for one in own if day_of(one) >= 14 or one.page in STEPS or one.page in PAGES]
        yield [*others, *kept], 1
        return
    known, kind = (PAGES, "view") if feature == "own_missed_recent" else (STEPS, "book")
    seen = {one.page for one in own}
    missed = [page for page in known if page not in seen]
    if missed:
        yield [*did, Did(who, AS_OF_MS - 3 * DAY - HOUR, kind, page=missed[0])], -1
    if len(missed) < len(known):
        gone = next(page for page in known if page in seen)
        yield [*others, *(one for one in own if one.page != gone)], 1
    if feature == "own_latest_task":
        yield [*others, *(replace(one, t=one.t - 40 * DAY) if one.page in STEPS else one for one in own)], -1


@pytest.mark.parametrize("feature", WEIGHTS)
def test_a_score_moves_as_its_reason_says_or_not_at_all(feature: str, tmp_path: Path) -> None:
    moved = 0
    for seed in (1, 2):
        did = season(seed)
        who = PEOPLE[int(np.random.default_rng(seed + 100).integers(len(PEOPLE)))]
        before, parts = reckoned(tmp_path / f"{seed}", did, who)
        for number, (otherwise, way) in enumerate(done_otherwise(did, who, feature)):
            after, new_parts = reckoned(tmp_path / f"{seed}-{number}", otherwise, who)
            assert way * (after - before) >= 0
            assert way * (new_parts[feature] - parts[feature]) >= 0
            moved += after != before
    assert moved
