"""A day's events over a loaded season, against that day's share of loading the whole season.

python -m benchmarks.increment [--events N]
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from benchmarks.world import DAYS, World
from kanmon.adapters.lake.duckdb_lake import DuckDBLake


def seconds(lake: DuckDBLake, staged: Path) -> float:
    start = time.perf_counter()
    lake.load_events(staged)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000_000)
    chosen = parser.parse_args()
    world = World(chosen.events, chosen.events * 16 // 1000)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lake = DuckDBLake(root / "lake")
        world.write_members(root / "members.parquet")
        lake.load_members(root / "members.parquet")
        world.write_events(root / "season.parquet")
        season = seconds(lake, root / "season.parquet")
        days = []
        for day in range(5):
            world.write_events(root / "day.parquet", first_day=DAYS + day, days=1)
            days.append(seconds(lake, root / "day.parquet"))
    share = season / DAYS
    result = {
        "events": chosen.events,
        "season_seconds": round(season, 1),
        "share_of_a_day": round(share, 3),
        "days": [round(day, 3) for day in days],
        "day_to_share": round(sorted(days)[len(days) // 2] / share, 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
