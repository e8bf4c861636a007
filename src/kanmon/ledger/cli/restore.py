"""What `kanmon restore --accept` tells.

JSON: `lost` (stretches of entries), `entries` (how many of each type), `loads` (`file_name`, `sha256`), `withdrawals`,
`erasures`, `stops`, `awaited`, `ledger_seq`; see `ledger.use_cases.restoring.RestoreResult`.
"""

import os

from kanmon.cli.output import say
from kanmon.core.language import preferred_language, translations
from kanmon.ledger.shapes import AcceptedRestore
from kanmon.ledger.use_cases.restoring import RestoreResult


def accepted_facts(done: RestoreResult) -> AcceptedRestore:
    """An acceptance as JSON."""
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


def say_accepted(done: RestoreResult) -> None:
    """Print an acceptance."""
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
