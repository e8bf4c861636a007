"""`kanmon law duties / document`: what laws abroad ask of each client, met by what, and the documents they ask for.

JSON of `duties`: `on`, and under `clients` for each `client_id` its `duties`: `law`, `duty`, `citation`, `from`,
`state` (met, missing, not_yet), `sources` (`kind`, `name`) and `lack`. JSON of `document`: `kind`, `client_id`, `file`,
`sha256`, `sources`, `unknown` and `ledger_seq`.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.abroad.document import DocumentKind
from kanmon.audits.abroad.model import DutyStanding, LegalDutyState
from kanmon.audits.abroad.shapes import ClientDuties, DocumentResult, DutiesResult, DutyStandingResult
from kanmon.audits.abroad.use_cases import duties_abroad, write_document
from kanmon.audits.abroad.words import SOURCES, STATES
from kanmon.cli.opening import AtOption, ClientsOption, JsonOption, WorkspaceOption, client_ids, day, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.consent.abroad import LEGAL_DUTIES
from kanmon.core.ids import ClientId
from kanmon.core.language import preferred_language, translations


def law_duties(
    client: ClientsOption = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="Which duties hold on this day; else today.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say which duties the laws abroad that contracts name put on each client, and what object meets each."""
    on_day = day("--on", on)
    with opened(workspace, at, alone=False) as application:
        asked, found = duties_abroad(application, client_ids(client), on_day)
    if as_json:
        clients = [
            ClientDuties(client_id=name, duties=[_facts(one) for one in duties]) for name, duties in found.items()
        ]
        print_json(DutiesResult(on=asked.isoformat(), clients=clients))
        return
    for name, duties in found.items():
        _print(name, duties)


def law_document(
    kind: Annotated[DocumentKind, typer.Argument(metavar="KIND", help="annex_iv or impact_assessment.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the HTML file is written to.")],
    client: Annotated[str, typer.Option("--client", metavar="C", help="The client whose scores it is about.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write technical documentation or an impact assessment from the workspace, each statement with its source."""
    with opened(workspace, at, alone=False) as application:
        written, content, seq = write_document(application, kind, ClientId(client), partial(write_file, file))
    values = {"sources": len(written.sources), "unknown": written.unknown}
    if as_json:
        result: DocumentResult = {
            "kind": kind.value,
            "client_id": client,
            "file": str(file),
            "sha256": hashlib.sha256(content).hexdigest(),
            "sources": values["sources"],
            "unknown": values["unknown"],
            "ledger_seq": seq,
        }
        print_json(result)
        return
    say(
        _("%(file)s: statements rest on %(sources)s objects; %(unknown)s things are not known; ledger entry %(seq)s"),
        **values,
        file=str(file),
        seq=seq,
    )


def _facts(one: DutyStanding) -> DutyStandingResult:
    return {
        "law": one.dated.law.value,
        "duty": one.dated.duty.value,
        "citation": one.dated.citation,
        "from": one.dated.holds_from.isoformat(),
        "state": one.state.value,
        "sources": [{"kind": source.kind.value, "name": source.name} for source in one.sources],
        "lack": one.lack % one.values if one.lack else None,
    }


def _print(client: str, duties: Sequence[DutyStanding]) -> None:
    if not duties:
        say(_("%(client)s: its contract names no law abroad"), client=client)
    for one in duties:
        comma = translations(preferred_language(os.environ)).pgettext("list", ", ")
        objects = comma.join(_(SOURCES[source.kind]) % {"name": source.name} for source in one.sources)
        lack = _(one.lack) % one.values if one.state is LegalDutyState.MISSING else ""
        say(
            _("%(client)s, %(law)s, %(duty)s from %(day)s (%(citation)s): %(state)s"),
            client=client,
            law=one.dated.law.value,
            duty=_(LEGAL_DUTIES[one.dated.duty]),
            day=one.dated.holds_from.isoformat(),
            citation=one.dated.citation,
            state=_(STATES[one.state]) % {"objects": objects, "lack": lack},
        )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
