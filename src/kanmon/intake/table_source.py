"""Where a table of a dataset folder lies, if it doesn't lie there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TableSource:
    """A query to a DuckDB file, a PostgreSQL or a MySQL, or the address of a file or folder: one of them."""

    duckdb: str | None = None
    """A file, relative to the folder."""
    postgres: str | None = None
    """The end of the name of the variable that holds the address."""
    mysql: str | None = None
    """The same of a MySQL or MariaDB."""
    file: str | None = None
    """As `pyarrow.fs.FileSystem.from_uri` takes it."""
    query: str | None = None
    """One SELECT, of a database."""
