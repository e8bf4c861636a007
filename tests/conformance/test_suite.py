"""The public conformance suite: its vectors are whole, the reference passes them, and each mutant of it fails some."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "conformance"
sys.path.insert(0, str(ROOT))

from consent_gate_conformance import mutants  # noqa: E402
from consent_gate_conformance.__main__ import reference, subject_of  # noqa: E402
from consent_gate_conformance.suite import outcomes, table, vectors  # noqa: E402

VECTORS = vectors()
FACTS = {"laws", "recipients", "notices", "screens", "looks", "people", "acts", "stops", "erasures"}


def test_each_vector_is_whole_and_its_hashes_are_those_of_its_words() -> None:
    assert len({vector["id"] for vector in VECTORS}) == len(VECTORS) >= 200
    for vector in VECTORS:
        assert set(vector) == {"id", "title", "why", "facts", "question", "expect"}, vector["id"]
        assert set(vector["facts"]) == FACTS, vector["id"]
        assert vector["expect"] in {"allow", "deny"}
        for notice in vector["facts"]["notices"]:
            assert notice["sha256"] == hashlib.sha256(notice["words"].encode()).hexdigest(), vector["id"]


def test_each_family_asks_for_both_answers_but_that_of_whoever_is_gone() -> None:
    asked = Counter((vector["id"].rpartition("-")[0], vector["expect"]) for vector in VECTORS)
    families = {family for family, _ in asked}
    assert len(families) == 13
    assert all(asked[family, answer] for family in families for answer in ("allow", "deny"))


def test_the_reference_passes_every_vector_and_whoever_denies_everything_does_not() -> None:
    assert all(outcome.is_right for outcome in outcomes(reference, VECTORS))
    denied = outcomes(lambda asked: {vector["id"]: False for vector in asked}, VECTORS)
    assert not any(outcome.let_through for outcome in denied)
    assert sum(not outcome.is_right for outcome in denied) == sum(vector["expect"] == "allow" for vector in VECTORS)
    assert table(denied).splitlines()[-1].startswith(f"| all | {len(VECTORS)} |")


def test_what_a_subject_leaves_out_is_wrong() -> None:
    assert not any(outcome.is_right for outcome in outcomes(lambda _asked: {}, VECTORS))


def test_every_mutant_of_the_reference_fails_a_vector() -> None:
    alive = {name for name, mutant in mutants.mutants() if not mutants.is_killed(mutant, VECTORS)}
    assert alive == set(mutants.EQUIVALENT)


@pytest.mark.parametrize("adapter", sorted(ROOT.glob("subjects/*.py")), ids=lambda adapter: adapter.stem)
def test_an_adapter_stays_short(adapter: Path) -> None:
    assert len(adapter.read_text(encoding="utf-8").splitlines()) <= 100


def test_the_suite_knows_nothing_of_kanmon() -> None:
    sources = (ROOT / "consent_gate_conformance").rglob("*.py")
    assert not any("import kanmon" in source.read_text(encoding="utf-8") for source in sources)


def test_kanmon_answers_every_vector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its commands, in workspaces of their own."""
    command = tmp_path / "kanmon"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m kanmon "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert subprocess.run([command, "--version"], check=True, capture_output=True).returncode == 0
    found = outcomes(subject_of(str(ROOT / "subjects/kanmon.py")), VECTORS)
    assert [outcome.vector["id"] for outcome in found if not outcome.is_right] == []
