"""Tables and figures for people, on standard output."""

import sys
import unicodedata
from collections.abc import Sequence


def figure(value: float | None) -> str:
    """A figure with four decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.4f}"


def print_table(rows: Sequence[Sequence[str]], *, is_of_words: bool = False) -> None:
    """Print rows, each column as wide as its widest cell: numbers end at one place, words begin at one."""
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        gaps = [" " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [f"{cell}{gap}" if is_of_words else f"{gap}{cell}" for cell, gap in zip(row, gaps, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: Japanese letters take two (Unicode Annex 11)."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
