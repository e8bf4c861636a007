"""How DuckDB is opened over a lake, wherever its files lie."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from kanmon.lake.files.duckdb_filesystem import DuckDBFilesystem
from kanmon.lake.files.manifest import LakeFolder, full_disk_told
from kanmon.lake.files.sql import literal
from kanmon.lake.files.storage import out_of_reach


@contextmanager
def opened(folder: LakeFolder, memory_limit: str, *, is_alone: bool = True) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads and writes the paths of `folder`.

    It may use so much memory, and what that can't hold is spilled to this machine's disk, unless others may be
    working in the lake (not `is_alone`), whose spill would be cleared away. What was read over the network is not asked
    for again, as no file of a lake ever changes. `DiskFull`, `LakeOutOfReach`.
    """
    with full_disk_told(folder), _reached(folder), duckdb.connect() as con:
        con.execute(f"SET memory_limit = '{memory_limit}'; SET enable_progress_bar = false")
        if is_alone:
            con.execute(f"SET temp_directory = {literal(folder.fresh_spill())}")
        if folder.is_remote:
            con.execute("SET parquet_metadata_cache = true; SET validate_external_file_cache = 'NO_VALIDATION'")
            con.register_filesystem(DuckDBFilesystem(folder.filesystem))
        yield con


@contextmanager
def _reached(folder: LakeFolder) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        if "AWS Error" not in str(error):
            raise
        raise out_of_reach(folder.place, error) from error
