"""A document as one HTML file in both languages: each statement leads to the object that it rests on."""

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from kanmon.audits.abroad.document import NOT_KNOWN, TITLES, LegalDocument, Sentence
from kanmon.audits.abroad.words import SOURCES
from kanmon.core.language import Language, translations
from kanmon.provision.first_page import Translate

_ENVIRONMENT = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def document_page(written: LegalDocument) -> str:
    """The document, English first; sources bear the same numbers in both languages."""
    template = (files(__package__) / "document.html").read_text(encoding="utf-8")
    numbers = {source: number for number, source in enumerate(written.sources, 1)}
    return _ENVIRONMENT.from_string(template).render(
        written=written,
        numbers=numbers,
        languages=[(one.value, translations(one).gettext) for one in (Language.ENGLISH, Language.JAPANESE)],
        titled=lambda _: _(TITLES[written.kind]) % {"client": written.client.legal_name},
        said=in_words,
        kinds=SOURCES,
    )


def in_words(sentence: Sentence, _: Translate) -> str:
    """A statement in a language; what is not known says so."""
    if sentence.source is None:
        return _(NOT_KNOWN) % {"what": _(sentence.text)}
    return _(sentence.text) % sentence.values
