"""A lake on object storage against the same lake in a folder: loading, a day's events, features, erasing.

The server is moto's, in Python on this machine: it costs more for each request than a real one computes, and it has no
distance. What counts is the number of requests, which is told, and that the answers are the same.

python -m benchmarks.object_storage [--events N] [--applicants N]
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from moto.moto_server.werkzeug_app import DomainDispatcherApplication
from tests.object_storage import object_storage

from benchmarks.world import DAYS, World
from kanmon.core.ids import MemberNo
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.erasing import DuckDBErasing
from kanmon.lake.files.manifest import LakeFolder

REQUESTS: Counter[str] = Counter()


def counting(answer: Callable[..., Any]) -> Callable[..., Any]:
    def counted(self: object, environ: dict[str, Any], start: object) -> Any:
        REQUESTS[environ["REQUEST_METHOD"]] += 1
        return answer(self, environ, start)

    return counted


def steps(world: World, root: Path, lake: LakeFolder, applicants: int) -> tuple[dict[str, Any], pa.Table]:
    """Seconds and requests of each step, and the features."""
    told = {}
    writer, cleared = DuckDBLake(lake), world.cleared(applicants)
    deeds: dict[str, Callable[[], Any]] = {
        "load": lambda: (writer.load_members(root / "members.parquet"), writer.load_events(root / "season.parquet")),
        "day": lambda: writer.load_events(root / "day.parquet"),
        "features": lambda: LakeFeatures(OpenDuckDB(lake)).compute(cleared).table,
        "erase": lambda: DuckDBErasing(lake).erase(MemberNo(1)),
    }
    results = {}
    for name, deed in deeds.items():
        REQUESTS.clear()
        start = time.perf_counter()
        results[name] = deed()
        told[name] = {"seconds": round(time.perf_counter() - start, 2), "requests": dict(REQUESTS)}
    return told, results["features"]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=3_000_000)
    asked.add_argument("--applicants", type=int, default=10_000)
    found = asked.parse_args()
    world = World(found.events, max(found.applicants, found.events * 16 // 1000))
    DomainDispatcherApplication.__call__ = counting(DomainDispatcherApplication.__call__)
    with tempfile.TemporaryDirectory() as folder, object_storage() as storage:
        root = Path(folder)
        world.write_members(root / "members.parquet")
        world.write_events(root / "season.parquet")
        world.write_events(root / "day.parquet", first_day=DAYS, days=1)
        local, ours = steps(world, root, LakeFolder(root / "lake"), found.applicants)
        remote, theirs = steps(world, root, LakeFolder(storage.fresh(), root / "spill"), found.applicants)
    result = {
        "events": found.events,
        "applicants": found.applicants,
        "local": {name: step["seconds"] for name, step in local.items()},
        "remote": remote,
        "remote_to_local": {name: round(remote[name]["seconds"] / local[name]["seconds"], 2) for name in local},
        "are_same": ours.equals(theirs),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
