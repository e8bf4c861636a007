"""A report as a tagged PDF that a screen reader can read aloud: the first page in both languages, then the rows."""

import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kanmon.core.errors import KanmonError
from kanmon.core.language import N_, Language
from kanmon.provision.first_page import FirstPage, first_page
from kanmon.provision.report import ColumnKind, Report, cells, columns_of, headings

_COMPILER = "typst"
"""Of the extra `pdf`: the module that makes the file. It is loaded with the first report."""
_TEMPLATE = Path(__file__).with_name("report.typ")
_FONT_PACKAGE = "matplotlib_fontja"
_NOTO_CJK = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/noto-cjk"),
    Path("/usr/share/fonts/google-noto-cjk"),
    Path("/usr/share/fonts/google-noto-sans-cjk-fonts"),
    Path("/Library/Fonts"),
)
_WIDTHS = {ColumnKind.SCORE: 17.0, ColumnKind.SYMBOL: 15.0}
"""The widths of columns of rows, in millimetres; IDs have what is left."""
_ALIGNMENTS = {ColumnKind.ID: "left", ColumnKind.SCORE: "right", ColumnKind.SYMBOL: "center"}
_ROW_WIDTH = 80.5
"""In millimetres: two rows and the gutter between them fill the page."""
_ROOM_FOR_AN_ID = 15.0
"""The widest ID, in ems, that fits one line of a row of even height."""
_EM = 3.04
_INSETS = 1.42
"""In millimetres: the size of the letters, and what a cell leaves empty on both sides."""


class JapaneseFontMissing(KanmonError):
    """No font that can write Japanese was found, so that no PDF can be made."""

    code = "JAPANESE_FONT_MISSING"


def pdf_can_be_made() -> bool:
    """Whether the extra `pdf` is installed."""
    return find_spec(_COMPILER) is not None


def pdf_of(report: Report) -> bytes:
    """The PDF of `report`: PDF/UA-1, and the same bytes whenever it is made.

    Where an ID holds a character that the font lacks (an emoji) or that PDF/UA forbids, the file is tagged all the
    same without claiming PDF/UA; the CSV and XLSX hold the ID exactly. Raises JapaneseFontMissing.
    """
    typst = import_module(_COMPILER)
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
            "no Japanese font was found to write the PDF with; install one: `pip install 'kanmon[pdf]'` brings "
            "IPAexGothic, `apt install fonts-noto-cjk` brings Noto Sans CJK"
        )
    )


def _content(report: Report) -> dict[str, Any]:
    columns = columns_of(report)
    ids = [place for place, column in enumerate(columns) if column.kind is ColumnKind.ID]
    left = _ROW_WIDTH - sum(_WIDTHS.get(column.kind, 0.0) for column in columns)
    widths = [_WIDTHS.get(column.kind, left / len(ids)) for column in columns]
    rows = [cells(report, row) for row in report.rows]
    return {
        "client": report.client_name,
        "provision": report.provision_id,
        "pages": [_page(first_page(report, language)) for language in (Language.JAPANESE, Language.ENGLISH)],
        "headings": headings(report),
        "widths": widths,
        "alignments": [_ALIGNMENTS[column.kind] for column in columns],
        "rows": rows,
        "even": all(_is_short(row[place], widths[place]) for row in rows for place in ids),
    }


def _page(page: FirstPage) -> dict[str, Any]:
    return {
        "language": page.language,
        "title": page.title,
        "replay": page.replay,
        "sections": page.sections,
        "facts": page.facts,
    }


def _is_short(text: str, width: float) -> bool:
    room = min(_ROOM_FOR_AN_ID, (width - _INSETS) / _EM)
    return text.isprintable() and sum(map(_ems, text)) <= room


def _ems(char: str) -> float:
    """A character's width in a proportional font, rather too much than too little; a Japanese one's is 1."""
    if not char.isascii() or char in "MWmw@%&":
        return 1.0
    return 0.75 if char.isupper() else 0.62
