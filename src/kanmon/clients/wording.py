"""What is said of categories and schemes; ids of messages."""

from collections.abc import Mapping

from kanmon.clients.categories import Lopsidedness
from kanmon.clients.contract import Scheme, ScoreTarget
from kanmon.core.language import N_

SCHEME_MEANINGS: Mapping[Scheme, str] = {
    Scheme.COOKIE: N_("A: the client names browsers by cookie"),
    Scheme.HASHED_NAMES: N_("A2: the client hands over hashed names"),
    Scheme.PERSONAL_DATA: N_("B: the client hands over names"),
}
"""How a client names its applicants, in words."""
LOPSIDED: Mapping[Lopsidedness, str] = {
    Lopsidedness.NOBODY: N_("nobody with a score is in this category, so that it tells nobody apart"),
    Lopsidedness.NEARLY_ALL: N_(
        "nine of ten with a score, or more, are in this category, so that it tells hardly anybody apart"
    ),
}

TARGETS: Mapping[ScoreTarget, str] = {
    ScoreTarget.BOTH: N_("withdraw from the selection or decline an offer"),
    ScoreTarget.SELECTION_WITHDRAWAL: N_("withdraw from the selection"),
    ScoreTarget.OFFER_DECLINE: N_("decline an offer"),
}
"""What scores speak of, in words that follow "who"."""
