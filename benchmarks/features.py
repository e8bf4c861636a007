"""Features for the applicants of a season, against a bare scan of the lake and against the same in Polars.

python -m benchmarks.features [--events N] [--applicants N] [--repeat N]
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import duckdb
import polars as pl

from benchmarks.measure import measured
from benchmarks.world import World
from kanmon.adapters.duckdb_features import DuckDBFeatures
from kanmon.adapters.lake.duckdb_lake import DuckDBLake
from kanmon.adapters.lake.manifest import LakeFolder
from kanmon.features.definition import WINDOWS
from kanmon.lake.query import DAY_MS, cleared_table


def load(root: Path, world: World) -> int:
    lake = DuckDBLake(root / "lake")
    world.write_members(root / "members.parquet")
    lake.load_members(root / "members.parquet")
    return lake.load_events(root / "events.parquet").new


def floor(root: Path) -> int:
    paths = LakeFolder(root / "lake").paths("event")
    return len(duckdb.sql(f"SELECT subject, kind, count(*) FROM read_parquet({paths}) GROUP BY ALL").to_arrow_table())


def features(root: Path, world: World, applicants: int) -> int:
    return len(DuckDBFeatures(root / "lake").compute(world.cleared(applicants)))


def polars(root: Path, world: World, applicants: int) -> int:
    """Counts, weights, days, pages and recency by window and side, as one would write them by hand."""
    folder = LakeFolder(root / "lake")
    codes = duckdb.sql(f"SELECT name, code FROM read_parquet({folder.paths('name')}) WHERE space = 'target'").fetchall()
    asked = pl.from_arrow(cleared_table(world.cleared(applicants)))
    assert isinstance(asked, pl.DataFrame)
    cases = asked.with_columns(own=pl.col("client").replace_strict(dict(codes), default=-1, return_dtype=pl.Int32))
    found = (
        pl.scan_parquet(folder.paths("event"))
        .join(cases.lazy().select("row", "as_of", "own", subject="member"), on="subject")
        .filter((pl.col("t") < pl.col("as_of")) & (pl.col("site") == 0))
        .select(
            "row", "kind", "page", "weight",
            is_own=pl.col("target") == pl.col("own"),
            day=((pl.col("as_of") - pl.col("t")) // DAY_MS).cast(pl.Int32),
        )
        .collect(engine="streaming")
        .lazy()
    )  # fmt: skip
    days = found.group_by("row", "is_own", "day").agg(events=pl.len(), weight=pl.col("weight").sum())
    by_side = days.group_by("row", "is_own").agg(
        pl.col("day").min().alias("recency"),
        pl.col("day").max().alias("first"),
        *(
            part
            for window in WINDOWS
            for inside in [pl.col("day") < (window or 1_000_000)]
            for part in (
                pl.col("events").filter(inside).sum().alias(f"events_{window}"),
                pl.col("weight").filter(inside).sum().alias(f"weight_{window}"),
                inside.sum().alias(f"days_{window}"),
            )
        ),
    )
    pages = found.filter("is_own").group_by("row", "kind", "page").agg(last=pl.col("day").min())
    by_page = pages.group_by("row").agg(
        (pl.col("last") < (window or 1_000_000)).sum().alias(f"pages_{window}") for window in WINDOWS
    )
    return sum(len(part) for part in pl.collect_all([by_side, by_page]))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=100_000_000)
    asked.add_argument("--applicants", type=int, default=75_000)
    asked.add_argument("--repeat", type=int, default=3)
    found = asked.parse_args()
    world = World(found.events, max(found.applicants, found.events * 16 // 1000))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world.write_events(root / "events.parquet")
        loaded = measured(load, root, world)
        (root / "events.parquet").unlink()
        runs = [
            {
                "floor": measured(floor, root),
                "features": measured(features, root, world, found.applicants),
                "polars": measured(polars, root, world, found.applicants),
            }
            for _ in range(found.repeat)
        ]
        size = sum(path.stat().st_size for path in (root / "lake").glob("event-*"))
    ratios = sorted(run["features"]["seconds"] / run["floor"]["seconds"] for run in runs)
    against = sorted(run["features"]["seconds"] / run["polars"]["seconds"] for run in runs)
    result = {
        "events": found.events,
        "applicants": found.applicants,
        "load": loaded | {"million_events_per_second": round(found.events / 1e6 / loaded["seconds"], 2)},
        "bytes_per_event": round(size / found.events, 2),
        "runs": runs,
        "features_to_floor": round(statistics.median(ratios), 2),
        "features_to_polars": round(statistics.median(against), 2),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
