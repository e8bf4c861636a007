"""`kanmon hold`: people on hold because something that may be a no of theirs could not be read.

JSON of `list`: `holds`, each with `hold`, `member_id`, `applicant_id`, `client_id` (null: all), `is_alert`, `file`,
`line`, `row`, `column`, `reason`, `held_at`, `ledger_seq` and, where it ended, `ended_at`, `ended_by`, `because`,
`evidence_id`, `end_seq`; `lift` prints those that it lifted.
"""

import os
from typing import Annotated

import typer

from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.consent.doubtful import visible
from kanmon.consent.holds.service import ConsentHold
from kanmon.consent.holds.shapes import HoldListResult, HoldResult, LiftResult
from kanmon.consent.holds.use_cases import holds, lift_holds
from kanmon.consent.holds.words import fault_meaning
from kanmon.core.clock import TOKYO
from kanmon.core.language import preferred_language, translations


def hold_list(
    everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell who is on hold, and by which row."""
    with opened(workspace, None, alone=False) as application:
        found = holds(application, with_ended=everything)
    if as_json:
        print_json(HoldListResult(holds=[facts_of(hold) for hold in found]))
        return
    if not found:
        say(_("nobody is on hold"))
    for hold in found:
        _print(hold)


def hold_lift(
    numbers: Annotated[list[int], typer.Argument(metavar="HOLD...", help="Numbers that `kanmon hold list` tells.")],
    because: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; it stands in the ledger.")],
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who says so.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lift holds, or close alerts, as the privacy owner, after looking at what the rows mean."""
    with opened(workspace, None, alone=False) as application:
        lifted = lift_holds(application, numbers, person, because)
    if as_json:
        print_json(LiftResult(lifted=[facts_of(hold) for hold in lifted]))
    else:
        say(_("lifted: %(count)s"), count=len(lifted))


def facts_of(hold: ConsentHold) -> HoldResult:
    """A hold as plain values."""
    return {
        "hold": hold.number,
        "member_id": hold.member_id,
        "applicant_id": hold.applicant_id,
        "client_id": hold.client_id,
        "is_alert": hold.is_alert,
        "file": hold.source,
        "line": hold.line,
        "row": hold.written,
        "column": hold.at_column,
        "reason": hold.fault,
        "held_at": hold.held_at.isoformat(),
        "ledger_seq": hold.ledger_seq,
        "ended_at": None if hold.ended_at is None else hold.ended_at.isoformat(),
        "ended_by": hold.ended_by,
        "because": hold.because,
        "evidence_id": hold.consent_no,
        "end_seq": hold.end_seq,
    }


def _print(hold: ConsentHold) -> None:
    place = hold.source if hold.line is None else f"{hold.source}:{hold.line}"
    whose = hold.member_id or hold.applicant_id
    say(
        "%(number)s  %(whose)s  %(client)s  %(at)s  %(place)s  %(column)s %(reason)s",
        number=hold.number,
        whose=_("nobody can tell whose it is") if whose is None else visible(whose),
        client=hold.client_id or _("all companies"),
        at=hold.held_at.astimezone(TOKYO).isoformat(" ", "seconds"),
        place=visible(place),
        column=hold.at_column,
        reason=_(fault_meaning(hold.fault)),
    )
    say("    %(row)s", row=visible(hold.written))
    if hold.ended_at is not None:
        at = hold.ended_at.astimezone(TOKYO).isoformat(" ", "seconds")
        if hold.ended_by is None:
            say(_("    ended at %(at)s by the mended row"), at=at)
        else:
            say(_("    lifted at %(at)s by %(person)s: %(because)s"), at=at, person=hold.ended_by, because=hold.because)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
