"""`kanmon serve` and `kanmon account add`: the portals, and who may come in."""

import os
from typing import Annotated

import typer

from kanmon.access.account import NewAccount, Role
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.printing import print_json, say
from kanmon.clients.contract import ReviewRole
from kanmon.errors import UsageError
from kanmon.ids import ClientId, MemberId
from kanmon.language import N_, preferred_language, translations
from kanmon.web.app import serve as serve_application

account_app = typer.Typer(no_args_is_help=True, help="Who may sign in to the portals.", rich_markup_mode=None)


def serve(
    host: Annotated[str, typer.Option("--host", metavar="H", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="P", help="The port to listen at.")] = 8000,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Serve the portals and the API, until Ctrl-C."""
    with opened(workspace, at, alone=False) as application:
        say(_("serving http://%(host)s:%(port)s/; Ctrl-C ends it"), host=host, port=port)
        serve_application(application, host, port)


@account_app.command("add")
def account_add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    member: Annotated[str | None, typer.Option("--member", metavar="M", help="For this member of the board.")] = None,
    client: Annotated[str | None, typer.Option("--client", metavar="C", help="For staff of this client.")] = None,
    privacy_owner: Annotated[bool, typer.Option("--privacy-owner", help="For a privacy owner.")] = False,
    role: Annotated[
        ReviewRole | None, typer.Option("--role", help="For staff of the platform who review revisions of policies.")
    ] = None,
    person: Annotated[
        str | None,
        typer.Option("--person", metavar="P", help="Who of the platform's staff it is; else as the account is named."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an account for one person, and print its first password, once."""
    if [member is not None, client is not None, privacy_owner, role is not None].count(True) != 1:
        raise UsageError(N_("name one of --member, --client, --privacy-owner and --role"))
    if person is not None and (member is not None or client is not None):
        raise UsageError(N_("--person is for the platform's own staff"))
    account = NewAccount(
        name,
        None if member is None else MemberId(member),
        None if client is None else ClientId(client),
        Role(role or ReviewRole.PRIVACY_OWNER),
        person,
    )
    with opened(workspace, None, alone=False) as application:
        password = application.sign_in().add(account)
    if as_json:
        print_json({"name": name, "role": account.role, "password": password})
    else:
        say(_("%(name)s may sign in with the password %(password)s"), name=name, password=password)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
