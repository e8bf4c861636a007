"""Instructions for use that a machine can read, for each report (EU AI Act Art. 13; AIA-13, AIA-14)."""

from collections.abc import Callable, Mapping

from kanmon.core.language import Language, translations
from kanmon.provision.first_page import first_page
from kanmon.provision.report import Report, columns_of

Translate = Callable[[str], str]
FORMAT = "kanmon/instructions-for-use/1"


def instructions(report: Report, auc: float | None, overseer: str | None) -> Mapping[str, object]:
    """What a report is for, how well it orders, what it can't do, how to read it and who watches over its use.

    `auc` is how well the model put last year's people in order whom it had not seen; no count and no interval goes with
    it, since these tell of people and are for the model card.
    """
    return {
        "format": FORMAT,
        "provision_id": report.provision_id,
        "provided_at": report.provided_at.isoformat(),
        "replay_made_at": report.real_at.isoformat() if report.real_at else None,
        "provider": report.provider_name,
        "recipient": {"client_id": report.client_id, "legal_name": report.client_name},
        "model_id": report.model_id,
        "law_profile_id": report.law_profile_id,
        "intended_purpose": report.purpose,
        "prohibited_uses": list(report.prohibited_uses),
        "output": {
            "columns": [column.heading(report) for column in columns_of(report)],
            "kind": "ordinal index",
            "scale": report.scale.value,
            "least": "0.0000",
            "greatest": "1.0000",
            "no_score": report.no_score,
            "categories": [
                {
                    "symbol": symbol,
                    "from": None if at is None else f"{at:.4f}",
                    "top": report.share_of(symbol),
                }
                for symbol, at in report.category_symbols
            ],
            "comparable_within": "this report",
        },
        "accuracy": None if auc is None else {"measure": "AUC", "value": f"{auc:.2f}", "measured_on": "unseen rows"},
        "input_needs": ["applicant_id", "season", "applied_at", "as_of"],
        "oversight": {"overseer": overseer, "may_disregard_any_score": True, "may_stop_use": True},
        "words": {language.value: _words(report, auc, language) for language in Language},
    }


def _words(report: Report, auc: float | None, language: Language) -> list[Mapping[str, str]]:
    _ = translations(language).gettext
    page = first_page(report, language)
    own = [
        (_("How well it orders"), _accuracy(auc, _)),
        (_("What it can't do"), _limits(_)),
        (_("Oversight"), _oversight(_)),
    ]
    return [{"heading": heading, "text": text} for heading, text in (*page.sections, *own)]


def _accuracy(auc: float | None, _: Translate) -> str:
    if auc is None:
        return _("No model was there to compute a score with.")
    return _(
        "Of two people of last year, one who left and one who stayed, the one who left has the higher score in "
        "%(share)s of 1.00 cases; 0.50 would be tossing a coin. It was measured on people the model had not seen."
    ) % {"share": f"{auc:.2f}"}


def _limits(_: Translate) -> str:
    return _(
        "It knows nothing of reasons, and nothing that happened after the moment named in as_of. It was learned from "
        "one client's last year and may fit another year or another client badly. How it fits groups of people is not "
        "known."
    )


def _oversight(_: Translate) -> str:
    return _(
        "A person named by the recipient watches over the use. People tend to trust a number more than it deserves: "
        "whoever sees a score may disregard it at any time, and decides alone what to do. A person who objects is "
        "heard."
    )
