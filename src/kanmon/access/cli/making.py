"""`kanmon account add` and `bind`: who may come in."""

import os
from typing import Annotated

import typer

from kanmon.access.account import NewAccount, Role
from kanmon.access.oidc import Identity
from kanmon.access.shapes import BoundAccount, MadeAccount
from kanmon.access.use_cases.sign_in import account_service
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.clients.contract import ReviewRole
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.core.language import N_, preferred_language, translations

ByOption = Annotated[
    str | None,
    typer.Option("--as", metavar="NAME", help="Who does it; it stands in the ledger. Else this machine's user."),
]
BecauseOption = Annotated[str | None, typer.Option("--reason", metavar="WHY", help="Why; it stands in the ledger.")]


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
    by: ByOption = None,
    because: BecauseOption = None,
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
        password = account_service(application).add(account, by or _machine_user(), because or "kanmon account add")
    if as_json:
        print_json(MadeAccount(name=name, role=account.role, password=password))
    else:
        say(_("%(name)s may sign in with the password %(password)s"), name=name, password=password)


def account_bind(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name to sign in with.")],
    issuer: Annotated[str, typer.Option("--issuer", metavar="URL", help="The OpenID provider.")],
    subject: Annotated[str, typer.Option("--subject", metavar="SUB", help="Who it is there: the claim `sub`.")],
    by: ByOption = None,
    because: BecauseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let somebody sign in to an account through an OpenID provider."""
    if not issuer or not subject:
        raise UsageError(N_("neither --issuer nor --subject may be empty"))
    with opened(workspace, None, alone=False) as application:
        identity = Identity(issuer, subject)
        account_service(application).bind(name, identity, by or _machine_user(), because or "kanmon account bind")
    if as_json:
        print_json(BoundAccount(name=name, issuer=issuer, subject=subject))
    else:
        say(_("%(subject)s of %(issuer)s may sign in as %(name)s"), subject=subject, issuer=issuer, name=name)


def _machine_user() -> str:
    """Who works at this machine, where nobody says who does it."""
    return f"uid {os.getuid()}"


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
