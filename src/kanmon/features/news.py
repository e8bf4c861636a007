"""Whom what came into the lake since a moment concerns: their features are others, or may be."""

from collections.abc import Collection, Sequence
from typing import NewType, Protocol

from kanmon.core.ids import ClientId
from kanmon.lake.cleared import ClearedPerson

LakeState = NewType("LakeState", str)
"""What names the state of the lake after one change of it."""


class ChangeDetector(Protocol):
    """Tells clients of whom nothing is new; what it doesn't know for sure is new."""

    def state(self) -> LakeState:
        """The state that the lake is in."""

    def concerned(self, cleared: Sequence[ClearedPerson], since: LakeState) -> Collection[ClientId]:
        """Those clients of the cleared whose features may differ from what they were in that state.

        All cleared people of a client are asked about together, just as they were then.
        """
