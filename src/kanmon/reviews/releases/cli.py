"""`kanmon release`: the review of a release, each step by the account of whoever may take it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.access.account import Account
from kanmon.access.use_cases.reviewers import reviewer
from kanmon.cli.opening import AsOption, AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, print_object, say
from kanmon.core.errors import UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.gate.releases import Viewpoint
from kanmon.reviews.releases.model import QUESTIONS, Description, Release, ReleaseSubject
from kanmon.reviews.releases.parties import PartyJudgement
from kanmon.reviews.releases.rules import VIEWPOINT_TEXTS
from kanmon.reviews.releases.shapes import PartyJudgementResult, ReleaseListResult, ReleaseResult, ShownRelease
from kanmon.reviews.releases.use_cases import ReviewService
from kanmon.reviews.releases.words import STAGE_TEXTS

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The release's id, as in service.yaml.")]
PassOption = Annotated[bool, typer.Option("--pass/--changes-needed", help="The verdict.")]
Take = Callable[[ReviewService, Account], Release]


def _taken(take: Take, by: str, workspace: Path | None, at: str | None, as_json: bool) -> None:
    with opened(workspace, at, alone=False) as application:
        release = take(ReviewService(application), reviewer(application, by))
    if as_json:
        print_json(facts_of(release))
    else:
        _print(release)


def open_release(
    release: IdArgument,
    by: AsOption,
    summary: Annotated[str, typer.Option("--summary", metavar="WORDS", help="What the release is for.")],
    changes: Annotated[
        list[str],
        typer.Option(
            "--change",
            metavar="PART=WORDS",
            help="What changes: of service, features, model, contract or screens; for each that does.",
        ),
    ],
    misuse: Annotated[str, typer.Option("--misuse", metavar="WORDS", help="The foreseeable misuse.")],
    metric: Annotated[str, typer.Option("--metric", metavar="WORDS", help="By what the misuse would show.")],
    threshold: Annotated[str, typer.Option("--threshold", metavar="NUMBER", help="The metric's limit.")],
    dpia: Annotated[str, typer.Option("--dpia", metavar="REFERENCE", help="The impact assessment, with its version.")],
    research: Annotated[bool, typer.Option("--research", help="Research and development; it skips nothing.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Describe it anew; what was approved counts no longer.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the review of a release. For an author."""
    parts = {_part(name): words for name, words in _pairs(changes).items()}
    stripped = (one.strip() for one in (misuse, metric, threshold, dpia))
    described = Description(summary.strip(), parts, research, *stripped)
    _taken(lambda desk, account: desk.describe(account, release, described, anew=anew), by, workspace, at, as_json)


def answer(
    release: IdArgument,
    viewpoint: Annotated[Viewpoint, typer.Argument(help="The viewpoint.")],
    by: AsOption,
    answers: Annotated[
        list[str], typer.Option("--answer", metavar="QUESTION=WORDS", help="One for each question of the viewpoint.")
    ],
    passes: PassOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a viewpoint's questions. For an operator, a student advocate or legal."""
    said = _pairs(answers)
    unknown = set(said) - QUESTIONS[viewpoint].keys()
    if unknown:
        known = ", ".join(QUESTIONS[viewpoint])
        raise UsageError(N_("the questions of this viewpoint are: %(known)s"), known=known)

    def take(desk: ReviewService, account: Account) -> Release:
        return desk.answer(account, release, viewpoint, said, passes=passes)

    _taken(take, by, workspace, at, as_json)


def approve(
    release: IdArgument,
    by: AsOption,
    purpose: Annotated[str, typer.Option("--purpose", metavar="WORDS", help="The purpose of the release.")],
    scope: Annotated[str, typer.Option("--scope", metavar="WORDS", help="The scope to be covered.")],
    content: Annotated[str, typer.Option("--content", metavar="WORDS", help="The content to be covered.")],
    passes: PassOption = True,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the three questions, and decide. For a privacy owner."""
    said = {"purpose": purpose, "scope": scope, "content": content}
    _taken(lambda desk, account: desk.approve(account, release, said, passes=passes), by, workspace, at, as_json)


def show(release: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Everything that was said of one release, as one JSON object."""
    with opened(workspace, None, alone=False) as application:
        desk = ReviewService(application)
        found = desk.release(release)
        judged = [judgement_facts(judgement) for judgement in desk.judged(found)]
    result: ShownRelease = {**facts_of(found), "judged_for": judged}
    print_object(result, as_json=as_json)


def list_releases(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every release that was opened here, the newest first."""
    with opened(workspace, None, alone=False) as application:
        found = ReviewService(application).releases()
    if as_json:
        print_json(ReleaseListResult(releases=[facts_of(one) for one in found]))
        return
    for one in found:
        _print(one)
    if not found:
        say(_("no release was opened here yet"))


def facts_of(release: Release) -> ReleaseResult:
    """A release as plain values."""
    return {
        "release_id": release.release_id,
        "stage": release.stage,
        "content_sha256": release.description.content_sha256,
        **release.description.facts(),
        "missing": list(release.missing),
        "is_approved": release.passes(None),
        "steps": [
            {
                "act": one.act.act,
                "viewpoint": one.act.viewpoint,
                "role": one.act.role,
                "person": one.act.person,
                "at": one.act.at.isoformat(),
                "passes": one.act.passes,
                "content_sha256": one.act.content_sha256,
                "words": dict(one.words),
                "ledger_seq": one.ledger_seq,
            }
            for one in release.said
        ],
    }


def judgement_facts(judgement: PartyJudgement) -> PartyJudgementResult:
    """For which company legal judged a release, as plain values; `assessment` is null while nobody has."""
    said = judgement.assessment
    return {
        "party": judgement.party,
        "assessment": None if said is None else said.assessment_no,
        "person": None if said is None else said.person,
        "ledger_seq": None if said is None else said.ledger_seq,
    }


def _print(release: Release) -> None:
    missing = ", ".join(_(VIEWPOINT_TEXTS[viewpoint]) for viewpoint in release.missing) or "–"
    said = _("release %(release)s: %(stage)s; missing: %(missing)s")
    say(said, release=release.release_id, stage=_(STAGE_TEXTS[release.stage]), missing=missing)


def _part(name: str) -> ReleaseSubject:
    if name not in {part.value for part in ReleaseSubject}:
        raise UsageError(N_("a release changes: %(known)s"), known=", ".join(ReleaseSubject))
    return ReleaseSubject(name)


def _pairs(written: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in written]
    if not all(name and mark for name, mark, _words in pairs):
        raise UsageError(N_("write NAME=WORDS"))
    return {name.strip(): words.strip() for name, _mark, words in pairs}


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
