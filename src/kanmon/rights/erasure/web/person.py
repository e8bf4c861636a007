"""Erasing oneself: what goes, what stays locked and until when, one more press, and a page that tells how far it came.

That page is for whoever has the code: the account is erased with everything else.
"""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.service import SignIn
from kanmon.core.ids import MemberId
from kanmon.core.language import N_, translations
from kanmon.ledger.faults import NotSignedYet
from kanmon.rights.answer.use_cases.people import subject_view
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.rights.words import CHECK_CODE_TOLD
from kanmon.web.access import SESSION_COOKIE, Open, Person
from kanmon.web.doors import session_token
from kanmon.web.pages import language_of, page

router = APIRouter(prefix="/me/erase", include_in_schema=False)
afterwards = APIRouter(prefix="/erased", include_in_schema=False)
"""For whoever has a code, without signing in."""
CHECK_COOKIE = "kanmon_check_code"
"""Brings the check code over the redirect to the page that shows it, which ends it."""
_CHECK_COOKIE_LASTS = 600
_CHECK_COOKIE_PATH = "/erased"


@router.get("")
def before_erasing(request: Request, account: Person, application: Open) -> Response:
    """What would go and what would stay, in plain words."""
    provisions = subject_view(application, _member(account)).provisions
    kept = sorted(
        (told.record["recipient"]["legal_name"], date.fromisoformat(told.record["retain_until"])) for told in provisions
    )
    return page(request, "erase.html", {"kept": kept}, account)


@router.post("")
def erase(request: Request, account: Person, application: Open) -> Response:
    """Erase the person who is signed in; what can't be done at once is done as soon as no other command works."""
    desk = ErasureService(application)
    requested = desk.request(_member(account))
    doors: SignIn = request.app.state.sign_in
    doors.sessions.end(session_token(request) or "")
    desk.finish(compacts=False)
    response = RedirectResponse(f"/erased/{requested.code}", 303)
    response.delete_cookie(SESSION_COOKIE, secure=True, httponly=True, path="/")
    if requested.check_code is not None:
        response.set_cookie(
            CHECK_COOKIE, requested.check_code, _CHECK_COOKIE_LASTS, path=_CHECK_COOKIE_PATH, secure=True,
            httponly=True, samesite="lax",
        )  # fmt: skip
    return response


@afterwards.get("/{code}")
def after_erasing(request: Request, application: Open, code: str) -> Response:
    """How far it has come, here and at each recipient; once, right after the press, also the check code."""
    desk = ErasureService(application)
    check_code = request.cookies.get(CHECK_COOKIE)
    told = None if check_code is None else translations(language_of(request)).gettext(CHECK_CODE_TOLD)
    context = {
        "erased": desk.erased(code),
        "today": desk.today(),
        "check_code": None if told is None else told % {"code": check_code},
    }
    response = page(request, "erased.html", context)
    if check_code is not None:
        response.delete_cookie(CHECK_COOKIE, _CHECK_COOKIE_PATH, secure=True, httponly=True)
    return response


@afterwards.get("/{code}/receipt.json")
def receipt(application: Open, code: str) -> Response:
    """The receipt, which anyone checks with `kanmon verify`."""
    headers = {"Content-Disposition": 'attachment; filename="erasure-receipt.json"'}
    content = ErasureService(application).erased(code).receipt
    if content is None:
        raise NotSignedYet(N_("the ledger waits to be signed; the receipt is here once it is"))
    return Response(content, media_type="application/json", headers=headers)


def _member(account: Account) -> MemberId:
    assert account.member_id is not None
    return account.member_id
