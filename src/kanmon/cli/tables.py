"""Tables and figures for people, on standard output."""

import sys
from collections.abc import Sequence


def figure(value: float | None) -> str:
    """A figure with four decimals; a dash where there is none."""
    return "–" if value is None else f"{value:.4f}"


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows, each column as wide as its widest cell."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
