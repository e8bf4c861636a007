"""Text files as strangers save them: UTF-8 with or without a mark, CP932 out of a spreadsheet, or not text at all.

EUC-JP and ISO-2022-JP (JIS) are read where it is certain that a file is in them. Some files in EUC-JP read as CP932
too, as half-width kana: what could be either is refused, for names would be other names.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.loaded import Remark

_CHUNK = 1 << 20
_HEAD = 64
_UTF8, _CP932, _EUC_JP, _JIS = "utf-8", "cp932", "euc_jp", "iso2022_jp_ext"
_CP932_NEVER = frozenset("\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3")
"""What Python's CP932 makes of bytes that no Japanese text holds."""
_HALF_WIDTH = frozenset(map(chr, range(0xFF61, 0xFFA0)))
_HALF_WIDTH_SIGNS = frozenset("｡｢｣､･")
_JIS_ESCAPES = (b"\x1b$B", b"\x1b$@", b"\x1b$(", b"\x1b(J", b"\x1b(I")
_SURE = 0.8
"""The share of common characters from which a reading may be the right one."""
_NOT_TEXT = {
    b"PK\x03\x04": gettext("%(file)s is an Excel or ZIP file under another name: save it as CSV (UTF-8)"),
    b"\xd0\xcf\x11\xe0": gettext("%(file)s is an old Excel file under another name: save it as CSV (UTF-8)"),
    b"\x1f\x8b": gettext("%(file)s is compressed with gzip: unpack it first"),
    b"PAR1": gettext("%(file)s is a Parquet file: give it a name that ends in .parquet"),
    b"\xff\xfe": gettext("%(file)s is in UTF-16: save it as UTF-8"),
    b"\xfe\xff": gettext("%(file)s is in UTF-16: save it as UTF-8"),
}
_TOLD = {
    _CP932: gettext("%(file)s is in CP932 (Shift_JIS) and was read as such"),
    _EUC_JP: gettext("%(file)s is in EUC-JP and was read as such"),
    _JIS: gettext("%(file)s is in ISO-2022-JP (JIS) and was read as such"),
}


@dataclass(frozen=True)
class Utf8File:
    """A text file, or its copy, in UTF-8; `remarks` tell what had to be done for it."""

    path: Path
    remarks: tuple[Remark, ...] = ()


def as_utf8(source: Path, copy: Path) -> Utf8File:
    """The file itself if it is UTF-8, else a copy of it in UTF-8 at `copy`; raises FileUnusable."""
    encoding = _encoding_of(source)
    if encoding == _UTF8:
        return Utf8File(source)
    with copy.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_decoded(source, encoding))
    return Utf8File(copy, (Remark(_TOLD[encoding], {"file": source.name}),))


def text_of(source: Path, name: str) -> tuple[str, tuple[Remark, ...]]:
    """The words of a small text file without its mark, told as `name`; raises FileUnusable or OSError."""
    encoding = _encoding_of(source)
    text = "".join(_decoded(source, encoding)).removeprefix("\ufeff")
    if "\0" in text:
        raise FileUnusable(
            gettext("%(file)s holds NUL, as text in UTF-16 without a mark does: save it as UTF-8"), file=name
        )
    return text, (Remark(_TOLD[encoding], {"file": name}),) if encoding in _TOLD else ()


def _encoding_of(source: Path) -> str:
    _refuse_what_is_no_text(source)
    if _is_jis(source):
        if _characters(source, _JIS) is None:
            raise FileUnusable(
                gettext("%(file)s is in ISO-2022-JP (JIS), with characters that can't be read: save it as UTF-8"),
                file=source.name,
            )
        return _JIS
    try:
        for _ in _decoded(source, _UTF8):
            pass
    except UnicodeDecodeError as not_utf8:
        return _japanese(source, not_utf8.start)
    return _UTF8


def _refuse_what_is_no_text(source: Path) -> None:
    with source.open("rb") as file:
        head = file.read(_HEAD)
    if not head:
        raise FileUnusable(gettext("%(file)s is empty: it has no bytes at all"), file=source.name)
    for magic, message in _NOT_TEXT.items():
        if head.startswith(magic):
            raise FileUnusable(message, file=source.name)
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) >= len(head) / 4 and min(first, second) == 0:
        raise FileUnusable(gettext("%(file)s is in UTF-16 without a mark: save it as UTF-8"), file=source.name)


def _is_jis(source: Path) -> bool:
    """Whether a file has seven bits to a byte, and escape sequences that change to Japanese."""
    has_escapes, end = False, b""
    with source.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK), b""):
            if not chunk.isascii():
                return False
            if not has_escapes and b"\x1b" in chunk + end:
                has_escapes = any(escape in end + chunk for escape in _JIS_ESCAPES)
            end = chunk[-2:]
    return has_escapes


def _japanese(source: Path, not_utf8_at: int) -> str:
    """CP932 or EUC-JP: the one that can be read, or the one of two that reads like Japanese."""
    cp932, euc_jp = _characters(source, _CP932), _characters(source, _EUC_JP)
    if cp932 is not None and not _CP932_NEVER.isdisjoint(cp932):
        cp932 = None
    if cp932 is None and euc_jp is None:
        raise FileUnusable(
            gettext("%(file)s is neither UTF-8 nor CP932: byte %(offset)s can't be read; save it as UTF-8"),
            file=source.name,
            offset=not_utf8_at,
        )
    if cp932 is None or euc_jp is None:
        return _EUC_JP if cp932 is None else _CP932
    likelier = _likelier(cp932, euc_jp)
    if likelier is None:
        raise FileUnusable(
            gettext("%(file)s may be in CP932 or in EUC-JP, and reads otherwise in each: save it as UTF-8"),
            file=source.name,
        )
    return likelier


def _likelier(cp932: frozenset[str], euc_jp: frozenset[str]) -> str | None:
    """The encoding in which more of the characters read are common ones; None where that decides nothing.

    Half-width kana without any other Japanese are common in CP932 alone, but for their punctuation marks.
    """
    in_cp932, in_euc_jp = _common(cp932), _common(euc_jp)
    if cp932 <= _HALF_WIDTH and _HALF_WIDTH_SIGNS.isdisjoint(cp932):
        return _CP932 if in_euc_jp < _SURE else None
    if in_cp932 == in_euc_jp:
        return None
    return _CP932 if in_cp932 > in_euc_jp else _EUC_JP


def _common(characters: frozenset[str]) -> float:
    """The share of kana, wide signs and kanji of the first level among the characters that are not ASCII."""
    return sum(map(_is_common, characters)) / max(1, len(characters))


def _is_common(character: str) -> bool:
    if "\u4e00" <= character <= "\u9fff":
        return 0xB0 <= character.encode("euc_jp", "ignore")[:1].ljust(1, b"\0")[0] < 0xD0
    return "\u3000" <= character <= "\u30ff" or "\uff01" <= character <= "\uff5e"


def _characters(source: Path, encoding: str) -> frozenset[str] | None:
    """The characters of a file that are not ASCII; None where it can't be read in that encoding."""
    found: set[str] = set()
    try:
        for text in _decoded(source, encoding):
            found.update(text)
    except UnicodeDecodeError:
        return None
    return frozenset(character for character in found if character > "\x7f")


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
