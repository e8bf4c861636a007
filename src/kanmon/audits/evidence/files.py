"""A pack of evidence as a page that stands alone, everything in Japanese and in English (APPI-27)."""

import json
from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from kanmon.core.language import Language, translations

_ENVIRONMENT = Environment(
    loader=PackageLoader("kanmon.audits.evidence", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def evidence_page(facts: Mapping[str, object]) -> str:
    """The page of what `audits.evidence.service.pack_facts` tells."""
    readings = [(language.value, translations(language).gettext) for language in (Language.JAPANESE, Language.ENGLISH)]
    return _ENVIRONMENT.get_template("evidence.html").render(facts=facts, readings=readings, said=_said)


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
