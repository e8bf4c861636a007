"""What `kanmon verify A B` tells: whether its files are of one log that only grew.

JSON: `verdict` (`agreed`, `forked`, `undecided`), and `comparisons`, each with the two `files`, its own `verdict`, the
two `sizes` and `notes` (for a fork the evidence), and the `witnesses` that cosigned both. `kanmon verify` adds `vkey`,
`is_key_trusted` and `successions`, as for one file.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from kanmon.core.errors import LogForked, NotComparable
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.cli.witnessed import printable
from kanmon.ledger.comparison import LogComparison, Verdict
from kanmon.ledger.shapes import ComparisonFacts

_SENTENCES = {
    Verdict.AGREED: N_("%(first)s and %(second)s are of one log: that over %(large)s entries begins with the other"),
    Verdict.FORKED: N_(
        "%(first)s and %(second)s can't both be true: the log's key signed %(small)s and %(large)s entries of two pasts"
    ),
    Verdict.UNDECIDED: N_(
        "%(first)s and %(second)s, over %(small)s and %(large)s entries, neither agree nor contradict by themselves"
    ),
}


def comparison_facts(files: Sequence[Path], comparisons: Sequence[LogComparison]) -> ComparisonFacts:
    """See the module."""
    return {
        "verdict": verdict_over(comparisons).value,
        "comparisons": [
            {
                "files": [str(files[comparison.first]), str(files[comparison.second])],
                "verdict": comparison.verdict.value,
                "sizes": [view.checkpoint.size for view in comparison.views],
                "notes": [view.note for view in comparison.views],
                "witnesses": [str(witness) for witness in comparison.witnesses],
            }
            for comparison in comparisons
        ],
    }


def comparison_sentences(files: Sequence[Path], comparisons: Sequence[LogComparison]) -> list[str]:
    """The same for people; of a fork the two signed notes, which prove it to anybody who has the log's key."""
    sentences = []
    for comparison in comparisons:
        small, large = sorted(view.checkpoint.size for view in comparison.views)
        names = {"first": files[comparison.first], "second": files[comparison.second]}
        sentences.append(_(_SENTENCES[comparison.verdict]) % {**names, "small": small, "large": large})
        if comparison.verdict is Verdict.FORKED:
            sentences += [printable(view.note) for view in comparison.views]
        elif comparison.witnesses:
            witnesses = ", ".join(printable(witness.name) for witness in comparison.witnesses)
            sentences.append(_("both are cosigned by %(witnesses)s") % {"witnesses": witnesses})
    return sentences


def check_comparisons(comparisons: Sequence[LogComparison]) -> None:
    """`LogForked` where two files contradict; `NotComparable` where two don't tell."""
    verdict = verdict_over(comparisons)
    if verdict is Verdict.FORKED:
        raise LogForked(
            N_("the log was forked or rolled back: its key signed two pasts, and the two notes above are the evidence")
        )
    if verdict is Verdict.UNDECIDED:
        raise NotComparable(
            N_(
                "these files don't decide whether they are of one past: ask the platform for the proof of consistency "
                "between them (kanmon ledger consistency) and name it as one more file; if it can't give one, its log "
                "was forked"
            )
        )


def verdict_over(comparisons: Sequence[LogComparison]) -> Verdict:
    """The worst of them."""
    verdicts = {comparison.verdict for comparison in comparisons}
    return next(verdict for verdict in (Verdict.FORKED, Verdict.UNDECIDED, Verdict.AGREED) if verdict in verdicts)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
