"""`kanmon matter`: what an authority asks, until when, the papers, and what was answered.

JSON: `matter_id`, `kind`, `authority`, `title`, `reference`, `received_on`, `due_on`, `answered_on`, `state`,
`closed_at`, `opened_by`, `reason`, `ledger_seq` and `steps`, each with `step`, `kind`, `at`, `by`, `reason`, `body` and
`ledger_seq`; `list` prints `matters`.
"""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AsOption, AtOption, JsonOption, WorkspaceOption, day, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import day_of
from kanmon.core.errors import UsageError
from kanmon.core.ids import IncidentId, MatterId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.incidents.matters.model import MOST_BYTES, Matter, MatterKind, MatterNotice, Paper
from kanmon.incidents.matters.shapes import MatterListResult, MatterResult, MatterStepResult
from kanmon.incidents.matters.use_cases import Matters
from kanmon.incidents.matters.words import KINDS, STATES, STEPS

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="For example M-2026-001.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why; it stands in the ledger.")]
FileOption = Annotated[Path | None, typer.Option("--file", metavar="FILE", help="A paper, kept whole with its hash.")]
DueOption = Annotated[
    str | None, typer.Option("--due", metavar="DAY", help="The last day for the answer, like 2026-09-30.")
]


def open_matter(
    kind: Annotated[MatterKind, typer.Option("--kind", help="What the authority did.")],
    authority: Annotated[str, typer.Option("--authority", metavar="NAME", help="Which authority.")],
    title: Annotated[str, typer.Option("--title", metavar="WORDS", help="What it is about.")],
    by: AsOption,
    reason: ReasonOption,
    received: Annotated[
        str | None, typer.Option("--received", metavar="DAY", help="The day on which it came; else today.")
    ] = None,
    due: DueOption = None,
    reference: Annotated[
        str, typer.Option("--reference", metavar="NUMBER", help="The authority's own file number.")
    ] = "",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what an authority asks: a hearing, a demand for a report, guidance, a recommendation, an order.

    For a privacy owner or legal.
    """
    received_on, due_on = day("--received", received), day("--due", due)
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        asked = MatterNotice(
            kind, authority.strip(), title.strip(), received_on or desk.today(), due_on, reference.strip()
        )
        person = desk.keeper(by).person
        with desk.recording() as log:
            matter = log.open(asked, person, reason)
        _print(matter, desk.today(), as_json)


def add(
    number: IdArgument,
    by: AsOption,
    reason: ReasonOption,
    file: FileOption = None,
    due: DueOption = None,
    incident: Annotated[
        str | None, typer.Option("--incident", metavar="ID", help="An incident that it is about.")
    ] = None,
    measure: Annotated[
        int | None, typer.Option("--measure", metavar="ENTRY", help="What was done about it, by its ledger entry.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add one thing to a matter: a paper, another last day, an incident that it is about, or a measure by its ledger
    entry."""
    if sum(part is not None for part in (file, due, incident, measure)) != 1:
        raise UsageError(N_("give one of --file, --due, --incident and --measure"))
    paper, due_on, matter_id = _paper(file), day("--due", due), MatterId(number)
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        person = desk.keeper(by).person
        with desk.recording() as log:
            if paper is not None:
                matter = log.add_paper(matter_id, paper, person, reason)
            elif due_on is not None:
                matter = log.set_deadline(matter_id, due_on, person, reason)
            elif incident is not None:
                matter = log.link_incident(matter_id, IncidentId(incident), person, reason)
            else:
                assert measure is not None
                matter = log.link_measure(matter_id, measure, person, reason)
        _print(matter, desk.today(), as_json)


def answer(
    number: IdArgument,
    by: AsOption,
    reason: ReasonOption,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day of the answer; else today.")] = None,
    file: FileOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what was answered to an authority, with the paper that was sent."""
    paper, answered_on = _paper(file), day("--on", on)
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        person = desk.keeper(by).person
        with desk.recording() as log:
            matter = log.answer(MatterId(number), answered_on, paper, person, reason)
        _print(matter, desk.today(), as_json)


def close(
    number: IdArgument,
    by: AsOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a matter of an authority; only guidance ends without an answer."""
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        person = desk.keeper(by).person
        with desk.recording() as log:
            matter = log.close(MatterId(number), person, reason)
        _print(matter, desk.today(), as_json)


def show(
    number: IdArgument, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """One matter of an authority with everything recorded of it."""
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        _print(desk.matter(MatterId(number)), desk.today(), as_json)


def list_matters(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Every matter of an authority, the newest first, with how it stands."""
    with opened(workspace, at, alone=False) as application:
        desk = Matters(application)
        found, today = desk.matters(), desk.today()
    if as_json:
        print_json(MatterListResult(matters=[matter_facts(matter, today) for matter in found]))
        return
    for matter in found:
        _print_head(matter, today)
    if not found:
        say(_("no matter of an authority is recorded"))


def matter_facts(matter: Matter, today: date) -> MatterResult:
    """A matter as plain values."""
    notice = matter.notice
    steps: list[MatterStepResult] = [
        {
            "step": step.step_no,
            "kind": step.kind.value,
            "at": step.at.isoformat(),
            "by": step.by,
            "reason": step.reason,
            "body": dict(step.body),
            "ledger_seq": step.ledger_seq,
        }
        for step in matter.steps
    ]
    return {
        "matter_id": matter.matter_id,
        "kind": notice.kind.value,
        "authority": notice.authority,
        "title": notice.title,
        "reference": notice.reference,
        "received_on": notice.received_on.isoformat(),
        "due_on": _iso(matter.due_on),
        "answered_on": _iso(matter.answered_on),
        "state": matter.state(today).value,
        "closed_at": None if matter.closed_at is None else matter.closed_at.isoformat(),
        "opened_by": matter.opened_by,
        "reason": matter.reason,
        "ledger_seq": matter.ledger_seq,
        "steps": steps,
    }


def _print(matter: Matter, today: date, as_json: bool) -> None:
    if as_json:
        print_json(matter_facts(matter, today))
        return
    _print_head(matter, today)
    for step in matter.steps:
        said = ", ".join(f"{name} {value}" for name, value in step.body.items())
        parts = (day_of(step.at).isoformat(), _(STEPS[step.kind]), said, step.by, step.reason)
        sys.stdout.write(f"  {step.step_no}  {'  '.join(part for part in parts if part)}\n")


def _print_head(matter: Matter, today: date) -> None:
    notice = matter.notice
    sys.stdout.write(f"{matter.matter_id}  {_(KINDS[notice.kind])}, {notice.authority}: {notice.title}\n")
    due = "" if matter.due_on is None else f" {matter.due_on.isoformat()}"
    sys.stdout.write(f"  {notice.received_on.isoformat()}  {_(STATES[matter.state(today)])}{due}\n")


def _paper(file: Path | None) -> Paper | None:
    if file is None:
        return None
    try:
        with file.open("rb") as opened_file:
            return Paper(file.name, opened_file.read(MOST_BYTES + 1))
    except OSError as error:
        raise UsageError(N_("%(file)s can't be read: %(why)s"), file=file, why=error.strerror) from None


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
