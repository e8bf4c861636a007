"""What goes into the text of a query for DuckDB."""

from pathlib import Path


def literal(path: Path | str) -> str:
    """A path as an SQL string."""
    return "'" + str(path).replace("'", "''") + "'"
