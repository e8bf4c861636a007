"""Scores that stand: where nothing is asked otherwise and nothing is new, computing again would give the same."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from operator import attrgetter

from kanmon.features.definition import DEFINITIONS
from kanmon.features.news import LakeState
from kanmon.gate.decision import Clearance
from kanmon.ids import ModelId, RunId
from kanmon.lake.query import Cleared

_SAID = attrgetter(*(field.name for field in fields(Clearance) if field.name != "decided_at"))


@dataclass(frozen=True, slots=True)
class Basis:
    """What one client's scores follow from: two equal ones give equal scores."""

    asked_sha256: str
    """See `asked_sha256`."""
    lake: LakeState


@dataclass(frozen=True, slots=True)
class StandingScores:
    """The newest scoring of a client's season, with all its answers still there and in force."""

    basis: Basis
    scored_in: RunId
    """The run that computed them."""
    counts: Counter[str]
    """How many got a score, under "scored", and how many none, under each reason."""


def asked_sha256(cleared: Sequence[Cleared], model: ModelId | None) -> str:
    """The hash of all that scores follow from but the lake: each clearance with its consent, the model, the program.

    When the gate decided is left out: it clears anew for each run. A consent that is now relied on, and wasn't when a
    score was computed, makes another hash, so that score is computed again.
    """
    found = hashlib.sha256(repr((version("kanmon"), DEFINITIONS, model)).encode())
    for one in cleared:
        said = (_SAID(one.clearance), one.applied_at, one.registered_at, one.not_theirs)
        found.update(repr(said).encode())
    return found.hexdigest()
