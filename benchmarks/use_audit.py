"""What audits of use find, by simulation: watching alone against the draw. `python -m benchmarks.use_audit [SEEDS]`.

An honest client's interviewers see something that goes with the score but isn't in our data; a client that misuses
scores lets readable ones lower the chance to pass. For each design and number of applicants: how often it accuses.
"""

import json
import sys

import numpy as np
from numpy.typing import NDArray

from kanmon.audits.use.rules import association, p_values, randomised

SHARE, DRAWS = 0.2, 1_999
USES = {"weak": 0.4, "planted": 0.6, "strong": 0.8}
SEEN = {"nothing": 0.0, "a little": 0.3, "much": 0.6}
"""How far the pass rate falls from the lowest score to the highest for what interviewers see, and we do not."""


def season(
    seeds: int, count: int, planted: float, seen: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.float64]]:
    chance = np.random.default_rng(seed)
    scores = chance.random((seeds, count))
    withheld = chance.random((seeds, count)) < SHARE
    rate = np.clip(0.5 - (scores - 0.5) * (seen + np.where(withheld, 0, planted)), 0, 1)
    return scores, withheld, (chance.random((seeds, count)) < rate).astype(float)


def watched(scores: NDArray[np.float64], passed: NDArray[np.float64], bound: float) -> float:
    """How often the correlation of scores and decisions is told to be none of chance."""
    products = association(scores, passed)
    spread = np.sqrt(1 / 12 * passed.var(axis=1) / products.shape[1])
    return float((np.abs(products.mean(axis=1)) > bound * spread).mean())


def accused(seeds: int, count: int, planted: float, seen: float, seed: int = 1) -> dict[str, float]:
    scores, withheld, passed = season(seeds, count, planted, seen, seed)
    p = p_values(association(scores, passed), withheld, randomised(count, SHARE, DRAWS, seed + 1))
    return {
        "watching, 0.05": round(watched(scores, passed, 1.96), 4),
        "draw, 0.05": round(float((p <= 0.05).mean()), 4),
        "draw, 0.01": round(float((p <= 0.01).mean()), 4),
        "draw, 0.01 with two looks": round(float((p <= 0.005).mean()), 4),
    }


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    told = {
        "seeds": seeds,
        "honest": {seen: accused(seeds, 1_000, 0, by) for seen, by in SEEN.items()},
        "misuse": {
            use: {count: accused(seeds, count, by, 0) for count in (200, 400, 700, 1_000, 1_500, 2_000)}
            for use, by in USES.items()
        },
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
