"""A day over a loaded season: taking its events in, telling whom they concern, and the features of who is new.

python -m benchmarks.increment [--events N] [--applicants N]

Three whole days and three of half the events in turn. On each, two clients hand their people in; of all others, whose
people are judged as of earlier, it has to be found that nothing changed. Merging the files comes last, apart.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.world import CLIENTS, DAYS, OPENS, World
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.files import DuckDBChangeDetector
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake

NEW_CLIENTS = 2
"""That hand their people in on one day."""
ROUNDS = 3


def seconds(part: Callable[[], object]) -> float:
    start = time.perf_counter()
    part()
    return time.perf_counter() - start


def judged_on(day: int, people: list[ClearedPerson]) -> list[ClearedPerson]:
    """The same people, as of that day."""
    as_of = OPENS + timedelta(days=DAYS + day + 1)
    return [replace(one, clearance=replace(one.clearance, as_of=as_of)) for one in people]


class Lake:
    """A loaded season, and the days that come after it."""

    def __init__(self, root: Path, world: World, applicants: int) -> None:
        self._root = root
        self._lake = DuckDBLake(root / "lake")
        self._people: dict[str, list[ClearedPerson]] = {f"C{number}": [] for number in range(CLIENTS)}
        for one in world.cleared(applicants):
            self._people[one.clearance.client_id].append(one)
        self._waiting = [f"C{number}" for number in range(2 * ROUNDS * NEW_CLIENTS)]
        self._known = [one for client, people in self._people.items() if client not in self._waiting for one in people]
        world.write_members(root / "members.parquet")
        self._lake.load_members(root / "members.parquet")
        world.write_events(root / "season.parquet")
        self.season_seconds = seconds(lambda: self._lake.load_events(root / "season.parquet"))
        (root / "season.parquet").unlink()

    def day(self, number: int, world: World) -> dict[str, float]:
        """Seconds of each part of one day with the events of `world`."""
        staged = self._root / "day.parquet"
        world.write_events(staged, first_day=DAYS + number, days=1)
        news, features = DuckDBChangeDetector(self._root / "lake"), LakeFeatures(OpenDuckDB(self._root / "lake"))
        state = news.state()
        clients = [self._waiting.pop() for _ in range(NEW_CLIENTS)]
        new = judged_on(number, [one for client in clients for one in self._people[client]])
        concerned: list[object] = []
        found = {
            "load": seconds(lambda: self._lake.load_events(staged)),
            "whom_it_concerns": seconds(lambda: concerned.extend(news.concerned(self._known, state))),
            "features_of_the_new": seconds(lambda: features.compute(new)),
        }
        assert not concerned
        self._known += new
        return found

    def all_features(self) -> float:
        """Seconds to compute the features of everybody once more, as without telling whom anything concerns."""
        return seconds(lambda: LakeFeatures(OpenDuckDB(self._root / "lake")).compute(self._known))

    def compaction(self) -> float:
        """Seconds to merge the files."""
        return seconds(self._lake.compact)


def medians(days: list[dict[str, float]]) -> dict[str, float]:
    return {part: round(statistics.median(day[part] for day in days), 3) for part in days[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--applicants", type=int, default=75_000)
    chosen = parser.parse_args()
    members = max(chosen.applicants, chosen.events * 16 // 1000)
    world, half = World(chosen.events, members), World(chosen.events // 2, members)
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(Path(folder), world, chosen.applicants)
        whole_days, half_days = [], []
        for number in range(ROUNDS):
            whole_days.append(lake.day(2 * number, world))
            half_days.append(lake.day(2 * number + 1, half))
        whole, halves = medians(whole_days), medians(half_days)
        share = lake.season_seconds / DAYS
        result = {
            "events": chosen.events,
            "applicants": chosen.applicants,
            "season_load_seconds": round(lake.season_seconds, 1),
            "all_features_seconds": round(lake.all_features(), 2),
            "day": whole,
            "half_day": halves,
            "load_to_share_of_a_day": round(whole["load"] / share, 2),
            "load_of_half_a_day_to_a_day": round(halves["load"] / whole["load"], 2),
            "compaction_seconds": round(lake.compaction(), 1),
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
