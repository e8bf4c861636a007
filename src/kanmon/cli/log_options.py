"""How much a command says on standard error and in which form: options that every command takes, before it or after.

They are settings like any other (`KANMON_LOG`, `KANMON_LOG_FORMAT`, `NO_COLOR`), so that a service is told once.
"""

import os
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer
from typer.main import get_command

from kanmon.core.errors import UsageError
from kanmon.core.language import N_

_LEVEL, _FORMAT, _NO_COLOR = "KANMON_LOG", "KANMON_LOG_FORMAT", "NO_COLOR"


class LogLevel(StrEnum):
    """How much is said."""

    QUIET = "quiet"
    """Refusals and what has to be mended, and no progress."""
    NORMAL = "normal"
    VERBOSE = "verbose"
    """Also how long each step took."""


class LogFormat(StrEnum):
    """In which form."""

    TEXT = "text"
    JSON = "json"
    """One JSON object a line: `at`, `level`, `code` where there is one, and `message`."""


def log_level() -> LogLevel:
    """How much this process says."""
    return LogLevel(os.environ.get(_LEVEL) or LogLevel.NORMAL)


def is_json_log() -> bool:
    """Whether each line on standard error is a JSON object."""
    return os.environ.get(_FORMAT) == LogFormat.JSON


def check_log_settings() -> None:
    """Raise `UsageError` where a setting of the log has a value that is none."""
    allowed: dict[str, type[StrEnum]] = {_LEVEL: LogLevel, _FORMAT: LogFormat}
    for setting, values in allowed.items():
        written, known = os.environ.get(setting), [value.value for value in values]
        if written and written not in known:
            message = N_("%(setting)s is %(written)s, which is none; there are: %(known)s")
            raise UsageError(message, setting=setting, written=written, known=", ".join(known))


def log_options(*, is_listed: bool) -> list[Any]:
    """The options, for a command to take; help lists them with `kanmon` alone."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command()(logged)
    options: list[Any] = [param for param in get_command(app).params if param.name != "help"]
    for option in options:
        option.expose_value, option.hidden = False, not is_listed
        option._runtime_param = _WrittenValue()
    return options


class _WrittenValue:
    """Takes a value as it is written: Typer would load Pydantic for that, for every command."""

    def coerce(self, value: object, **_about: object) -> object:
        return value


def _sets(setting: str, value: str) -> Callable[[bool], bool]:
    def take(is_given: bool) -> bool:
        if is_given:
            os.environ[setting] = value
        return is_given

    return take


def _take_format(form: str) -> str:
    if form:
        os.environ[_FORMAT] = form
        check_log_settings()
    return form


def logged(
    quiet: Annotated[bool, typer.Option(
        "--quiet", "-q", callback=_sets(_LEVEL, LogLevel.QUIET), is_eager=True,
        help="Say nothing on standard error but refusals and what has to be mended.",
    )] = False,
    verbose: Annotated[bool, typer.Option(
        "--verbose", "-v", callback=_sets(_LEVEL, LogLevel.VERBOSE), is_eager=True, help="Say how long each step took.",
    )] = False,
    no_color: Annotated[bool, typer.Option(
        "--no-color", callback=_sets(_NO_COLOR, "1"), is_eager=True, help="Show progress without colours.",
    )] = False,
    log_format: Annotated[str, typer.Option(
        "--log-format", callback=_take_format, is_eager=True, metavar="|".join(LogFormat),
        help="Write standard error as text, or as one JSON object a line.",
    )] = "",
) -> None:  # fmt: skip
    """The options as a command would have them."""
