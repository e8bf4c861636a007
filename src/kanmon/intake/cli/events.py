"""`kanmon collect` and `kanmon key`: events that a board sends over HTTP, and the keys it sends them with."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from kanmon.access.key import KeyRecord, KeyScope, scopes
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.signals import stopped_by_signals
from kanmon.cli.tables import print_table
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.gate.use_cases import enter_answers
from kanmon.intake.cli.shapes import CollectResult, KeyListResult, KeyResult, MadeKey, RevokedKey
from kanmon.intake.use_cases.events import collect_events, http_intake

_TOPICS = "kanmon.intake.use_cases.topics"
"""Loads Kafka's client, which is a part that may not be installed."""

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
        print_json(MadeKey(label=label, may=sorted(given), client=client, key=key))
    else:
        say(_("key %(label)s: %(key)s"), label=label, key=key)


def key_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List every key by its label: what it opens, for whom, since when, and whether it was revoked; never the key."""
    with opened(workspace, None, alone=False) as application:
        keys = http_intake(application).keys()
    if as_json:
        print_json(KeyListResult(keys=[_facts(key) for key in keys]))
        return
    if not keys:
        say(_("no key was made yet; next: kanmon key add"))
        return
    heads = [_("key"), _("opens"), _("for client"), _("made on"), _("revoked on")]
    print_table([heads, *map(_cells, keys)], is_of_words=True)


def _cells(key: KeyRecord) -> list[str]:
    revoked_on = "" if key.revoked_at is None else _day(key.revoked_at)
    return [key.label, ", ".join(sorted(key.may)), key.client_id or _("all"), _day(key.created_at), revoked_on]


def _facts(key: KeyRecord) -> KeyResult:
    return {
        "label": key.label,
        "may": list(key.may),
        "client_id": key.client_id,
        "created_at": str(key.created_at),
        "revoked_at": None if key.revoked_at is None else str(key.revoked_at),
    }


def _day(moment: datetime) -> str:
    return moment.astimezone(TOKYO).date().isoformat()


def key_revoke(label: LabelArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a key: from now on it opens nothing."""
    with opened(workspace, None, alone=False) as application:
        http_intake(application).revoke_key(label)
    if as_json:
        print_json(RevokedKey(label=label, revoked=True))
    else:
        say(_("key %(label)s is revoked"), label=label)


def collect(
    source: Annotated[
        str | None, typer.Option("--from", metavar="kafka:TOPIC", help="Receive the events of a Kafka topic first.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="LABEL", help="With --from: the key that they count as sent with.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="With --from: receive until Ctrl-C; a worker takes them into the lake.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take the events that were sent over HTTP into the lake, and answers given there into the ledger.

    The brokers of --from stand in the file that KANMON_KAFKA_FILE names. With --from the JSON has the counts
    `received`, `known` and `refused` of the topic as `topic`; with --follow that alone.
    """
    received = _received(source, key, workspace, follows=follow)
    counts: dict[str, int] = {}
    if not follow:
        with opened(workspace, None) as application:
            counts |= collect_events(application)
            enter_answers(application)
    if as_json:
        print_json(_collected(counts, received))
    else:
        if received is not None:
            say(_("topic: %(received)s new, %(known)s known already, %(refused)s refused"), **received)
        if not follow:
            say(_("events: %(new)s new, %(unchanged)s known already, %(refused)s refused"), **counts)
    if counts.get("refused") or (received is not None and received["refused"]):
        raise typer.Exit(3)


def _collected(counts: Mapping[str, int], received: Mapping[str, int] | None) -> CollectResult:
    result: CollectResult = {}
    if counts:
        result["new"] = counts["new"]
        result["unchanged"] = counts["unchanged"]
        result["refused"] = counts["refused"]
    if received is not None:
        result["topic"] = {
            "received": received["received"],
            "known": received["known"],
            "refused": received["refused"],
        }
    return result


def _received(
    source: str | None, key: str | None, workspace: Path | None, *, follows: bool
) -> Mapping[str, int] | None:
    """What became of the events of a topic; None where none is named."""
    if source is None:
        if key is not None or follows:
            raise UsageError(N_("--key and --follow go with --from"))
        return None
    if key is None:
        raise UsageError(N_("name with --key the key that the events count as sent with; make one: kanmon key add"))
    stopping = stopped_by_signals()
    with opened(workspace, None, alone=False) as application:
        receive: Callable[..., Mapping[str, int]] = import_module(_TOPICS).receive_topic
        return receive(application, source, key, preferred_language(os.environ), stopping.is_set, follows=follows)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
