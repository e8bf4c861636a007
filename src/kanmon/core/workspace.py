"""The folder that a command works in: database, lake, reports, models and rejected rows of one service."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanmon.core.durable import lock_file, make_folder, replace
from kanmon.core.errors import UsageError, WorkspaceBusy, WorkspaceMissing, WorkspaceTorn
from kanmon.core.language import N_
from kanmon.core.settings import DEFAULT, MARKER


@dataclass(frozen=True)
class Workspace:
    """One workspace; `is_replay` says whether commands in it may act at a moment other than now."""

    root: Path
    is_replay: bool

    @classmethod
    def create(cls, root: Path, is_replay: bool) -> "Workspace":
        """Make a workspace in a new, empty or already made folder; making it twice changes nothing."""
        marker = root / MARKER
        if marker.exists() and not _is_torn(marker):
            found = cls.at(root)
            if found.is_replay != is_replay:
                raise UsageError(
                    N_("%(folder)s is a workspace for a replay already; choose another folder")
                    if found.is_replay
                    else N_("%(folder)s is a workspace for the present already; choose another folder"),
                    folder=root,
                )
            _close(root)
            return found
        if not marker.exists() and root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise UsageError(N_("%(folder)s is not an empty folder; choose another one for the workspace"), folder=root)
        make_folder(root, private=True)
        _close(root)
        replace(marker, (json.dumps({"format": 1, "replay": is_replay}) + "\n").encode())
        return cls(root.resolve(), is_replay)

    @classmethod
    def at(cls, root: Path) -> "Workspace":
        """The workspace in that very folder; `WorkspaceMissing` where there is none."""
        try:
            found = json.loads((root / MARKER).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise WorkspaceMissing(
                N_("%(folder)s is not a workspace; make one with `kanmon init %(folder)s`"), folder=root
            ) from None
        except (ValueError, UnicodeDecodeError):
            found = None
        if not isinstance(found, dict) or not isinstance(found.get("replay"), bool):
            raise WorkspaceTorn(
                N_(
                    "%(file)s is empty or torn, after a power cut perhaps; nothing else is lost by that. Write it "
                    "again: `kanmon init %(folder)s`, with --replay if the workspace was made so"
                ),
                file=root / MARKER,
                folder=root,
            )
        return cls(root.resolve(), found["replay"])

    @classmethod
    def find(cls, root: Path | None) -> "Workspace":
        """The workspace asked for, else the current folder if it is one, else `./kanmon-workspace`."""
        if root is not None:
            return cls.at(root)
        if (Path() / MARKER).exists():
            return cls.at(Path())
        if (DEFAULT / MARKER).exists():
            return cls.at(DEFAULT)
        raise WorkspaceMissing(
            N_(
                "neither the current folder nor ./%(default)s is a workspace; make one with `kanmon init`, or name "
                "one with --workspace"
            ),
            default=DEFAULT,
        )

    @property
    def database(self) -> Path:
        """Where the embedded PostgreSQL lives."""
        return self.root / "postgres"

    @property
    def control_plane(self) -> Path:
        """Where it stands which database this workspace has worked with; see `db.control_plane`."""
        return self.root / "control-plane"

    @property
    def lake(self) -> Path:
        """Where behaviour events lie as Parquet."""
        return self.root / "lake"

    @property
    def ledger_key(self) -> Path:
        """Where the ledger's private key lies, unless the environment names another place."""
        return self.root / "ledger.key"

    @property
    def erasure_key(self) -> Path:
        """Where the key lies that codes of erased people are made with, unless the environment names another place."""
        return self.root / "erasure.key"

    @property
    def keys(self) -> Path:
        """Where the keys of kept reports lie, one file for each; see `provision.files.sealed_rows`."""
        return self.root / "keys"

    @property
    def reports(self) -> Path:
        """Where clients' reports are put."""
        return self.root / "reports"

    @property
    def models(self) -> Path:
        """Where model cards lie."""
        return self.root / "models"

    @property
    def links(self) -> Path:
        """Where the quality reports of link runs lie."""
        return self.root / "links"

    @property
    def coverage(self) -> Path:
        """Where pictures of the board's screens lie, a folder for each run of the crawler."""
        return self.root / "coverage"

    @property
    def rejected(self) -> Path:
        """Where refused rows are told."""
        return self.root / "rejected"

    @property
    def staging(self) -> Path:
        """Where a load puts what it has read but not yet taken in; gone when the load has ended."""
        return self.root / "staging"

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other commands from changing this workspace; the kernel lets go even if this one is killed."""
        with lock_file(self.root / ".lock") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise WorkspaceBusy(
                    N_("another command is working in %(folder)s; wait until it has ended"), folder=self.root
                ) from None
            yield


def _close(root: Path) -> None:
    """Let nobody but the folder's owner into it: personal data and keys will lie there; `UsageError` where it can't."""
    if root.stat().st_mode & 0o077 == 0:
        return
    try:
        root.chmod(0o700)
    except OSError as error:
        raise UsageError(
            N_("%(folder)s is open to others and can't be closed (%(reason)s); choose a folder of your own"),
            folder=root,
            reason=error.strerror,
        ) from None


def _is_torn(marker: Path) -> bool:
    try:
        Workspace.at(marker.parent)
    except WorkspaceTorn:
        return True
    return False
