"""`service.yaml` of the season of the release: 38 contracts, the two texts as they were, the screens."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from kanmon.core.clock import TOKYO
from kanmon_stories.policy_texts import OPERATOR, revised_clauses, revised_text, stale_clauses, stale_text
from kanmon_stories.release.plan import (
    FUNCTIONS,
    REGISTRATION,
    REVISED_AT,
    SEASON_2019,
    SEASON_2020,
    Contractor,
    ReleaseSeasonDates,
)

_OLD, _NEW = "A", "B"
_REVIEWED_AT = datetime(2018, 2, 1, tzinfo=TOKYO)
_REVIEWERS = ("author", "operator", "privacy_owner", "student_advocate", "legal")


def screen_id(screen: str, season: str) -> str:
    """The id of the screen of a function in a season."""
    return f"{screen}-{season}"


def texts() -> Mapping[str, str]:
    """The two texts by their paths in the folder."""
    return {_path(_OLD): stale_text(), _path(_NEW): revised_text()}


def release_terms(clients: Sequence[Contractor]) -> dict[str, Any]:
    """All that `service.yaml` says; the review of 2018 is taken to have happened, or nothing could be scored at all."""
    return {
        "law": "JP-APPI-2017",
        "platform": {
            "legal_name": OPERATOR,
            "address": "東京都千代田区広場1-2-3",
            "representative": "代表取締役 広場 学",
        },
        "release": {
            "id": "2018.1",
            "rnd": False,
            "approvals": [{"role": role, "person": role, "at": _REVIEWED_AT} for role in _REVIEWERS],
        },
        "seasons": [_season(SEASON_2019), _season(SEASON_2020)],
        "clients": [_client(client) for client in clients],
        "policies": [
            {
                "id": "privacy",
                "versions": [
                    _version(_OLD, SEASON_2019.opens_at, stale_clauses()),
                    _version(_NEW, REVISED_AT, revised_clauses()),
                ],
            }
        ],
        "screens": [
            _screen(screen, dates) for dates in (SEASON_2019, SEASON_2020) for screen in (REGISTRATION, *FUNCTIONS)
        ],
    }


def _path(version: str) -> str:
    return f"policies/privacy-{version}.ja.txt"


def _season(dates: ReleaseSeasonDates) -> dict[str, Any]:
    return {
        "id": dates.season_id,
        "opens": dates.opens_at,
        "main_opens": dates.main_opens_at,
        "closes": dates.closes_at,
    }


def _screen(screen: str, dates: ReleaseSeasonDates) -> dict[str, Any]:
    return {
        "id": screen_id(screen, dates.season_id),
        "season": dates.season_id,
        "function": screen,
        "policy": "privacy",
        "from": dates.opens_at,
        "to": dates.closes_at,
    }


def _version(version: str, effective_from: datetime, clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": version,
        "language": "ja",
        "effective_from": effective_from,
        "text_file": _path(version),
        "clauses": clauses,
    }


def _client(client: Contractor) -> dict[str, Any]:
    checked_at = (client.delivered_at or client.starts_at + timedelta(days=20)) - timedelta(days=7)
    return {
        "id": client.client_id,
        "legal_name": f"契約企業{client.client_id}株式会社",
        "address": "東京都",
        "representative": "代表取締役",
        "contract": {
            "scheme": client.scheme,
            "starts": client.starts_at,
            "ends": client.season.closes_at,
            "trains_on": SEASON_2019.season_id,
            "scores": client.season.season_id,
            "purpose": "follow_up_support",
            "prohibited_uses": ["selection"],
            "score_column": "予測スコア",
            "no_score": "スコアなし",
            "use_agreement_signed_at": client.starts_at,
            "pre_use_check_at": checked_at,
        },
    }
