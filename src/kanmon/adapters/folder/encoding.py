"""Text files as strangers save them: UTF-8 with or without a mark, CP932 out of a spreadsheet, or not text at all."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kanmon.adapters.folder.remarks import FileUnusable, gettext
from kanmon.road.loading import Remark

_CHUNK = 1 << 20
_CP932_NEVER = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
"""What Python's CP932 makes of bytes that no Japanese text holds."""
_NOT_TEXT = {
    b"PK\x03\x04": gettext("%(file)s is an Excel or ZIP file under another name: save it as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": gettext("%(file)s is an old Excel file under another name: save it as CSV (UTF-8)"),
    b"\x1f\x8b": gettext("%(file)s is compressed with gzip: unpack it first"),
    b"PAR1": gettext("%(file)s is a Parquet file: give it a name that ends in .parquet"),
    b"\xff\xfe": gettext("%(file)s is in UTF-16: save it as UTF-8"),
    b"\xfe\xff": gettext("%(file)s is in UTF-16: save it as UTF-8"),
}


@dataclass(frozen=True)
class Utf8File:
    """A text file, or its copy, in UTF-8; `remarks` tell what had to be done for it."""

    path: Path
    remarks: tuple[Remark, ...] = ()


def as_utf8(source: Path, copy: Path) -> Utf8File:
    """The file itself if it is UTF-8, else a copy of it in UTF-8 at `copy`; raises FileUnusable."""
    _refuse_what_is_no_text(source)
    try:
        for _ in _decoded(source, "utf-8"):
            pass
    except UnicodeDecodeError as error:
        return Utf8File(_transcoded(source, copy, error), (_told_cp932(source.name),))
    return Utf8File(source)


def text_of(source: Path, name: str) -> tuple[str, tuple[Remark, ...]]:
    """The words of a small text file without its mark, told as `name`; raises FileUnusable or OSError."""
    _refuse_what_is_no_text(source)
    try:
        text, remarks = "".join(_decoded(source, "utf-8")), ()
    except UnicodeDecodeError as error:
        return "".join(_cp932(source, error)), (_told_cp932(name),)
    return text.removeprefix("\ufeff"), remarks


def _refuse_what_is_no_text(source: Path) -> None:
    with source.open("rb") as file:
        head = file.read(4)
    if not head:
        raise FileUnusable(gettext("%(file)s is empty: it has no bytes at all"), file=source.name)
    for magic, message in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileUnusable(message, file=source.name)


def _decoded(source: Path, encoding: str) -> Iterator[str]:
    """The text piece by piece; a UnicodeDecodeError counts its `start` from the beginning of the file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    with source.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            waiting, _ = decoder.getstate()
            try:
                yield decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                error.start += read - len(waiting)
                raise
            if not chunk:
                return
            read += len(chunk)


def _cp932(source: Path, not_utf8: UnicodeDecodeError) -> Iterator[str]:
    try:
        for text in _decoded(source, "cp932"):
            if not _CP932_NEVER.isdisjoint(text):
                raise not_utf8
            yield text
    except UnicodeDecodeError:
        raise FileUnusable(
            gettext("%(file)s is neither UTF-8 nor CP932: byte %(offset)s can't be read; save it as UTF-8"),
            file=source.name,
            offset=not_utf8.start,
        ) from None


def _transcoded(source: Path, copy: Path, not_utf8: UnicodeDecodeError) -> Path:
    with copy.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_cp932(source, not_utf8))
    return copy


def _told_cp932(name: str) -> Remark:
    return Remark(gettext("%(file)s is in CP932 (Shift_JIS) and was read as such"), {"file": name})
