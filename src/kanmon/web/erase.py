"""Erasing oneself: what goes, what stays locked and until when, one more press, and a page that tells how far it came.

That page is for whoever has the code: the account is erased with everything else.
"""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.service import SignIn
from kanmon.bootstrap.erasure import ErasureDesk
from kanmon.ids import MemberId
from kanmon.web.access import SESSION_COOKIE, Open, Person
from kanmon.web.pages import page

router = APIRouter(prefix="/me/erase", include_in_schema=False)
afterwards = APIRouter(prefix="/erased", include_in_schema=False)
"""For whoever has a code, without signing in."""


@router.get("")
def before_erasing(request: Request, account: Person, application: Open) -> Response:
    """What would go and what would stay, in plain words."""
    provisions = application.subject(_member(account)).provisions
    kept = sorted(
        (told.record["recipient"]["legal_name"], date.fromisoformat(told.record["retain_until"])) for told in provisions
    )
    return page(request, "erase.html", {"kept": kept}, account)


@router.post("")
def erase(request: Request, account: Person, application: Open) -> Response:
    """Erase the person who is signed in; what can't be done at once is done as soon as no other command works."""
    desk = ErasureDesk(application)
    code = desk.request(_member(account))
    doors: SignIn = request.app.state.sign_in
    doors.sign_out(request.cookies.get(SESSION_COOKIE, ""))
    desk.finish(compacts=False)
    response = RedirectResponse(f"/erased/{code}", 303)
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, path="/")
    return response


@afterwards.get("/{code}")
def after_erasing(request: Request, application: Open, code: str) -> Response:
    """How far it has come, here and at each recipient."""
    desk = ErasureDesk(application)
    return page(request, "erased.html", {"erased": desk.erased(code), "today": desk.today()})


@afterwards.get("/{code}/receipt.json")
def receipt(application: Open, code: str) -> Response:
    """The receipt, which anyone checks with `kanmon verify`."""
    headers = {"Content-Disposition": 'attachment; filename="erasure-receipt.json"'}
    return Response(ErasureDesk(application).erased(code).receipt, media_type="application/json", headers=headers)


def _member(account: Account) -> MemberId:
    assert account.member_id is not None
    return account.member_id
