"""What a witness has cosigned, in one SQLite file: of each log the newest checkpoint, which never gets smaller."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST_CONFLICTS = 100
"""Notes kept of one log that contradict what was cosigned; whoever has the log's key could send any number."""
_SECONDS_TO_WAIT = 5.0
_TABLES = """
CREATE TABLE witness (vkey TEXT NOT NULL) STRICT;
CREATE TABLE cosigned (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE TABLE conflict (
    origin TEXT NOT NULL, note TEXT NOT NULL, old INTEGER NOT NULL, seen_at INTEGER NOT NULL,
    PRIMARY KEY (origin, note)
) STRICT;
CREATE TRIGGER never_smaller BEFORE UPDATE ON cosigned WHEN NEW.size < OLD.size OR NEW.origin <> OLD.origin
BEGIN SELECT RAISE(ABORT, 'a log never gets smaller'); END;
CREATE TRIGGER never_forgotten BEFORE DELETE ON cosigned
BEGIN SELECT RAISE(ABORT, 'a log is never forgotten'); END;
"""


class StateInvalid(Exception):
    """The file is not there, is another witness's, or can't be read or written."""


@dataclass(frozen=True)
class Cosigned:
    """The newest checkpoint cosigned of a log, as a note with both signatures."""

    origin: str
    size: int
    root: bytes
    note: str


class Transaction:
    """Of one log, what was cosigned and what will be; nobody else writes meanwhile."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def newest(self, origin: str) -> Cosigned | None:
        """The newest checkpoint cosigned of a log; None before the first."""
        row = self._connection.execute("SELECT * FROM cosigned WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Cosigned(*row)

    def keep(self, cosigned: Cosigned) -> None:
        """Let this be the newest of its log."""
        self._connection.execute(
            "INSERT INTO cosigned VALUES (?, ?, ?, ?) ON CONFLICT (origin) "
            "DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note",
            (cosigned.origin, cosigned.size, cosigned.root, cosigned.note),
        )

    def keep_conflict(self, origin: str, note: str, old: int, at: int) -> None:
        """Keep a note that the log signed and that was refused: it may prove what the log did."""
        (count,) = self._connection.execute("SELECT count(*) FROM conflict WHERE origin = ?", (origin,)).fetchone()
        if count < MOST_CONFLICTS:
            self._connection.execute("INSERT OR IGNORE INTO conflict VALUES (?, ?, ?, ?)", (origin, note, old, at))


class State:
    """The file; every method raises `StateInvalid` where it can't be used."""

    def __init__(self, path: Path, vkey: str) -> None:
        """Use the file of the witness with this key; a missing one is not made anew: a witness must not forget."""
        self._path = path
        if not path.is_file():
            raise StateInvalid(
                f"{path} is not there: `kanmon-witness init` makes it once. Where it is lost, begin another witness"
            )
        with _faults_of(self._path), closing(self._opened()) as connection:
            if connection.execute("SELECT vkey FROM witness").fetchall() != [(vkey,)]:
                raise StateInvalid(f"{path} is the state of another witness")

    @classmethod
    def make(cls, path: Path, vkey: str) -> "State":
        """A new file; `StateInvalid` where there is one."""
        if path.exists():
            raise StateInvalid(f"{path} is there already")
        with _faults_of(path), closing(sqlite3.connect(path)) as connection:
            path.chmod(0o600)
            connection.executescript(f"PRAGMA synchronous = EXTRA; BEGIN; {_TABLES}")
            connection.execute("INSERT INTO witness VALUES (?)", (vkey,))
            connection.commit()
        return cls(path, vkey)

    @contextmanager
    def alone(self) -> Iterator[Transaction]:
        """A transaction that alone may write, on disk when the block ends, and gone where it raises."""
        with _faults_of(self._path), closing(self._opened()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Transaction(connection)
            connection.commit()

    def newest(self) -> Sequence[Cosigned]:
        """The newest checkpoint cosigned of each log, by origin."""
        with _faults_of(self._path), closing(self._opened()) as connection:
            return [Cosigned(*row) for row in connection.execute("SELECT * FROM cosigned ORDER BY origin")]

    def conflicts(self) -> Sequence[tuple[str, int, str]]:
        """Notes that were refused as contradicting what was cosigned: the log's origin, when (POSIX), the note."""
        with _faults_of(self._path), closing(self._opened()) as connection:
            return connection.execute("SELECT origin, seen_at, note FROM conflict ORDER BY seen_at").fetchall()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, timeout=_SECONDS_TO_WAIT)
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = EXTRA")
        return connection


@contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StateInvalid(f"{path} can't be used: {error}") from error
