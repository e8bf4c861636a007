"""Progress on standard error, with the time left: a bar where a person watches, else a line now and then."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from kanmon.cli.estimate import Estimate, written
from kanmon.cli.log_options import LogLevel, is_json_log, log_level
from kanmon.core.language import preferred_language, translations
from kanmon.core.progress import Progress, ProgressStep

EVERY_SECONDS = 10.0
"""How often a log is told how far a step is."""
_BARS = "kanmon.cli.bars"
"""Loads Rich: only where a person watches."""


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)


class LineProgress:
    """A line at the start of each step, for logs; in a long one how far it is, once in `every` seconds."""

    def __init__(self, every: float = EVERY_SECONDS, seconds: Callable[[], float] = time.monotonic) -> None:
        self._every = every
        self._seconds = seconds

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:
        """Say that the step begins, and of how many parts it consists."""
        sys.stderr.write(f"{_(name)} ({total})\n" if total is not None else f"{_(name)}\n")
        bar = _LineBar(name, Estimate(total or 0), self._every, self._seconds)
        yield bar
        if log_level() is LogLevel.VERBOSE:
            took = f"{self._seconds() - bar.began:.1f}"
            sys.stderr.write("  " + _("%(step)s: done in %(took)s s") % {"step": _(name), "took": took} + "\n")


class NoProgress:
    """Says nothing of the steps."""

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:  # noqa: ARG002 - as a progress has it
        """Begin a step that nobody hears of."""
        yield _SilentBar()


class _SilentBar:
    def advance(self, by: int = 1) -> None:
        pass


class _LineBar:
    def __init__(self, name: str, estimate: Estimate, every: float, seconds: Callable[[], float]) -> None:
        self._name, self._estimate = name, estimate
        self._every, self._seconds = every, seconds
        self.began = self._told = seconds()

    def advance(self, by: int = 1) -> None:
        """Say how far the step is where nothing was said for a while."""
        self._estimate.advance(by)
        now = self._seconds()
        if not self._estimate.total or now - self._told < self._every or self._estimate.done == self._estimate.total:
            return
        self._told = now
        left = self._estimate.seconds_left(now - self.began)
        values = {"step": _(self._name), "percent": self._estimate.percent()}
        line = _("%(step)s: %(percent)s %%") % values
        if left is not None:
            line = _("%(step)s: %(percent)s %%, about %(left)s left") % (values | {"left": written(left)})
        sys.stderr.write(f"  {line}\n")


def progress_for(stream_is_terminal: bool) -> Progress:
    """What suits whoever reads standard error."""
    if log_level() is LogLevel.QUIET:
        return NoProgress()
    if not stream_is_terminal or is_json_log() or log_level() is LogLevel.VERBOSE:
        return LineProgress()
    bars: Progress = import_module(_BARS).TerminalProgress()
    return bars
