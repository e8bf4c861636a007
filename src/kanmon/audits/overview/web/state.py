"""The state of everything at one glance."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.overview.use_cases.overview import overview_now
from kanmon.consent.holds.use_cases import standing_holds
from kanmon.gate.switch.use_cases import switch_state
from kanmon.gate.wording import MEANINGS, USES
from kanmon.incidents.matters.use_cases import Matters
from kanmon.rights.recall.use_cases import RecallService
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer", include_in_schema=False)


@router.get("")
def state(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Screens, refusals, provisions and the ledger; what is stopped, who is on hold, whether a recipient is late."""
    stopped = switch_state(application).stopped
    context = {"overview": overview_now(application), "meanings": MEANINGS, "uses": USES, "stopped": stopped}
    context["holds"] = standing_holds(application)
    context["matters"] = Matters(application).due()
    context["late"] = RecallService(application).late()
    return page(request, "officer.html", context, account)
