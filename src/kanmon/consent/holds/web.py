"""People on hold in the portal: which row or message holds them, a look at what lifting does, and the press."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.consent.doubtful import visible
from kanmon.consent.holds.preview import LiftRequest
from kanmon.consent.holds.use_cases import confirm_lifting, holds, look_at_lifting
from kanmon.consent.holds.words import fault_meaning
from kanmon.core.errors import ConfirmationMissing, KanmonError, PreviewOutdated
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import ask_again, page

SHOWN = 200
"""Holds that are shown at a time; the rest are told by `kanmon hold list`."""
router = APIRouter(prefix="/officer/holds", include_in_schema=False)


@router.get("")
def on_hold(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Who is on hold by which row, and of which rows nobody can tell whose they are; and what was settled."""
    return _page(request, account, application)


@router.post("/check", dependencies=[Depends(ask_again)])
def check(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    hold: Annotated[int, Form()],
    because: Annotated[str, Form()] = "",
) -> Response:
    """What lifting a hold or closing an alert would do; nothing is done."""
    return _check(request, account, application, LiftRequest(hold, account.name, because))


@router.post("/lift")
def press_lift(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    hold: Annotated[int, Form()],
    because: Annotated[str, Form()] = "",
    confirmation: Annotated[str, Form(alias="confirm")] = "",
) -> Response:
    """Do what was shown, as the privacy owner who is signed in."""
    asked = LiftRequest(hold, account.name, because)
    try:
        ended = confirm_lifting(application, asked, confirmation)
    except (ConfirmationMissing, PreviewOutdated) as refused:
        return _check(request, account, application, asked, refused)
    except KanmonError as refused:
        return _page(request, account, application, refused)
    return RedirectResponse(f"/officer/acts/{ended.end_seq}", 303)


def _check(
    request: Request, account: Account, application: Open, asked: LiftRequest, outdated: KanmonError | None = None
) -> Response:
    try:
        preview = look_at_lifting(application, asked)
    except KanmonError as refused:
        return _page(request, account, application, outdated or refused)
    context = {"preview": preview, "refused": outdated, "meaning": fault_meaning, "visible": visible}
    return page(request, "officer_hold_check.html", context, account, outdated.http_status if outdated else 200)


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
