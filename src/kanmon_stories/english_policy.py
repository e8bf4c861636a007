"""Text 2.0 of the generated board in English: the same statements, for those who read the board in English."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kanmon.core.clock import TOKYO
from kanmon_stories.policy_texts import OPERATOR
from kanmon_stories.season_plan import PARTNER_SITES, ClientPlan


def english_text(named: Sequence[ClientPlan], effective_from: datetime) -> str:
    """One clause says all that is done, to whom, what for, and how to stop it."""
    return f"""Hiroba Career privacy policy

Article 1 (Provision of scores)
If you log in and use this service, we ({OPERATOR}) provide personal data of yours to third parties, as follows.
(1) Recipients: {_names(named)}. This list is complete; before we add a recipient we ask for your consent again.
(2) Items provided: your application number, and a score that shows how likely you are to leave the selection or to \
decline an offer (0.0 to 1.0, or a category; it is not a probability).
(3) How it is made: we take the information you registered and your browsing and action history on this service and \
on {_sites()} (history from before you logged in included), match it with the applicant information that we received \
from the recipient, identifying you as a person, analyse it, and compute the score ourselves. The same history is also \
used to build next year's prediction model of the same recipient.
(4) Purpose at the recipient: only to follow up applicants and people with an offer. The score may change whether and \
how often you are contacted or invited to a talk. It must not be used to decide whether you pass a selection, and we \
audit how it is used.
(5) Means, timing and period: in an encrypted electronic file, at most once a month during the season in which you \
applied. We keep it for 730 days, and the recipient for 180 days at the longest.
(6) If you do not agree, you can register, pre-enter, book and take tests all the same.
(7) You can withdraw at any time on your own page. After that we provide nothing new, and ask the recipients to erase \
what they have.
(8) You can see scores and records of provision on your own page. There you can also ask us for correction, for an \
end of use, and anything else.
{_edition(effective_from)}
"""


def english_clauses(
    named: Sequence[ClientPlan], effective_from: datetime, *, keeps_promises: bool = False
) -> list[dict[str, Any]]:
    """What the text states, each element with the words that say it."""
    elements: dict[str, dict[str, Any]] = {
        "operator": {"quote": f"we ({OPERATOR})"},
        "trigger": {"value": "login_and_use", "quote": "If you log in and use this service"},
        "identified": {"value": True, "quote": "identifying you as a person"},
        "registered_information": {"value": True, "quote": "the information you registered"},
        "own_history": {"value": True, "quote": "your browsing and action history on this service"},
        "partner_sites": {"value": list(PARTNER_SITES), "quote": _sites()},
        "history_before_login": {"value": True, "quote": "history from before you logged in included"},
        "match_with_client_data": {
            "value": True,
            "quote": "match it with the applicant information that we received from the recipient",
        },
        "prediction": {"value": True, "quote": "analyse it, and compute the score ourselves"},
        "items": {
            "value": ["applicant_id", "score", "category"],
            "quote": "your application number, and a score that shows how likely you are to leave the selection or to "
            "decline an offer (0.0 to 1.0, or a category; it is not a probability)",
        },
        "third_party_provision": {"value": True, "quote": "provide personal data of yours to third parties"},
        "recipients": {"named": [plan.client_id for plan in named], "quote": f"Recipients: {_names(named)}"},
        "purpose": {
            "value": "follow_up_support",
            "quote": "only to follow up applicants and people with an offer",
        },
        "prohibited_uses": {
            "value": ["selection"],
            "quote": "It must not be used to decide whether you pass a selection, and we audit how it is used",
        },
        "means": {"quote": "in an encrypted electronic file"},
        "timing": {"quote": "at most once a month during the season in which you applied"},
        "retention": {
            "platform_days": 730,
            "recipient_days": 180,
            "quote": "We keep it for 730 days, and the recipient for 180 days at the longest",
        },
        "withdrawal": {"quote": "You can withdraw at any time on your own page"},
        "refusal_has_no_disadvantage": {
            "value": True,
            "quote": "If you do not agree, you can register, pre-enter, book and take tests all the same",
        },
        "rights": {
            "quote": "You can see scores and records of provision on your own page. There you can also ask us for "
            "correction, for an end of use, and anything else"
        },
        "version": {"quote": _edition(effective_from)},
        "consequences": {"quote": "The score may change whether and how often you are contacted or invited to a talk"},
        "definite": {"value": True, "quote": "provide personal data of yours to third parties, as follows"},
        "training": {"value": True, "quote": "used to build next year's prediction model of the same recipient"},
    }
    if keeps_promises:
        elements["means"]["value"] = "encrypted_file"
        elements["timing"]["value"] = "once_a_month"
    return [{"id": "c1", "elements": elements}]


def _names(named: Sequence[ClientPlan]) -> str:
    return ", ".join(plan.legal_name for plan in named)


def _sites() -> str:
    return " and ".join(f"the partner site “{site}”" for site in PARTNER_SITES)


def _edition(effective_from: datetime) -> str:
    return f"Version 2.0 / in force from {effective_from.astimezone(TOKYO):%Y-%m-%d} / English"
