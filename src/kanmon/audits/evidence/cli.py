"""`kanmon evidence`: everything that an authority may ask for about a person or an incident, in one file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.evidence.shapes import EvidenceResult
from kanmon.audits.evidence.use_cases import EvidenceService
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.core.errors import UsageError
from kanmon.core.ids import IncidentId, MatterId, MemberId
from kanmon.core.language import N_, preferred_language, translations


def evidence(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack that is written, for example pack.zip.")],
    incident: Annotated[str | None, typer.Option("--incident", metavar="ID", help="All about an incident.")] = None,
    member: Annotated[
        str | None, typer.Option("--member", metavar="M", help="All about a member, erased or not.")
    ] = None,
    matter: Annotated[
        str | None, typer.Option("--matter", metavar="ID", help="All about a matter of an authority, with its papers.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build a pack of evidence for an authority; `kanmon verify` checks it offline."""
    if sum(named is not None for named in (incident, member, matter)) != 1:
        raise UsageError(N_("give one of --incident, --member and --matter"))
    with opened(workspace, at, alone=False) as application:
        desk = EvidenceService(application)
        if member is not None:
            packed = desk.of_member(MemberId(member))
        elif matter is not None:
            packed = desk.of_matter(MatterId(matter))
        else:
            packed = desk.of_incident(IncidentId(incident or ""))
        vkey = str(application.ledger_key.verifier)
    write_file(file, packed.content)
    if as_json:
        entries = len(packed.seqs)
        print_json(EvidenceResult(file=str(file), entries=entries, ledger_seq=packed.ledger_seq, vkey=vkey))
        return
    say(_("%(count)s entries with their proofs are in %(file)s"), count=len(packed.seqs), file=file)
    say(_("check it with: kanmon verify %(file)s --key %(vkey)s"), file=file, vkey=vkey)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
