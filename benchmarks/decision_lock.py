"""The decision lock under random interleavings: how many scores leak before the decision, with the lock and without.

`python -m benchmarks.decision_lock [INTERLEAVINGS]`. Each is a season of a few applicants in which the client hands in
stages, commits and changes decisions, and asks for reports, in any order. What a report may show is known by an oracle
that keeps nothing but the list of what happened.
"""

import json
import random
import sys
import time

from kanmon.clients.decision import ApplicantStanding, Withholding
from kanmon.core.ids import ApplicantId

APPLICANTS = [ApplicantId(f"a{number}") for number in range(3)]
STAGES = (None, "1", "2")
STEPS = 12
Event = tuple[str, ApplicantId, str | None]


def leaks(chance: random.Random, withholding: Withholding) -> int:
    """How many scores one interleaving shows that the client had not decided about."""
    stage: dict[ApplicantId, str | None] = dict.fromkeys(APPLICANTS)
    decided: dict[ApplicantId, frozenset[str]] = dict.fromkeys(APPLICANTS, frozenset())
    happened: list[Event] = []
    found = 0
    for _ in range(STEPS):
        applicant = chance.choice(APPLICANTS)
        match chance.randrange(4):
            case 0:
                named = chance.choice(STAGES)
                stage[applicant] = stage[applicant] or named  # what the database does: `bound_stage`
                happened.append(("stage", applicant, named))
            case 1:
                at = chance.choice(("1", "2"))
                decided[applicant] |= {at}
                happened.append(("decide", applicant, at))
            case 2 | 3:
                shown = [
                    one
                    for one in APPLICANTS
                    if not withholding.withholds(one, ApplicantStanding(stage[one], decided[one]))
                ]
                found += sum(not may_be_seen(happened, one) for one in shown)
    return found


def may_be_seen(happened: list[Event], applicant: ApplicantId) -> bool:
    """The oracle: whether the stage that was named first was ever decided, or any, where none was named."""
    mine = [(what, stage) for what, whose, stage in happened if whose == applicant]
    named = [stage for what, stage in mine if what == "stage" and stage is not None]
    decisions = [stage for what, stage in mine if what == "decide"]
    return named[0] in decisions if named else bool(decisions)


def measure(interleavings: int, withholding: Withholding, seed: int = 1) -> dict[str, object]:
    chance, start = random.Random(seed), time.perf_counter()
    found = sum(leaks(chance, withholding) for _ in range(interleavings))
    return {"interleavings": interleavings, "leaks": found, "seconds": round(time.perf_counter() - start, 1)}


def main() -> None:
    interleavings = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    told = {
        "locked": measure(interleavings, Withholding(locks=True)),
        "without_the_lock": measure(min(interleavings, 10_000), Withholding()),
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
