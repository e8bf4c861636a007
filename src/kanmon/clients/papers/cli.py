"""`kanmon client`: papers of clients and staff's checks of the use, on record for the gate.

JSON: of each client `client_id`, `season`, `forbidden`, `due` (`kind`, `due_at`), `stated_by_contract` (`kind`,
`dated_at`, and with `show` the `ledger_seq` and `loaded_at` of the load that stated it) and `papers`: `kind`,
`dated_at`, `client_person`, `files` (`name`, `sha256`, `size`), `check` (`season`, `questions`, `answers`, `finding`,
`conditions`) or null, `person`, `role`, `recorded_at`, `ledger_seq`. `list` prints `clients`, `questions` the questions
by version and kind.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kanmon.access.use_cases.reviewers import reviewer
from kanmon.cli.opening import AsOption, AtOption, JsonOption, WorkspaceOption, day, opened
from kanmon.cli.output import print_json, say
from kanmon.clients.papers.model import (
    MOST_BYTES,
    CheckFinding,
    ClientPaper,
    PaperDraft,
    PaperFile,
    PaperKind,
    UseCheck,
)
from kanmon.clients.papers.questions import QUESTIONS
from kanmon.clients.papers.shapes import (
    ClientFileResult,
    ClientListResult,
    PaperResult,
    QuestionsResult,
    StatedPaper,
    UseCheckResult,
)
from kanmon.clients.papers.use_cases import ClientFile, ClientPapers
from kanmon.clients.papers.words import DUE, FINDINGS, KINDS
from kanmon.core.clock import day_of
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, preferred_language, translations


class When(StrEnum):
    """When a check is made."""

    BEFORE = "before"
    AFTER = "after"


class FiledKind(StrEnum):
    """Papers that are no checks."""

    USE_AGREEMENT = "use_agreement"
    CLIENT_NOTICE = "client_notice"


ClientArgument = Annotated[str, typer.Argument(metavar="C", help="The client's id.")]
OnOption = Annotated[
    str | None, typer.Option("--on", metavar="DAY", help="The day of it, like 2026-09-30; else today.")
]
FilesOption = Annotated[
    list[Path] | None, typer.Option("--file", metavar="FILE", help="The paper; its hash is kept. May be repeated.")
]


def check(
    client: ClientArgument,
    when: Annotated[When, typer.Option("--when", help="Before the client uses scores, or after.")],
    answered_by: Annotated[str, typer.Option("--answered-by", metavar="NAME", help="Who answered at the client.")],
    answers: Annotated[
        list[str], typer.Option("--answer", metavar="QUESTION=WORDS", help="One for each question of the check.")
    ],
    finding: Annotated[CheckFinding, typer.Option("--finding", help="What the check found.")],
    by: AsOption,
    conditions: Annotated[
        str, typer.Option("--conditions", metavar="WORDS", help="Under which the client may use scores.")
    ] = "",
    on: OnOption = None,
    files: FilesOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what staff asked about a client's use of scores, what it answered, and what follows.

    For the platform's staff.
    """
    kind = PaperKind.CHECK_BEFORE_USE if when is When.BEFORE else PaperKind.CHECK_AFTER_USE
    draft = PaperDraft(kind, day("--on", on), answered_by, _files(files), _pairs(answers), finding, conditions)
    _record(client, draft, by, workspace, at, as_json)


def paper(
    client: ClientArgument,
    kind: Annotated[FiledKind, typer.Option("--kind", help="What the paper is.")],
    signed_by: Annotated[
        str, typer.Option("--signed-by", metavar="NAME", help="Who signed or published it at the client.")
    ],
    files: Annotated[list[Path], typer.Option("--file", metavar="FILE", help="The paper; its hash is kept.")],
    by: AsOption,
    on: OnOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a client's signed use agreement, or its published notice. For the platform's staff."""
    draft = PaperDraft(PaperKind(kind.value), day("--on", on), signed_by, _files(files))
    _record(client, draft, by, workspace, at, as_json)


def show(
    client: ClientArgument, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Everything on record of one client: papers, checks, what its contract states, what is due."""
    with opened(workspace, at, alone=False) as application:
        file = ClientPapers(application).file(ClientId(client))
    if as_json:
        print_json(file_facts(file))
        return
    _print(file)
    for one in file.papers:
        _print_paper(one)


def list_clients(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Every client, with the checks of use that are due."""
    with opened(workspace, at, alone=False) as application:
        files = ClientPapers(application).files()
    if as_json:
        print_json(ClientListResult(clients=[file_facts(file) for file in files]))
        return
    for file in files:
        _print(file)


def questions(as_json: JsonOption = False) -> None:
    """The questions of the checks before and after use, by version; answers name them."""
    if as_json:
        result: QuestionsResult = {version: _in_words(kinds) for version, kinds in QUESTIONS.items()}
        print_json(result)
        return
    for version, kinds in QUESTIONS.items():
        for kind, asked in kinds.items():
            sys.stdout.write(f"{version}  {_(KINDS[kind])}\n")
            sys.stdout.writelines(f"  {name}  {_(words)}\n" for name, words in asked.items())


def file_facts(file: ClientFile) -> ClientFileResult:
    """A client's file as plain values."""
    return {
        "client_id": file.client.client_id,
        "season": file.client.contract.scores,
        "forbidden": file.forbidden_by is not None,
        "due": [
            {"kind": due.kind.value, "due_at": None if due.due_at is None else due.due_at.isoformat()}
            for due in file.due
        ],
        "stated_by_contract": [_stated_facts(file, kind, stated) for kind, stated in file.stated.items()],
        "papers": [paper_facts(one) for one in file.papers],
    }


def paper_facts(one: ClientPaper) -> PaperResult:
    """A paper as plain values."""
    return {
        "kind": one.kind.value,
        "dated_at": one.dated_at.isoformat(),
        "client_person": one.client_person,
        "files": [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in one.files],
        "check": None if one.check is None else _check_facts(one.check),
        "person": one.person,
        "role": one.role,
        "recorded_at": one.recorded_at.isoformat(),
        "ledger_seq": one.ledger_seq,
    }


def _in_words(kinds: Mapping[PaperKind, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    return {kind.value: {name: _(words) for name, words in asked.items()} for kind, asked in kinds.items()}


def _check_facts(check: UseCheck) -> UseCheckResult:
    return {
        "season": check.season,
        "questions": check.questions,
        "answers": dict(check.answers),
        "finding": check.finding.value,
        "conditions": check.conditions,
    }


def _stated_facts(file: ClientFile, kind: PaperKind, dated_at: datetime) -> StatedPaper:
    facts: StatedPaper = {"kind": kind.value, "dated_at": dated_at.isoformat()}
    if file.stated_by is not None:
        facts["ledger_seq"] = file.stated_by.ledger_seq
        facts["loaded_at"] = file.stated_by.loaded_at.isoformat()
    return facts


def _record(client: str, draft: PaperDraft, by: str, workspace: Path | None, at: str | None, as_json: bool) -> None:
    with opened(workspace, at, alone=False) as application:
        desk = ClientPapers(application)
        recorded = desk.record(ClientId(client), draft, reviewer(application, by))
    if as_json:
        print_json(paper_facts(recorded))
    else:
        _print_paper(recorded)


def _print(file: ClientFile) -> None:
    sys.stdout.write(f"{file.client.client_id}  {file.client.legal_name}\n")
    if file.forbidden_by is not None:
        say(_("  staff found that the client may not use scores: nothing is provided"))
    for kind, stated_at in file.stated.items():
        day = day_of(stated_at).isoformat()
        say(_("  %(day)s  %(kind)s, stated by the contract"), day=day, kind=_(KINDS[kind]))
    for due in file.due:
        if due.due_at is None:
            say(_("  due now: %(kind)s"), kind=_(DUE[due.kind]))
        else:
            say(_("  due by %(day)s: %(kind)s"), day=day_of(due.due_at).isoformat(), kind=_(DUE[due.kind]))


def _print_paper(one: ClientPaper) -> None:
    parts = [day_of(one.dated_at).isoformat(), _(KINDS[one.kind])]
    if one.check is not None:
        parts += [_(FINDINGS[one.check.finding]), one.check.conditions]
    parts += [one.client_person, one.person, *(f"{file.name} {file.sha256[:12]}" for file in one.files)]
    sys.stdout.write(f"  {'  '.join(part for part in parts if part)}\n")


def _files(paths: Sequence[Path] | None) -> tuple[PaperFile, ...]:
    files = []
    for path in paths or ():
        try:
            with path.open("rb") as opened_file:
                files.append(PaperFile.of(path.name, opened_file.read(MOST_BYTES + 1)))
        except OSError as error:
            raise UsageError(N_("%(file)s can't be read: %(why)s"), file=path, why=error.strerror) from None
    return tuple(files)


def _pairs(written: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in written]
    if not all(name and mark for name, mark, _words in pairs):
        raise UsageError(N_("write the answer as QUESTION=WORDS"))
    names = [name.strip() for name, _mark, _words in pairs]
    if len(set(names)) < len(names):
        raise UsageError(N_("a question is answered twice"))
    return dict(zip(names, (words.strip() for _name, _mark, words in pairs), strict=True))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
