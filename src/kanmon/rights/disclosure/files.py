"""Everything that is held about a person as a document that stands alone: to read, print and keep (AC-22)."""

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from kanmon.core.language import Language, translations
from kanmon.provision.first_page import prohibited_use_in_words, purpose_in_words
from kanmon.rights.handling import HANDLING_WORDS, effect_in_words, effect_of
from kanmon.rights.provided import ITEMS
from kanmon.rights.words import ACTIONS, FIELDS, STATES, TYPES

_ENVIRONMENT = Environment(
    loader=PackageLoader("kanmon.rights.disclosure", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def disclosure_page(facts: Mapping[str, object], language: Language) -> str:
    """The document, in one language, of what `rights.disclosure.service.disclosure_facts` tells."""
    catalogue = translations(language)
    _ = catalogue.gettext

    def effect(told: Mapping[str, Any]) -> str:
        return effect_in_words(effect_of(told), lambda at: at.isoformat(), _)

    return _ENVIRONMENT.get_template("disclosure.html").render(
        facts=facts,
        _=_,
        pgettext=catalogue.pgettext,
        language=language.value,
        actions=ACTIONS,
        items=ITEMS,
        types=TYPES,
        states=STATES,
        fields=FIELDS,
        handlings={handling.value: words for handling, words in HANDLING_WORDS.items()},
        effect=effect,
        purpose=lambda name: purpose_in_words(name, _),
        prohibited=lambda name: prohibited_use_in_words(name, _),
    )
