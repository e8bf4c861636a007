"""What is said of categories; ids of messages."""

from collections.abc import Mapping

from kanmon.clients.categories import Lopsidedness
from kanmon.core.language import N_

LOPSIDED: Mapping[Lopsidedness, str] = {
    Lopsidedness.NOBODY: N_("nobody with a score is in this category, so that it tells nobody apart"),
    Lopsidedness.NEARLY_ALL: N_(
        "nine of ten with a score, or more, are in this category, so that it tells hardly anybody apart"
    ),
}
