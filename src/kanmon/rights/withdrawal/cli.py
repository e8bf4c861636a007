"""`kanmon subject withdraw`: a person's withdrawal."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from kanmon.cli.opening import AtOption, JsonOption, MemberArgument, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import preferred_language, translations
from kanmon.provision.first_page import prohibited_use_in_words, purpose_in_words
from kanmon.rights.provided import ITEMS, ReportedProvision
from kanmon.rights.withdrawal.service import WithdrawalReceipt
from kanmon.rights.withdrawal.shapes import WithdrawalResult
from kanmon.rights.withdrawal.use_cases import withdraw_consent


def subject_withdraw(
    member: MemberArgument,
    client: Annotated[
        str | None, typer.Option("--client", metavar="C", help="Only for this client; else for all of them.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw a member's consent; nothing is provided on it once this command has ended."""
    with opened(workspace, at, alone=False) as application:
        done = withdraw_consent(application, MemberId(member), None if client is None else ClientId(client))
    if as_json:
        print_json(_facts(done))
        return
    say(_("withdrawn at %(at)s; entry %(seq)s of the ledger"), at=_local(done.at), seq=done.ledger_seq)
    if done.provided_before:
        say(_("what had been provided before, and that the recipients are asked to erase:"))
        print_provisions(done.provided_before)


def _facts(done: WithdrawalReceipt) -> WithdrawalResult:
    return {
        "member_id": done.member_id,
        "client_id": done.client_id,
        "at": done.at.isoformat(),
        "ledger_seq": done.ledger_seq,
        "provided_before": [
            {"ledger_seq": told.ledger_seq, "record": told.record, "categories": told.categories}
            for told in done.provided_before
        ],
        "asked": [one.client_id for one in done.asked],
    }


def print_provisions(provisions: Sequence[ReportedProvision]) -> None:
    """What was provided to whom, for what, and on which consent."""
    for told in provisions:
        record: Mapping[str, Any] = told.record
        recipient = record["recipient"]
        values = {"at": _local(datetime.fromisoformat(record["provided_at"])), "seq": told.ledger_seq, **recipient}
        sys.stdout.write("  " + _("%(at)s to %(legal_name)s (%(address)s, %(representative)s)") % values + "\n")
        purpose = purpose_in_words(record["purpose"], _)
        items = ", ".join(f"{_(ITEMS[item])} {value}" for item, value in record["items"].items())
        sys.stdout.write("    " + _("what: %(items)s; for: %(purpose)s") % {"items": items, "purpose": purpose} + "\n")
        uses = ", ".join(prohibited_use_in_words(use, _) for use in record["prohibited_uses"])
        sys.stdout.write("    " + _("may not be used for: %(uses)s") % {"uses": uses} + "\n")
        if record.get("consent") is None:
            continue
        consent = {**record["consent"], "at": _local(datetime.fromisoformat(record["consent"]["occurred_at"]))}
        said = _("on the consent of %(at)s on screen %(screen_id)s, text %(text_sha256).12s; entry %(entry)s")
        sys.stdout.write("    " + said % {**consent, "entry": told.ledger_seq} + "\n")


def _local(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat(" ", "seconds")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
