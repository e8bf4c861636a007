"""Partner sites as words name them: which history of other sites an agreement lets count (E06).

A site is the one that the words name, character by character; only the width of letters and, in the name of a host,
their case say nothing. A host below a named one, or one that merely looks like it, is another site.
"""

import re
import unicodedata
from collections.abc import Iterable

from kanmon.consent.policy import Statement

_WIDTHS = ("<wide>", "<narrow>")
_HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def site_key(name: str) -> str:
    """By which a site is known, however wide its letters are written; empty for what names none."""
    one_width = "".join(map(_of_one_width, name))
    key = unicodedata.normalize("NFC", one_width).strip(" ")
    return key.translate(_ASCII_LOWER) if _HOST.fullmatch(key) else key


def named_sites(said: Statement | None) -> tuple[str, ...]:
    """The partner sites that a clause names, as it writes them, in order; none where it lists none."""
    if said is None or not isinstance(said.value, frozenset):
        return ()
    return tuple(sorted(name for name in said.value if site_key(name)))


def sites_in(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Those of some names that are among others as well."""
    keys = set(map(site_key, others))
    return tuple(name for name in names if site_key(name) in keys)


def _of_one_width(character: str) -> str:
    width, _, plain = unicodedata.decomposition(character).partition(" ")
    return chr(int(plain, 16)) if width in _WIDTHS else character
