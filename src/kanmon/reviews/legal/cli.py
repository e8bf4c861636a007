"""`kanmon legal`: what legal considered, for everybody in the house."""

import os
from typing import Annotated

import typer

from kanmon.access.use_cases.reviewers import reviewer
from kanmon.cli.opening import AsOption, AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, print_object, say
from kanmon.core.language import preferred_language, translations
from kanmon.reviews.legal.service import AssessmentKind, AssessmentSubject, LegalAssessment, LegalOpinion
from kanmon.reviews.legal.shapes import AssessmentListResult, AssessmentResult, AssessmentVersions
from kanmon.reviews.releases.use_cases import ReviewService


def add(
    kind: Annotated[AssessmentKind, typer.Argument(help="What kind of thing is judged.")],
    judged: Annotated[str, typer.Argument(metavar="NAME", help="Its id; a policy version as POLICY/VERSION.")],
    by: AsOption,
    question: Annotated[str, typer.Option("--question", metavar="WORDS", help="What was asked.")],
    analysis: Annotated[str, typer.Option("--analysis", metavar="WORDS", help="What was considered.")],
    conclusion: Annotated[str, typer.Option("--conclusion", metavar="WORDS", help="What follows.")],
    sources: Annotated[str, typer.Option("--sources", metavar="WORDS", help="Articles, guidelines, cases.")],
    party: Annotated[
        str,
        typer.Option("--party", metavar="NAME", help="The company of the group it is judged for; else the platform."),
    ] = "",
    supersedes: Annotated[
        int | None, typer.Option("--supersedes", metavar="N", help="The assessment whose next version this is.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what legal considered. For legal."""
    said = LegalOpinion(
        judged=AssessmentSubject(kind, judged.strip()),
        question=question.strip(),
        analysis=analysis.strip(),
        conclusion=conclusion.strip(),
        sources=sources.strip(),
        party=party.strip(),
    )
    with opened(workspace, at, alone=False) as application:
        made = ReviewService(application).assess(reviewer(application, by), said, supersedes)
    if as_json:
        print_json(facts_of(made))
    else:
        _print(made)


def list_assessments(
    words: Annotated[str, typer.Option("--words", metavar="WORDS", help="Only those that hold these words.")] = "",
    kind: Annotated[AssessmentKind | None, typer.Option("--kind", help="Only of this kind of thing.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The assessments in force, the newest first."""
    with opened(workspace, None, alone=False) as application:
        found = ReviewService(application).assessments(words)
    chosen = [one for one in found if kind in (None, one.considered.judged.kind)]
    if as_json:
        print_json(AssessmentListResult(assessments=[facts_of(one) for one in chosen]))
        return
    for one in chosen:
        _print(one)
    if not chosen:
        say(_("no legal assessment was found"))


def show(
    number: Annotated[int, typer.Argument(metavar="N", help="The assessment's number.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """One assessment with all its versions, the newest first, as one JSON object."""
    with opened(workspace, None, alone=False) as application:
        versions = ReviewService(application).assessment(number)
    print_object(AssessmentVersions(versions=[facts_of(one) for one in versions]), as_json=as_json)


def facts_of(one: LegalAssessment) -> AssessmentResult:
    """An assessment as plain values."""
    said = one.considered
    return {
        "assessment": one.assessment_no,
        "version": one.version_no,
        "kind": said.judged.kind,
        "judged": said.judged.name,
        "question": said.question,
        "analysis": said.analysis,
        "conclusion": said.conclusion,
        "sources": said.sources,
        "party": said.party,
        "person": one.person,
        "at": one.at.isoformat(),
        "ledger_seq": one.ledger_seq,
    }


def _print(one: LegalAssessment) -> None:
    judged = one.considered.judged
    say(
        _("%(number)s, version %(version)s, on %(kind)s %(judged)s: %(question)s %(conclusion)s (%(person)s)"),
        number=one.assessment_no,
        version=one.version_no,
        kind=judged.kind,
        judged=judged.name,
        question=one.considered.question,
        conclusion=one.considered.conclusion,
        person=one.person,
    )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
