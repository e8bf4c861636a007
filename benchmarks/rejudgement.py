"""The gate and the re-judgement over generated cases, on all cores: how many there were, and on how many they disagree.

python -m benchmarks.rejudgement [CASES] [--seed N]

Prints one JSON object; a disagreement is a bug in one of the two, and its seed, place and person find it again.
"""

import argparse
import json
import multiprocessing
import os
import time
from collections import Counter
from itertools import islice
from random import Random

from tests.unit.audits.rejudgement.cases import cases

PEOPLE = 30
"""People in one world."""
QUESTIONS = 100
"""Questions to one seed."""


def ask(seed: int) -> tuple[Counter[str], list[tuple[int, int, int]]]:
    """The answers of one seed, and where the two disagree: (seed, question, person)."""
    counted: Counter[str] = Counter()
    disagreed = []
    for place, drawn in enumerate(islice(cases(Random(seed), PEOPLE), QUESTIONS)):
        disagreed += [(seed, place, person) for person in drawn.disagreements()]
        counted["cases"] += PEOPLE
        counted["allowed"] += sum(is_allowed for is_allowed, _ in drawn.platform_says)
    return counted, disagreed


def main() -> None:
    """Ask as often as told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    begun = time.perf_counter()
    seeds = range(asked.seed, asked.seed + -(-asked.cases // (PEOPLE * QUESTIONS)))
    counted: Counter[str] = Counter()
    disagreed: list[tuple[int, int, int]] = []
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for answers, found in pool.imap_unordered(ask, seeds):
            counted += answers
            disagreed += found
    seconds = round(time.perf_counter() - begun)
    print(json.dumps({**counted, "disagreements": len(disagreed), "first": disagreed[:10], "seconds": seconds}))


if __name__ == "__main__":
    main()
