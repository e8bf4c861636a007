"""What an ID or a name may be: one rule for files, HTTP and commands (docs/ids.md).

The canonical form is made where it is certain: what nobody can see goes, what a spreadsheet wrapped is unwrapped. What
lost something on its way is refused with a `Fault`. Upper and lower case stay apart.

The rule is data here, as regular expressions that Python and DuckDB read alike; `intake.files.rows.canonical_sql` is
its other half, and a test holds the two together.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from string import ascii_letters, digits

from kanmon.core.errors import UsageError
from kanmon.core.faults import FAULT_TEXTS, Fault


class TextForm(StrEnum):
    """What kind of words a text is."""

    ID = "id"
    """It names somebody or something, and equals another text or doesn't."""
    WORDS = "words"
    """A name of a person, or words for a reader."""


BLANKS = " \t\n\x0b\x0c\r\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space, as the inside of a character class."""
INVISIBLE = (
    "\u00ad\u034f\u061c\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
"""Characters that never show: zero-width spaces, marks of direction, soft hyphens, tags."""
JOINERS = "\u200c\u200d"
"""They show in the scripts of `JOINED` and in emoji only."""
JOINED = (
    "\u0600-\u109f\u1780-\u18af\u1a20-\u1cff\u20e3\u2190-\u2bff\ua840-\uabff\ufb50-\ufdff\ufe0f\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001f000-\U0001faff"
)
INDIC = "\u0900-\u0dff"
"""Where a joiner shows at the end of a word too."""
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""They choose a variant of a character, such as a kanji of a name; after ASCII or a blank they choose nothing."""

_KANA_AND_KANJI = "\u3005\u3041-\u3096\u30a1-\u30ff\u4e00-\u9fff"
_SIGNS = '!"$%&()*,/:;<>?@\\[\\\\\\]^_`{|}~'
_REST = f"([ !-~{_KANA_AND_KANJI}]*[!-~{_KANA_AND_KANJI}])?"
PLAIN = (
    f"[{_SIGNS}a-df-zBCG-IKLPQRT-Z{_KANA_AND_KANJI}]{_REST}"
    f"|[ADFJMNOS](|[{_SIGNS}#'=+.0-9A-Z{_KANA_AND_KANJI}-]{_REST})"
    f"|[Ee](|[{_SIGNS}#'=+.0-9A-QS-Za-qs-z{_KANA_AND_KANJI}-]{_REST})"
    f"|[0-9]+(|[{_SIGNS}#'=+A-DF-Za-df-z\u3005\u3041-\u3096\u30a1-\u30ff\u4e00-\u6707\u6709-\u9fff]{_REST})"
    f"|[0-9]+-([{_SIGNS}#'=+.0-9a-z{_KANA_AND_KANJI}-]{_REST})?"
    f"|[0-9]+-[A-Z](|[{_SIGNS}#'=+.0-9A-Z{_KANA_AND_KANJI}-]{_REST})"
)
"""Most texts, of which one quick look tells that they are what they are: no sign of a spreadsheet at the beginning, no
exponent, no month. A test holds it to the whole rule."""
NEVER_SHOWN = f"[{INVISIBLE}]+"
FIRST_BLANKS = f"^[{BLANKS}]+"
LAST_BLANKS = f"[{BLANKS}]+$"
WRAPPED = '^="([^"]*)"$'
"""How a formula keeps a spreadsheet from reading a number: ="000123"."""
STRAY = (
    f"([\\x00-\\x7f{BLANKS}{JOINERS}])[{SELECTORS}]+",
    f"([{SELECTORS}])[{SELECTORS}]+",
    f"([^{JOINED}{JOINERS}])[{JOINERS}]+",
    f"([{JOINERS}])[{JOINERS}]+",
    f"([^{INDIC}{JOINERS}])[{JOINERS}]+[{BLANKS}]*$",
)
"""Selectors and joiners that do nothing; of each match the first group stays. In this order."""
LEADING = {TextForm.ID: f"^['{BLANKS}{JOINERS}{SELECTORS}]+", TextForm.WORDS: f"^[{BLANKS}{JOINERS}{SELECTORS}]+"}
"""What goes from the beginning. An apostrophe there is how a spreadsheet marks an ID as text."""
LINE_ENDS = "[\t\n\x0b\x0c\r\x85\u2028\u2029]+"
"""One space in words; within an ID a fault."""
WIDE = {
    **{chr(ord(narrow) + 0xFEE0): narrow for narrow in ascii_letters + digits},
    "\uff0d": "-", "\u2212": "-", "\uff3f": "_", "\uff0e": ".",
}  # fmt: skip
"""Wide letters, digits and what stands between them in an ID. The wide hyphen of CP932 is U+FF0D to some programs and
U+2212 to others."""

_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_NO_CHARACTERS = "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17))
_EITHER = (
    (Fault.CONTROL_CHARACTER, "[\\x00-\\x1f\\x7f-\x9f\u2028\u2029]"),
    (Fault.LOST_CHARACTER, f"[\ufffc\ufffd\u3013\ufdd0-\ufdef{_NO_CHARACTERS}]"),
    (Fault.PRIVATE_CHARACTER, "[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"),
    (
        Fault.SPREADSHEET_ERROR,
        "^(=|[#＃]+$|[#＃]([Nn][/／][Aa]|NV)$|[#＃][A-Za-z0-9/／_]{2,24}[!?！？]$|[Ee][Rr][Rr]:[0-9]{3}$)",
    ),
    (Fault.DIGITS_LOST, "^[+-]?[0-9]+([.][0-9]*)?[eE][+-][0-9]+$|^[+-]?[0-9]+[.][0-9]+[eE][0-9]+$"),
)
_AS_A_DAY = f"^([0-9]{{1,2}}月[0-9]{{1,2}}日|[0-9]{{1,2}}-{_MONTH}|{_MONTH}-[0-9]{{2}})$"
"""How a spreadsheet shows the ID 1-2 once it has taken it for a day."""
FAULTS = {TextForm.ID: (*_EITHER, (Fault.DATE_IN_PLACE, _AS_A_DAY)), TextForm.WORDS: _EITHER}
"""What can be wrong with a text, in the order told, each with what shows it in the canonical form."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_IS_PLAIN = re.compile(PLAIN)
_FAULTS = {form: tuple((fault, re.compile(shown)) for fault, shown in faults) for form, faults in FAULTS.items()}
_NARROW = str.maketrans(WIDE)


@dataclass(frozen=True)
class CanonicalText:
    """A text in its canonical form, empty where nothing is left of it; `fault` is why it is refused."""

    text: str
    fault: Fault | None = None


def canonical(written: str, form: TextForm = TextForm.ID) -> CanonicalText:
    """The canonical form of an ID or of words as they were written, and the first thing wrong with it."""
    if _IS_PLAIN.fullmatch(written):
        return CanonicalText(written)
    if _SURROGATES.search(written):
        return CanonicalText(written, Fault.LOST_CHARACTER)
    text = _canonical(written, form)
    return CanonicalText(text, next((fault for fault, shown in _FAULTS[form] if shown.search(text)), None))


class IdRefused(UsageError):
    """What was given can be no ID."""

    code = "ID_REFUSED"
    http_status = 422

    def __init__(self, written: str, fault: Fault, where: str = "") -> None:
        self.fault = fault
        shown = ascii(written) if _SURROGATES.search(written) else written
        super().__init__("%(where)s“%(value)s” %(reason)s", where=where, value=shown, reason=FAULT_TEXTS[fault])

    def told(self, translate: Callable[[str], str]) -> str:
        """Where it stands, the value, and what is wrong with it."""
        return f"{self.values['where']}“{self.values['value']}” {translate(FAULT_TEXTS[self.fault])}"


def canonical_id(written: str, where: str = "") -> str:
    """The canonical form of an ID that a person or a program gave; `IdRefused` where it is none.

    `where` goes before what it says, as in "groups.csv, 3: ".
    """
    made = canonical(written)
    if made.fault is not None:
        raise IdRefused(written, made.fault, where)
    return made.text


def _canonical(written: str, form: TextForm) -> str:
    text = written
    if form is TextForm.ID:
        text = unicodedata.normalize("NFC", written.replace("\0", "\1")).translate(_NARROW)
    text = re.sub(LAST_BLANKS, "", re.sub(FIRST_BLANKS, "", re.sub(NEVER_SHOWN, "", text)))
    for pattern in (WRAPPED, *STRAY):
        text = re.sub(pattern, r"\1", text)
    text = re.sub(LAST_BLANKS, "", re.sub(LEADING[form], "", text))
    if form is TextForm.WORDS:
        return re.sub(LINE_ENDS, " ", text)
    return unicodedata.normalize("NFC", text)
