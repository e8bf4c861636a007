"""`service.yaml` of the generated board, as plain values."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from kanmon_stories.english_policy import english_clauses, english_text
from kanmon_stories.policy_texts import OPERATOR, covering_clauses, covering_text, stale_clauses, stale_text
from kanmon_stories.season_plan import CLIENTS, FUNCTIONS, STAGES, ClientPlan, SeasonDates, screen_id

_NAMED = tuple(plan for plan in CLIENTS if plan.is_named)
_NECESSITY = "離れかけている応募者に早く声をかけるため。本人は面談や質問の機会を得て、納得して進路を選べる"
_STARS = [{"symbol": "★★★", "from": 0.80}, {"symbol": "★★", "from": 0.50}, {"symbol": "★", "from": 0.00}]
_REVIEWERS = {
    "author": "橋本 由佳",
    "operator": "岡田 翔",
    "privacy_owner": "森 千尋",
    "student_advocate": "池田 陽菜",
    "legal": "藤井 隆",
}


def texts(last: SeasonDates) -> Mapping[tuple[str, str], str]:
    """Each policy text by version and language."""
    return {
        ("1.0", "ja"): stale_text(),
        ("2.0", "ja"): covering_text(_NAMED, _in_force_from(last)),
        ("2.0", "en"): english_text(_NAMED, _in_force_from(last)),
    }


def service_terms(last: SeasonDates, this: SeasonDates, *, keeps_promises: bool = False) -> dict[str, Any]:
    """All that the board's `service.yaml` says."""
    return {
        "law": "JP-APPI-2022",
        "platform": {
            "legal_name": OPERATOR,
            "address": "東京都千代田区広場1-2-3",
            "representative": "代表取締役 広場 学",
        },
        "release": {
            "id": f"{this.season_id}.1",
            "rnd": False,
            "approvals": [
                {"role": role, "person": person, "at": this.opens_at - timedelta(days=30 - place)}
                for place, (role, person) in enumerate(_REVIEWERS.items())
            ],
        },
        "seasons": [_season(dates) for dates in (last, this)],
        "clients": [_client(plan, last, this) for plan in CLIENTS],
        "policies": [{"id": "privacy", "versions": _versions(last, keeps_promises=keeps_promises)}],
        "screens": [
            {
                "id": screen_id(screen, dates.season_id),
                "season": dates.season_id,
                "function": function,
                "url": f"/board/{dates.season_id}/{screen}",
                "policy": "privacy",
                "from": dates.opens_at,
                "to": dates.closes_at,
            }
            for dates in (last, this)
            for screen, function in FUNCTIONS.items()
        ],
    }


def _in_force_from(last: SeasonDates) -> datetime:
    return last.opens_at - timedelta(days=30)


def _season(dates: SeasonDates) -> dict[str, Any]:
    return {
        "id": dates.season_id,
        "opens": dates.opens_at,
        "main_opens": dates.main_opens_at,
        "closes": dates.closes_at,
    }


def _client(plan: ClientPlan, last: SeasonDates, this: SeasonDates) -> dict[str, Any]:
    checked_at = this.handed_over_at + timedelta(days=2, hours=-12) - timedelta(days=plan.checked_days_ago)
    contract: dict[str, Any] = {
        "scheme": "B",
        "starts": this.opens_at - timedelta(days=20),
        "ends": this.closes_at,
        "trains_on": last.season_id,
        "scores": this.season_id,
        "purpose": "follow_up_support",
        "prohibited_uses": ["selection"],
        "score_column": plan.score_column,
        "no_score": plan.no_score,
        "stages": list(STAGES),
        "use_agreement_signed_at": this.opens_at - timedelta(days=15) if plan.has_signed else None,
        "pre_use_check_at": checked_at,
        "client_notice_published_at": this.opens_at - timedelta(days=10),
        "necessity": _NECESSITY,
    }
    if plan.has_stars:
        contract["categories"] = [dict(star) for star in _STARS]
    return {
        "id": plan.client_id,
        "legal_name": plan.legal_name,
        "address": plan.address,
        "representative": plan.representative,
        "contract": contract,
    }


def _versions(last: SeasonDates, *, keeps_promises: bool) -> list[dict[str, Any]]:
    stale = {
        "id": "1.0",
        "language": "ja",
        "effective_from": last.opens_at - timedelta(days=400),
        "text_file": "policies/privacy-1.0.ja.txt",
        "clauses": stale_clauses(),
    }
    covering = {
        "id": "2.0",
        "language": "ja",
        "effective_from": _in_force_from(last),
        "text_file": "policies/privacy-2.0.ja.txt",
        "clauses": covering_clauses(_NAMED, _in_force_from(last), keeps_promises=keeps_promises),
    }
    in_english = {
        **covering,
        "id": "2.0-en",
        "language": "en",
        "text_file": "policies/privacy-2.0.en.txt",
        "clauses": english_clauses(_NAMED, _in_force_from(last), keeps_promises=keeps_promises),
    }
    return [stale, in_english, covering]
