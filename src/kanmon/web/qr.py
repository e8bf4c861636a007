"""Words as a picture that a telephone reads from paper."""

import segno
from markupsafe import Markup


def qr(words: str, title: str) -> Markup:
    """An SVG element: black on white whatever the page's colours, which readers need, with its quiet zone."""
    made = segno.make(words, error="m", micro=False)
    drawn = made.svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None, title=title
    )
    return Markup(drawn)  # noqa: S704 - drawn here; the title is escaped by segno
