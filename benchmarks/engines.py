"""Features on Spark against DuckDB: the same numbers, the time of each, and from which size a cluster wins.

python -m benchmarks.engines [--events N ...] [--applicants N] [--cores N ...]

Each engine runs in a process of its own. Spark runs on a local cluster of executors with one core each; its first
answer, with the session's start, and its second one are told apart. A line through the measured sizes,
fixed + share x events (Spark's share also divided by cores), says from how many events a cluster of n cores of this
kind answers before DuckDB on one machine with this one's cores.
"""

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks.features import are_same, load
from benchmarks.measure import measured
from benchmarks.world import World
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.engines.spark_engine import OpenSpark, spark_session
from kanmon.lake.cleared import ClearedPerson

CLUSTER = (8, 32, 128)
"""Cores of clusters that the model speaks of."""


def on_duckdb(root: Path, cleared: list[ClearedPerson]) -> dict[str, Any]:
    return _timed(LakeFeatures(OpenDuckDB(root / "lake")), cleared, time.perf_counter())


def on_spark(root: Path, cleared: list[ClearedPerson], cores: int) -> dict[str, Any]:
    began = time.perf_counter()
    conf = {"spark.sql.shuffle.partitions": str(4 * cores), "spark.driver.memory": "2g", "spark.ui.enabled": "false"}
    session = spark_session(f"local-cluster[{cores},1,3072]", {**conf, "spark.executor.memory": "3g"})
    return _timed(LakeFeatures(OpenSpark(root / "lake", lambda: session)), cleared, began)


def _timed(engine: LakeFeatures, cleared: list[ClearedPerson], began: float) -> dict[str, Any]:
    table = engine.compute(cleared).table.drop("client")
    first = time.perf_counter()
    again = engine.compute(cleared).table.drop("client")
    assert again.equals(table)
    return {"first": round(first - began, 2), "again": round(time.perf_counter() - first, 2), "table": table}


def measure(events: int, applicants: int, cores: list[int]) -> dict[str, Any]:
    world = World(events, max(applicants, events * 16 // 1000))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        world.write_events(root / "events.parquet")
        measured(load, root, world)
        cleared = world.cleared(applicants)
        found = {"duckdb": measured(on_duckdb, root, cleared)["result"]}
        found |= {f"spark_{n}": measured(on_spark, root, cleared, n)["result"] for n in cores}
    tables: list[pa.Table] = [one.pop("table") for one in found.values()]
    return {"events": events, "are_same": all(are_same(tables[0], other) for other in tables[1:]), **found}


def model(runs: list[dict[str, Any]], cores: list[int]) -> dict[str, Any]:
    """Seconds = fixed + share x events; Spark's share is of one core."""
    sizes = np.array([run["events"] for run in runs], float)
    share, fixed = np.polyfit(sizes, [run["duckdb"]["again"] for run in runs], 1)
    rows = [(1.0, run["events"] / n, run[f"spark_{n}"]["again"]) for run in runs for n in cores]
    spark = np.array(rows)
    (spark_fixed, spark_share), *_ = np.linalg.lstsq(spark[:, :2], spark[:, 2], rcond=None)
    wins = {
        n: round((spark_fixed - fixed) / (share - spark_share / n)) if spark_share / n < share else None
        for n in CLUSTER
    }
    return {
        "duckdb": {"fixed": round(fixed, 2), "seconds_a_million": round(share * 1e6, 3), "cores": os.cpu_count()},
        "spark": {"fixed": round(spark_fixed, 2), "core_seconds_a_million": round(spark_share * 1e6, 3)},
        "wins_from_events_by_cores": wins,
    }


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, nargs="+", default=[5_000_000, 20_000_000, 50_000_000])
    asked.add_argument("--applicants", type=int, default=75_000)
    asked.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    chosen = asked.parse_args()
    runs = [measure(events, chosen.applicants, chosen.cores) for events in chosen.events]
    print(json.dumps({"applicants": chosen.applicants, "runs": runs, "model": model(runs, chosen.cores)}))


if __name__ == "__main__":
    main()
