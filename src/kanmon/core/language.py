"""Words for people, in Japanese and English.

A message id is an English sentence with `%(name)s` for what is filled in, so English needs no catalogue. The Japanese
one is `locale/ja/LC_MESSAGES/kanmon.po`; it is read as it is: nothing is compiled when the product is
installed.

A message is added by calling a function named `_`, `gettext` or `N_` on it, or by writing it as the help of a command
or option, and then taking it up into the catalogue. A short message that stands in two files is called by `pgettext`
with its context: "yes" answers different questions in different words. `tests/unit/test_language.py` names whatever is
missing.
"""

import gettext
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parents[1] / "locale"
"""Where the catalogues lie: one folder for each language but English."""
_ASKED_BY = ("KANMON_LANG", "LC_ALL", "LC_MESSAGES", "LANG")


class Language(StrEnum):
    """A language that people are spoken to in."""

    JAPANESE = "ja"
    ENGLISH = "en"


def N_(message: str) -> str:  # noqa: N802 - the name by which catalogues are extracted
    """Mark a message for the catalogues where it stands; it is translated where it is shown."""
    return message


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """The catalogue of a language; a message it doesn't translate stays the English sentence that it is."""
    if language is Language.ENGLISH:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "kanmon.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language.value, abort_invalid=True))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def preferred_language(environ: Mapping[str, str]) -> Language:
    """The language that the environment asks the command line to speak, English if it asks for none.

    The first that is set of KANMON_LANG, LC_ALL, LC_MESSAGES, LANG decides.
    """
    asked = next((environ[name] for name in _ASKED_BY if environ.get(name)), "")
    return Language.JAPANESE if asked.lower().startswith("ja") else Language.ENGLISH
