"""What every command needs to begin: the options they share, and the application over a workspace."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from kanmon.application.application import Application
from kanmon.cli.progress import progress_for
from kanmon.core.clock import TOKYO
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_, preferred_language, translations

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", metavar="DIR", help="The workspace: the current folder, else ./kanmon-workspace."),
]
AtOption = Annotated[
    str | None, typer.Option("--at", metavar="T", help="In a replay workspace: act as if it were T (ISO 8601).")
]
SinceOption = Annotated[str, typer.Option("--since", metavar="T", help="Where the period begins (ISO 8601).")]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="T", help="Where the period ends, itself left out; else now.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]

AsOption = Annotated[str, typer.Option("--as", metavar="NAME", help="The account of whoever takes the step.")]
MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="The member's ID on the board.")]
ClientsOption = Annotated[
    list[str] | None, typer.Option("--client", metavar="C", help="Only this client; may be repeated.")
]
SeasonOption = Annotated[
    str | None, typer.Option("--season", metavar="S", help="Only clients whose contract scores this season.")
]


@contextmanager
def opened(workspace: Path | None, at: str | None, *, alone: bool = True) -> Iterator[Application]:
    """The application over a workspace, acting at the moment written in `at`; `UsageError` where that is none."""
    acts_at = None if at is None else moment("--at", at)
    with Application.open(workspace, acts_at, progress_for(sys.stderr.isatty()), alone=alone) as application:
        faults = application.faults()
        try:
            yield application
        except KanmonError as error:
            _tell([fault for fault in faults if fault.code != error.code])
            raise
        trouble = application.transactions.second.trouble
        _tell([*faults, *([] if trouble is None else [trouble])])


def _tell(faults: Sequence[KanmonError]) -> None:
    """Say on standard error what has to be mended, whatever the command was for."""
    translate = translations(preferred_language(os.environ)).gettext
    for fault in faults:
        sys.stderr.write(f"kanmon: {fault.told(translate)} [{fault.code}]\n")


def client_ids(written: list[str] | None) -> list[ClientId]:
    """The clients named in options; none where none is named."""
    return [ClientId(client) for client in written or []]


def moment(option: str, written: str) -> datetime:
    """The moment written in an option; one without an offset is taken as Asia/Tokyo."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(
            N_("%(option)s %(written)s is not a moment; write it like 2026-04-01T09:00:00+09:00"),
            option=option,
            written=written,
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=TOKYO)


def day(option: str, written: str | None) -> date | None:
    """The day written in an option; None where it isn't given."""
    try:
        return None if written is None else date.fromisoformat(written)
    except ValueError:
        raise UsageError(
            N_("%(option)s %(written)s is not a day; write it like 2026-04-01"), option=option, written=written
        ) from None


def season_id(written: str | None) -> SeasonId | None:
    """The season named in an option."""
    return None if written is None else SeasonId(written)
