"""Where a table of a dataset folder lies, if it doesn't lie there."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TableSource:
    """The result of a query to a DuckDB file or a PostgreSQL, or a file or folder by its address: one of the three."""

    duckdb: str | None = None
    """A file, relative to the folder."""
    postgres: str | None = None
    """The end of the name of the variable that holds the address."""
    file: str | None = None
    """As `pyarrow.fs.FileSystem.from_uri` takes it."""
    query: str | None = None
    """One SELECT, of a database."""
