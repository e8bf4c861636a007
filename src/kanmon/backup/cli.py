"""`kanmon backup DEST`, and `kanmon restore SRC` with `--accept`.

JSON of `backup`: `folder`, `keys` (null: not copied), `made_at`, `version`, `identity`, `entries` (of the
ledger), `files`, `bytes`, `rows` (of all tables). Of `restore SRC`: `workspace`, `made_at`, `version`, `identity`,
`entries`, `files`, `findings` (of the ledger's check; null where it can't be checked yet), `faults` (codes of what has
to be mended first) and `accepted`: null, or with `--accept` what that alone tells.
"""

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kanmon.backup.shapes import BackupResult, RestoredResult
from kanmon.backup.use_cases import Acceptance, KeptBackup, RestoredWorkspace, back_up, finish_erasures, restore_backup
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.progress import progress_for
from kanmon.core.errors import UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.core.settings import DEFAULT
from kanmon.ledger.cli.restore import accepted_facts, say_accepted
from kanmon.ledger.faults import DatabaseBehind
from kanmon.ledger.use_cases.restoring import accept_restored


def backup(
    dest: Annotated[Path, typer.Argument(metavar="DEST", help="A new folder for the backup.")],
    keys: Annotated[
        Path | None, typer.Option("--keys", metavar="DIR", help="Another new folder, to copy the keys to.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the workspace as it is at one moment into a new folder; work may go on meanwhile.

    Keys are left out unless --keys names a folder for them: keep it elsewhere, and always the newest alone.
    """
    with opened(workspace, None, alone=False) as application:
        kept = back_up(application, dest, keys)
    size = sum(file.size for file in kept.backup.files)
    if as_json:
        print_json(_facts(kept, size))
        return
    values = {"files": len(kept.backup.files), "mb": round(size / 1_000_000, 1), "entries": kept.backup.entries}
    say(
        _("backed up to %(folder)s: %(files)s files, %(mb)s MB, %(entries)s entries of the ledger"),
        folder=dest,
        **values,
    )
    if keys is None:
        say(_("the keys are not in it; docs/backup.md says how to keep them apart"))
    say(_("next: try it out with kanmon restore %(folder)s --workspace NEW"), folder=dest)


def restore(
    source: Annotated[
        Path | None, typer.Argument(metavar="SRC", help="What `kanmon backup` made; else the database is in place.")
    ] = None,
    keys: Annotated[Path | None, typer.Option("--keys", metavar="DIR", help="The newest copy of the keys.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take up what is known of the lost entries, and go on with this copy.")
    ] = False,
    by: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="The privacy owner who accepts it; else the user.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the ledger.")] = "restored from a backup",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a workspace of a backup, and check it; or go on with a database that is an older copy.

    With SRC, --workspace names the new folder.
    """
    if source is None and not accept:
        raise UsageError(N_("name a backup; or say --accept once the copy to go on with is in place"))
    acceptance = Acceptance(by or getpass.getuser(), reason) if accept else None
    if source is None and acceptance is not None:
        with opened(workspace, at) as application:
            accepted = accept_restored(application, acceptance.by, acceptance.reason)
        with opened(workspace, at, alone=False) as application:
            finish_erasures(application)
        print_json(accepted_facts(accepted)) if as_json else say_accepted(accepted)
    elif source is not None:
        progress = progress_for(sys.stderr.isatty())
        restored = restore_backup(source, workspace or DEFAULT, keys, acceptance, progress)
        print_json(_restored_facts(restored)) if as_json else _say_restored(restored)
        if not restored.is_sound:
            raise typer.Exit(4)


def _facts(kept: KeptBackup, size: int) -> BackupResult:
    made = kept.backup
    return {
        "folder": str(kept.folder),
        "keys": None if kept.keys is None else str(kept.keys),
        "made_at": made.made_at,
        "version": made.version,
        "identity": made.identity,
        "entries": made.entries,
        "files": len(made.files),
        "bytes": size,
        "rows": sum(made.rows.values()),
    }


def _restored_facts(restored: RestoredWorkspace) -> RestoredResult:
    made = restored.backup
    return {
        "workspace": str(restored.root),
        "made_at": made.made_at,
        "version": made.version,
        "identity": made.identity,
        "entries": made.entries,
        "files": len(made.files),
        "findings": restored.findings,
        "faults": [fault.code for fault in restored.faults],
        "accepted": None if restored.accepted is None else accepted_facts(restored.accepted),
    }


def _say_restored(restored: RestoredWorkspace) -> None:
    values = {"folder": restored.root, "made_at": restored.backup.made_at, "entries": restored.backup.entries}
    say(_("restored to %(folder)s what was there at %(made_at)s: %(entries)s entries of the ledger"), **values)
    if restored.accepted is not None:
        say_accepted(restored.accepted)
    if restored.findings:
        say(_("the ledger has %(count)s findings: kanmon audit ledger tells them"), count=restored.findings)
    for fault in restored.faults:
        say("%(fault)s [%(code)s]", fault=fault.told(_), code=fault.code)
    if any(isinstance(fault, DatabaseBehind) for fault in restored.faults):
        say(_("next: kanmon restore --accept --workspace %(folder)s"), folder=restored.root)
    elif restored.is_sound:
        say(_("next: kanmon status --workspace %(folder)s"), folder=restored.root)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
