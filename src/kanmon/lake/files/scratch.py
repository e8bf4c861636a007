"""A lake to try a load in: it reads the files of another; what is written lies in a folder that is thrown away."""

from collections.abc import Collection, Sequence
from pathlib import Path

from kanmon.lake.files.manifest import LakeFile, LakeFolder
from kanmon.lake.files.storage import LocalStorage, Stamp, Storage


class Beside:
    """A storage as it would be with what is written beside it, in a folder of this machine; see `Storage`."""

    def __init__(self, below: Storage, known: Collection[str], own: LocalStorage) -> None:
        """`known` are the files of the storage `below`; all others lie in `own`, and so does a manifest of its own."""
        self._below = below
        self._known = frozenset(known)
        self._own = own
        self.place = below.place
        self.filesystem = below.filesystem

    def inside(self, name: str) -> str:
        """See `Storage`."""
        return self._of(name).inside(name)

    def readable(self, name: str) -> str:
        """See `Storage`."""
        return self._of(name).readable(name)

    def check(self) -> None:
        """See `Storage`."""
        self._below.check()

    def prepare(self) -> None:
        """See `Storage`."""
        self._own.prepare()

    def read(self, name: str) -> bytes | None:
        """See `Storage`."""
        written = self._own.read(name)
        return self._below.read(name) if written is None else written

    def keep(self, names: Sequence[str]) -> None:
        """Nothing: what was written is thrown away."""

    def replace(self, name: str, content: bytes) -> None:
        """See `Storage`."""
        self._own.replace(name, content)

    def names(self) -> Sequence[str]:
        """The files of the folder alone, so that no other is ever swept."""
        return self._own.names()

    def stamps(self, names: Sequence[str]) -> list[Stamp | None]:
        """See `Storage`."""
        return [stamp for name in names for stamp in self._of(name).stamps([name])]

    def sha256(self, name: str) -> str:
        """See `Storage`."""
        return self._of(name).sha256(name)

    def delete(self, name: str) -> None:
        """See `Storage`."""
        self._own.delete(name)

    def _of(self, name: str) -> Storage:
        return self._below if name in self._known else self._own


class ScratchLake(LakeFolder):
    """The lake `below` as it would be after what is written here; `folder` holds that, and is thrown away."""

    def __init__(self, below: LakeFolder, folder: Path) -> None:
        super().__init__(folder)
        known = {file.name for files in below.manifest().values() for file in files}
        self._below = below
        self._written = LakeFolder(folder)
        self._storage = Beside(below.storage, known, LocalStorage(folder))

    @property
    def is_remote(self) -> bool:
        """See `LakeFolder`."""
        return self._below.is_remote

    def measured(self, file: LakeFile) -> LakeFile:
        """See `LakeFolder`: a file that was just written lies in the folder."""
        return self._written.measured(file)
