"""The rule of `kanmon.core.canonical` as DuckDB's SQL, for tables of any size."""

from collections.abc import Iterator

from kanmon.core import canonical
from kanmon.core.canonical import TextForm
from kanmon.core.faults import Fault
from kanmon.lake.files.sql import literal


def is_plain(text: str) -> str:
    """Whether one quick look tells that a text is what it is; null for null."""
    return f"regexp_full_match({text}, {literal(canonical.PLAIN)})"


def canonical_text(text: str, form: TextForm) -> str:
    """The canonical form of a text that need not be plain; null where nothing is left of it."""
    if form is TextForm.ID:
        wide, narrow = "".join(canonical.WIDE), "".join(canonical.WIDE.values())
        text = f"replace({text}, chr(0), chr(1))"  # nfc_normalize ends a text at U+0000, which would make another ID
        text = f"translate(nfc_normalize({text}), {literal(wide)}, {literal(narrow)})"
    for pattern in (canonical.NEVER_SHOWN, canonical.FIRST_BLANKS, canonical.LAST_BLANKS):
        text = _replaced(text, pattern, "")
    for pattern in (canonical.WRAPPED, *canonical.STRAY):
        text = _replaced(text, pattern, r"\1")
    for pattern in (canonical.LEADING[form], canonical.LAST_BLANKS):
        text = _replaced(text, pattern, "")
    text = _replaced(text, canonical.LINE_ENDS, " ") if form is TextForm.WORDS else f"nfc_normalize({text})"
    return f"nullif({text}, '')"


def text_faults(text: str, form: TextForm) -> Iterator[tuple[Fault, str]]:
    """What can be wrong with a text in its canonical form, each with the condition under which it is."""
    for fault, pattern in canonical.FAULTS[form]:
        yield fault, f"regexp_matches({text}, {literal(pattern)})"


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, {literal(pattern)}, '{by}', 'g')"
