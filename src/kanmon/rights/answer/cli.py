"""`kanmon subject show / answer / receipts`: what a person is told."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, MemberArgument, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.consent.evidence import ConsentAct
from kanmon.core.clock import TOKYO
from kanmon.core.ids import MemberId
from kanmon.core.language import preferred_language, translations
from kanmon.ledger.cli.verify import content_of
from kanmon.rights.answer.reasons import alike_in_words, foreseen_in_words, reasons_in_words
from kanmon.rights.answer.shapes import AnswerResult, EndedModelResult, ReceiptsResult, TrainingAnswer
from kanmon.rights.answer.told import ReportedScore, SubjectView, facts_of, hold_in_words, training_facts
from kanmon.rights.answer.training import NO_MODEL, training_in_words
from kanmon.rights.answer.use_cases.people import (
    receipts_of_member,
    signed_answer,
    subject_view,
    training_of,
    training_proof,
)
from kanmon.rights.handling import HANDLING_WORDS, effect_in_words
from kanmon.rights.withdrawal.cli import print_provisions
from kanmon.rights.words import ACTIONS, STALE
from kanmon.scoring.score import NOT_SCORABLE_MEANINGS, Score


def subject_show(
    member: MemberArgument, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Tell a member: was I scored, by whom, why, on what consent, and who got it."""
    with opened(workspace, at, alone=False) as application:
        view = subject_view(application, MemberId(member))
    if as_json:
        print_json(facts_of(view))
    else:
        print_view(view)


def subject_answer(
    member: MemberArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the answer is written to.")],
    seen: Annotated[
        list[Path] | None,
        typer.Option(
            "--seen", metavar="FILE", help="An answer, receipt or checkpoint that the member has from before."
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a member's "was I scored?" for good: into the ledger, and as a receipt that `kanmon verify` checks."""
    held = [content_of(kept) for kept in seen or ()]
    with opened(workspace, at, alone=False) as application:
        write_file(file, signed_answer(application, MemberId(member), held))
    if as_json:
        print_json(AnswerResult(file=str(file)))
    else:
        say(_("the answer, with its proof, is in %(file)s"), file=file)


def subject_training(
    member: MemberArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where the proof is written to, of every model of a client.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell whose models a member's history trained, on what consent, with a proof that `kanmon verify` checks."""
    with opened(workspace, at, alone=False) as application:
        states = training_of(application, MemberId(member))
        if file is not None:
            write_file(file, training_proof(application, MemberId(member)))
    if as_json:
        ends = [None if state.ended_at is None else state.ended_at.isoformat() for state in states]
        facts = [training_facts(state.model) for state in states]
        trained: list[EndedModelResult] = [{**told, "ended_at": end} for told, end in zip(facts, ends, strict=True)]
        print_json(TrainingAnswer(training=trained))
        return
    for state in states:
        sys.stdout.write("\n    ".join(training_in_words(state, _local, _)) + "\n")
    if not states:
        sys.stdout.write(_(NO_MODEL) + "\n")
    if file is not None:
        say(_("the proof is in %(file)s"), file=file)


def subject_receipts(
    member: MemberArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder for the receipts; made where missing.")],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a receipt for each act and each provision of a member; `kanmon verify` checks one offline."""
    with opened(workspace, None, alone=False) as application:
        receipts = receipts_of_member(application, MemberId(member))
    folder.mkdir(parents=True, exist_ok=True)
    for seq, receipt in receipts.items():
        write_file(folder / f"receipt-{seq}.json", receipt)
    if as_json:
        print_json(ReceiptsResult(folder=str(folder), receipts=[f"receipt-{seq}.json" for seq in receipts]))
    else:
        say(_("%(count)s receipts in %(folder)s"), count=len(receipts), folder=folder)


def print_view(view: SubjectView) -> None:
    """What is held about what was done with a person, in sentences."""
    scored = [told for told in view.scores if isinstance(told.answer, Score)]
    say(_("member %(member)s, registered %(at)s"), member=view.member_id, at=_local(view.registered_at))
    if not scored:
        say(_("no score was computed about this person"))
    acts = {act.evidence_id: act for act in view.acts}
    for told in scored:
        _print_score(told, None if told.evidence_id is None else acts.get(told.evidence_id))
    unscored = [told for told in view.scores if not isinstance(told.answer, Score)]
    for told in unscored:
        assert not isinstance(told.answer, Score)
        values = {"client": told.client_name, "at": _local(told.computed_at)}
        say(_("no score for %(client)s on %(at)s: %(why)s"), **values, why=_(NOT_SCORABLE_MEANINGS[told.answer]))
    if scored:
        say(_("a score is a position from 0 to 1 among last year's applicants of the company; it is no percentage"))
    if view.provisions:
        say(_("provided:"))
        print_provisions(view.provisions)
    else:
        say(_("nothing about this person was provided to anyone"))
    for model in view.trained:
        trained = {"model": model.model_id, "client": model.client_name, "at": _local(model.trained_at)}
        say(_("this person's history trained model %(model)s of %(client)s on %(at)s"), **trained)
    for row in view.handed_over:
        values = {"client": row.client_name, "at": _local(row.applied_at), "came_of": _(HANDLING_WORDS[row.handling])}
        say(_("%(client)s handed this person over, application of %(at)s: %(came_of)s"), **values)
    for effect in view.incidents:
        values = {"incident": effect.incident_id, "title": effect.title, "words": effect_in_words(effect, _local, _)}
        say(_("incident %(incident)s, %(title)s: %(words)s"), **values)
    for held in view.holds:
        say("%(words)s", words=hold_in_words(held, _local, _))
    if view.acts:
        say(_("what this person agreed to, refused or withdrew:"))
    for act in view.acts:
        sys.stdout.write(f"  {_act_in_words(act)}\n")


def _print_score(told: ReportedScore, consent: ConsentAct | None) -> None:
    values = {
        "score": told.answer,
        "client": told.client_name,
        "at": _local(told.computed_at),
        "number": told.score_no,
    }
    say(_("score %(score)s for %(client)s, computed %(at)s (score number %(number)s)"), **values)
    if told.stale_at is not None:
        sys.stdout.write("    " + _(STALE) % {"at": _local(told.stale_at)} + "\n")
    language = preferred_language(os.environ)
    foreseen = foreseen_in_words(told.explanation, language)
    if foreseen is not None:
        sys.stdout.write(f"    {foreseen}\n")
    if told.alike is not None:
        sys.stdout.write(f"    {alike_in_words(told.alike, told.explanation, language)}\n")
    for words in reasons_in_words(told.explanation, language):
        sys.stdout.write(f"    {words}\n")
    if consent is not None:
        sys.stdout.write("    " + _("on the consent: %(act)s") % {"act": _act_in_words(consent)} + "\n")


def _act_in_words(act: ConsentAct) -> str:
    values = {
        "at": _local(act.occurred_at),
        "did": _(ACTIONS[act.action]),
        "screen": act.screen_id,
        "text": act.text_sha256[:12],
        "client": act.client_id,
    }
    if act.client_id is None:
        return _("%(at)s %(did)s on screen %(screen)s, text %(text)s") % values
    return _("%(at)s %(did)s for client %(client)s on screen %(screen)s, text %(text)s") % values


def _local(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat(" ", "seconds")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
