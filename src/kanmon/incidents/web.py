"""Incidents in the portal: what is due until when, and one press to record, to compute whom it affects, to report."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.audits.gap.model import CAUSE_MEANINGS, GapRule
from kanmon.core.errors import ConfirmationMissing, KanmonError, PreviewOutdated, UsageError
from kanmon.core.ids import ClientId, IncidentId, SeasonId
from kanmon.core.language import N_, translations
from kanmon.core.listing import ListQuery
from kanmon.incidents.deadlines import items_met, reportable_since
from kanmon.incidents.model import Criteria, FactKind, IncidentClass, IncidentScope
from kanmon.incidents.notices.closing import Preview, StepIncomplete
from kanmon.incidents.pictures import duties_picture
from kanmon.incidents.service import NINE_ITEMS
from kanmon.incidents.tasks import TASK_STATES, tasks_of
from kanmon.incidents.use_cases.closing import ClosingService
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from kanmon.incidents.words import CLASSES, DUTIES, FACTS, ITEMS, LIST_SORTS, LIST_STATES, LOOKS, STATES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.doors import origin_of
from kanmon.web.lists import AskedList, ListNames
from kanmon.web.pages import language_of, page
from kanmon.web.periods import beginning_of, clock_time

REPORTS = (FactKind.REPORT_PRELIMINARY, FactKind.REPORT_FINAL)
WORDS = {
    "classes": CLASSES, "duties": DUTIES, "states": STATES, "fact_names": FACTS, "item_names": ITEMS,
    "looks": LOOKS, "report_items": NINE_ITEMS, "reports": REPORTS,
    "reason_meanings": {str(cause): meaning for cause, meaning in CAUSE_MEANINGS.items()}
    | {"L": N_("was in what leaked")},
}  # fmt: skip
_LIST = ListNames("/officer/incidents", LIST_STATES, LIST_SORTS)
router = APIRouter(prefix="/officer/incidents", include_in_schema=False)
Text = Annotated[str, Form()]


@router.get("")
def incidents(request: Request, account: PrivacyOwner, application: Open, asked: AskedList) -> Response:
    """The incidents page by page, and the form to record one."""
    return _incidents(request, account, application, asked)


@router.post("")
def press_open(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    kind: Text,
    title: Text = "",
    since: Text = "",
    until: Text = "",
    season: Text = "",
    client: Text = "",
    known_at: Text = "",
    criteria: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Record; of class U the gate is closed, everywhere, when this answers."""
    try:
        if kind not in set(IncidentClass):
            raise UsageError(N_("choose which kind of incident it is"))
        scope = IncidentScope(
            beginning_of(since),
            beginning_of(until) + timedelta(days=1) if until else None,
            SeasonId(season) if season else None,
            ClientId(client) if client else None,
        )
        known = clock_time(known_at) if known_at else None
        opened = Incidents(application).open(
            IncidentClass(kind), title, scope, account.name, known, _criteria(criteria)
        )
    except KanmonError as refused:
        return _incidents(request, account, application, ListQuery(), refused)
    return _to(opened.incident_id)


@router.get("/{incident}")
def incident(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """One incident: its clock, what is known, whom it affects."""
    return _incident(request, account, application, incident)


@router.post("/{incident}/set")
def press_compute(
    request: Request, account: PrivacyOwner, application: Open, incident: str, rule: Text = GapRule.STRICT.value
) -> Response:
    """Compute whom it affects."""
    try:
        asked = AffectedSetQuery(GapRule(rule) if rule in set(GapRule) else GapRule.STRICT)
        Incidents(application).compute(IncidentId(incident), asked, account.name)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _to(incident)


@router.post("/{incident}/estimate")
def press_estimate(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    incident: str,
    least: Text = "",
    most: Text = "",
    criteria: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Record what is known by now."""
    try:
        if criteria:
            Incidents(application).judge(IncidentId(incident), _criteria(criteria), account.name)
        if least or most or not criteria:
            if not (least.isdecimal() and most.isdecimal()):
                raise UsageError(N_("give both numbers of the estimate"))
            Incidents(application).estimate(IncidentId(incident), int(least), int(most), account.name)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _to(incident)


@router.post("/{incident}/fact")
def press_fact(
    request: Request, account: PrivacyOwner, application: Open, incident: str, kind: Text = "", words: Text = ""
) -> Response:
    """Record words for one of the items of a report."""
    try:
        Incidents(application).learn(IncidentId(incident), kind, words, account.name)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _to(incident)


@router.post("/{incident}/report")
def press_report(
    request: Request, account: PrivacyOwner, application: Open, incident: str, kind: Text = ""
) -> Response:
    """Record that a report was made."""
    try:
        if kind not in REPORTS:
            raise UsageError(N_("choose which report was made"))
        reported = Incidents(application).report(IncidentId(incident), FactKind(kind), account.name)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _done(reported.facts[-1].ledger_seq)


@router.get("/{incident}/close")
def look_at_closing(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """What is public when it has ended, how people stand, what is missing; and the button that confirms just that."""
    return _preview(request, account, ClosingService(application).look_at_closing(IncidentId(incident)))


@router.post("/{incident}/close")
def press_close(
    request: Request, account: PrivacyOwner, application: Open, incident: str, confirm: Text = ""
) -> Response:
    """End it as it was shown."""
    desk, number = ClosingService(application), IncidentId(incident)
    try:
        done = desk.close(number, account.name, confirm or None)
    except (StepIncomplete, ConfirmationMissing, PreviewOutdated) as refused:
        return _preview(request, account, desk.look_at_closing(number), refused)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _done(done.ledger_seq)


@router.get("/{incident}/publish")
def look_at_publishing(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """The very words that would be public, what is missing, and the button that confirms just that."""
    preview = ClosingService(application).look_at_publishing(IncidentId(incident), origin_of(request))
    return _preview(request, account, preview)


@router.post("/{incident}/publish")
def press_publish(
    request: Request, account: PrivacyOwner, application: Open, incident: str, confirm: Text = ""
) -> Response:
    """Make public what was shown."""
    desk, number, site = ClosingService(application), IncidentId(incident), origin_of(request)
    try:
        done = desk.publish(number, account.name, site, confirm or None)
    except (StepIncomplete, ConfirmationMissing, PreviewOutdated) as refused:
        return _preview(request, account, desk.look_at_publishing(number, site), refused)
    except KanmonError as refused:
        return _incident(request, account, application, incident, refused)
    return _done(done.ledger_seq)


def _incidents(
    request: Request,
    account: Account,
    application: Application,
    asked: ListQuery,
    refused: KanmonError | None = None,
) -> Response:
    log = Incidents(application)
    context = {"listed": log.listed(_LIST.known(asked)), "names": _LIST, "terms": log.terms()}
    context |= {**WORDS, "now": application.clock.now(), "refused": refused}
    return page(request, "officer_incidents.html", context, account, refused.http_status if refused else 200)


def _incident(
    request: Request, account: Account, application: Application, number: str, refused: KanmonError | None = None
) -> Response:
    seen = Incidents(application).seen(IncidentId(number))
    context = {**WORDS, "seen": seen, "refused": refused, "items_met": items_met(seen.incident)}
    context |= {"tasks": tasks_of(seen.incident), "task_states": TASK_STATES}
    context["duties_picture"] = duties_picture(seen.incident, seen.at, translations(language_of(request)).gettext)
    context["reportable_since"] = reportable_since(seen.incident)
    return page(request, "officer_incident.html", context, account, refused.http_status if refused else 200)


def _preview(request: Request, account: Account, preview: Preview, refused: KanmonError | None = None) -> Response:
    status = refused.http_status if refused else 200
    return page(request, "officer_closing.html", {"preview": preview, "refused": refused}, account, status)


def _criteria(said: list[str] | None) -> Criteria:
    return Criteria(*(name in (said or ()) for name in ("sensitive", "property", "wrongful")))


def _to(incident: str) -> Response:
    return RedirectResponse(f"/officer/incidents/{incident}", 303)


def _done(ledger_seq: int) -> Response:
    """To what confirms it."""
    return RedirectResponse(f"/officer/acts/{ledger_seq}", 303)
