"""The canonical form of RFC 8785 (JCS) for what is hashed or signed here: objects without floats (2, section 4.4).

Without floats and with ASCII names, Python's own JSON encoder writes just that form; a test holds it to an
implementation of the whole standard.
"""

import json
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False).encode
_LARGEST = 2**53 - 1


def canonical(value: object) -> bytes:
    """The one spelling of a value, in UTF-8.

    Raises `ValueError` for what has no safe one: floats, integers that a double can't hold, names that are not ASCII
    text, lone surrogates.
    """
    _refuse_inexact(value)
    return _ENCODE(value).encode()


def canonical_nfc(value: Mapping[str, object]) -> bytes:
    """As `canonical`, all text brought to Unicode's form NFC first."""
    written = canonical(value)
    return written if written.isascii() else canonical(_nfc(value))


def _refuse_inexact(value: object) -> None:
    if isinstance(value, dict):
        if not _are_ascii(tuple(value)):
            raise ValueError(f"the names {list(value)} are not all ASCII")
        for held in value.values():
            if type(held) is not str:  # most are: a million payloads pass here
                _refuse_inexact(held)
    elif isinstance(value, list | tuple):
        for held in value:
            if type(held) is not str:
                _refuse_inexact(held)
    elif isinstance(value, int):
        if not -_LARGEST <= value <= _LARGEST:
            raise ValueError(f"{value} has no exact canonical form")
    elif value is not None and not isinstance(value, str):
        raise ValueError(f"{value!r} has no exact canonical form")


@lru_cache(maxsize=1024)  # the payloads of one kind of deed all have the same names
def _are_ascii(names: tuple[object, ...]) -> bool:
    return all(isinstance(name, str) and name.isascii() for name in names)


def _nfc(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, dict):
        return {name: _nfc(held) for name, held in value.items()}
    if isinstance(value, list | tuple):
        return [_nfc(held) for held in value]
    return value
