"""How the whole job grows with events, members and clients: exponents of processor time and memory.

python -m benchmarks.growth [--events N ...] [--scales N ...] [--clients N ...]

One of the three is changed at a time, the others stay in the middle; what is given a single size is not changed. An
exponent is the slope of a line through the logarithms of size and cost: 1 grows as the size does, what is fixed draws
it below. Stages of less than a second of processor time at the largest size are left out. Members come with their
consents and applicants.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.season import Season, measure
from kanmon_stories.release.plan import Figures


def cost(season: Season) -> dict[str, float]:
    """Seconds of processor time of the whole job and of each stage, and its peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        season = replace(season, folder=Path(folder) / "season")
        season.write()
        found = measure(season, Path(folder) / "workspace")
    stages: dict[str, Any] = found["stages"]
    by_stage = {name.partition(" (")[0]: stage["cpu_seconds"] for name, stage in stages.items()}
    return {"all": found["cpu_seconds"], "peak_mb": found["peak_mb"], **by_stage}


def exponents(sizes: Sequence[float], costs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The exponent of every cost that is worth one."""
    names = [name for name, largest in costs[-1].items() if largest >= 1]
    values = {name: [max(one.get(name, 0.0), 0.1) for one in costs] for name in names}
    return {name: round(float(np.polyfit(np.log(sizes), np.log(of), 1)[0]), 2) for name, of in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[5_000_000, 20_000_000, 80_000_000])
    parser.add_argument("--scales", type=float, nargs="+", default=[0.05, 0.2, 0.8])
    parser.add_argument("--clients", type=int, nargs="+", default=[9, 38, 152])
    chosen = parser.parse_args()
    events, scale, clients = (sorted(one)[len(one) // 2] for one in (chosen.events, chosen.scales, chosen.clients))
    middle = Season(Path(), events, Figures().scaled(scale), clients)
    in_the_middle = cost(middle)
    changes = {
        "events": (chosen.events, [replace(middle, events=one) for one in chosen.events]),
        "members": (chosen.scales, [replace(middle, figures=Figures().scaled(one)) for one in chosen.scales]),
        "clients": (chosen.clients, [replace(middle, clients=one) for one in chosen.clients]),
    }
    for name, (sizes, seasons) in changes.items():
        if len(sizes) == 1:
            continue
        costs = [in_the_middle if one == middle else cost(one) for one in seasons]
        told = {"grows": name, "sizes": sizes, "exponents": exponents(sizes, costs), "costs": costs}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
