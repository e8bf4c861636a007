"""`kanmon subject object / lift / correct / review / disclose / requests / decide`: what a person asks for, and the
worklist."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, MemberArgument, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.core.canonical import canonical_id
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, CookieId, MemberId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.rights.requests.correction import DisputedMark
from kanmon.rights.requests.objection import Word
from kanmon.rights.requests.review import ReviewFinding
from kanmon.rights.requests.service import Request, RequestState, request_facts
from kanmon.rights.requests.shapes import BrowsersResult, ObjectionResult, RequestListResult, TiedBrowser
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.words import STATES, TYPES

ClientOption = Annotated[
    str | None, typer.Option("--client", metavar="C", help="Only for this client; else for all of them.")
]

TrainingOption = Annotated[
    bool, typer.Option("--training", help="Training alone: whether models learn from the member's history.")
]


def subject_object(
    member: MemberArgument,
    client: ClientOption = None,
    training: TrainingOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop scoring and providing about a member until it is lifted, or training alone; it counts at the end."""
    _say_word(Word.OBJECT, member, client, training, workspace, at, as_json)


def subject_lift(
    member: MemberArgument,
    client: ClientOption = None,
    training: TrainingOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lift a member's stop, or that of training alone."""
    _say_word(Word.LIFT, member, client, training, workspace, at, as_json)


def subject_correct(
    member: MemberArgument,
    not_mine: Annotated[
        list[str] | None,
        typer.Option(
            "--not-mine",
            metavar="BROWSER[@DAY]",
            help="A browser, or one day on it, that wasn't the member; @DAY alone is under the member's own login.",
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Personal data as it should be, for example given_name=花子."),
    ] = None,
    words: Annotated[str, typer.Option(help="What the member says about it.")] = "",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask for a correction; without an option, the browsers and days that are taken for the member's are listed."""
    with opened(workspace, at, alone=False) as application:
        rights, who = Rights(application), MemberId(member)
        if not_mine:
            made = rights.dispute(who, [_mark(one) for one in not_mine], words)
        elif field:
            made = rights.ask_for_data(who, dict(_pair(one) for one in field), words)
        else:
            _list_browsers(rights, who, as_json)
            return
        now = application.clock.now()
        facts = request_facts(made, now)
    if as_json:
        print_json(facts)
    else:
        _print(made, made.state(now))


def subject_review(
    member: MemberArgument,
    score: Annotated[
        int, typer.Argument(metavar="SCORE", help="The score's number, as `kanmon subject show` names it.")
    ],
    words: Annotated[str, typer.Option(help="How the member sees it; a company that has the score reads it.")] = "",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask that a person looks at a score; a company that has it is asked to look again too."""
    with opened(workspace, at, alone=False) as application:
        asked = Rights(application).ask_for_review(MemberId(member), score, words)
        now = application.clock.now()
    if as_json:
        print_json(request_facts(asked, now))
    else:
        _print(asked, asked.state(now))


def subject_disclose(
    member: MemberArgument,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where the ZIP file is written to; not with --paper.")
    ] = None,
    paper: Annotated[bool, typer.Option("--paper", help="Ask for it on paper; it waits in the worklist.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Disclose everything that is held about a member: a document to read, JSON, receipts and a check code."""
    if paper is (file is not None):
        raise UsageError(N_("name the file to write, or ask for paper"))
    with opened(workspace, at, alone=False) as application:
        if file is None:
            request = Rights(application).ask_on_paper(MemberId(member))
        else:
            disclosed = Rights(application).disclose(MemberId(member), preferred_language(os.environ))
            write_file(file, disclosed.zipped)
            request = disclosed.request
        now = application.clock.now()
        facts = request_facts(request, now)
    if as_json:
        print_json(facts)
    else:
        _print(request, request.state(now))


def subject_requests(
    member: Annotated[
        str | None, typer.Argument(metavar="[MEMBER]", help="Only this member's; else everybody's.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """The worklist: every request with its deadline and what became of it, those that wait first."""
    with opened(workspace, at, alone=False) as application:
        rights, now = Rights(application), application.clock.now()
        found = rights.worklist() if member is None else rights.requests(MemberId(member))
    if as_json:
        print_json(RequestListResult(requests=[request_facts(one, now) for one in found]))
        return
    for one in found:
        _print(one, one.state(now))


def subject_decide(
    request: Annotated[int, typer.Argument(metavar="REQUEST", help="The request's number.")],
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who decides.")],
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it; else it is accepted or was answered.")] = False,
    because: Annotated[
        str, typer.Option("--reason", metavar="WHY", help="The reason, or what was done; the person is told it.")
    ] = "",
    finding: Annotated[
        ReviewFinding | None, typer.Option("--finding", help="How a review ends; only for a review, which needs it.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide a request: a correction that is accepted is put in force at once."""
    if refuse and finding is not None:
        raise UsageError(N_("give --refuse or --finding, not both"))
    with opened(workspace, at, alone=False) as application:
        rights = Rights(application)
        if finding is None:
            decided = (rights.refuse if refuse else rights.accept)(request, person, because)
        else:
            decided = rights.conclude(request, person, finding, because)
        now = application.clock.now()
        facts = request_facts(decided, now)
    if as_json:
        print_json(facts)
    else:
        _print(decided, decided.state(now))


def _say_word(
    word: Word, member: str, client: str | None, training: bool, workspace: Path | None, at: str | None, as_json: bool
) -> None:
    with opened(workspace, at, alone=False) as application:
        company = None if client is None else ClientId(client)
        said = Rights(application).say(MemberId(member), word, company, is_of_training=training)
        now = application.clock.now()
        facts = request_facts(said.request, now)
    if as_json:
        before = [{"ledger_seq": told.ledger_seq, **told.record} for told in said.provided_before]
        result: ObjectionResult = {**facts, "provided_before": before}
        print_json(result)
    else:
        _print(said.request, said.request.state(now))


def _list_browsers(rights: Rights, member: MemberId, as_json: bool) -> None:
    browsers = rights.browsers(member)
    if as_json:
        found: list[TiedBrowser] = [
            {
                "cookie_id": one.cookie_id,
                "is_shared": one.is_shared,
                "days": [{"day": day.day.isoformat(), "actions": dict(day.counts)} for day in one.days],
            }
            for one in browsers
        ]
        print_json(BrowsersResult(browsers=found))
        return
    for one in browsers:
        for day in one.days:
            sys.stdout.write(f"{one.cookie_id or ''}@{day.day} {day.total}\n")


def _mark(written: str) -> DisputedMark:
    """`BROWSER`, `BROWSER@DAY` or `@DAY`; a browser's name may hold an @ itself."""
    cookie, _at, day = written.rpartition("@")
    try:
        return DisputedMark(CookieId(canonical_id(cookie)) or None, date.fromisoformat(day))
    except ValueError:
        return DisputedMark(CookieId(canonical_id(written)), None)


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise UsageError(N_("%(written)s is not NAME=VALUE"), written=written)
    return name, value


def _print(request: Request, state: RequestState) -> None:
    asked = request.asked
    values = {
        "request": request.request_no,
        "what": _(TYPES[asked.type]),
        "state": _(STATES[state]),
        "due": request.due_at.astimezone(TOKYO).isoformat(" ", "seconds"),
        "member": asked.member_id or "-",
    }
    say(_("%(request)s: %(what)s, member %(member)s, due %(due)s: %(state)s"), **values)
    letters = request.decided.done.get("letter") if request.decided else None
    if isinstance(letters, dict):
        for written in letters.values():
            sys.stdout.write("".join(f"    {line}\n" for line in written.split("\n")))
    elif request.decided is not None and request.decided.reason:
        sys.stdout.write(f"    {request.decided.reason}\n")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
