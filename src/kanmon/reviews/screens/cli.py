"""`kanmon audit coverage`: do all screens of the board show exactly the words in force?"""

import os
import sys
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import CoverageIncomplete
from kanmon.core.ids import ScreenId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.reviews.screens.coverage import (
    OUTCOME_MEANINGS,
    VERDICT_MEANINGS,
    BoardCoverage,
    RefusalVerdict,
    ScreenFinding,
    ScreenOutcome,
    UnregisteredPage,
)
from kanmon.reviews.screens.parity import DETRIMENT_MEANINGS
from kanmon.reviews.screens.reach import REFUSAL_MEANINGS, SETTING, named_origins, refusal_told
from kanmon.reviews.screens.seen import HIDING_MEANINGS, PolicyFragment
from kanmon.reviews.screens.shapes import CoverageResult, CoverageRound, ScreenResult, UnregisteredResult, VisitorFacts
from kanmon.reviews.screens.use_cases import go_round_board
from kanmon.reviews.screens.visitor import BoardVisitor


def audit_coverage(
    screen: Annotated[
        list[str] | None, typer.Option("--screen", metavar="S", help="Only this screen; may be repeated.")
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="URL", help="The origin of screens that are registered by a path.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open the board's screens in a browser, and say where they don't show exactly the words in force."""
    named = named_origins(os.environ.get(SETTING, ""), base)
    with opened(workspace, at, alone=False) as application:
        found = go_round_board(application, [ScreenId(name) for name in screen or []], base, named)
        pictures = application.workspace.coverage / found.run_id
    if as_json:
        result: CoverageResult = {**_facts(found), "pictures": str(pictures)}
        print_json(result)
    else:
        _print(found)
        say(_("pictures: %(folder)s"), folder=pictures)
    if not found.is_clean:
        raise CoverageIncomplete(
            N_(
                "AC-09, POL-01: no version may become active like this: %(covered)s of %(screens)s screens show just "
                "the words in force, %(unregistered)s unregistered pages collect consent, a refusal costs "
                "%(costly)s functions"
            ),
            covered=found.covered,
            screens=found.screens,
            unregistered=len(found.unregistered),
            costly=len(found.costly),
        )


def _facts(found: BoardCoverage) -> CoverageRound:
    return {
        "run_id": found.run_id,
        "seen_at": found.seen_at.isoformat(),
        "share": found.share,
        "screens": found.screens,
        "covered": found.covered,
        "findings": [_screen_facts(one) for one in found.findings],
        "unregistered": [_page_facts(page) for page in found.unregistered],
        "elsewhere": [
            {"refusal": one.refusal.value, "address": one.address, "page": one.page, "addresses": one.addresses}
            for one in found.elsewhere
        ],
        "functions": [{"screen_id": one.screen_id, "verdict": one.verdict.value} for one in found.trials],
        "detriments": [
            {"screen_id": one.screen_id, "detriments": [kind.value for kind in one.detriments]}
            for one in found.trials
            if one.detriments
        ],
        "looks": found.looks,
        "seconds": round(found.seconds, 1),
        "pages": found.pages,
        "is_whole": found.is_whole,
    }


def _screen_facts(one: ScreenFinding) -> ScreenResult:
    return {
        "screen_id": one.screen_id,
        "language": one.language,
        "address": one.address,
        "outcome": one.worst.outcome.value,
        "looks": one.looks,
        "wrong_looks": one.wrong,
        "version": one.worst.version,
        "problem": one.problem,
        "changes": [
            {"clauses": change.clauses, "in_force": change.in_force, "shown": change.shown}
            for change in one.worst.changes
        ],
        "hidden": [
            {"text": piece.text, "clause": piece.clause, "hiding": None if piece.hiding is None else piece.hiding.value}
            for piece in one.worst.hidden
        ],
        "pictures": one.pictures,
        "visitors": [
            {**_visitor_facts(view.visitor), "outcome": view.outcome.value, "text_sha256": view.found}
            for view in one.views
        ],
    }


def _page_facts(page: UnregisteredPage) -> UnregisteredResult:
    return {
        "address": page.address,
        "linked_from": page.linked_from,
        "policies": page.policies,
        "has_consent_form": page.has_consent_form,
        "visitor": None if page.visitor is None else _visitor_facts(page.visitor),
    }


def _visitor_facts(visitor: BoardVisitor) -> VisitorFacts:
    arm = visitor.arm
    return {
        "language": visitor.language,
        "device": visitor.device.value,
        "standing": visitor.standing.value,
        "runs_script": visitor.runs_script,
        "arm": None if arm is None else {"place": arm.place.value, "name": arm.name, "value": arm.value},
        "is_fresh": visitor.is_fresh,
    }


def _print(found: BoardCoverage) -> None:
    for one in found.findings:
        _print_finding(one)
    for page in found.unregistered:
        say(
            _("%(address)s collects consent and is no registered screen; linked from %(linked_from)s"),
            address=page.address,
            linked_from=page.linked_from,
        )
        if page.visitor is not None:
            say(_("  shown: %(visitor)s"), visitor=page.visitor.described(_))
    for refused in found.elsewhere:
        say(
            _("not opened, asked for by %(page)s (%(addresses)s addresses): %(address)s; %(why)s"),
            page=refused.page,
            addresses=refused.addresses,
            address=refused.address,
            why=_(REFUSAL_MEANINGS[refused.refusal]),
        )
    for trial in found.trials:
        if trial.verdict is not RefusalVerdict.FREE:
            sys.stdout.write(f"{trial.screen_id}: {_(VERDICT_MEANINGS[trial.verdict])}\n")
            sys.stdout.writelines(f"  {_(DETRIMENT_MEANINGS[kind])}\n" for kind in trial.detriments)
    if not found.is_whole:
        say(
            _("more pages are linked than the %(pages)s that were opened; the others were not examined"),
            pages=found.pages,
        )
    say(
        _("%(covered)s of %(screens)s screens show just the words in force (%(share)s)"),
        covered=found.covered,
        screens=found.screens,
        share=f"{int(found.share * 100)} %",
    )
    say(
        _("%(looks)s looks at %(screens)s screens and %(pages)s other pages in %(seconds)s seconds"),
        looks=found.looks,
        screens=found.screens,
        pages=found.pages,
        seconds=round(found.seconds),
    )


def _print_finding(one: ScreenFinding) -> None:
    name = f"{one.screen_id} ({one.language})" if one.language else one.screen_id
    sys.stdout.write(f"{name}: {_(OUTCOME_MEANINGS[one.worst.outcome])}\n")
    if one.problem is not None:
        refusal = refusal_told(one.problem)
        why = "" if refusal is None else f" ({_(REFUSAL_MEANINGS[refusal])})"
        sys.stdout.write(f"  {one.problem}{why}\n")
    if one.address is None:
        say(_("  no address is registered for it"))
    if one.varies:
        say(
            _("  in %(wrong)s of %(looks)s looks: a variant, or a page that was kept too long"),
            wrong=one.wrong,
            looks=one.looks,
        )
        for visitor in one.wronged:
            say(_("  shown: %(visitor)s"), visitor=visitor.described(_))
    if one.worst.version is not None and not one.worst.outcome.is_right:
        say(_("  the page calls it version %(version)s"), version=one.worst.version)
    for change in one.worst.changes:
        say(_("  clause %(clauses)s"), clauses=", ".join(change.clauses) or "-")
        sys.stdout.writelines(f"    - {line}\n" for line in change.in_force.splitlines())
        sys.stdout.writelines(f"    + {line}\n" for line in change.shown.splitlines())
    if one.worst.outcome is ScreenOutcome.OTHER_WORDS and not one.worst.changes:
        say(_("  the words are the same, but not the white space between them"))
    for piece in one.worst.hidden:
        _print_hidden(piece)


def _print_hidden(piece: PolicyFragment) -> None:
    assert piece.hiding is not None
    said = _("  not shown (%(why)s): %(words)s")
    words = " ".join(piece.text.split())
    sys.stdout.write(said % {"why": _(HIDING_MEANINGS[piece.hiding]), "words": words} + "\n")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
