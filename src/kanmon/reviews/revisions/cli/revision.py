"""`kanmon revision`: the steps of a policy revision, each taken by the account of whoever may take it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from kanmon.access.account import Account
from kanmon.access.use_cases.reviewers import reviewer
from kanmon.cli.opening import AsOption, AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, print_object, say
from kanmon.core.errors import UsageError
from kanmon.core.ids import PolicyId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.reviews.revisions.cli.printing import print_revision, print_revisions, revision_facts, view_facts
from kanmon.reviews.revisions.model import Act, Revision
from kanmon.reviews.revisions.shapes import HeldResult, ReconsentResult, RevisionListResult
from kanmon.reviews.revisions.use_cases import RevisionService

NumberArgument = Annotated[int, typer.Argument(metavar="N", help="The revision's number.")]
FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="One version as in service.yaml, or a list of them by language.")
]
PolicyOption = Annotated[str, typer.Option("--policy", metavar="ID", help="The policy that is revised.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="WHY", help="The reason, in writing.")]
Take = Callable[[RevisionService, Account], Revision]


def _taken(take: Take, by: str, workspace: Path | None, at: str | None, as_json: bool) -> None:
    with opened(workspace, at, alone=False) as application:
        desk = RevisionService(application)
        revision = take(desk, reviewer(application, by))
    if as_json:
        print_json(revision_facts(revision))
    else:
        print_revision(revision)


def list_revisions(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every revision with its state, newest first."""
    with opened(workspace, None, alone=False) as application:
        found = RevisionService(application).revisions()
    if as_json:
        print_json(RevisionListResult(revisions=[revision_facts(one) for one in found]))
    else:
        print_revisions(found)


def show(
    number: NumberArgument, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Everything about one revision, as one JSON object."""
    with opened(workspace, at, alone=False) as application:
        print_object(view_facts(RevisionService(application).view(number)), as_json=as_json)


def draft(
    file: FileArgument,
    by: AsOption,
    policy: PolicyOption,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Begin a revision with a draft. For an author."""
    written = _written(file)

    def take(desk: RevisionService, account: Account) -> Revision:
        return desk.draft(account, PolicyId(policy), written, file.name, file.parent)

    _taken(take, by, workspace, at, as_json)


def redraft(
    number: NumberArgument,
    file: FileArgument,
    by: AsOption,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the draft again; what was signed no longer counts. For an author."""
    written = _written(file)

    def take(desk: RevisionService, account: Account) -> Revision:
        return desk.redraft(account, number, written, file.name, file.parent)

    _taken(take, by, workspace, at, as_json)


def _step_command(act: Act, doc: str) -> Callable[..., None]:
    def command(
        number: NumberArgument,
        by: AsOption,
        workspace: WorkspaceOption = None,
        at: AtOption = None,
        as_json: JsonOption = False,
    ) -> None:
        _taken(lambda desk, account: desk.take(account, number, act, {}), by, workspace, at, as_json)

    command.__doc__ = doc
    return command


def _reasoned_command(act: Act, doc: str) -> Callable[..., None]:
    def command(
        number: NumberArgument,
        by: AsOption,
        reason: ReasonOption,
        workspace: WorkspaceOption = None,
        at: AtOption = None,
        as_json: JsonOption = False,
    ) -> None:
        said = {"reason": reason}
        _taken(lambda desk, account: desk.take(account, number, act, said), by, workspace, at, as_json)

    command.__doc__ = doc
    return command


model = _step_command(Act.MODEL, "Say that every element is quoted in the text. For an author.")
check = _step_command(Act.CHECK, "Examine the text under the law in force. For legal.")
impact = _step_command(Act.SET_IMPACT, "Work out the screens, and who would be held. For an author.")
advise = _reasoned_command(Act.ADVISE, "Say how the change looks to students. For a student advocate.")
schedule = _step_command(Act.SCHEDULE, "Fix the day from which it takes effect. For a privacy owner.")
deploy = _step_command(Act.DEPLOY, "Begin to bring it to the screens. For an operator.")
activate = _step_command(Act.ACTIVATE, "Put it in force, where every screen shows it. For a privacy owner.")
abandon = _reasoned_command(Act.ABANDON, "Give the revision up. For an author or a privacy owner.")


def remove_screen(
    number: NumberArgument,
    screen: Annotated[str, typer.Argument(metavar="SCREEN", help="A screen of the impact set.")],
    by: AsOption,
    reason: ReasonOption,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a screen out of the impact set. For a privacy owner."""
    said = {"screen": screen, "reason": reason}
    _taken(lambda desk, account: desk.take(account, number, Act.REMOVE_SCREEN, said), by, workspace, at, as_json)


def confirm(
    number: NumberArgument,
    by: AsOption,
    reflected: Annotated[bool, typer.Option("--reflected", help="The change is reflected as instructed.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Confirm that the change is reflected as instructed. For an operator."""
    said = {"reflected": "yes" if reflected else "no"}
    _taken(lambda desk, account: desk.take(account, number, Act.CONFIRM, said), by, workspace, at, as_json)


def review(
    number: NumberArgument,
    by: AsOption,
    purpose: Annotated[str, typer.Option("--purpose", metavar="WORDS", help="The purpose of the revision.")],
    scope: Annotated[str, typer.Option("--scope", metavar="WORDS", help="The scope to be covered.")],
    content: Annotated[str, typer.Option("--content", metavar="WORDS", help="The content to be covered.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer the three questions, and approve. For a privacy owner."""
    said = {"purpose": purpose, "scope": scope, "content": content}
    _taken(lambda desk, account: desk.take(account, number, Act.REVIEW, said), by, workspace, at, as_json)


def ask(
    number: NumberArgument, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """List everybody who is held, to be asked to agree anew; what was broken off is taken up."""
    with opened(workspace, at, alone=False) as application:
        asked = RevisionService(application).ask(number)
    if as_json:
        print_json(ReconsentResult(asked=asked))
    else:
        say(_("%(count)s persons are on the list of those to be asked again"), count=f"{asked:,}")


def held(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """How many applicants of each client the gate holds, since they agreed only to words that say too little."""
    with opened(workspace, at, alone=False) as application:
        found = RevisionService(application).held()
    if as_json:
        print_json(HeldResult(clients={one.client_id: one.applicants for one in found}))
        return
    for one in found:
        say(_("%(client)s: %(count)s applicants are held"), client=one.client_id, count=f"{one.applicants:,}")


def _written(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=reason) from None


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
