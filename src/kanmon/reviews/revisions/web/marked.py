"""The words of a draft with its quotations marked where they stand."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from kanmon.consent.policy import Element, PolicyVersion, normalised


@dataclass(frozen=True)
class MarkedText:
    """Words of a text, and the elements that quote them; none where nothing does."""

    text: str
    elements: tuple[Element, ...]


def marked(version: PolicyVersion) -> list[MarkedText]:
    """The text in pieces, in their order: each piece is quoted by the same elements throughout."""
    letters, places = _letters(version.text)
    spans = [
        (places[at], places[at + len(quote) - 1] + 1, element)
        for clause in version.clauses
        for element, said in clause.statements.items()
        if (quote := normalised(said.quote)) and (at := letters.find(quote)) >= 0
    ]
    bounds = sorted({0, len(version.text), *(edge for begin, end, _ in spans for edge in (begin, end))})
    return [
        MarkedText(
            version.text[begin:end],
            tuple(sorted({element for first, last, element in spans if first <= begin and end <= last})),
        )
        for begin, end in pairwise(bounds)
    ]


def _letters(text: str) -> tuple[str, list[int]]:
    """The text as quotations are looked for in it, and where in `text` each of its letters stands."""
    found = list(_normalised_letters(text))
    return "".join(letter for letter, _ in found), [place for _, place in found]


def _normalised_letters(text: str) -> Iterator[tuple[str, int]]:
    was_space = True
    for place, written in enumerate(text):
        for letter in unicodedata.normalize("NFKC", written):
            if letter.isspace():
                if not was_space:
                    yield " ", place
                was_space = True
            else:
                yield letter, place
                was_space = False
