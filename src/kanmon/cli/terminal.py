"""What commands print, without anything that moves a terminal's cursor, hides its text or turns its direction.

Names, rows and receipts come from strangers. A control character in one of them is shown as its escape, which in a JSON
string means the same character.
"""

import json
import re
import sys
import unicodedata
from typing import IO, Any

from kanmon.cli.log_options import is_json_log
from kanmon.core.clock import SystemClock

_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that do something to a terminal beside standing on it."""
_KEPT = frozenset("\n\t")
_FAULT = re.compile(r"kanmon(?: serve| worker)?: (?P<message>.*) \[(?P<code>[A-Z0-9_]+)\]")
"""How a refusal, a failure or what has to be mended is written."""
_REQUEST = re.compile(r"request( \w+=\S+)+")
"""How an answered request is written: see `web.measured`."""


def printable(text: str) -> str:
    """The text with each character that acts on a terminal written as `\\uXXXX`; line ends and tabs stay."""
    if text.isprintable():
        return text
    return "".join(_escaped(char) if _acts(char) else char for char in text)


class PrintableStream:
    """A text stream to which only printable text goes; all else of it is as it was."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.is_written = False

    def write(self, text: str) -> int:
        """Write the text, printable."""
        self.is_written = True
        self._stream.write(printable(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class LogStream(PrintableStream):
    """Standard error: text, or where the settings ask for it each line as one JSON object."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(stream)
        self._begun = ""

    def write(self, text: str) -> int:
        """Write the text; as JSON, line by line."""
        if not is_json_log():
            return super().write(text)
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                super().write(json.dumps(_logged(line), ensure_ascii=False) + "\n")
        return len(text)


def log_as_set() -> None:
    """From here on a process that a command began writes standard error as that command does."""
    stream: Any = LogStream(sys.stderr)
    sys.stderr = stream


def _logged(line: str) -> dict[str, str]:
    at = SystemClock().real().isoformat(timespec="milliseconds")
    if _REQUEST.fullmatch(line):
        return {"at": at, "level": "info", "message": "request", **dict(re.findall(r"(\w+)=(\S+)", line))}
    fault = _FAULT.fullmatch(line)
    if fault is None:
        return {"at": at, "level": "info", "message": line.strip()}
    return {"at": at, "level": "error", "code": fault["code"], "message": fault["message"]}


def _acts(char: str) -> bool:
    return char not in _KEPT and unicodedata.category(char) in _ACTING


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))
