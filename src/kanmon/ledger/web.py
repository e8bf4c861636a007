"""The ledger: how far it has come, what was signed of it, and the check of all of it."""

from collections.abc import Sequence

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from kanmon.access.account import Account
from kanmon.audits.overview.pictures import growth_picture
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.audits.reconciliation.service import RowFinding, row_sentences
from kanmon.core.language import translations
from kanmon.ledger.fsck import FAULT_TEXTS, LedgerCheck
from kanmon.ledger.use_cases.checks import ledger_check, row_check
from kanmon.ledger.witnesses.use_cases import witness_records
from kanmon.ledger.witnesses.words import CLAIMED, OUTCOMES, PROVED
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import ask_again, language_of, page

CHECKPOINTS = 20
ENTRIES = 50
router = APIRouter(prefix="/officer/ledger", include_in_schema=False)


@router.get("")
def ledger(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """The newest checkpoints and entries."""
    return _ledger(request, account, application)


@router.post("/check", dependencies=[Depends(ask_again)])
def check(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Read the whole ledger again, and hold the tables against it; it takes some seconds for each million entries."""
    checked = ledger_check(application, [])
    return _ledger(request, account, application, checked, None if checked.findings else row_check(application))


@router.get("/checkpoints/{size}")
def checkpoint(_account: PrivacyOwner, application: Open, size: int) -> Response:
    """A signed checkpoint, to be kept elsewhere."""
    headers = {"Content-Disposition": f'attachment; filename="checkpoint-{size}.txt"'}
    return Response(Officer(application).checkpoint(size), media_type="text/plain; charset=utf-8", headers=headers)


def _ledger(
    request: Request,
    account: Account,
    application: Open,
    checked: LedgerCheck | None = None,
    rows: Sequence[RowFinding] | None = None,
) -> Response:
    translate = translations(language_of(request)).gettext
    faults = [
        translate(FAULT_TEXTS[found.fault]) % {"first": f"{found.first:,}", "last": f"{found.last:,}"}
        for found in (checked.findings if checked else ())
    ]
    seen = Officer(application).ledger(CHECKPOINTS, ENTRIES)
    records, conflicts = witness_records(application)
    answers = [(record, translate(OUTCOMES[record.outcome]) % {"size": f"{record.size:,}"}) for record in records]
    against = [
        translate((CLAIMED if one.note is None else PROVED)[one.kind])
        % {"name": one.witness.partition("+")[0], "size": f"{one.size:,}"}
        for one in conflicts
    ]
    told = {
        "seen": seen,
        "growth": growth_picture(seen.checkpoints, translate),
        "witnesses": answers,
        "conflicts": list(zip(against, conflicts, strict=True)),
        "checked": checked,
        "faults": faults,
        "rows": None if rows is None else list(row_sentences(rows, translate)),
    }
    return page(request, "officer_ledger.html", told, account)
