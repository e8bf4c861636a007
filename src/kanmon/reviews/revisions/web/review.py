"""The reviewers' portal: revisions of policies with their steps, and the screens as they were seen last."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import REVIEWERS, Account, Role
from kanmon.access.words import ROLES
from kanmon.application.application import Application
from kanmon.consent.rendered.model import PICTURES
from kanmon.consent.rendered.pictures import reported_picture
from kanmon.consent.rendered.use_cases import reported
from kanmon.consent.wording import CONCLUSIONS, LACKS, NAMES, RELATIONS, RULES
from kanmon.core.clock import day_of
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import PolicyId, RunId
from kanmon.core.language import N_, translations
from kanmon.incidents.tasks import TASK_STATES
from kanmon.jobs.use_cases.asking import ask_for_look, newest_look
from kanmon.reviews.legal.service import AssessmentKind, AssessmentSubject
from kanmon.reviews.releases.use_cases import ReviewService
from kanmon.reviews.revisions.model import MOVES, Act, Revision, RevisionState
from kanmon.reviews.revisions.rules import QUESTION_TEXTS
from kanmon.reviews.revisions.service import SAYS
from kanmon.reviews.revisions.tasks import tasks_of
from kanmon.reviews.revisions.use_cases import RevisionService
from kanmon.reviews.revisions.web.marked import marked
from kanmon.reviews.revisions.words import ACTS, STATES
from kanmon.reviews.screens.coverage import OUTCOME_MEANINGS, VERDICT_MEANINGS
from kanmon.reviews.screens.parity import DETRIMENT_MEANINGS
from kanmon.reviews.screens.pictures import days_between, screens_picture
from kanmon.reviews.screens.reach import REFUSAL_MEANINGS, refusal_told
from kanmon.reviews.screens.seen import HIDING_MEANINGS
from kanmon.web.access import REVIEW, Open, Reviewer, only
from kanmon.web.pages import language_of, page
from kanmon.web.periods import days_of, window_of

router = APIRouter(prefix=REVIEW, include_in_schema=False)
LOOKERS = (Role.OPERATOR, Role.PRIVACY_OWNER)
"""Who may have the screens looked at."""
Author = Annotated[Account, Depends(only(Role.AUTHOR))]
Looker = Annotated[Account, Depends(only(*LOOKERS))]
DAYS_SHOWN, MOST_DAYS_SHOWN, DAY = 30, 92, timedelta(days=1)
"""Of what screens showed: so many days where nobody asks for others, and so many at once."""
PICTURE = {"Content-Disposition": "inline"}
_WORDS: Mapping[str, object] = {
    "states": STATES,
    "task_states": TASK_STATES,
    "acts": ACTS,
    "roles": ROLES,
    "questions": QUESTION_TEXTS,
    "names": NAMES,
    "lacks": LACKS,
    "rules": RULES,
    "relations": RELATIONS,
    "conclusions": CONCLUSIONS,
    "outcomes": OUTCOME_MEANINGS,
    "verdicts": VERDICT_MEANINGS,
    "hidings": HIDING_MEANINGS,
    "detriments": DETRIMENT_MEANINGS,
    "refusals": REFUSAL_MEANINGS,
    "refusal_told": refusal_told,
}


@router.get("")
def revisions(request: Request, account: Reviewer, application: Open) -> Response:
    """Every revision, and what the last looks at the screens raise."""
    return _list(request, account, RevisionService(application))


@router.post("/revisions")
def draft(
    request: Request,
    account: Author,
    application: Open,
    policy: Annotated[str, Form()] = "",
    written: Annotated[str, Form()] = "",
) -> Response:
    """Begin a revision with a draft; what is wrong with the draft is told on the form."""
    desk = RevisionService(application)
    try:
        begun = desk.draft(account, PolicyId(policy), written, "draft.yaml")
    except KanmonError as refused:
        return _list(request, account, desk, refused, written)
    return _to(begun)


@router.get("/revisions/{number}")
def revision(request: Request, account: Reviewer, application: Open, number: int) -> Response:
    """One revision, with the steps that are the reader's to take."""
    return _revision(request, account, RevisionService(application), number)


@router.post("/revisions/{number}/draft")
def redraft(
    request: Request, account: Author, application: Open, number: int, written: Annotated[str, Form()] = ""
) -> Response:
    """Write the draft again."""
    desk = RevisionService(application)
    try:
        return _to(desk.redraft(account, number, written, "draft.yaml"))
    except KanmonError as refused:
        return _revision(request, account, desk, number, refused, written)


def _step_route(act: Act) -> None:
    """A path for one act, which is there for those roles only that may take it."""
    Taker = Annotated[Account, Depends(only(*MOVES[act].roles))]  # noqa: N806 - a type

    async def said(request: Request) -> Mapping[str, str]:
        form = await request.form()
        return {name: str(form.get(name, "")) for name in SAYS.get(act, ())}

    def take(
        request: Request,
        account: Taker,
        application: Open,
        number: int,
        said: Annotated[Mapping[str, str], Depends(said)],
    ) -> Response:
        desk = RevisionService(application)
        try:
            taken = desk.take(account, number, act, said)
            return (_confirmation(taken, account) if act is Act.ACTIVATE else None) or _to(taken)
        except KanmonError as refused:
            done = _confirmation(desk.view(number).revision, account) if act is Act.ACTIVATE else None
            return done or _revision(request, account, desk, number, refused, said=said)

    router.add_api_route(f"/revisions/{{number}}/{act.value}", take, methods=["POST"], name=act.value)


for _act in MOVES:
    if _act not in {Act.DRAFT, Act.VERIFY, Act.SUPERSEDE}:
        _step_route(_act)


@router.get("/revisions/{number}/held")
def held(request: Request, account: Reviewer, application: Open, number: int) -> Response:
    """Who is held now, counted by the gate, and how many were asked."""
    desk = RevisionService(application)
    context = {"view": desk.view(number), "asked": desk.asked(number), "held": desk.held()}
    return page(request, "review/held.html", {**_WORDS, **context}, account)


@router.post("/revisions/{number}/ask", dependencies=[Depends(only(Role.PRIVACY_OWNER))])
def ask(application: Open, number: int) -> Response:
    """List those who are held, to be asked anew; takes up a list that was broken off."""
    RevisionService(application).ask(number)
    return RedirectResponse(f"{REVIEW}/revisions/{number}/held", 303)


@router.get("/coverage")
def coverage(request: Request, account: Reviewer, application: Open, since: str = "", until: str = "") -> Response:
    """Every screen against the text that it was last seen to show, and what all of them showed day by day."""
    desk = RevisionService(application)
    context = {
        **_look(request, desk),
        **_reported(request, application),
        **_by_day(request, desk, since, until),
        "coverage": desk.coverage(),
        "assessments": desk.assessments(),
        "may_look": account.role in LOOKERS,
    }
    return _page(request, "review/coverage.html", context, account, None)


def _reported(request: Request, application: Application) -> Mapping[str, object]:
    """What browsers report, with pictures of the screens that are told of."""
    told, translate = reported(application), translations(language_of(request)).gettext
    screens = list(dict.fromkeys(words.screen_id for words in told.words if words.screen_id in told.hours))
    pictures = [
        reported_picture(told.hours[screen], place, application.clock.now(), translate)
        for place, screen in enumerate(screens[:PICTURES])
    ]
    return {"reported": told, "pictures": pictures}


def _by_day(request: Request, desk: RevisionService, since: str, until: str) -> Mapping[str, object]:
    """The picture of the days asked for, of the last thirty where nobody asks; a period that is none is told."""
    now = desk.application.clock.now()
    try:
        window = window_of(since, until, now, DAYS_SHOWN)
        if window.until - window.since > MOST_DAYS_SHOWN * DAY:
            raise UsageError(N_("at most %(days)s days are shown at once"), days=MOST_DAYS_SHOWN)
        if window.since > now:
            raise UsageError(N_("%(since)s lies ahead: nobody looked at a screen yet"), since=since)
    except KanmonError as refused:
        return {"period_refused": refused, "since": since, "until": until, "by_day": None}
    first, last = days_of(window)
    screens, seen = desk.looks(window.since, window.until)
    days = days_between(date.fromisoformat(first), min(date.fromisoformat(last), day_of(now)))
    picture = screens_picture(screens, seen, days, translations(language_of(request)).gettext)
    return {"period_refused": None, "since": first, "until": last, "by_day": picture}


@router.post("/coverage")
def look(account: Looker, application: Open, base: Annotated[str, Form()] = "") -> Response:
    """Have a worker look at all screens; the page says how far that is."""
    ask_for_look(application, base.strip(), account.account_no)
    return RedirectResponse(f"{REVIEW}/coverage", 303)


@router.get("/coverage/{run}/{name}", dependencies=[Depends(only(*REVIEWERS))])
def picture(application: Open, run: str, name: str) -> Response:
    """A picture of a screen, one that the run is known to have taken."""
    return Response(RevisionService(application).picture(RunId(run), name), media_type="image/png", headers=PICTURE)


def _list(
    request: Request, account: Account, desk: RevisionService, refused: KanmonError | None = None, written: str = ""
) -> Response:
    seen = desk.coverage()
    context = {
        "revisions": desk.revisions(),
        "coverage": seen,
        "policies": sorted({screen.policy_id for screen, _ in seen.screens}),
        "may_draft": account.role is Role.AUTHOR,
        "is_officer": account.role is Role.PRIVACY_OWNER,
        "written": written,
    }
    return _page(request, "review/revisions.html", context, account, refused)


def _revision(
    request: Request,
    account: Account,
    desk: RevisionService,
    number: int,
    refused: KanmonError | None = None,
    written: str | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    view = desk.view(number)
    found = view.revision
    waits = {lack.code for lack in view.roll_out.lacks()} if view.roll_out else frozenset()
    context = {
        **_look(request, desk),
        "view": view,
        "tasks": tasks_of(found, view.draft.effective_from, desk.application.clock.now(), waits),
        "texts": [(version, marked(version)) for version in view.draft.versions],
        "may": {act for act, move in MOVES.items() if account.role in move.roles and found.state in move.begins},
        "Act": Act,
        "is_active": found.state is RevisionState.ACTIVE,
        "may_look": account.role in LOOKERS and view.roll_out is not None,
        "written": view.draft.source if written is None else written,
        "said": said or {},
        "coverage": desk.coverage() if view.roll_out else None,
        "assessments": ReviewService(desk.application).assessments(
            judged=[
                AssessmentSubject(AssessmentKind.REVISION, str(number)),
                AssessmentSubject(AssessmentKind.POLICY, f"{found.policy_id}/{found.version_id}"),
            ]
        ),
    }
    return _page(request, "review/revision.html", context, account, refused)


def _look(request: Request, desk: RevisionService) -> Mapping[str, object]:
    """The look that was asked for last, and why it failed, for `review/look.html`."""
    found = newest_look(desk.application)
    return {"look": found, "why": found and found.why(translations(language_of(request)).gettext)}


def _page(
    request: Request, template: str, context: Mapping[str, object], account: Account, refused: KanmonError | None
) -> Response:
    translate: Callable[[str], str] = translations(language_of(request)).gettext
    told = None if refused is None else refused.told(translate).splitlines()
    status = 200 if refused is None else refused.http_status
    return page(request, template, {**_WORDS, **context, "refused": told, "refusal": refused}, account, status)


def _confirmation(revision: Revision, account: Account) -> Response | None:
    """To what confirms that this person put it in force; None where they didn't, or it is no more."""
    step = revision.last(Act.ACTIVATE)
    if step is None or revision.state is not RevisionState.ACTIVE or step.by.person != account.person:
        return None
    return RedirectResponse(f"/officer/acts/{step.ledger_seq}", 303)


def _to(found: Revision) -> Response:
    return RedirectResponse(f"{REVIEW}/revisions/{found.revision_no}", 303)
