"""`kanmon account list`, `close`, `reset` and `sessions`: what the platform does to accounts.

JSON: of `list` the `accounts`, each with `name`, `role`, `whose`, `created_at`, `closed_at`, `sessions`, `passkeys`; of
`sessions` the `name` and its `sessions` (`way`, `begun_at`, `seen_at`), with --end `ended` as well; of `close` the
`name`; of `reset` the `name` and its new `password`.
"""

import os
from typing import Annotated

import typer

from kanmon.access.accounts import ListedAccount
from kanmon.access.shapes import (
    AccountListResult,
    AccountResult,
    ClosedAccount,
    OpenSessionResult,
    ResetAccount,
    SessionsResult,
)
from kanmon.access.use_cases.sign_in import account_service
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.tables import print_table
from kanmon.core.language import preferred_language, translations

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")]
PersonOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who does it; it stands in the ledger.")]
BecauseOption = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; it stands in the ledger.")]


def account_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every account, with its open sessions and passkeys."""
    with opened(workspace, None, alone=False) as application:
        listed = account_service(application).listed()
    if as_json:
        accounts: list[AccountResult] = [
            {
                "name": one.name,
                "role": one.role,
                "whose": one.whose,
                "created_at": one.created_at.isoformat(),
                "closed_at": None if one.closed_at is None else one.closed_at.isoformat(),
                "sessions": one.sessions,
                "passkeys": one.passkeys,
            }
            for one in listed
        ]
        print_json(AccountListResult(accounts=accounts))
        return
    heads = [_("name"), _("role"), _("whose account"), _("open or closed"), _("sessions"), _("passkeys")]
    print_table([heads, *map(_cells, listed)], is_of_words=True)


def _cells(account: ListedAccount) -> list[str]:
    state = _("closed") if account.closed_at else _("open account")
    counts = (str(account.sessions), str(account.passkeys))
    return [account.name, account.role, account.whose or "–", state, *counts]


def account_close(
    name: NameArgument,
    person: PersonOption,
    because: BecauseOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Close an account: its sessions end, and nobody comes in by it in any way, until it is reset."""
    with opened(workspace, None, alone=False) as application:
        account_service(application).close(name, person, because)
    if as_json:
        print_json(ClosedAccount(name=name))
    else:
        say(_("the account %(name)s is closed"), name=name)


def account_reset(
    name: NameArgument,
    person: PersonOption,
    because: BecauseOption,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have an account begin anew, a closed one too: sessions, passkeys and identities go; print a new password."""
    with opened(workspace, None, alone=False) as application:
        password = account_service(application).reset(name, person, because)
    if as_json:
        print_json(ResetAccount(name=name, password=password))
    else:
        say(_("%(name)s may sign in with the password %(password)s"), name=name, password=password)


def account_sessions(
    name: NameArgument,
    end: Annotated[bool, typer.Option("--end", help="End them all, as --as and --reason say.")] = False,
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="Who ends them.")] = "",
    because: Annotated[str, typer.Option("--reason", metavar="WHY", help="Why they are ended.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the open sessions of an account, or end them."""
    with opened(workspace, None, alone=False) as application:
        accounts = account_service(application)
        sessions = accounts.sessions(name)
        if end:
            accounts.end_sessions(name, person, because)
    if as_json:
        shown: list[OpenSessionResult] = [
            {"way": one.way.value, "begun_at": one.begun_at.isoformat(), "seen_at": one.seen_at.isoformat()}
            for one in sessions
        ]
        result = SessionsResult(name=name, sessions=shown)
        if end:
            result["ended"] = len(sessions)
        print_json(result)
        return
    for one in sessions:
        say(
            _("%(way)s, since %(begun)s, last used %(seen)s"),
            way=one.way.value,
            begun=one.begun_at.isoformat(),
            seen=one.seen_at.isoformat(),
        )
    if end:
        say(_("sessions ended: %(count)s"), count=len(sessions))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
