"""A pack of evidence as a page that stands alone, everything in Japanese and in English (APPI-27)."""

import json
from collections.abc import Mapping, Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from kanmon.audits.gap.model import Gap
from kanmon.audits.gap.pictures import pictures_of
from kanmon.core.charts import Picture
from kanmon.core.language import Language, translations

_ENVIRONMENT = Environment(
    loader=PackageLoader("kanmon.audits.evidence", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


_LANGUAGES = (Language.JAPANESE, Language.ENGLISH)


def evidence_page(facts: Mapping[str, object], gap: Gap | None = None) -> str:
    """The page of what `audits.evidence.service.pack_facts` tells, with the figures of a gap."""
    readings = [(language.value, translations(language).gettext, _pictures(gap, language)) for language in _LANGUAGES]
    return _ENVIRONMENT.get_template("evidence.html").render(
        facts=facts, readings=readings, said=_said, benefit=None if gap is None else gap.benefit
    )


def figure_files(gap: Gap | None) -> Mapping[str, bytes]:
    """The figures of a gap as files of their own, in each language."""
    return {
        f"figures/{number}.{language.value}.svg": picture.chart.svg().encode()
        for language in _LANGUAGES
        for number, picture in enumerate(_pictures(gap, language), start=1)
    }


def _pictures(gap: Gap | None, language: Language) -> Sequence[Picture]:
    return [] if gap is None else pictures_of(gap, translations(language).gettext, name_suffix=f"-{language.value}")


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
