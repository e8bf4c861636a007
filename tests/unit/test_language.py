"""Whatever a person reads stands in the Japanese catalogue: errors, remarks, tables, progress, help of commands."""

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import kanmon
import kanmon_stories
from kanmon.cli.help_texts import help_bearers
from kanmon.core.language import CATALOGUES, Language, preferred_language, translations
from tests.commands import loaded_command_line

SOURCE = Path(kanmon.__file__).parent
STORIES = Path(kanmon_stories.__file__).parent
MARKS = {"_", "gettext", "pgettext", "N_"}
SHORT = 2
"""Words, beside what is filled in, of a message that says too little to be translated alike wherever it stands."""
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%%")
HEADER = re.compile(r"<thead>.*?</thead>", re.DOTALL)
CALL = re.compile(r'(?:pgettext\("([^"]*)", "([^"]*)"\)|\b_\("([^"]*)"\))')


Key = tuple[str | None, str]
"""A message by its context, None where it has none, and its English words."""


def places_in(source: Path) -> Mapping[Key, set[str]]:
    """The files in which each message stands."""
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    places: dict[Key, set[str]] = defaultdict(set)
    for file, _, message, _, context in extract_from_dir(source, method_map=methods, keywords=DEFAULT_KEYWORDS):
        places[context, message if isinstance(message, str) else message[0]].add(file)
    return places


def shared_without_context(places: Mapping[Key, set[str]]) -> list[str]:
    """Short messages that stand in several files, in more than one of them without a context."""
    return sorted(
        message
        for (context, message), files in places.items()
        if context is None and len(files) > 1 and len(PLACEHOLDER.sub("", message).split()) <= SHORT
    )


def messages_of_help() -> set[Key]:
    return {(None, bearer.help) for bearer in help_bearers(loaded_command_line()) if bearer.help}


def told_classes(trees: Sequence[ast.Module]) -> set[str]:
    """The names of what carries a message to a person: remarks, and every class that descends from KanmonError."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    told = {"KanmonError"}
    while found := {c.name for c in classes if {ast.unparse(base) for base in c.bases} & told} - told:
        told |= found
    return told | {"Remark"}


def is_marked(message: ast.expr) -> bool:
    """Whether the message is marked where it stands, or came from elsewhere by a name."""
    if isinstance(message, ast.IfExp):
        return is_marked(message.body) and is_marked(message.orelse)
    if isinstance(message, ast.Call):
        return isinstance(message.func, ast.Name) and message.func.id in MARKS
    return not isinstance(message, ast.Constant | ast.JoinedStr | ast.BinOp)


def unmarked(trees: Sequence[ast.Module]) -> Iterator[str]:
    told = told_classes(trees)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in told and node.args:
            if not is_marked(node.args[0]):
                yield ast.unparse(node)
        elif isinstance(node, ast.JoinedStr):  # the extractor looks into no f-string
            calls = [call for call in ast.walk(node) if isinstance(call, ast.Call) and is_marked(call)]
            yield from (ast.unparse(call) for call in calls if isinstance(call.args[0], ast.Constant))


def catalogue() -> Catalog:
    with (CATALOGUES / Language.JAPANESE / "LC_MESSAGES" / "kanmon.po").open("rb") as file:
        return read_po(file, locale="ja", abort_invalid=True)


def ids_of(known: Catalog) -> set[Key]:
    messages = (message for message in known if message.id)
    return {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in messages}


def strings_of(string: str | Sequence[str] | None) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string or ())


def test_the_catalogue_holds_just_the_messages_of_the_code() -> None:
    japanese = catalogue()
    assert ids_of(japanese) == {*places_in(SOURCE), *places_in(STORIES)} | messages_of_help()
    assert not japanese.obsolete
    assert not [message.id for message in japanese if message.id and message.fuzzy]


def test_a_short_message_that_stands_in_two_files_has_a_context() -> None:
    assert shared_without_context(places_in(SOURCE)) == []


def test_a_short_message_without_a_context_is_found(tmp_path: Path) -> None:
    (tmp_path / "yes.html").write_text('{{ _("yes") }} {{ pgettext("answer", "no") }} {{ _("three words here") }}')
    (tmp_path / "page.html").write_text('{{ _("yes") }} {{ pgettext("answer", "no") }} {{ _("three words here") }}')
    (tmp_path / "alone.py").write_text('_("no")')
    assert shared_without_context(places_in(tmp_path)) == ["yes"]


@pytest.mark.parametrize("language", list(Language))
def test_no_two_columns_of_a_table_have_one_heading(language: Language) -> None:
    words = translations(language)
    alike = []
    for template in (SOURCE / "web" / "templates").rglob("*.html"):
        for header in HEADER.findall(template.read_text(encoding="utf-8")):
            headings = [
                words.pgettext(*call[:2]) if call[0] else words.gettext(call[2]) for call in CALL.findall(header)
            ]
            alike += [(template.name, heading) for heading, count in Counter(headings).items() if count > 1]
    assert alike == []


def test_every_message_of_the_code_is_marked_for_the_catalogues() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for root in (SOURCE, STORIES) for path in root.rglob("*.py")]
    assert "ReportAlreadyDelivered" in told_classes(trees)
    assert list(unmarked(trees)) == []


@pytest.mark.parametrize(
    ("code", "is_found"),
    [
        ('UsageError("go away")', True),
        ('UsageError(f"go {away}")', True),
        ('UsageError("go %s" % away)', True),
        ('UsageError(N_("go") if away else "stay")', True),
        ("f\"{_('go')} away\"", True),
        ('UsageError(N_("go %(where)s"), where="away")', False),
        ("UsageError(TEXTS[reason])", False),
        ('ValueError("go away")', False),
    ],
)
def test_an_unmarked_message_is_found(code: str, is_found: bool) -> None:
    trees = [ast.parse("class UsageError(KanmonError): ..."), ast.parse(code)]
    assert bool(list(unmarked(trees))) is is_found


def test_help_of_every_command_and_option_speaks_the_language_asked_for() -> None:
    english = [(type(bearer).__name__, bearer.help) for bearer in help_bearers(loaded_command_line())]
    translated = loaded_command_line(translations(Language.JAPANESE).gettext)
    assert {kind for kind, text in english if text} == {"CommandGroup", "SpokenCommand", "TyperArgument", "TyperOption"}
    pairs = zip(english, help_bearers(translated), strict=True)
    assert [text for (_, text), bearer in pairs if text and bearer.help == text] == []


def test_every_message_is_translated_into_japanese() -> None:
    untranslated = [m.id for m in catalogue() if m.id and not all(strings_of(m.string))]
    assert untranslated == []


def test_translations_fill_in_what_the_message_fills_in() -> None:
    for message in catalogue():
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


def test_help_in_japanese_speaks_in_one_register() -> None:
    """Sentences end in です・ます; labels without a verb stay as they are."""
    spoken = loaded_command_line(translations(Language.JAPANESE).gettext)
    sentences = [part.strip() for bearer in help_bearers(spoken) for part in re.split(r"[。\n]", bearer.help or "")]
    plain = re.compile(r"(?:[るすくむぶうぐ]|[^しくなほ]ない|った|いた|した|きた)$")
    polite = re.compile(r"(?:です|ます)$")
    assert [said for said in sentences if plain.search(said) and not polite.search(said)] == []
