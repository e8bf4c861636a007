"""Pages for everybody: "was I scored?" without an account, and what must be public about personal data (APPI-20)."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.core.errors import KanmonError, NotFound
from kanmon.core.language import translations
from kanmon.gate.releases import Viewpoint
from kanmon.incidents.notices.use_cases import Notices
from kanmon.provision.first_page import prohibited_use_in_words, purpose_in_words
from kanmon.reviews.releases.model import QUESTIONS
from kanmon.rights.answer.stub import CodeAnswer
from kanmon.rights.answer.told import hold_in_words
from kanmon.rights.answer.use_cases.public import PublicService
from kanmon.rights.answer.web.log_key import log_key_shown
from kanmon.rights.handling import effect_in_words
from kanmon.rights.requests.service import Request as AtDesk
from kanmon.web.access import Open, account_of
from kanmon.web.doors import client_line
from kanmon.web.pages import ask_again, language_of, local, page

router = APIRouter(include_in_schema=False)
_VERIFY = (Path(__file__).parents[1] / "verify.html").read_text(encoding="utf-8")
_VERIFY_POLICY = _VERIFY.partition('http-equiv="Content-Security-Policy" content="')[2].partition('"')[0]
"""By the hash of its one script and its one style; it may load and send nothing."""


@router.get("/about")
def about(request: Request, application: Open) -> Response:
    """Who we are, purposes in use, procedures, security measures, what student advocates said, where to complain."""
    _ = translations(language_of(request)).gettext
    desk = PublicService(application)
    context = {
        "about": desk.about(),
        "annual_report": desk.annual_report(),
        **log_key_shown(application, _),
        "release": desk.running_release(),
        "questions": QUESTIONS[Viewpoint.STUDENT],
        "purpose": lambda name: purpose_in_words(name, _),
        "prohibited": lambda name: prohibited_use_in_words(name, _),
    }
    return page(request, "about.html", context, account_of(request))


@router.get("/verify")
def verify() -> Response:
    """The page that checks receipts, answers, packs and proofs of training in the browser, and works from a disk.

    It has no account, no language of the reader and no part of the shell: whoever saves it has all of it.
    """
    return HTMLResponse(_VERIFY, headers={"Content-Security-Policy": f"{_VERIFY_POLICY}; frame-ancestors 'none'"})


@router.get("/check")
def ask_to_check(request: Request) -> Response:
    """The forms to ask with a check code, and without one."""
    return _check_page(request)


@router.post("/check", dependencies=[Depends(ask_again)])
def check(request: Request, application: Open, code: Annotated[str, Form()] = "") -> Response:
    """The answer behind a code: yes, no and a code that was never issued all look alike but for the words."""
    try:
        answer = PublicService(application).check(code, client_line(request))
    except KanmonError as refused:
        return _check_page(request, refused)
    return _checked_page(request, answer, code)


@router.get("/notices")
def notices(request: Request, application: Open) -> Response:
    """Incidents that were made public: for those whom nothing else reaches."""
    published = Notices(application).published()
    return page(request, "notices.html", {"published": published}, account_of(request))


@router.post("/check/proof")
def check_proof(request: Request, application: Open, code: Annotated[str, Form()] = "") -> Response:
    """The answer as a receipt, which anyone checks with `kanmon verify`; of an unknown code the same page again."""
    try:
        receipt = PublicService(application).check_proof(code, client_line(request))
    except NotFound:
        return _checked_page(request, None, code)
    except KanmonError as refused:
        return _check_page(request, refused)
    headers = {"Content-Disposition": 'attachment; filename="answer.json"'}
    return Response(receipt, media_type="application/json", headers=headers)


@router.post("/check/desk")
def ask_the_desk(
    request: Request,
    application: Open,
    contact: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Without a code: a request for the desk, which identifies the person and answers within the deadline."""
    desk = PublicService(application)
    try:
        asked = desk.ask_to_be_checked(contact, words, client_line(request))
    except KanmonError as refused:
        return _check_page(request, refused)
    address = desk.address_of(asked)
    return _check_page(request, asked=asked) if address is None else RedirectResponse(f"/check/desk/{address}", 303)


@router.get("/check/desk/{address}")
def asked_at_the_desk(request: Request, application: Open, address: str) -> Response:
    """That the desk has the request, with its number, for an hour; nobody else can guess the address."""
    return _check_page(request, asked=PublicService(application).asked(address))


def _check_page(request: Request, refused: KanmonError | None = None, asked: AtDesk | None = None) -> Response:
    account: Account | None = account_of(request)
    status = 200 if refused is None else refused.http_status
    return page(request, "check.html", {"refused": refused, "asked": asked}, account, status)


def _checked_page(request: Request, answer: CodeAnswer | None, code: str) -> Response:
    _ = translations(language_of(request)).gettext
    holds = [] if answer is None else [hold_in_words(held, local, _) for held in answer.holds]
    effects = [] if answer is None else [(one, effect_in_words(one, local, _)) for one in answer.incidents]
    context = {"answer": () if answer is None else answer.lines, "is_known": answer is not None, "code": code}
    return page(request, "checked.html", {**context, "incidents": effects, "holds": holds}, account_of(request))
