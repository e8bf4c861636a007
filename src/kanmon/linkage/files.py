"""The quality report of a link run, for the privacy owner: a page in Japanese and English, the facts, a plot."""

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path

from kanmon.core.charts import Axis, Chart, Look, Words, even_ticks
from kanmon.core.durable import make_folder, put_folder
from kanmon.core.ids import RunId
from kanmon.core.language import N_, Language, translations
from kanmon.linkage.link import LinkDecision
from kanmon.linkage.quality import BIN_BITS, LinkQuality, quality_of
from kanmon.linkage.service import Linking

_DECISIONS = {
    LinkDecision.LINKED: N_("linked"),
    LinkDecision.REVIEW: N_("to be looked at by a person"),
    LinkDecision.UNLINKED: N_("tied to nobody"),
}
_BLOCKS = {
    "email": N_("e-mail"),
    "birth date, given name by sound": N_("birth date, given name by sound"),
    "birth date, family name by sound": N_("birth date, family name by sound"),
    "birth date, given name": N_("birth date, given name"),
    "birth date, family name": N_("birth date, family name"),
    "whole name": N_("whole name"),
    "whole name by sound": N_("whole name by sound"),
    "whole name, the other way round": N_("whole name, the other way round"),
    "birth date, university": N_("birth date, university"),
    "given name by sound, university": N_("given name by sound, university"),
    "family name by sound, university": N_("family name by sound, university"),
}


class LinkReportFolder:
    """See `linkage.service.LinkReports`: `links/CLIENT/RUN/SEASON` with `links.ja.md`, `links.en.md`, JSON and SVG.

    No name of anybody stands in it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, linking: Linking, run_id: RunId) -> str:
        """Write the report of one season, and return the folder of the client's run."""
        run = self._root / linking.applicants.client_id / run_id
        folder, partial = run / linking.applicants.season, run / f".{linking.applicants.season}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial)
        found = quality_of(linking)
        _plot(found, linking, partial / "weights.svg")
        facts: dict[str, object] = {
            "client_id": linking.applicants.client_id,
            "season": linking.applicants.season,
            "run_id": run_id,
        }
        facts |= {"thresholds": asdict(linking.thresholds), **asdict(found)}
        written = json.dumps(facts, ensure_ascii=False, indent=1)
        (partial / "links.json").write_text(written + "\n", encoding="utf-8")
        for language in Language:
            (partial / f"links.{language}.md").write_text(_page(found, linking, language), encoding="utf-8")
        put_folder(partial, folder)
        return str(run)


def _page(found: LinkQuality, linking: Linking, language: Language) -> str:
    _ = translations(language).gettext
    named = {"client": linking.applicants.client_id, "season": linking.applicants.season}
    thresholds = {name: f"{bits:g}" for name, bits in asdict(linking.thresholds).items()}
    lines = [
        "# " + _("Links of client %(client)s, season %(season)s") % named,
        "",
        _("For the privacy owner. A client does not see this page."),
        "",
        *(f"- {_(words)}: {found.decisions.get(one, 0):,}" for one, words in _DECISIONS.items()),
        "",
        "## " + _("What to expect"),
        "",
        _("Read from the match weights; nobody knows the truth, and the figures hold as far as the weights do."),
        "",
        "- " + _("links expected to be right: %(share)s") % {"share": _share(found.expected_precision)},
        "- " + _("findable members expected to be linked: %(share)s") % {"share": _share(found.expected_recall)},
        "- "
        + _("tied to nobody, though like a member in all but the given name (twins, family): %(count)s")
        % {"count": f"{found.lookalikes:,}"},
        "",
        "## " + _("Pairs by match weight"),
        "",
        _("Linked from %(link)s bits, %(margin)s above the next best; looked at by a person from %(review)s.")
        % thresholds,
        "",
        "![" + _("Pairs by match weight: across the weight in bits, upwards the number of pairs.") + "](weights.svg)",
        "",
        "## " + _("What brought them together"),
        "",
        _("A pair counts under the first key that it shares; a pair that shares none is never compared."),
        "",
        _("| key | pairs |"),
        "|---|---|",
        *(f"| {_(_BLOCKS[key])} | {count:,} |" for key, count in found.blocked.items()),
    ]
    return "\n".join(lines) + "\n"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.4f}"


def _plot(found: LinkQuality, linking: Linking, path: Path) -> None:
    thresholds = (linking.thresholds.review, linking.thresholds.link)
    lows = [*thresholds, *(group.from_bits for group in found.bins)]
    low, high = min(lows), max(lows) + BIN_BITS
    most = max((group.pairs for group in found.bins), default=1)
    powers = range(math.ceil(math.log10(most + 1)) + 1)
    upwards = Axis(0.0, 10.0 ** powers[-1], [10.0**power for power in powers], math.log1p)
    words = Words("weights", "Pairs by match weight", "Across the weight in bits, upwards the number of pairs.")
    chart = Chart((620, 320), Axis(low, high, even_ticks(low, high)), upwards, words)
    for group in found.bins:
        chart.bar(group.from_bits, group.from_bits + BIN_BITS, group.pairs, Look.QUIET)
        chart.bar(group.from_bits, group.from_bits + BIN_BITS, group.linked, Look.MAIN)
    for bits in thresholds:
        chart.upright(bits, Look.ALARM)
    path.write_text(chart.svg(), encoding="utf-8")
