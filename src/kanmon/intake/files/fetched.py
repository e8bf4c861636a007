"""Tables that don't lie in the folder: fetched whole from where `sources` of `service.yaml` says, and read then.

A query is asked once, read only, and what it gives is kept as Parquet for as long as the command works; from there on
it is a file like any other. How to log in stands in the environment, under `LOGIN` and the source's name, never in the
folder.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg.conninfo import conninfo_to_dict
from pyarrow.fs import FileSystem, FileType, LocalFileSystem, copy_files

from kanmon.core.errors import FolderUnreadable
from kanmon.core.progress import Progress
from kanmon.intake.files.listing import SERVICE_FILE, TABLE_SUFFIXES, listing_of
from kanmon.intake.files.queries import BATCH_ROWS, UnfitSource, schema_of, single, table_of
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.remote import FETCHED, told_address
from kanmon.intake.files.tables import disk_has_room
from kanmon.intake.table_source import TableSource

LOGIN = "KANMON_SOURCE_"
_MYSQL = "kanmon.intake.files.mysql"
"""Loads the driver of a database that not everybody has."""
_OF_THE_QUERY = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.PermissionException)
_SYNTAX = "42601"
_TYPES: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(), "int2": pa.int64(), "int4": pa.int64(), "int8": pa.int64(), "float4": pa.float64(),
    "float8": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", "UTC"),
}  # fmt: skip
"""What PostgreSQL's types are in Parquet; all others are written as text."""


@contextmanager
def fetched_tables(
    folder: Path, sources: Mapping[str, TableSource], workspace: Path, progress: Progress
) -> Iterator[Mapping[str, Path]]:
    """Each table that `sources` names as a file of its own, deleted when the block ends.

    `FolderUnreadable` where one can't be had, or lies in the folder too, `DiskFull` where it has no room here: nothing
    is loaded then.
    """
    if not sources:
        yield {}
        return
    if twice := sorted(set(sources) & set(listing_of(folder).tables)):
        raise FolderUnreadable(
            gettext("%(tables)s lie in the folder and stand in sources of %(file)s: keep one of both"),
            tables=", ".join(twice),
            file=SERVICE_FILE,
        )
    with TemporaryDirectory(prefix=FETCHED, dir=workspace) as kept:
        fetched = {}
        with progress.step(gettext("fetch tables"), len(sources)) as step:
            for table, source in sources.items():
                fetched[table] = _fetched(table, source, folder, Path(kept))
                step.advance()
        yield fetched


def _fetched(table: str, source: TableSource, folder: Path, kept: Path) -> Path:
    target = kept / f"{table}.parquet"
    try:
        with disk_has_room():
            if source.duckdb is not None:
                _from_duckdb(folder / source.duckdb, str(source.query), target)
            elif source.postgres is not None:
                _from_postgres(_login(source.postgres, _is_postgres), str(source.query), target)
            elif source.mysql is not None:
                mysql = import_module(_MYSQL)
                mysql.fetch(_login(source.mysql, mysql.is_address), str(source.query), target)
            else:
                target = _from_address(str(source.file), table, kept)
    except (duckdb.Error, psycopg.Error, pa.ArrowException, OSError, ValueError) as error:
        raise FolderUnreadable(
            gettext("the source of %(table)s can't be read, and nothing was loaded: %(reason)s"),
            table=table,
            reason=_reason(error),
        ) from None
    return target


def _reason(error: Exception) -> str:
    """What failed, as far as its words are about the query: others may quote an address, or somebody's data."""
    is_of_query = isinstance(error, _OF_THE_QUERY) or getattr(error, "sqlstate", None) == _SYNTAX
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return "the server can't be reached, or refuses the login"
    if isinstance(error, UnfitSource) or is_of_query:
        return str(error).strip().splitlines()[0]
    state = getattr(error, "sqlstate", None)
    return f"{type(error).__name__}{f' ({state})' if state else ''}"


def _login(name: str, is_address: Callable[[str], bool]) -> str:
    variable = f"{LOGIN}{name.upper()}"
    address = os.environ.get(variable, "")
    if not is_address(address):
        raise FolderUnreadable(
            gettext("%(file)s names the source %(name)s: set %(variable)s to its address"),
            file=SERVICE_FILE,
            name=name,
            variable=variable,
        )
    return address


def _is_postgres(address: str) -> bool:
    try:
        return bool(conninfo_to_dict(address))
    except psycopg.Error:
        return False


def _from_duckdb(file: Path, query: str, target: Path) -> None:
    """The query sees that one file and no other of this machine: the folder may come from somebody else."""
    if not file.is_file():
        raise UnfitSource(f"there is no file {file.name}")
    with duckdb.connect(file, read_only=True) as connection:
        for setting in ("TimeZone = 'UTC'", "enable_external_access = false", "lock_configuration = true"):
            connection.execute(f"SET {setting}")
        reader = connection.execute(f"SELECT * FROM ({single(query)})").to_arrow_reader(BATCH_ROWS)  # noqa: S608
        with pq.ParquetWriter(target, reader.schema) as writer:
            for batch in reader:
                writer.write_batch(batch)


def _from_postgres(address: str, query: str, target: Path) -> None:
    settings = "-c default_transaction_read_only=on -c TimeZone=UTC"
    with (
        psycopg.connect(address, options=settings, connect_timeout=10) as connection,
        connection.cursor(name="kanmon") as cursor,
    ):
        cursor.execute(f"SELECT * FROM ({single(query)}) AS asked".encode())  # noqa: S608 - the operator's own query
        first = cursor.fetchmany(BATCH_ROWS)
        schema = _schema(cursor.description or (), connection)
        with pq.ParquetWriter(target, schema) as writer:
            for rows in chain([first], iter(lambda: cursor.fetchmany(BATCH_ROWS), [])):
                writer.write_table(table_of(rows, schema))


def _schema(columns: Sequence[psycopg.Column], connection: psycopg.Connection[tuple[object, ...]]) -> pa.Schema:
    types = [(column.name, connection.adapters.types.get(column.type_code)) for column in columns]
    return schema_of([(name, _TYPES.get(known.name if known else "", pa.string())) for name, known in types])


def _from_address(address: str, table: str, kept: Path) -> Path:
    filesystem, path = FileSystem.from_uri(address)
    info = filesystem.get_file_info(path)
    suffix = Path(path).suffix.lower()
    if info.type is FileType.Directory:
        target = kept / table
        target.mkdir()
        copy_files(path, str(target), filesystem, LocalFileSystem())
    elif info.type is FileType.File and suffix in TABLE_SUFFIXES:
        target = kept / f"{table}{suffix}"
        copy_files(path, str(target), filesystem, LocalFileSystem())
    else:
        told = told_address(address)
        raise UnfitSource(f"{told} is no folder of Parquet files, and no file {', '.join(TABLE_SUFFIXES)}")
    return target
