"""For the privacy owner: the audit file of each client, and the audit itself (EMP-05, AC-06, AC-24)."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.audits.use.use_cases import audit_files, audit_use
from kanmon.audits.use.words import FINDINGS
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/use-audits", include_in_schema=False)


@router.get("")
def see_audits(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every client's plan, what was found, decisions that were changed, and prohibited uses that it stated."""
    context = {"files": audit_files(application), "findings": FINDINGS}
    return page(request, "officer_use_audits.html", context, account)


@router.post("")
def look_now(account: PrivacyOwner, application: Open) -> Response:
    """Audit every client now; whoever is found is suspended when this answers."""
    audit_use(application, account.name, suspends=True)
    return RedirectResponse("/officer/use-audits", 303)
