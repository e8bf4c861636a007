"""What confirms an act, at an address of its own: what was done, by whom, when, its receipt, and what comes next."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from kanmon.audits.overview.use_cases.acts import TITLES, act_receipt, act_record
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/acts", include_in_schema=False)
Number = Annotated[int, Path(ge=0, lt=2**63)]


@router.get("/{number}")
def act(request: Request, account: PrivacyOwner, application: Open, number: Number) -> Response:
    """The act in that entry of the ledger."""
    record = act_record(application, number)
    return page(request, "officer_act.html", {"act": record, "title": TITLES[record.kind]}, account)


@router.get("/{number}/receipt.json")
def receipt(_account: PrivacyOwner, application: Open, number: Number) -> Response:
    """Its receipt, which `/verify` and `kanmon verify` check."""
    headers = {"Content-Disposition": f'attachment; filename="receipt-{number}.json"'}
    return Response(act_receipt(application, number), media_type="application/json", headers=headers)
