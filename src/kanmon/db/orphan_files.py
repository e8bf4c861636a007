"""Table files that no relation owns: what a server leaves that is killed while it writes a table anew.

PostgreSQL never looks at them again and never removes them: what they hold stays readable to whoever reads the disk.
"""

import re
import time
from collections.abc import Collection
from pathlib import Path

from sqlalchemy import URL, Connection, text

from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.language import N_
from kanmon.db.logins import engine_as

_FILE = re.compile(r"(\d+)(?:_\w+)?(?:\.\d+)?")
"""A relation's number, its fork and its segment; a temporary relation's file is named otherwise."""
_MARGIN_SECONDS = 1.0
"""By which a file is older than every open transaction, since a disk's clock is coarser than the server's."""
_MOST_LOOKS = 60
_OWNED = text("SELECT pg_relation_filenode(oid) FROM pg_class WHERE pg_relation_filenode(oid) IS NOT NULL")
_OLDEST = text("SELECT extract(epoch FROM min(xact_start))::float8 FROM pg_stat_activity WHERE xact_start IS NOT NULL")
_DATABASE = text("SELECT oid FROM pg_database WHERE datname = current_database()")


def remove_orphans(superuser: URL, data: Path) -> int:
    """Remove the files with content that no relation of the login's database owns; how many.

    A file of a table that is only being made isn't in the catalogue yet either: only what is older than every open
    transaction is nobody's. Raises `DatabaseUnavailable` where it can't be told of some file.
    """
    removed = 0
    with engine_as(superuser, None).connect() as connection:
        automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
        folder = data / "base" / str(automatic.scalar(_DATABASE))
        for _ in range(_MOST_LOOKS):
            automatic.exec_driver_sql("CHECKPOINT")  # until then the server may still write to them
            orphans, undecided = _look(automatic, folder)
            for file in orphans:
                file.unlink(missing_ok=True)
            removed += len(orphans)
            if not undecided:
                return removed
            time.sleep(_MARGIN_SECONDS / 2)
    raise DatabaseUnavailable(
        N_(
            "%(folder)s has files that no table owns, and transactions older than they are: erased people may stand in "
            "them. End other commands and run this one again"
        ),
        folder=folder,
    )


def _look(connection: Connection, folder: Path) -> tuple[Collection[Path], Collection[Path]]:
    """The files that are nobody's, and those of which that isn't sure yet."""
    files = {file: found for file in folder.iterdir() if (found := _number(file)) is not None and _size(file)}
    written_at = {file: _written_at(file) for file in files}
    oldest = float(connection.scalar(_OLDEST) or 0)
    owned = set(connection.scalars(_OWNED))
    unowned = [file for file, number in files.items() if number not in owned and _size(file)]
    orphans = [file for file in unowned if written_at[file] < oldest - _MARGIN_SECONDS]
    return orphans, [file for file in unowned if file not in orphans]


def _number(file: Path) -> int | None:
    found = _FILE.fullmatch(file.name)
    return None if found is None else int(found[1])


def _size(file: Path) -> int:
    """Of a file that may be gone: a table's old file is emptied at once, and removed at the next checkpoint."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _written_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
