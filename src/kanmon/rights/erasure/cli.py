"""`kanmon subject erase`: erase a person, and what had to be kept and is due."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.ids import MemberId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.rights.erasure.service import RETAINED_BY
from kanmon.rights.erasure.shapes import DueErasures, ErasureFacts, MemberErasure
from kanmon.rights.erasure.use_cases import ErasureProgress, ErasureService
from kanmon.rights.words import CHECK_CODE_TOLD


def subject_erase(
    member: Annotated[str | None, typer.Argument(metavar="MEMBER", help="The member's ID on the board.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Erase what had to be kept and no longer has.")] = False,
    receipt: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the receipt is written to.")] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a member for good, everywhere; records of provision stay locked as long as the law wants them kept."""
    if (member is None) is not due:
        raise UsageError(N_("name a member to erase, or say --due, and not both"))
    with opened(workspace, at, alone=False) as application:
        desk = ErasureService(application)
        if member is None:
            count = desk.erase_due()
            if as_json:
                print_json(DueErasures(due=count))
            else:
                say(_("records that no longer had to be kept were erased, of %(count)s people"), count=count)
            return
        requested = desk.request(MemberId(member))
        desk.finish()
        erased = desk.erased(requested.code)
    if receipt is not None and erased.receipt is not None:
        write_file(receipt, erased.receipt)
    if as_json:
        result: MemberErasure = {**_facts(erased), "check_code": requested.check_code}
        print_json(result)
    else:
        _print(erased, receipt)
        if requested.check_code is not None:
            say(_(CHECK_CODE_TOLD), code=requested.check_code)


def _facts(erased: ErasureProgress) -> ErasureFacts:
    told = erased.told
    return {
        "code": erased.code,
        "requested_at": told.requested_at.isoformat(),
        "is_done": told.is_done,
        "ledger_seq": told.ledger_seq,
        "locked": [
            {"client_id": one.client_id, "retain_until": one.retain_until.isoformat(), "by": RETAINED_BY}
            for one in told.locked
        ],
        "asked": [
            {
                "client_id": one.client_id,
                "requested_at": one.requested_at.isoformat(),
                "due_on": one.due_on.isoformat(),
                "certified_at": None if one.certified_at is None else one.certified_at.isoformat(),
            }
            for one in told.asked
        ],
    }


def _print(erased: ErasureProgress, receipt: Path | None) -> None:
    told = erased.told
    asked_at = told.requested_at.astimezone(TOKYO).isoformat(" ", "seconds")
    say(_("asked at %(at)s; from then on nothing is computed or provided"), at=asked_at)
    if told.is_done:
        say(_("erased; entry %(seq)s of the ledger"), seq=told.ledger_seq)
    else:
        say(_("another command is working: the rest is erased by `kanmon subject erase --due`, or by this once more"))
    for one in told.locked:
        values = {"client": one.client_name, "until": one.retain_until, "by": RETAINED_BY}
        say(_("  locked until %(until)s, then erased: the record of what %(client)s got (%(by)s)"), **values)
    for asked in told.asked:
        values = {"client": asked.client_name, "due": asked.due_on}
        say(_("  %(client)s is asked to erase what it got, and to certify it by %(due)s"), **values)
    say(_("the code that the person keeps, to ask how far it has come: %(code)s"), code=erased.code)
    if receipt is not None and erased.receipt is None:
        say(_("the ledger waits to be signed; there is a receipt once it is, by this command once more"))
    elif receipt is not None:
        say(_("the receipt is in %(file)s"), file=receipt)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
