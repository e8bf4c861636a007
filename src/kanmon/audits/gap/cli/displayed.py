"""`kanmon audit screens`: screens that showed other words than those in force."""

import os
import sys
from typing import Annotated

import typer

from kanmon.audits.gap.displayed import DisplayCounts
from kanmon.audits.gap.shapes import DisplayedScreenResult, ScreensResult
from kanmon.audits.overview.use_cases.overview import stale_screens_of
from kanmon.cli.opening import AtOption, JsonOption, SinceOption, UntilOption, WorkspaceOption, moment, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.language import preferred_language, translations


def audit_screens(
    since: SinceOption,
    until: UntilOption = None,
    by_looks: Annotated[
        bool, typer.Option("--looks", help="By looks at the screens, not by the acts of consent on them.")
    ] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Screens that showed other words than those in force, since when, and how often."""
    begins, ends = moment("--since", since), None if until is None else moment("--until", until)
    with opened(workspace, at, alone=False) as application:
        found = stale_screens_of(application, begins, ends, by_looks=by_looks)
    if as_json:
        print_json(ScreensResult(screens=[_facts(screen) for screen in found]))
        return
    if not found:
        say(_("every screen showed the words in force"))
    for screen in found:
        first, last = (one.astimezone(TOKYO).isoformat(" ", "seconds") for one in (screen.first_at, screen.last_at))
        said = _("%(screen)s: %(count)s times, from %(first)s to %(last)s")
        sys.stdout.write(
            said % {"screen": screen.screen_id, "count": f"{screen.count:,}", "first": first, "last": last} + "\n"
        )


def _facts(screen: DisplayCounts) -> DisplayedScreenResult:
    return {
        "screen_id": screen.screen_id,
        "first_at": str(screen.first_at),
        "last_at": str(screen.last_at),
        "count": screen.count,
    }


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
