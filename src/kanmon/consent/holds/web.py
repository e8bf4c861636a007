"""People on hold in the portal: which row or message holds them, and one press to settle it with a reason."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.consent.doubtful import visible
from kanmon.consent.holds.use_cases import end_of_hold, holds, lift_holds
from kanmon.consent.holds.words import fault_meaning
from kanmon.core.errors import KanmonError
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

SHOWN = 200
"""Holds that are shown at a time; the rest are told by `kanmon hold list`."""
router = APIRouter(prefix="/officer/holds", include_in_schema=False)


@router.get("")
def on_hold(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Who is on hold by which row, and of which rows nobody can tell whose they are; and what was settled."""
    return _page(request, account, application)


@router.post("/lift")
def press_lift(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    hold: Annotated[int, Form()],
    because: Annotated[str, Form()] = "",
) -> Response:
    """Lift a hold or close an alert, as the privacy owner who is signed in."""
    try:
        lift_holds(application, [hold], account.name, because)
    except KanmonError as refused:
        return _page(request, account, application, refused)
    return RedirectResponse(f"/officer/acts/{end_of_hold(application, hold)}", 303)


def _page(request: Request, account: Account, application: Open, refused: KanmonError | None = None) -> Response:
    found = holds(application, with_ended=True)
    standing = [hold for hold in found if hold.ended_at is None]
    settled = sorted((hold for hold in found if hold.ended_at is not None), key=lambda hold: -hold.number)
    context = {
        "standing": standing[:SHOWN],
        "more": len(standing) - SHOWN,
        "settled": settled[:SHOWN],
        "meaning": fault_meaning,
        "visible": visible,
        "refused": refused,
    }
    return page(request, "officer_holds.html", context, account, refused.http_status if refused else 200)
