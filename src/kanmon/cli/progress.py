"""Progress on standard error: a bar where a person watches, one line a step where nobody does."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from kanmon.language import preferred_language, translations
from kanmon.road.ports import Step


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)


class TerminalProgress:
    """Bars for a person at a terminal."""

    def __init__(self) -> None:
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:
        """One bar; without a total it only shows that work goes on."""
        with self._bars:
            task = self._bars.add_task(_(name), total=total)
            yield _Bar(self._bars, task)
            self._bars.update(task, total=total or 1, completed=total or 1)


class _Bar:
    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def advance(self, by: int = 1) -> None:
        self._bars.advance(self._task, by)


class LineProgress:
    """A line at the start of each step, for logs."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[Step]:
        """Say that the step begins, and of how many parts it consists."""
        sys.stderr.write(f"{_(name)} ({total})\n" if total is not None else f"{_(name)}\n")
        yield _Silent()


class _Silent:
    def advance(self, by: int = 1) -> None:
        """Say nothing."""


def progress_for(stream_is_terminal: bool) -> TerminalProgress | LineProgress:
    """What suits whoever reads standard error."""
    return TerminalProgress() if stream_is_terminal else LineProgress()
