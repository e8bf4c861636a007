"""One workspace, opened, with everything that a door may ask of it."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from kanmon.application.transactions import PostgresTransactions
from kanmon.core.clock import Clock, ReplayClock, SystemClock
from kanmon.core.errors import KanmonError, LakeElsewhere, LakeOutOfReach, NotAReplayWorkspace
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.workspace import Workspace
from kanmon.db.control_plane import check_before, check_embedded, note_control_plane
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.kept_keys import KeyMemory, OwnMemory
from kanmon.db.logins import DatabaseLogins, logins_from
from kanmon.db.row_key import NO_KEY, RowKey
from kanmon.db.unit_of_work import Database, failures_told
from kanmon.lake.files.manifest import LakeFolder
from kanmon.lake.files.note import ManifestNote, NoNote
from kanmon.lake.files.whereabouts import lake_of
from kanmon.lake.store import LakeNote
from kanmon.ledger.files.checkpoint_places import places_of
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.ledger.files.second_copy import SecondCopy
from kanmon.ledger.keyholder import AbsentKey, LedgerKey
from kanmon.ledger.note import SigningKey
from kanmon.ledger.store.keys import KeyStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.erasure.files.key import ErasureKeyFile


class Part(StrEnum):
    """What a workspace consists of beside its database."""

    LEDGER_KEY = "ledger key"
    CHECKPOINTS = "second copy of checkpoints"
    ROW_KEYS = "keys of reports"
    ERASURE_KEY = "key for erasures"
    LAKE = "lake"


@dataclass(frozen=True)
class Application:
    """One workspace with everything that a door may ask of it."""

    workspace: Workspace
    clock: Clock
    progress: Progress
    transactions: PostgresTransactions
    ledger_key: LedgerKey
    key_memory: KeyMemory = field(default_factory=OwnMemory)
    lake_note: ManifestNote = field(default_factory=NoNote)

    @classmethod
    @contextmanager
    def open(
        cls, root: Path | None, at: datetime | None, progress: Progress, *, alone: bool = True
    ) -> Iterator["Application"]:
        """The application over a workspace, held against other commands until the block ends.

        What works in the database alone need not be `alone`: a person who withdraws waits for no run to end. `at` is
        the moment to act at; `NotAReplayWorkspace` where the workspace was not made for that.
        """
        workspace = Workspace.find(root)
        if at is not None and not workspace.is_replay:
            raise NotAReplayWorkspace(
                N_("%(folder)s acts at the present; only a workspace made with `kanmon init --replay` takes --at"),
                folder=workspace.root,
            )
        clock: Clock = SystemClock(in_replays=workspace.is_replay) if at is None else ReplayClock(at)
        with ExitStack() as stack:
            if alone:
                stack.enter_context(workspace.hold())
            database = Database(prepared_logins(workspace).app)
            stack.callback(database.close)
            memory = KeyStore(database)
            key_file = ledger_key_file(workspace, memory)
            key = key_file.at_hand()
            database.rows = _row_key(key, key_file)
            second = SecondCopy(places_of(workspace, os.environ, memory.identity()), key, key_file.known_former())
            transactions = PostgresTransactions(database, key, sealed_rows(workspace, memory), second)
            transactions.compare()
            transactions.adopt()
            yield cls(workspace, clock, progress, transactions, key, memory, LakeNote(database))

    def faults(self) -> Sequence[KanmonError]:
        """What must be mended before anything is provided or, for the key for erasures, loaded."""
        return [fault for fault in self.checked().values() if fault is not None]

    def checked(self) -> Mapping[Part, KanmonError | None]:
        """What is wrong with each part that lies outside of the database; of the lake, just its manifest is read."""
        checks = {
            Part.LEDGER_KEY: self._check_ledger_key,
            Part.CHECKPOINTS: self._check_second_copy,
            Part.ROW_KEYS: self.seals.check,
            Part.ERASURE_KEY: self.erasure_key.check,
            Part.LAKE: self._check_lake,
        }
        return {part: _raised(check) for part, check in checks.items()}

    def check_providing(self) -> None:
        """Raise what forbids to provide: a missing key of the ledger or of kept reports, an old database, a lost lake.

        Of the lake, just its manifest is looked at.
        """
        self._check_ledger_key()
        self._check_second_copy()
        self.seals.check()
        self._check_lake()

    def signing_keys(self) -> Sequence[SigningKey]:
        """The ledger's key and those before it, newest first; raises where it is missing."""
        self._check_ledger_key()
        keys = ledger_key_file(self.workspace, self.key_memory)
        return [keys.key(), *keys.former()]

    @property
    def seals(self) -> SealedRows:
        """What seals and opens kept reports."""
        return sealed_rows(self.workspace, self.key_memory)

    @property
    def erasure_key(self) -> ErasureKeyFile:
        """What knows erased people again."""
        return erasure_key(self.workspace, self.key_memory)

    def _check_second_copy(self) -> None:
        if (fault := self.transactions.compare()) is not None:
            raise fault

    def _check_lake(self) -> None:
        """`LakeDamaged`; a lake that can't be reached is told by what needs it."""
        with suppress(LakeElsewhere, LakeOutOfReach):
            self.lake.adopt()

    def _check_ledger_key(self) -> None:
        if isinstance(self.ledger_key, AbsentKey):
            raise self.ledger_key.fault

    @property
    def row_key(self) -> RowKey:
        """What seals rows of the control plane."""
        return _row_key(self.ledger_key, ledger_key_file(self.workspace, self.key_memory))

    @property
    def lake(self) -> LakeFolder:
        """The lake: where KANMON_LAKE says, else in the workspace."""
        return lake_of(self.workspace, os.environ.get("KANMON_LAKE"), self.lake_note)


def stop_database(root: Path | None) -> None:
    """Stop the embedded server of a workspace; a server of the user's own is left alone."""
    EmbeddedPostgres(Workspace.find(root).database).stop()


def erasure_key(workspace: Workspace, memory: KeyMemory) -> ErasureKeyFile:
    """The key that knows erased people again: where KANMON_ERASURE_KEY says, else in the workspace."""
    return ErasureKeyFile(Path(os.environ.get("KANMON_ERASURE_KEY") or workspace.erasure_key), memory)


def sealed_rows(workspace: Workspace, memory: KeyMemory) -> SealedRows:
    """What seals kept reports, with its keys where KANMON_ROW_KEYS says, else in the workspace."""
    return SealedRows(Path(os.environ.get("KANMON_ROW_KEYS") or workspace.keys), memory)


def ledger_key_file(workspace: Workspace, memory: KeyMemory) -> LedgerKeyFile:
    """The key that signs the ledger: where KANMON_LEDGER_KEY says, else in the workspace."""
    return LedgerKeyFile(Path(os.environ.get("KANMON_LEDGER_KEY") or workspace.ledger_key), memory)


def _row_key(key: LedgerKey, file: LedgerKeyFile) -> RowKey:
    """What seals rows: it goes with the first key that the ledger had, as long as the present one is at hand."""
    return NO_KEY if isinstance(key, AbsentKey) else RowKey.derived([key, *file.former()][-1].private)


def _raised(check: Callable[[], None]) -> KanmonError | None:
    try:
        check()
    except KanmonError as error:
        return error
    return None


def prepared_logins(workspace: Workspace) -> DatabaseLogins:
    """The logins to the workspace's database, once that is ready; `DatabaseElsewhere` where it is another one."""
    logins = _logins(workspace)
    check_before(workspace, logins)
    with failures_told():
        prepare_database(logins)
    note_control_plane(workspace, logins)
    return logins


def _logins(workspace: Workspace) -> DatabaseLogins:
    given = logins_from(os.environ)
    if given is not None:
        return given
    check_embedded(workspace)
    server = EmbeddedPostgres(workspace.database)
    with failures_told():
        server.start()
    return server.logins()
