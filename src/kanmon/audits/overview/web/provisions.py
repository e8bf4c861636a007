"""The provisions: to whom, what, on which consents, with the proof; never a value of a score."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.overview.pictures import funnel_picture
from kanmon.audits.overview.provided import ProvisionQuery
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.audits.rejudgement.faults import FAULT_WORDS
from kanmon.audits.rejudgement.use_cases import last_rejudgement
from kanmon.core.errors import KanmonError
from kanmon.core.ids import ClientId, ProvisionId, SeasonId
from kanmon.core.language import translations
from kanmon.provision.first_page import prohibited_use_in_words, purpose_in_words
from kanmon.rights.provided import ITEMS
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page
from kanmon.web.periods import days_of, window_of

ON_A_PAGE = 50
PERSONS_ON_A_PAGE = 100
DAYS = 365
"""How far back is looked where nobody says."""
router = APIRouter(prefix="/officer/provisions", include_in_schema=False)


@router.get("")
def provisions(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    client: str = "",
    season: str = "",
    since: str = "",
    until: str = "",
    start: int = 0,
) -> Response:
    """The provisions of a period, newest first."""
    officer = Officer(application)
    context = {"terms": officer.terms(), "client": client, "season": season, "refused": None, "found": None}
    context["funnel"] = None
    context |= {"rejudged": last_rejudgement(application), "fault_words": FAULT_WORDS}
    try:
        window = window_of(since, until, application.clock.now(), DAYS)
    except KanmonError as refused:
        context |= {"since": since, "until": until, "refused": refused}
        return page(request, "officer_provisions.html", context, account, refused.http_status)
    first, last = days_of(window)
    asked = ProvisionQuery(window, ClientId(client) if client else None, SeasonId(season) if season else None)
    steps = officer.funnel(asked.client_id, asked.season)
    context["funnel"] = funnel_picture(steps, translations(language_of(request)).gettext)
    context |= {"since": first, "until": last, "found": officer.provisions(asked, max(0, start), ON_A_PAGE)}
    return page(request, "officer_provisions.html", {**context, "length": ON_A_PAGE}, account)


@router.get("/{client}/{provision}")
def provision(
    request: Request, account: PrivacyOwner, application: Open, client: str, provision: str, start: int = 0
) -> Response:
    """One provision, and whom it was about on which consent."""
    recorded, persons = Officer(application).provision(
        ClientId(client), ProvisionId(provision), max(0, start), PERSONS_ON_A_PAGE
    )
    translate = translations(language_of(request)).gettext
    context = {
        "recorded": recorded,
        "persons": persons,
        "length": PERSONS_ON_A_PAGE,
        "purpose": purpose_in_words(recorded.purpose, translate),
        "prohibited": [prohibited_use_in_words(use, translate) for use in recorded.prohibited_uses],
        "provided_items": [translate(ITEMS[item]) for item in recorded.items],
    }
    return page(request, "officer_provision.html", context, account)


@router.get("/{client}/{provision}/receipt")
def provision_receipt(_account: PrivacyOwner, application: Open, client: str, provision: str) -> Response:
    """The receipt of a provision's entry in the ledger; it names nobody."""
    receipt = Officer(application).provision_receipt(ClientId(client), ProvisionId(provision))
    headers = {"Content-Disposition": 'attachment; filename="receipt.json"'}
    return Response(receipt, media_type="application/json", headers=headers)
