"""Features for the applicants of a season, against a bare scan of the lake and against others' ways to the same.

python -m benchmarks.features [--events N] [--applicants N] [--repeat N] [--pandas] [--all-members]

Beside the scan stand the same features by hand in Polars, and the thirty counts among them by one straightforward
DuckDB query and, with `--pandas`, by pandas, which holds all events in memory.

With `--all-members` also the features of all members at the season's end, one case each, in passes of members with
neighbouring numbers: the lake's files are sorted by member, so that each pass reads its own part of them.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import duckdb
import numpy as np
import pandas  # noqa: F401 - Arrow takes it in at its first table; every process of the product has it by then
import pyarrow as pa

from benchmarks import plain_features, polars_features
from benchmarks.measure import measured
from benchmarks.world import World
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.definition import NAMES
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.manifest import LakeFolder

MEMBERS_A_PASS = 50_000


def load(root: Path, world: World) -> int:
    lake = DuckDBLake(root / "lake")
    world.write_members(root / "members.parquet")
    lake.load_members(root / "members.parquet")
    return lake.load_events(root / "events.parquet").new


def floor(root: Path) -> int:
    duckdb.sql("SET enable_progress_bar = false")
    paths = LakeFolder(root / "lake").paths("event")
    return len(duckdb.sql(f"SELECT subject, kind, count(*) FROM read_parquet({paths}) GROUP BY ALL").to_arrow_table())


def features(root: Path, cleared: list[ClearedPerson]) -> pa.Table:
    return LakeFeatures(OpenDuckDB(root / "lake")).compute(cleared).table.drop("client")


def all_members(root: Path, world: World) -> int:
    engine = LakeFeatures(OpenDuckDB(root / "lake"))
    starts = range(1, world.members + 1, MEMBERS_A_PASS)
    passes = (range(start, min(start + MEMBERS_A_PASS, world.members + 1)) for start in starts)
    return sum(engine.compute(world.everyone(members)).table.num_rows for members in passes)


def polars(root: Path, cleared: list[ClearedPerson]) -> pa.Table:
    return polars_features.compute(root / "lake", cleared).to_arrow()


def counts_are_same(ours: pa.Table, theirs: pa.Table) -> bool:
    return all(ours[name].to_pylist() == theirs[name].to_pylist() for name in plain_features.NAMES)


def are_same(ours: pa.Table, theirs: pa.Table) -> bool:
    """Whether both give the same numbers; null and not a number are the same undefined."""
    return all(
        np.allclose(ours[name].to_numpy(), theirs[name].to_numpy(), rtol=1e-12, atol=0, equal_nan=True)
        for name in NAMES
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=100_000_000)
    asked.add_argument("--applicants", type=int, default=75_000)
    asked.add_argument("--repeat", type=int, default=3)
    asked.add_argument("--pandas", action="store_true")
    asked.add_argument("--all-members", action="store_true")
    found = asked.parse_args()
    world = World(found.events, max(found.applicants, found.events * 16 // 1000))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world.write_events(root / "events.parquet")
        loaded = measured(load, root, world)
        (root / "events.parquet").unlink()
        cleared = world.cleared(found.applicants)
        runs = [
            {
                "floor": measured(floor, root),
                "features": measured(features, root, cleared),
                "polars": measured(polars, root, cleared),
            }
            for _ in range(found.repeat)
        ]
        plain = {"plain_query": measured(plain_features.by_query, root / "lake", cleared)}
        if found.pandas:
            plain["pandas"] = measured(plain_features.by_pandas, root / "lake", cleared)
        everyone = {"all_members": measured(all_members, root, world)} if found.all_members else {}
        results = [(run["features"].pop("result"), run["polars"].pop("result")) for run in runs]
        size = sum(path.stat().st_size for path in (root / "lake").glob("event-*"))
    ratios = sorted(run["features"]["seconds"] / run["floor"]["seconds"] for run in runs)
    against = sorted(run["features"]["seconds"] / run["polars"]["seconds"] for run in runs)
    counts_same = all(counts_are_same(results[0][0], one.pop("result")) for one in plain.values())
    result = {
        "events": found.events,
        "applicants": found.applicants,
        "load": loaded | {"million_events_per_second": round(found.events / 1e6 / loaded["seconds"], 2)},
        "bytes_per_event": round(size / found.events, 2),
        "runs": runs,
        "are_same": all(are_same(ours, theirs) for ours, theirs in results),
        **plain,
        **everyone,
        "counts_are_same": counts_same,
        "features_to_floor": round(statistics.median(ratios), 2),
        "features_to_polars": round(statistics.median(against), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
