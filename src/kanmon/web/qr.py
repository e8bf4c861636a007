"""Words as a picture that a telephone reads from paper."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=16)
def qr(words: str, title: str) -> Markup:
    """An SVG element: black on white whatever the page's colours, which readers need, with its quiet zone.

    Drawn once for the same words and title: the page of the log's key is open to everybody.
    """
    made = segno.make(words, error="m", micro=False)
    drawn = made.svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None, title=title
    )
    return Markup(drawn)  # noqa: S704 - drawn here; the title is escaped by segno
