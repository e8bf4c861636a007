"""How far the work is, for a person who waits."""

from contextlib import AbstractContextManager
from typing import Protocol


class ProgressStep(Protocol):
    """One step of the work under way."""

    def advance(self, by: int = 1) -> None:
        """Tell that so many of the step's parts are done."""


class Progress(Protocol):
    """Tells a waiting person how far the work is."""

    def step(self, name: str, total: int | None = None) -> AbstractContextManager[ProgressStep]:
        """Begin a step of the work."""
