"""What a computation on one client's people follows from: two equal ones give the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from importlib.metadata import version
from operator import attrgetter

from kanmon.features.definition import DEFINITIONS
from kanmon.features.news import LakeState
from kanmon.gate.decision import Clearance
from kanmon.lake.cleared import ClearedPerson

_SAID = attrgetter(*(field.name for field in fields(Clearance) if field.name != "decided_at"))


@dataclass(frozen=True, slots=True)
class Basis:
    """What was asked, and of what the lake held then."""

    asked_sha256: str
    """See `asked_sha256`."""
    lake: LakeState


def asked_sha256(cleared: Sequence[ClearedPerson], *beside: object) -> str:
    """The hash of all that is asked but the lake: each clearance with its consent, the program, what stands `beside`.

    When the gate decided is left out: it clears anew for each run. A consent that is now relied on, and wasn't before,
    makes another hash, so that what follows from it is computed again.
    """
    found = hashlib.sha256(repr((version("kanmon"), DEFINITIONS, *beside)).encode())
    for one in cleared:
        said = (_SAID(one.clearance), one.applied_at, one.registered_at, one.not_theirs, one.next_act)
        found.update(repr(said).encode())
    return found.hexdigest()
