"""What every report says before its first row, whatever its format: what the score is, and what it is not (INV-7)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.categories import ScoreScale
from kanmon.core.clock import TOKYO
from kanmon.core.language import Language, translations
from kanmon.provision.report import Report
from kanmon.provision.wording import POSITION_OF, SCALES, SCORE_IS, SCORE_IS_NOT

Translate = Callable[[str], str]


@dataclass(frozen=True)
class FirstPage:
    """The words of a report's first page or sheet, in one language."""

    language: Language
    title: str
    replay: str | None
    """The mark of a replay with both its moments, None where the report is a real one."""
    sections: tuple[tuple[str, str], ...]
    """Headings, each with its paragraph."""
    facts: tuple[tuple[str, str], ...]
    """Labels, each with its value: who provided what to whom, when, by which model, under which law."""


def first_page(report: Report, language: Language) -> FirstPage:
    """The first page of `report` in `language`."""
    _ = translations(language).gettext
    return FirstPage(
        language=language,
        title=_("Scores of the possibility of leaving the selection or declining an offer"),
        replay=_replay(report, _),
        sections=tuple(_sections(report, _)),
        facts=tuple(_facts(report, _)),
    )


def _replay(report: Report, _: Translate) -> str | None:
    if report.real_at is None:
        return None
    return _(
        "This report is a replay. It was made as if it were %(acted_at)s; in truth it was made at %(real_at)s."
    ) % {"acted_at": _moment(report.provided_at), "real_at": _moment(report.real_at)}


def _sections(report: Report, _: Translate) -> Iterator[tuple[str, str]]:
    score_is = POSITION_OF[report.foreseen] if report.scale is ScoreScale.POSITION else SCORE_IS[report.scale]
    yield _("What the score is"), _(score_is)
    yield _("What the score is not"), _(SCORE_IS_NOT[report.scale])
    yield (
        _("What it may be used for"),
        _(
            "Only for %(purpose)s. It must not be used for %(prohibited)s, nor to put anyone at a disadvantage. "
            "The provider audits its use."
        )
        % {
            "purpose": purpose_in_words(report.purpose, _),
            "prohibited": in_a_row((prohibited_use_in_words(use, _) for use in report.prohibited_uses), _),
        },
    )
    yield _("Where there is no score"), _no_score(report, _)
    if report.decision_lock or report.withheld_share is not None:
        yield _("Scores that wait for your decision"), waiting_in_words(report.decision_lock, report.withheld_share, _)
    if report.category_symbols:
        yield (
            _("Categories"),
            _("%(cut_offs)s. A category is a coarser way of writing the score, and nothing more.")
            % {"cut_offs": in_a_row(_legend(report, _), _)},
        )
    yield (
        _("About the files"),
        _(
            "The CSV, XLSX and PDF files hold the same rows in the order in which the recipient handed them in. In the "
            "CSV file an apostrophe (') stands before an ID that a spreadsheet would take for a formula, and before an "
            "ID that begins with an apostrophe."
        ),
    )


def _no_score(report: Report, _: Translate) -> str:
    if report.no_score:
        cell = _('The cell says "%(no_score)s".') % {"no_score": report.no_score}
    else:
        cell = _("The cell is empty.")
    return _(
        "%(cell)s It says nothing about the person. That the conditions for providing are not met, that the "
        "applicant could not be matched, that too little is known to compute a score: all look alike, and the provider "
        "does not tell them apart for the recipient."
    ) % {"cell": cell}


def waiting_in_words(locks: bool, share: float | None, _: Translate) -> str:
    """Which scores wait for the client's decision, and what for: a recipient knows how it is audited."""
    if locks:
        waiting = _("The score of an applicant is provided only after you have recorded whether the applicant passed.")
    else:
        waiting = _(
            "The scores of about %(count)s of 100 applicants, drawn by lot, are provided only after you have recorded "
            "whether the applicant passed. By comparing them with the others the provider audits whether scores are "
            "used in selection."
        ) % {"count": round(100 * (share or 0))}
    bound = _(
        "What counts is the decision at the stage with which you first handed the applicant over; a stage that you "
        "change later opens nothing, and is seen."
    )
    unseen = _("Until then the row looks like any other without a score. Decisions you change are seen.")
    return f"{waiting} {bound} {unseen}"


def _legend(report: Report, _: Translate) -> Iterator[str]:
    """Each category: from which score, for which share of this year's scored, how many of this report it holds."""
    people = Counter(row.category for row in report.rows if row.score is not None)
    for symbol, at in report.category_symbols:
        cut_off = "–" if at is None else f"{at:.4f}"
        values = {"symbol": symbol, "cut_off": cut_off, "count": f"{people[symbol]:,}"}
        share = report.share_of(symbol)
        if share is None:
            yield _("%(symbol)s from %(cut_off)s (%(count)s in this report)") % values
        else:
            values["share"] = f"{100 * share:g}"
            yield (
                _(
                    "%(symbol)s from %(cut_off)s (the highest %(share)s of 100 scored this year; %(count)s in this "
                    "report)"
                )
                % values
            )


def purpose_in_words(purpose: str, _: Translate) -> str:
    """What a purpose of the contract means; one without words of its own stays as it is written."""
    names = {"follow_up_support": _("following up applicants and those who hold an offer")}
    return names.get(purpose, purpose)


def in_a_row(parts: Iterable[str], _: Translate) -> str:
    """Several things of one kind, as a sentence names them."""
    return _(", ").join(parts)


def prohibited_use_in_words(use: str, _: Translate) -> str:
    """What a prohibited use of the contract means."""
    names = {
        "selection": _("deciding who passes a selection"),
        "ranking": _("ranking applicants"),
        "offer_withdrawal": _("withdrawing an offer"),
        "pressure": _("pressing anyone to accept an offer"),
    }
    return names.get(use, use)


def _facts(report: Report, _: Translate) -> Iterator[tuple[str, str]]:
    yield _("Provider"), report.provider_name
    yield _("Recipient"), f"{report.client_name} ({report.client_id})"
    yield _("Provided at"), _moment(report.provided_at)
    yield _("Applicants"), f"{len(report.rows):,}"
    yield _("Model version"), report.model_id or _("none: too little history to learn from")
    if report.scale is not ScoreScale.RISK:
        yield _("Scale of the score"), f"{report.scale.value} ({_(SCALES[report.scale])})"
    yield _("Law profile"), report.law_profile_id
    yield _("Run"), report.run_id
    yield _("Provision record"), report.provision_id
    yield (
        _("Where the record is"),
        _("The provider keeps it under this number and shows it on request, to the person concerned as well."),
    )


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(TOKYO):%Y-%m-%d %H:%M:%S} JST"
