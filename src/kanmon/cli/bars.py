"""Progress as bars, for a person at a terminal."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from kanmon.core.language import preferred_language, translations
from kanmon.core.progress import ProgressStep


class TerminalProgress:
    """Bars for a person at a terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(file=sys.__stderr__),
        )

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:
        """One bar; without a total it only shows that work goes on."""
        with self._bars:
            task = self._bars.add_task(_translated(name), total=total)
            yield _Bar(self._bars, task)
            self._bars.update(task, total=total or 1, completed=total or 1)


class _Bar:
    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, by: int = 1) -> None:
        self._bars.advance(self._task, by)


def _translated(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
