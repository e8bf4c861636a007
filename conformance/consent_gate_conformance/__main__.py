"""Ask a subject every vector: `python -m consent_gate_conformance SUBJECT.py [--family NAME] [--json]`."""

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from consent_gate_conformance.reference import answer
from consent_gate_conformance.suite import Subject, Vector, outcomes, table, vectors


def reference(asked: Sequence[Vector]) -> dict[str, bool]:
    """The reference as a subject."""
    return {vector["id"]: answer(vector["facts"], vector["question"]) for vector in asked}


def subject_of(path: str) -> Subject:
    """The function `answers` of a Python file; `reference` names the suite's own."""
    if path == "reference":
        return reference
    spec = spec_from_file_location(Path(path).stem + "_subject", path)
    if spec is None or spec.loader is None or not Path(path).is_file():
        raise SystemExit(f"{path}: is no Python file; name an adapter such as subjects/opa.py, or reference")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    answers: Subject = module.answers
    return answers


def main() -> int:
    """Print the table and each wrong answer; 1 where there is one."""
    options = argparse.ArgumentParser(prog="consent_gate_conformance", description=__doc__)
    options.add_argument("subject", help="a Python file with answers(vectors), or reference")
    options.add_argument("--family", help="only the vectors of one family")
    options.add_argument("--json", action="store_true", help="print each answer as JSON")
    chosen = options.parse_args()
    asked = vectors(chosen.family)
    if not asked:
        options.error(f"there is no family {chosen.family}")
    found = outcomes(subject_of(chosen.subject), asked)
    wrong = [outcome for outcome in found if not outcome.is_right]
    if chosen.json:
        print(json.dumps({outcome.vector["id"]: outcome.allowed for outcome in found}, indent=1))
    else:
        print(table(found))
        for outcome in wrong:
            print(f"{outcome.vector['id']}: expected {outcome.vector['expect']}: {outcome.vector['title']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
