"""What the board's server put into a page: the proof of the words where no script runs in the browser."""

from html.parser import HTMLParser

from kanmon.consent.policy import text_sha256
from kanmon.core.ids import TextSha256

_POLICY = "data-policy-id"
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "code", "em", "i", "mark", "ruby", "small", "span", "strong", "sub", "sup"}
)
_EMPTY = frozenset({"br", "hr", "img", "input", "wbr"})


class _PolicyReader(HTMLParser):
    """Gathers the words of the elements that hold a policy."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth or any(name == _POLICY for name, _ in attrs):
            self._break_line(tag)
            self._depth += tag not in _EMPTY

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._break_line(tag)
            self._depth -= tag not in _EMPTY

    def handle_data(self, data: str) -> None:
        if self._depth:
            self.words.append(data)

    def _break_line(self, tag: str) -> None:
        if tag not in _INLINE:
            self.words.append("\n")


def rendered_sha256(page: str) -> TextSha256:
    """The hash of the policy's words in a rendered page, as `kanmon.js` makes it where nothing hides them."""
    reader = _PolicyReader()
    reader.feed(page)
    reader.close()
    return text_sha256("".join(reader.words))
