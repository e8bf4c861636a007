"""Backing a workspace up while work goes on, and putting a backup back as a workspace of its own.

A backup shows one moment: the database by one snapshot, the lake by the manifest that this snapshot has noted. What
lies beside them (models, reports, quality of links) is copied afterwards, so that nothing which the database names is
missing. Keys are kept apart: erasing what people withdrew means destroying keys, which a copy would bring back.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from kanmon.application.application import Application
from kanmon.backup.copy import DATABASE, LAKE, Backup, BackupFile, BackupUnusable, copied, described, is_kept
from kanmon.core.durable import make_folder, replace
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.workspace import Workspace
from kanmon.db.database import newest_revision
from kanmon.db.dump import DatabaseView, dump, full_login, prepare_empty, restore_dump, seen_at_once
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import logins_from
from kanmon.lake.files.manifest import MANIFEST, LakeFolder
from kanmon.lake.files.note import ManifestRecord
from kanmon.ledger.faults import DatabaseBehind
from kanmon.ledger.files.checkpoint_places import CheckpointPlace, FolderPlace, remembered
from kanmon.ledger.files.second_copy import NEWEST
from kanmon.ledger.keyholder import AbsentKey
from kanmon.ledger.use_cases.checks import ledger_check, row_check
from kanmon.ledger.use_cases.restoring import RestoreResult, accept_restored

_TRIES = 5
_ERASURE = "kanmon.rights.erasure.use_cases"
"""Loads what writes reports: only where an older copy was accepted."""
_NOTED = "SELECT coalesce(current_sha256, '') || ' ' || coalesce(coming_sha256, '') FROM lake_manifest"


@dataclass(frozen=True)
class KeptBackup:
    """Where a backup lies, and where its keys do; None where they were not asked for."""

    folder: Path
    backup: Backup
    keys: Path | None


@dataclass(frozen=True)
class Acceptance:
    """Who goes on with an older copy, and why."""

    by: str
    reason: str


@dataclass(frozen=True)
class RestoredWorkspace:
    """A workspace that was made from a backup, and what is wrong with it."""

    root: Path
    backup: Backup
    faults: Sequence[KanmonError]
    """What must be mended before anything is provided: keys that are missing, a database that is behind."""
    findings: int | None
    """Of the whole ledger, and of the tables held against it; None where it can't be checked yet: behind, or no key."""
    accepted: RestoreResult | None
    """What was taken up of what the copy lacks, where that was asked for and needed."""

    @property
    def is_sound(self) -> bool:
        """Whether work can go on in it."""
        return not self.faults and self.findings == 0


def back_up(application: Application, folder: Path, keys: Path | None) -> KeptBackup:
    """Copy a workspace into a new folder, and its keys into another; work may go on meanwhile.

    Raises `UsageError` where a folder holds anything, or a database of the user's own has no login that sees all of
    it; `BackupUnusable` where the lake changed at every try.
    """
    if keys is not None and (keys.resolve() == folder.resolve() or folder.resolve() in keys.resolve().parents):
        raise UsageError(
            N_("keys are kept apart from what they open: name another folder than %(folder)s"), folder=folder
        )
    for place in (folder, keys):
        _refuse_filled(place)
        if place is not None and application.workspace.root in place.resolve().parents:
            raise UsageError(
                N_("%(folder)s lies in the workspace, and would be lost with it: name a folder elsewhere"), folder=place
            )
    server = EmbeddedPostgres(application.workspace.database)
    url, programs = full_login(server, os.environ), server.programs()
    make_folder(folder, private=True)
    for _ in range(_TRIES):
        with seen_at_once(url) as view:
            manifest = _manifest(application.lake, view)
            files = None if manifest is None else _copied_lake(application, manifest, folder)
            if files is None:
                continue
            with application.progress.step("back up: database"):
                dump(programs, url, view.name, folder / DATABASE)
            files += [described(folder, DATABASE), *_copied_beside(application.workspace, folder)]
            backup = _described(application, view, files)
        backup.write(folder)
        return KeptBackup(folder, backup, None if keys is None else _copied_keys(application.workspace, keys))
    raise BackupUnusable(
        N_("the lake changed %(tries)s times while it was copied; wait until loads and runs have ended"), tries=_TRIES
    )


def restore_backup(
    folder: Path, root: Path, keys: Path | None, acceptance: Acceptance | None, progress: Progress
) -> RestoredWorkspace:
    """Make a workspace of a backup in a new folder, and check it; nothing is made of a damaged one.

    With an acceptance, what is known elsewhere of entries that came after the backup is taken up.

    Raises `BackupUnusable`, `UsageError` where `root` holds anything, `DatabaseUnavailable`.
    """
    with progress.step("restore: check files"):
        backup = Backup.read(folder)
        backup.check(folder)
    if backup.revision > newest_revision():
        raise BackupUnusable(
            N_("%(folder)s was made by Kanmon %(version)s, which is newer than this one: install that version"),
            folder=folder,
            version=backup.version,
        )
    _refuse_filled(root)
    workspace = Workspace.create(root, backup.is_replay)
    if keys is not None:
        _bring_keys(keys, workspace)
    with progress.step("restore: files", len(backup.files)) as step:
        for file in backup.files:
            _bring(folder, file, workspace)
            step.advance()
    with progress.step("restore: database"):
        _bring_database(folder / DATABASE, workspace)
    _remember_checkpoints(workspace, backup.identity)
    return _checked(workspace, backup, acceptance, progress)


def _checked(
    workspace: Workspace, backup: Backup, acceptance: Acceptance | None, progress: Progress
) -> RestoredWorkspace:
    with seen_at_once(full_login(EmbeddedPostgres(workspace.database), os.environ)) as view:
        counted = view.row_counts()
    if lacking := {table for table, _ in backup.rows.items() ^ counted.items()}:
        raise BackupUnusable(
            N_("%(tables)s in %(folder)s don't have the rows that were backed up: don't use this workspace"),
            tables=", ".join(sorted(lacking)),
            folder=workspace.root,
        )
    accepted = None if acceptance is None else _accepted(workspace, acceptance, progress)
    with Application.open(workspace.root, None, progress) as application:
        behind = application.transactions.compare()
        faults: list[KanmonError] = [*application.faults(), *application.lake.damage(by_size=True)]
        faults = list({fault.code: fault for fault in [*faults, *([] if behind is None else [behind])]}.values())
        can_be_checked = behind is None and not isinstance(application.ledger_key, AbsentKey)
        findings = _findings(application, backup) if can_be_checked else None
    return RestoredWorkspace(workspace.root, backup, faults, findings, accepted)


def _findings(application: Application, backup: Backup) -> int:
    seen = [] if backup.checkpoint is None else [backup.checkpoint.encode()]
    return len(ledger_check(application, seen).findings) + len(row_check(application) or ())


def _accepted(workspace: Workspace, acceptance: Acceptance, progress: Progress) -> RestoreResult | None:
    with Application.open(workspace.root, None, progress) as application:
        if not isinstance(application.transactions.compare(), DatabaseBehind):
            return None
        accepted = accept_restored(application, acceptance.by, acceptance.reason)
    with Application.open(workspace.root, None, progress, alone=False) as application:
        finish_erasures(application)
    return accepted


def finish_erasures(application: Application) -> None:
    """Erase whoever was erased since the copy was made; `application` must not hold the workspace."""
    import_module(_ERASURE).ErasureService(application).finish()


def _refuse_filled(place: Path | None) -> None:
    if place is not None and place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(N_("%(folder)s is there and not empty; name a new folder"), folder=place)


def _manifest(lake: LakeFolder, view: DatabaseView) -> bytes | None:
    """The lake's manifest as the view has it noted, empty where there is none; None where another one is in force."""
    content = lake.storage.read(MANIFEST)
    noted = view.value(_NOTED)
    if noted is None:
        return content or b""
    current, _, coming = str(noted).partition(" ")
    return (content or b"") if ManifestRecord(current or None, coming or None).names(content) else None


def _copied_lake(application: Application, manifest: bytes, folder: Path) -> list[BackupFile] | None:
    """The files that a manifest names, copied; None where one went meanwhile, and nothing is left of the others."""
    storage = application.lake.storage
    tables = json.loads(manifest or b'{"tables": {}}')["tables"]
    names = [file["name"] for rows in tables.values() for file in rows]
    files = []
    with application.progress.step("back up: lake", len(names)) as step:
        try:
            for name in names:
                with storage.filesystem.open_input_stream(storage.inside(name), compression=None) as reading:
                    files.append(copied(reading, folder, f"{LAKE}/{name}"))
                step.advance()
        except FileNotFoundError:
            for path in (folder / LAKE).iterdir():
                path.unlink()
            return None
    if manifest:
        make_folder(folder / LAKE, private=True)
        replace(folder / LAKE / MANIFEST, manifest, private=True)
        files.append(described(folder, f"{LAKE}/{MANIFEST}"))
    return files


def _copied_beside(workspace: Workspace, folder: Path) -> list[BackupFile]:
    files = []
    for path in _beside(workspace):
        try:
            with path.open("rb") as reading:
                files.append(copied(reading, folder, str(path.relative_to(workspace.root))))
        except FileNotFoundError:  # a report that was recalled, or a picture that was swept, since it was listed
            continue
    return files


def _beside(workspace: Workspace) -> Iterator[Path]:
    """All other files, but keys wherever they lie; what begins with a dot is at work."""
    keys = {place.resolve() for place in _key_places(workspace).values()}
    for path in sorted(workspace.root.rglob("*")):
        inside = path.relative_to(workspace.root)
        if inside.parts[0] == LAKE or not is_kept(inside) or not keys.isdisjoint({path, *path.parents}):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def _described(application: Application, view: DatabaseView, files: Sequence[BackupFile]) -> Backup:
    checkpoint = view.value("SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
    return Backup(
        made_at=application.clock.real().isoformat(),
        version=version("kanmon"),
        revision=str(view.value("SELECT version_num FROM alembic_version")),
        identity=str(view.value("SELECT identity FROM control_plane")),
        is_replay=application.workspace.is_replay,
        entries=int(str(view.value("SELECT count(*) FROM ledger_entry"))),
        checkpoint=None if checkpoint is None else str(checkpoint),
        rows=view.row_counts(),
        files=files,
    )


def _key_places(workspace: Workspace) -> Mapping[str, Path]:
    """Where each key lies, by its name among kept keys."""
    return {
        "ledger.key": Path(os.environ.get("KANMON_LEDGER_KEY") or workspace.ledger_key),
        "erasure.key": Path(os.environ.get("KANMON_ERASURE_KEY") or workspace.erasure_key),
        "keys": Path(os.environ.get("KANMON_ROW_KEYS") or workspace.keys),
    }


def _copied_keys(workspace: Workspace, folder: Path) -> Path:
    make_folder(folder, private=True)
    for name, place in _key_places(workspace).items():
        _copy_key(place, folder / name)
    return folder


def _bring_keys(folder: Path, workspace: Workspace) -> None:
    """Put kept keys where the workspace looks for them; what lies there already stays: it is the newer."""
    for name, place in _key_places(workspace).items():
        if not place.exists():
            _copy_key(folder / name, place)


def _copy_key(source: Path, target: Path) -> None:
    if source.is_dir():
        for path in sorted(source.iterdir()):
            _copy_key(path, target / path.name)
    elif source.is_file():
        make_folder(target.parent, private=True)
        replace(target, source.read_bytes(), private=True)


def _bring(folder: Path, file: BackupFile, workspace: Workspace) -> None:
    if file.path == DATABASE:
        return
    with (folder / file.path).open("rb") as reading:
        copied(reading, workspace.root, file.path)


def _bring_database(file: Path, workspace: Workspace) -> None:
    server, given = EmbeddedPostgres(workspace.database), logins_from(os.environ)
    if given is None:
        server.start()
    else:
        prepare_empty(full_login(server, os.environ), given)
    restore_dump(server.programs(), full_login(server, os.environ), file)


def _remember_checkpoints(workspace: Workspace, identity: str) -> None:
    """Take up the newest checkpoints that this machine remembers of the same ledger, under whatever path it was."""
    places = {_signed_entries(place): place for place in remembered(os.environ, identity)}
    if not places:
        return
    newest, own = places[max(places)], FolderPlace(workspace.root / "checkpoints" / identity)
    with own.alone():
        for name in newest.names():
            own.write(name, newest.read(name) or b"")


def _signed_entries(place: CheckpointPlace) -> int:
    """Over how many entries the newest checkpoint of a place is, by what it says; who opens it checks it."""
    lines = (place.read(NEWEST) or b"").split(b"\n", 2)
    return int(lines[1]) if len(lines) == 3 and lines[1].isdigit() else -1
