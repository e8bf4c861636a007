"""How scores are written for a client, and the words that are never written over them (DM-02)."""

import unicodedata
from collections.abc import Iterable, Mapping

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.core.errors import RuleRefused
from kanmon.core.ids import ClientId
from kanmon.core.language import N_

SCALES: Mapping[ScoreScale, str] = {
    ScoreScale.RISK: N_("index from 0 to 1"),
    ScoreScale.POSITION: N_("position among last year's applicants"),
}
"""What each scale is called; ids of messages."""
SCORE_IS: Mapping[ScoreScale, str] = {
    ScoreScale.RISK: N_(
        "An ordinal index from 0 to 1. It puts the applicants of one recipient in order: the higher it is, the "
        "more the behaviour of this applicant resembles that of those who left the selection or declined an offer "
        "last year. 0.0000 is a score like any other."
    ),
    ScoreScale.POSITION: N_(
        "A position from 0 to 1 among last year's applicants of the same recipient. 0.8300 means: the behaviour of "
        "this applicant is more like that of those who left the selection or declined an offer than the behaviour of "
        "83 of 100 of last year's applicants was. 0.0000 is a score like any other."
    ),
}
"""What a score on each scale is; ids of messages."""
POSITION_OF: Mapping[tuple[ScoreTarget, ...], str] = {
    (): SCORE_IS[ScoreScale.POSITION],
    (ScoreTarget.SELECTION_WITHDRAWAL,): N_(
        "A position from 0 to 1 among last year's applicants of the same recipient. 0.8300 means: the behaviour of "
        "this applicant is more like that of those who withdrew from the selection than the behaviour of 83 of 100 of "
        "last year's applicants was. 0.0000 is a score like any other."
    ),
    (ScoreTarget.OFFER_DECLINE,): N_(
        "A position from 0 to 1 among last year's applicants of the same recipient. 0.8300 means: the behaviour of "
        "this applicant is more like that of those who declined an offer than the behaviour of 83 of 100 of last "
        "year's applicants was. 0.0000 is a score like any other."
    ),
    (ScoreTarget.OFFER_DECLINE, ScoreTarget.SELECTION_WITHDRAWAL): N_(
        "A position from 0 to 1 among last year's applicants of the same recipient: without an offer, 0.8300 is more "
        "like those who withdrew from the selection, and with an offer, more like those who declined it, than 83 of "
        "100 at such stages were. 0.0000 is a score like any other."
    ),
}
"""What a position is where each score is of one act alone, by the acts in the order of their names."""
SCORE_IS_NOT: Mapping[ScoreScale, str] = {
    ScoreScale.RISK: N_(
        "It is not a probability and not a share. A score of 0.4 does not mean that 40 of 100 such applicants "
        "decline. Scores of different recipients or of different years can't be compared."
    ),
    ScoreScale.POSITION: N_(
        "It is not a probability of declining. A score of 0.8300 does not mean that 83 of 100 such applicants "
        "decline. Scores of different recipients or of different years can't be compared."
    ),
}
"""What a score on each scale is not; ids of messages."""
PROBABILITY_LANGUAGE = ("%", "確率", "probability", "confidence", "信頼度", "辞退率", "離脱率", "percent", "パーセント")
"""What no header, label or symbol of a report contains: a score is an ordinal index."""


class ProbabilityLanguage(RuleRefused):
    """A header or symbol of a report would pass the score off as a probability (DM-02)."""

    code = "PROBABILITY_LANGUAGE"
    http_status = 422


def check_ordinal(client: ClientId, labels: Iterable[str]) -> None:
    """Raises ProbabilityLanguage where one of the labels in a report for `client` speaks of a probability."""
    for label in labels:
        said = speaks_of_probability(label)
        if said:
            raise ProbabilityLanguage(
                N_(
                    "the contract of %(client)s writes “%(label)s” over its scores, but “%(said)s” is never said of a "
                    "score (DM-02), which is an ordinal index: change score_column, no_score or categories in "
                    "service.yaml and load it again; 予測スコア, score and prediction are names that do"
                ),
                client=client,
                label=label,
                said=said,
            )


def speaks_of_probability(label: str) -> str | None:
    """The first word of `PROBABILITY_LANGUAGE` that stands in `label`, in whatever width or case, or None."""
    folded = unicodedata.normalize("NFKC", label).casefold()
    return next((word for word in PROBABILITY_LANGUAGE if word in folded), None)


def written_score(ten_thousandths: int) -> str:
    """A score with its four places, from 0.0000 to 1.0000."""
    return f"{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}"
