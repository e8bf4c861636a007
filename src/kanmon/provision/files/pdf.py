"""A report as a tagged PDF that a screen reader can read aloud: the first page in both languages, then the rows."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

from kanmon.core.errors import KanmonError
from kanmon.core.language import N_, Language
from kanmon.provision.first_page import FirstPage, first_page
from kanmon.provision.report import Report
from kanmon.provision.wording import headers, written_score

_TEMPLATE = Path(__file__).with_name("report.typ")
_FONT_PACKAGE = "matplotlib_fontja"
_NOTO_CJK = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/noto-cjk"),
    Path("/usr/share/fonts/google-noto-cjk"),
    Path("/usr/share/fonts/google-noto-sans-cjk-fonts"),
    Path("/Library/Fonts"),
)
_ROOM_FOR_AN_ID = 15.0
"""The widest ID, in ems, that fits one line of a row of even height."""


class JapaneseFontMissing(KanmonError):
    """No font that can write Japanese was found, so that no PDF can be made."""

    code = "JAPANESE_FONT_MISSING"


def pdf_of(report: Report) -> bytes:
    """The PDF of `report`: PDF/UA-1, and the same bytes whenever it is made.

    Where an ID holds a character that the font lacks (an emoji) or that PDF/UA forbids, the file is tagged all the
    same without claiming PDF/UA; the CSV and XLSX hold the ID exactly. Raises JapaneseFontMissing.
    """
    family, folder = _japanese_font()
    compiler = typst.Compiler(
        input=_TEMPLATE,
        font_paths=[folder],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps({"font": family, **_content(report)}, ensure_ascii=False)},
    )
    stamped = int(report.provided_at.timestamp())
    try:
        pdf = compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=stamped)
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA-1 error"):
            raise
        pdf = compiler.compile(format="pdf", timestamp=stamped)
    assert isinstance(pdf, bytes)
    return pdf


def _japanese_font() -> tuple[str, Path]:
    shipped = find_spec(_FONT_PACKAGE)
    if shipped is not None and shipped.submodule_search_locations:
        return "IPAexGothic", Path(shipped.submodule_search_locations[0]) / "fonts"
    for folder in _NOTO_CJK:
        if any(folder.glob("NotoSansCJK*")):
            return "Noto Sans CJK JP", folder
    raise JapaneseFontMissing(
        N_(
            "no Japanese font was found to write the PDF with; install one: `pip install matplotlib-fontja` brings "
            "IPAexGothic, `apt install fonts-noto-cjk` brings Noto Sans CJK"
        )
    )


def _content(report: Report) -> dict[str, Any]:
    return {
        "client": report.client_name,
        "provision": report.provision_id,
        "pages": [_page(first_page(report, language)) for language in (Language.JAPANESE, Language.ENGLISH)],
        "headers": headers(report),
        "rows": [_cells(report, row.applicant_id, row.score, row.category) for row in report.rows],
        "even": all(_is_short(row.applicant_id) for row in report.rows),
    }


def _page(page: FirstPage) -> dict[str, Any]:
    return {
        "language": page.language,
        "title": page.title,
        "replay": page.replay,
        "sections": page.sections,
        "facts": page.facts,
    }


def _cells(report: Report, applicant_id: str, score: int | None, category: str | None) -> list[str]:
    cells = [applicant_id, report.no_score if score is None else written_score(score)]
    return [*cells, category or ""] if report.category_symbols else cells


def _is_short(applicant_id: str) -> bool:
    return applicant_id.isprintable() and sum(map(_ems, applicant_id)) <= _ROOM_FOR_AN_ID


def _ems(char: str) -> float:
    """A character's width in a proportional font, rather too much than too little; a Japanese one's is 1."""
    if not char.isascii() or char in "MWmw@%&":
        return 1.0
    return 0.75 if char.isupper() else 0.62
