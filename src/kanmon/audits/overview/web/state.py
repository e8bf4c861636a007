"""What the privacy owner sees first: alerts, what is due, and the state of everything at one glance."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.overview.use_cases.due import due_list
from kanmon.audits.overview.use_cases.overview import overview_now, week_now
from kanmon.consent.holds.use_cases import standing_holds
from kanmon.consent.rendered.use_cases import reported
from kanmon.gate.switch.use_cases import switch_state
from kanmon.gate.wording import MEANINGS, USES
from kanmon.provision.use_cases.client import standing_use_alerts
from kanmon.rights.recall.use_cases import RecallService
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer", include_in_schema=False)


@router.get("")
def state(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Alerts first, then what is due, then screens, refusals, provisions and the ledger."""
    stopped = switch_state(application).stopped
    context = {"overview": overview_now(application), "meanings": MEANINGS, "uses": USES, "stopped": stopped}
    context["holds"] = standing_holds(application)
    context["reported"] = told = reported(application)
    context["due"] = due_list(application, told, stopped)
    context["week"] = week_now(application)
    context["now"] = application.clock.now()
    context["admitted"] = standing_use_alerts(application)
    context["late"] = RecallService(application).late()
    return page(request, "officer.html", context, account)
