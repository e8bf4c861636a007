"""The gate's refusals by reason over time, and the applicants that one reason held."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.overview.pictures import refusals_picture
from kanmon.audits.overview.refusals import RefusalQuery
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.core.errors import KanmonError
from kanmon.core.ids import ClientId
from kanmon.core.language import translations
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.wording import MEANINGS, USES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page
from kanmon.web.periods import days_of, window_of

ON_A_PAGE = 100
DAYS = 30
"""How far back is looked where nobody says."""
router = APIRouter(prefix="/officer/refusals", include_in_schema=False)


@router.get("")
def refusals(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    client: str = "",
    use: Use = Use.PROVIDE,
    reason: str = "",
    since: str = "",
    until: str = "",
) -> Response:
    """How many applicants the gate refused, reason by reason and day by day."""
    officer = Officer(application)
    context = {"terms": officer.terms(), "client": client, "use": use, "reason": reason, "uses": USES}
    context |= {"meanings": MEANINGS, "refused": None, "found": None, "since": since, "until": until}
    try:
        asked = _asked(application, client, use, reason, since, until)
    except KanmonError as refused:
        context["refused"] = refused
        return page(request, "officer_refusals.html", context, account, refused.http_status)
    found = officer.refusals(asked)
    first, last = days_of(asked.window)
    context |= {"found": found, "since": first, "until": last}
    context["by_day"] = refusals_picture(found.days, translations(language_of(request)).gettext)
    return page(request, "officer_refusals.html", context, account)


@router.get("/{reason}")
def refused_applicants(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    reason: ReasonCode,
    client: str = "",
    use: Use = Use.PROVIDE,
    since: str = "",
    until: str = "",
    start: int = 0,
) -> Response:
    """The applicants that one reason held in a period, by the clients' own IDs."""
    asked = _asked(application, client, use, reason, since, until)
    first, last = days_of(asked.window)
    context = {
        "found": Officer(application).refused(asked, max(0, start), ON_A_PAGE),
        "length": ON_A_PAGE,
        "reason": reason,
        "meanings": MEANINGS,
        "uses": USES,
        "asked": asked,
        "since": first,
        "until": last,
    }
    return page(request, "officer_refused.html", context, account)


def _asked(application: Open, client: str, use: Use, reason: str, since: str, until: str) -> RefusalQuery:
    window = window_of(since, until, application.clock.now(), DAYS)
    code = ReasonCode(reason) if reason in {*ReasonCode} else None
    return RefusalQuery(window, use, ClientId(client) if client else None, code)
