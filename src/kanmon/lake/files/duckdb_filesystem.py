"""A filesystem of Arrow as DuckDB reads and writes it: no extension has to be installed for that."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from fsspec.implementations.arrow import ArrowFSWrapper
from pyarrow.fs import FileSystem


class DuckDBFilesystem(ArrowFSWrapper):  # type: ignore[misc]
    """The files of a lake for one connection.

    A file of a lake never changes and no name comes twice, so that each is looked up once, however often DuckDB opens
    it or asks about it: on object storage every look is a request.
    """

    cachable = False

    def __init__(self, filesystem: FileSystem) -> None:
        super().__init__(filesystem)
        self._found: dict[str, pa.NativeFile] = {}

    def info(self, path: str, **_: object) -> Mapping[str, object]:
        """See fsspec; FileNotFoundError where there is no such file."""
        return {"name": path, "size": self._file(path).size(), "type": "file"}

    def modified(self, path: str) -> datetime:  # noqa: ARG002
        """See fsspec; all alike, as none is modified."""
        return datetime.fromtimestamp(0, UTC)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.split("://", 1)[-1]

    def _open(self, path: str, mode: str = "rb", block_size: int | None = None, **named: Any) -> Any:
        return _Reader(self._file(path)) if mode == "rb" else super()._open(path, mode, block_size, **named)

    def _file(self, path: str) -> pa.NativeFile:
        inside = self._strip_protocol(path)
        if inside not in self._found:
            self._found[inside] = self.fs.open_input_file(inside)
        return self._found[inside]


class _Reader(io.RawIOBase):
    """A position of its own in a file that others read as well."""

    def __init__(self, file: pa.NativeFile) -> None:
        self._file = file
        self._at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size()}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        content = bytes(self._file.read_at(self._file.size() - self._at if size < 0 else size, self._at))
        self._at += len(content)
        return content
