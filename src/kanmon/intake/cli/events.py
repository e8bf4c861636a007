"""`kanmon collect` and `kanmon key`: events that a board sends over HTTP, and the keys it sends them with."""

import os
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from kanmon.access.key import KeyScope, scopes
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.ids import ClientId
from kanmon.core.language import preferred_language, translations
from kanmon.gate.use_cases import enter_answers
from kanmon.intake.use_cases.events import collect_events, http_intake

LabelArgument = Annotated[str, typer.Argument(metavar="LABEL", help="What the key is called.")]


def key_add(
    label: LabelArgument,
    may: Annotated[
        str,
        typer.Option(
            "--may",
            metavar="SCOPES",
            help="What it opens, with commas: events, consents, decisions, client_decisions, metrics.",
        ),
    ] = KeyScope.EVENTS.value,
    client: Annotated[
        str | None,
        typer.Option("--client", metavar="C", help="It is answered about this client alone; for decisions."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key, and print it, once."""
    given = scopes(may.split(","))
    with opened(workspace, None, alone=False) as application:
        key = http_intake(application).add_key(label, given, None if client is None else ClientId(client))
    if as_json:
        print_json({"label": label, "may": sorted(given), "client": client, "key": key})
    else:
        say(_("key %(label)s: %(key)s"), label=label, key=key)


def key_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every key by its label: what it opens, for whom, since when, and whether it was revoked; never the key."""
    with opened(workspace, None, alone=False) as application:
        keys = http_intake(application).keys()
    if as_json:
        print_json({"keys": [asdict(key) for key in keys]})
        return
    for key in keys:
        message = _("%(label)s: %(scopes)s for %(client)s, made on %(made)s")
        if key.revoked_at is not None:
            message = _("%(label)s: %(scopes)s for %(client)s, made on %(made)s, revoked on %(revoked)s")
        say(
            message,
            label=key.label, scopes=", ".join(sorted(key.may)), client=key.client_id or _("every client that there is"),
            made=_day(key.created_at), revoked=key.revoked_at and _day(key.revoked_at),
        )  # fmt: skip
    if not keys:
        say(_("no key was made yet; next: kanmon key add"))


def _day(moment: datetime) -> str:
    return moment.astimezone(TOKYO).date().isoformat()


def key_revoke(label: LabelArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a key: from now on it opens nothing."""
    with opened(workspace, None, alone=False) as application:
        http_intake(application).revoke_key(label)
    if as_json:
        print_json({"label": label, "revoked": True})
    else:
        say(_("key %(label)s is revoked"), label=label)


def collect(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Take the events that were sent over HTTP into the lake, and answers given there into the ledger."""
    with opened(workspace, None) as application:
        counts = collect_events(application)
        enter_answers(application)
    if as_json:
        print_json(counts)
    else:
        say(_("events: %(new)s new, %(unchanged)s known already, %(refused)s refused"), **counts)
    if counts["refused"]:
        raise typer.Exit(3)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
