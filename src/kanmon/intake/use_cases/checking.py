"""What loading a folder would do, and whether its texts may be published: nothing is changed."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from kanmon.application.application import Application
from kanmon.consent.law import LawProfile
from kanmon.consent.publication import Examination
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.files.remote import local_folder
from kanmon.intake.loaded import FolderLoad
from kanmon.intake.loading import Loading, StagedTable
from kanmon.intake.store.loads import LoadStore, UnkeptLedger
from kanmon.intake.use_cases.loading import erased_people, tables_elsewhere
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.scratch import ScratchLake
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.reviews.policies.use_cases import read_policies


@dataclass(frozen=True)
class FolderCheck:
    """What a load would say of a folder, and what `policy check` says of its `service.yaml`."""

    loaded: FolderLoad
    laws: Sequence[LawProfile]
    """The law that decides first."""
    examinations: Sequence[Examination]
    """Of each version; none where the folder has no policies."""


def check_folder(application: Application, folder: Path | str) -> FolderCheck:
    """Load a folder into a transaction that is never kept, and a lake that is thrown away; raises as loading does.

    What is read lies in the workspace meanwhile, since it is personal data, and is gone when this ends.
    """
    with (
        local_folder(str(folder), application.workspace.root) as local,
        tables_elsewhere(application, local) as fetched,
    ):
        return _check(application, local, fetched)


def _check(application: Application, folder: Path, fetched: Mapping[str, Path]) -> FolderCheck:
    book = read_policies(folder)
    laws = book.laws(None)
    examinations = book.examined(None, None, [], laws) if book.versions else []
    with (
        TemporaryDirectory(dir=application.workspace.root, prefix=".checking-") as scratch,
        application.transactions.what_if(is_of_one_moment=False) as work,
    ):
        lake = DuckDBLake(ScratchLake(application.lake, Path(scratch) / "lake"))
        reader = _FolderReading(Path(scratch) / "staging", Path(scratch), str, fetched=fetched)
        ledger = UnkeptLedger(PostgresLedgerStore(work.session), application.ledger_key)
        loading = Loading(
            reader,
            lake,
            lambda: nullcontext(LoadStore(work.session, ledger)),
            application.clock,
            application.progress,
            erased_people(application),
        )
        loaded = loading.load(folder)
    files = tuple(replace(file, rejected=None) for file in loaded.files)
    return FolderCheck(replace(loaded, files=files), laws, examinations)


class _FolderReading(DatasetFolderReader):
    """Reads a folder and keeps no refused row."""

    def keep_refused(self, table: StagedTable, refused: pa.Table) -> Path:  # noqa: ARG002 - of the reader
        """Where they would lie; nothing is written."""
        return self.rejected / table.file_name
