"""`kanmon restore --accept`: go on with a database that is an older copy.

JSON: `lost` (stretches of entries), `entries` (how many of each type), `loads` (`file_name`, `sha256`), `withdrawals`,
`erasures`, `stops`, `awaited`, `ledger_seq`; see `ledger.use_cases.restoring.Restored`.
"""

import getpass
import os
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.use_cases.restoring import RestoreResult, accept_restored


def restore(
    accept: Annotated[
        bool, typer.Option("--accept", help="Take up what is known of the lost entries, and go on with this copy.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The privacy owner who accepts it; else the user.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger.")] = "restored from a backup",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a database that was restored from an older copy."""
    if not accept:
        raise UsageError(N_("say --accept once the copy to go on with is in place"))
    with opened(workspace, at) as application:
        done = accept_restored(application, by or getpass.getuser(), reason)
    if as_json:
        print_json(_facts(done))
    else:
        _print(done)


def _facts(done: RestoreResult) -> dict[str, object]:
    return {
        "lost": [list(stretch) for stretch in done.lost],
        "entries": dict(done.entries),
        "loads": [{"file_name": name, "sha256": sha256} for name, sha256 in done.loads],
        "withdrawals": done.withdrawals,
        "erasures": done.erasures,
        "stops": done.stops,
        "awaited": done.awaited,
        "ledger_seq": done.ledger_seq,
    }


def _print(done: RestoreResult) -> None:
    for first, last in done.lost:
        say(_("entries %(first)s to %(last)s of the ledger were lost with what they say"), first=first, last=last)
    if not done.lost:
        say(_("nothing is known of what this copy lacks; from here on it counts"))
    for kind, count in sorted(done.entries.items()):
        say(_("  %(type)s: %(count)s"), type=kind, count=count)
    for name, sha256 in done.loads:
        say(_("  load again: %(file)s (SHA-256 %(sha256)s)"), file=name, sha256=sha256)
    values = {"withdrawals": done.withdrawals, "erasures": done.erasures, "stops": done.stops}
    say(_("taken again: withdrawals %(withdrawals)s, erasures %(erasures)s, stops %(stops)s"), **values)
    if done.awaited:
        say(
            _("%(count)s wait for members that this copy does not know yet, and count from then on"), count=done.awaited
        )
    say(_("accepted; entry %(seq)s of the ledger"), seq=done.ledger_seq)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
