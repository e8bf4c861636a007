"""Taking dataset folders in."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.core.faults import FAULT_TEXTS
from kanmon.core.language import preferred_language, translations
from kanmon.core.transaction import Begin
from kanmon.intake.files.fetched import fetched_tables
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.files.remote import local_folder
from kanmon.intake.files.terms.service_file import sources_of
from kanmon.intake.loaded import FolderLoad
from kanmon.intake.loading import Loading, LoadTransaction
from kanmon.intake.store.loads import LoadStore
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.rights.erasure.files.erased_people import CodedErasedPeople
from kanmon.rights.erasure.store.erasures import PostgresErasureStore


def load_folder(application: Application, folder: Path | str) -> FolderLoad:
    """Take a dataset folder in: one of this machine, or one on object storage by its address."""
    workspace = application.workspace
    with local_folder(str(folder), workspace.root) as local, tables_elsewhere(application, local) as fetched:
        reader = replace(folder_reader(application, workspace.rejected), fetched=fetched)
        return folder_loading(application, reader).load(local)


def tables_elsewhere(application: Application, folder: Path) -> AbstractContextManager[Mapping[str, Path]]:
    """The tables that `service.yaml` of a folder says lie elsewhere, fetched for as long as the block lasts."""
    sources = sources_of(folder)
    return fetched_tables(folder, sources, application.workspace.root, application.progress)


def folder_reader(application: Application, rejected: Path) -> DatasetFolderReader:
    """What reads folders; rows that it refuses are kept in that folder."""
    translate = translations(preferred_language(os.environ)).gettext
    return DatasetFolderReader(application.workspace.staging, rejected, lambda fault: translate(FAULT_TEXTS[fault]))


def folder_loading(application: Application, reader: DatasetFolderReader) -> Loading:
    """What takes folders in by this reader."""
    return Loading(
        reader,
        DuckDBLake(application.lake),
        loads(application.transactions),
        application.clock,
        application.progress,
        erased_people(application),
    )


def loads(transactions: PostgresTransactions) -> Begin[LoadTransaction]:
    """Opens transactions for loading."""
    return transactions.writing(lambda work: LoadStore(work.session, work.ledger), waits=True)


def erased_people(application: Application) -> CodedErasedPeople:
    """Who was erased."""
    begin = application.transactions.writing(lambda work: PostgresErasureStore(work.session, work.seals))
    return CodedErasedPeople(begin, application.erasure_key)
