"""Releases in the reviewers' portal: what they are, what each viewpoint says, what is missing, and the last word."""

from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account, Role
from kanmon.access.words import ROLES
from kanmon.clients.contract import ReviewRole
from kanmon.core.errors import KanmonError
from kanmon.core.language import translations
from kanmon.gate.releases import ANSWERED_BY, Viewpoint
from kanmon.reviews.legal.service import AssessmentKind, AssessmentSubject
from kanmon.reviews.releases.model import QUESTIONS, Description, Release, ReleaseSubject
from kanmon.reviews.releases.rules import OWN_LEGAL, VIEWPOINT_TEXTS
from kanmon.reviews.releases.use_cases import ReviewService
from kanmon.reviews.releases.words import ACT_TEXTS, CHANGED_TEXTS, STAGE_TEXTS
from kanmon.reviews.revisions.rules import QUESTION_TEXTS
from kanmon.web.access import REVIEW, Open, PrivacyOwner, Reviewer, only
from kanmon.web.pages import language_of, page

router = APIRouter(prefix=f"{REVIEW}/releases", include_in_schema=False)
Author = Annotated[Account, Depends(only(Role.AUTHOR))]
_WORDS: Mapping[str, object] = {
    "stages": STAGE_TEXTS,
    "viewpoints": VIEWPOINT_TEXTS,
    "questions": QUESTIONS,
    "owners_questions": QUESTION_TEXTS,
    "parts": CHANGED_TEXTS,
    "acts": ACT_TEXTS,
    "roles": {role.value: words for role, words in ROLES.items()},
}


async def _form(request: Request) -> Mapping[str, str]:
    return {name: str(said).strip() for name, said in (await request.form()).items()}


Form = Annotated[Mapping[str, str], Depends(_form)]


@router.get("")
def releases(request: Request, account: Reviewer, application: Open) -> Response:
    """Every release that was opened here, with how far it has come."""
    return _list(request, account, ReviewService(application))


@router.post("")
def open_release(request: Request, account: Author, application: Open, said: Form) -> Response:
    """Open the review of a release; what is missing is told on the form."""
    desk = ReviewService(application)
    try:
        return _to(desk.describe(account, said.get("release", ""), _described(said), anew=False))
    except KanmonError as refused:
        return _list(request, account, desk, refused, said)


@router.get("/{release}")
def release(request: Request, account: Reviewer, application: Open, release: str) -> Response:
    """One release: what changes, what each viewpoint said, what is missing."""
    return _release(request, account, ReviewService(application), release)


@router.post("/{release}/describe")
def describe(request: Request, account: Author, application: Open, release: str, said: Form) -> Response:
    """Describe a release anew; what was approved of it no longer counts."""
    return _take(
        request, account, application, release, said,
        lambda desk: desk.describe(account, release, _described(said), anew=True),
    )  # fmt: skip


def _viewpoint_route(viewpoint: Viewpoint) -> None:
    """A path for one viewpoint, which is there for the role only that answers for it."""
    Answerer = Annotated[Account, Depends(only(Role(ANSWERED_BY[viewpoint].value)))]  # noqa: N806 - a type

    def answer(request: Request, account: Answerer, application: Open, release: str, said: Form) -> Response:
        passes = said.get("verdict") == "pass"
        return _take(
            request, account, application, release, said,
            lambda desk: desk.answer(account, release, viewpoint, said, passes=passes),
        )  # fmt: skip

    router.add_api_route(f"/{{release}}/{viewpoint.value}", answer, methods=["POST"], name=viewpoint.value)


for _viewpoint in Viewpoint:
    _viewpoint_route(_viewpoint)


@router.post("/{release}/approve")
def approve(request: Request, account: PrivacyOwner, application: Open, release: str, said: Form) -> Response:
    """The privacy owner's decision, after everybody."""
    passes = said.get("verdict") == "pass"
    return _take(
        request, account, application, release, said,
        lambda desk: desk.approve(account, release, said, passes=passes),
    )  # fmt: skip


def _take(
    request: Request,
    account: Account,
    application: Open,
    release_id: str,
    said: Mapping[str, str],
    act: Callable[[ReviewService], Release],
) -> Response:
    desk = ReviewService(application)
    try:
        return _to(act(desk))
    except KanmonError as refused:
        return _release(request, account, desk, release_id, refused, said)


def _described(said: Mapping[str, str]) -> Description:
    """A form as the description that it gives; a part left empty doesn't change."""
    return Description(
        summary=said.get("summary", ""),
        changes={part: words for part in ReleaseSubject if (words := said.get(part.value, ""))},
        is_research=said.get("research") == "yes",
        misuse=said.get("misuse", ""),
        metric=said.get("metric", ""),
        threshold=said.get("threshold", ""),
        dpia=said.get("dpia", ""),
    )


def _written(now: Description) -> Mapping[str, str]:
    """A description as the form shows it."""
    parts = {part.value: words for part, words in now.changes.items()}
    facts = {name: getattr(now, name) for name in ("summary", "misuse", "metric", "threshold", "dpia")}
    return {**facts, **parts, "research": "yes" if now.is_research else ""}


def _list(
    request: Request,
    account: Account,
    desk: ReviewService,
    refused: KanmonError | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    context = {"releases": desk.releases(), "may_open": account.role is Role.AUTHOR, "said": said or {}}
    return _page(request, "review/releases.html", context, account, refused)


def _release(
    request: Request,
    account: Account,
    desk: ReviewService,
    release_id: str,
    refused: KanmonError | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    found = desk.release(release_id)
    role = ReviewRole(account.role.value)
    context = {
        "release": found,
        "address": address_of(found),
        "may_answer": [point for point, answers in ANSWERED_BY.items() if answers is role],
        "role": account.role.value,
        "said": said or {},
        "written": said or _written(found.description),
        "judged": desk.judged(found),
        "own_legal": OWN_LEGAL,
        "assessments": desk.assessments(judged=[AssessmentSubject(AssessmentKind.RELEASE, release_id)]),
    }
    return _page(request, "review/release.html", context, account, refused)


def address_of(release: Release) -> str:
    """Where a release's page is."""
    return f"{router.prefix}/{quote(release.release_id, safe='')}"


def _to(found: Release) -> Response:
    return RedirectResponse(address_of(found), 303)


def _page(
    request: Request, template: str, context: Mapping[str, object], account: Account, refused: KanmonError | None
) -> Response:
    told = None if refused is None else refused.told(translations(language_of(request)).gettext).splitlines()
    status = 200 if refused is None else refused.http_status
    return page(request, template, {**_WORDS, **context, "refused": told, "refusal": refused}, account, status)
