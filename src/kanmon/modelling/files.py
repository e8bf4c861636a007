"""Model cards for people: a page in Japanese and English, the facts as JSON, and a plot of the calibration."""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kanmon.clients.categories import counted_scores
from kanmon.clients.contract import ScoreCategory, ScoreTarget
from kanmon.clients.wording import LOPSIDED
from kanmon.core.durable import make_folder, put_folder
from kanmon.core.folder_sums import FolderSums
from kanmon.core.language import Language, translations
from kanmon.features.definition import input_meant
from kanmon.modelling.card_facts import groups_on, need_on
from kanmon.modelling.card_parts import parts_on, target_on
from kanmon.modelling.last_year import scores_of_last_year
from kanmon.modelling.pictures import calibration_picture
from kanmon.modelling.registry import RegisteredModel
from kanmon.modelling.versions import checks_on
from kanmon.modelling.wording import (
    DIRECTIONS,
    figures_in_words,
    foreseen_in_words,
    need_in_words,
    part_heading,
)

Translate = Callable[[str], str]


class ModelCardFolder:
    """See `pipeline.ports.ModelCards`: `models/MODEL` with `card.ja.md`, `card.en.md`, `card.json`,
    `calibration.svg`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._sums = FolderSums(root.parent)

    def write(self, model: RegisteredModel, categories: Sequence[ScoreCategory]) -> str:
        """Write the card, beside the contract's categories, whole or not at all, and return the folder it lies in."""
        folder = self._root / model.model_id
        partial = self._root / f".{model.model_id}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial)
        card: Mapping[str, Any] = dict(model.card)
        for part in parts_on(card):
            drawn = calibration_picture(part, translations(Language.ENGLISH).gettext).chart
            (partial / _calibration_file(part)).write_text(drawn.svg(), encoding="utf-8")
        (partial / "card.json").write_text(json.dumps(card, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        for language in Language:
            (partial / f"card.{language}.md").write_text(_page(model, card, categories, language), encoding="utf-8")
        self._sums.forget(folder)
        put_folder(partial, folder)
        self._sums.keep(folder)
        return str(folder)


def _page(
    model: RegisteredModel, card: Mapping[str, Any], categories: Sequence[ScoreCategory], language: Language
) -> str:
    _ = translations(language).gettext
    lines = [
        "# " + _("Model card %(model)s") % {"model": model.model_id},
        "",
        _("For the privacy owner and the people scored. A client does not see this page."),
        "",
        *("- " + words for words in foreseen_in_words(card, _)),
        "",
        "## " + _("Data"),
        "",
        _("Trained on season %(season)s, on %(rows)s people whose consent covers training; %(positives)s of them left.")
        % {"season": model.season, "rows": card["rows"], "positives": card["positives"]},
        _("Acted at %(acted)s; trained at %(trained)s.")
        % {"acted": model.acted_at.isoformat(), "trained": model.trained_at.isoformat()},
        _("Only this client's applicants and outcomes were used."),
        *_training_list_lines(card, _),
        _("People whom the client rejected are left out: they could no longer leave, so nobody knows (censored)."),
        "",
        *(
            "- " + _("left out, %(why)s: %(count)s") % {"why": _(why), "count": count}
            for why, count in card["left_out"].items()
        ),
        "",
        *(line for part in parts_on(card) for line in _part_lines(part, language)),
        *_category_lines(model, categories, _),
        "## " + _("What it can't do"),
        "",
        "- "
        + _("The score is a position among last year's people. 0.4 does not mean that 40 of 100 such people leave."),
        "- " + _("It says nothing about why a person might leave, and it must not be used in selection."),
        "- " + _("It compares people of one cohort with each other; it can't tell a good year from a bad one."),
        "- "
        + _("It sees no interactions between inputs, and only what happened on the board and on named partner sites."),
        "- " + _("Group differences: the folder names no groups, so they are not known."),
    ]
    return "\n".join(lines) + "\n"


def _part_lines(card: Mapping[str, Any], language: Language) -> Iterator[str]:
    """What one model, or one part of it, looks at, and how well it does."""
    _ = translations(language).gettext
    yield "## " + part_heading(_("Inputs"), card, _)
    yield ""
    yield _(
        "Each input is a rank within the cohort from 0 to 1; the weight is its pull from the lowest to the highest."
    )
    yield ""
    yield _("| input | permitted direction | weight |")
    yield "|---|---|---|"
    for one in card["inputs"]:
        yield f"| {input_meant(one['feature'], language)} | {_(DIRECTIONS[one['direction']])} | {one['weight']:+.3f} |"
    yield ""
    yield (
        _("Chosen among %(tried)s sets of inputs by validation inside that season (five folds, four times).")
        % {"tried": len(card["tried"])}
    )
    yield ""
    yield "## " + part_heading(_("How well it does"), card, _)
    yield ""
    yield _("Measured on people left out of the fitting.")
    yield ""
    yield from ("- " + words for words in figures_in_words(card, _))
    if not all(check.is_passed for check in checks_on(card)):
        yield "- " + need_in_words(need_on(card), _)
    yield ""
    yield from _alike_lines(card, _)
    yield (
        "![" + _("Calibration: across the mean risk of people alike, upwards the share of them that left.") + "]"
        f"({_calibration_file(card)})"
    )
    yield ""


def _calibration_file(card: Mapping[str, Any]) -> str:
    target = target_on(card)
    return "calibration.svg" if target is ScoreTarget.BOTH else f"calibration-{target}.svg"


def _training_list_lines(card: Mapping[str, Any], _: Translate) -> Iterator[str]:
    """What the model commits to of the people who trained it; none in a model from before there was a list."""
    if closed := card.get("training_list"):
        yield (
            _("Training list: %(people)s labels under the root %(root)s, entry %(ledger_seq)s of the ledger.") % closed
        )


def _alike_lines(card: Mapping[str, Any], _: Translate) -> Iterator[str]:
    """Last year's people by tenth of the scores."""
    yield _("| score from | to | people of last year | of them left |")
    yield "|---|---|---|---|"
    for group in groups_on(card):
        yield f"| {group.begins:.4f} | {group.ends:.4f} | {group.people} | {group.left} |"
    yield ""


def _category_lines(model: RegisteredModel, categories: Sequence[ScoreCategory], _: Translate) -> Iterator[str]:
    """The contract's categories on last year's people; none where the artefact was erased."""
    scores = scores_of_last_year(model.artefact)
    if not scores or not categories:
        return
    yield _("| category | people of last year | warning |")
    yield "|---|---|---|"
    for held in counted_scores(scores, categories):
        warning = _(LOPSIDED[held.lopsided]) if held.lopsided else ""
        yield f"| {held.symbol} | {held.people} | {warning} |"
    yield ""
