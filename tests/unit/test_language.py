import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import kanmon
from kanmon.language import CATALOGUES, Language, preferred_language, translations

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%%")


def messages_in_code() -> set[str]:
    source = Path(kanmon.__file__).parent
    found = extract_from_dir(source, method_map=[("**.py", "python")], keywords=DEFAULT_KEYWORDS)
    ids = (message for _, _, message, _, _ in found)
    return {message if isinstance(message, str) else message[0] for message in ids}


def catalogue_of(language: Language) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "kanmon.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


def ids_of(catalogue: Catalog) -> set[str]:
    return {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}


def strings_of(string: str | Sequence[str] | None) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ())


@pytest.mark.parametrize("language", list(Language))
def test_the_catalogue_holds_just_the_messages_of_the_code(language: Language) -> None:
    catalogue = catalogue_of(language)
    assert ids_of(catalogue) == messages_in_code()
    assert not catalogue.obsolete
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


def test_every_message_is_translated_into_japanese() -> None:
    untranslated = [m.id for m in catalogue_of(Language.JAPANESE) if m.id and not all(strings_of(m.string))]
    assert untranslated == []


@pytest.mark.parametrize("language", list(Language))
def test_translations_fill_in_what_the_message_fills_in(language: Language) -> None:
    for message in catalogue_of(language):
        wanted = set(PLACEHOLDER.findall(strings_of(message.id)[-1])) if message.id else set()
        for string in strings_of(message.string) if message.id else ():
            assert not string or set(PLACEHOLDER.findall(string)) == wanted, message.id


def test_a_message_speaks_both_languages() -> None:
    assert translations(Language.JAPANESE).gettext("Recipient") == "提供先"
    assert translations(Language.ENGLISH).gettext("Recipient") == "Recipient"
    assert translations(Language.JAPANESE).gettext("Nobody translated this.") == "Nobody translated this."


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "ja_JP.UTF-8"}, Language.JAPANESE),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C.UTF-8"}, Language.ENGLISH),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, Language.JAPANESE),
        ({"LANG": "en_GB.UTF-8", "KANMON_LANG": "ja"}, Language.JAPANESE),
        ({"LANG": "ja_JP.UTF-8", "KANMON_LANG": "en"}, Language.ENGLISH),
        ({"KANMON_LANG": "fr"}, Language.ENGLISH),
    ],
)
def test_the_environment_chooses(environ: dict[str, str], language: Language) -> None:
    assert preferred_language(environ) is language
