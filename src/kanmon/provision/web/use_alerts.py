"""For the privacy owner: prohibited uses that clients themselves stated (AC-06), and stages that they moved (S12)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.use.use_cases import stage_alerts
from kanmon.provision.use_cases.client import use_alerts
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/alerts", include_in_schema=False)


@router.get("")
def see_alerts(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every alert, client by client: where the use audit of a client begins."""
    context = {"alerts": use_alerts(application), "moves": stage_alerts(application)}
    return page(request, "use_alerts.html", context, account)
