"""Legal assessments in the reviewers' portal: legal writes them, everybody there reads them."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account, Role
from kanmon.core.errors import KanmonError
from kanmon.core.language import translations
from kanmon.reviews.legal.service import KIND_TEXTS, AssessmentKind, AssessmentSubject, LegalOpinion
from kanmon.reviews.releases.use_cases import ReviewService
from kanmon.web.access import REVIEW, Open, Reviewer, only
from kanmon.web.pages import language_of, page

router = APIRouter(prefix=f"{REVIEW}/legal", include_in_schema=False)
Lawyer = Annotated[Account, Depends(only(Role.LEGAL))]
Words = Annotated[str, Form()]


@router.get("")
def assessments(
    request: Request, account: Reviewer, application: Open, words: str = "", kind: str = "", judged: str = ""
) -> Response:
    """What is in force, by words; `kind` and `judged` fill in the form for a new one."""
    said = {"kind": kind, "judged": judged}
    return _list(request, account, ReviewService(application), words, said)


@router.post("")
def assess(
    request: Request,
    account: Lawyer,
    application: Open,
    kind: Annotated[AssessmentKind, Form()],
    judged: Words = "",
    question: Words = "",
    analysis: Words = "",
    conclusion: Words = "",
    sources: Words = "",
    party: Words = "",
    supersedes: Annotated[int | None, Form()] = None,
) -> Response:
    """Record what was considered; what is missing is told on the form."""
    desk = ReviewService(application)
    said = LegalOpinion(
        judged=AssessmentSubject(kind, judged.strip()),
        question=question.strip(),
        analysis=analysis.strip(),
        conclusion=conclusion.strip(),
        sources=sources.strip(),
        party=party.strip(),
    )
    try:
        made = desk.assess(account, said, supersedes)
    except KanmonError as refused:
        written = {
            "kind": kind.value, "judged": judged, "question": question, "analysis": analysis,
            "conclusion": conclusion, "sources": sources, "party": party,
        }  # fmt: skip
        if supersedes is not None:
            return _one(request, account, desk, supersedes, refused, written)
        return _list(request, account, desk, "", written, refused)
    return RedirectResponse(f"{router.prefix}/{made.assessment_no}", 303)


@router.get("/{number}")
def assessment(request: Request, account: Reviewer, application: Open, number: int) -> Response:
    """One assessment with the versions before it."""
    return _one(request, account, ReviewService(application), number)


def _list(
    request: Request,
    account: Account,
    desk: ReviewService,
    words: str,
    said: Mapping[str, str],
    refused: KanmonError | None = None,
) -> Response:
    context = {"assessments": desk.assessments(words), "words": words, "said": said, "parties": desk.parties()}
    return _page(request, "review/legal.html", context, account, refused)


def _one(
    request: Request,
    account: Account,
    desk: ReviewService,
    number: int,
    refused: KanmonError | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    versions = desk.assessment(number)
    now = versions[0].considered
    written = said or {
        "kind": now.judged.kind.value, "judged": now.judged.name, "question": now.question, "analysis": now.analysis,
        "conclusion": now.conclusion, "sources": now.sources, "party": now.party,
    }  # fmt: skip
    return _page(request, "review/assessment.html", {"versions": versions, "said": written}, account, refused)


def _page(
    request: Request, template: str, context: Mapping[str, object], account: Account, refused: KanmonError | None
) -> Response:
    told = None if refused is None else refused.told(translations(language_of(request)).gettext).splitlines()
    shown = {
        **context,
        "kinds": KIND_TEXTS,
        "may_assess": account.role is Role.LEGAL,
        "refused": told,
        "refusal": refused,
    }
    return page(request, template, shown, account, 200 if refused is None else refused.http_status)
