"""A season whose policy is revised in its middle: 1,000 persons agreed to version 3, version 4 names a client more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

from kanmon.consent.policy import text_sha256
from kanmon_stories.dataset_folder import write_dataset
from kanmon_stories.policy_texts import covering_clauses, covering_text
from kanmon_stories.season_plan import CLIENTS
from tests.journey.command import Road, kanmon
from tests.portals.board import FORM

PERSONS, BROWSED, AGREED = 1_000, 600, 50
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPENS = datetime(2026, 4, 1, tzinfo=UTC)
DRAFTED_AT, REVISED_AT = OPENS + 50 * DAY, OPENS + 60 * DAY
ASKED_AT = OPENS + 70 * DAY
C1, C2, ADDED = (replace(CLIENTS[0], client_id=name, legal_name=f"{name}株式会社") for name in ("C1", "C2", "C3CO"))
TEXTS = {"3": covering_text([C1, C2], OPENS), "4": covering_text([C1, C2, ADDED], REVISED_AT)}
MEMBERS = [f"M{number:04}" for number in range(PERSONS)]
SCREENS = ("REGISTRATION", "WEB_TEST")
STAFF = {
    "author": ("author", "青木"),
    "operator": ("operator", "大野"),
    "advocate": ("student_advocate", "学生"),
    "legal": ("legal", "法田"),
    "owner": ("privacy_owner", "木村"),
    "second-hat": ("operator", "青 木"),
}
"""Accounts with their roles and the persons behind them; the author has a second account."""


def prepare(folder: Path) -> tuple[Road, dict[str, str]]:
    """A replay workspace with the season loaded, and the password of each account."""
    write_season(folder / "season")
    road = Road(folder / "workspace")
    assert kanmon("init", "--replay", road.root).status == 0
    loaded = road("load", folder / "season")
    assert loaded.status == 0, loaded.out
    return road, {
        name: road("account", "add", name, "--role", role, "--person", person, "--json").json["password"]
        for name, (role, person) in STAFF.items()
    }


def write_season(folder: Path) -> None:
    """All agree to version 3; after version 4 came, some browse and log in."""
    tables = {
        "members": pa.table({"member_id": MEMBERS, "season": ["2027"] * PERSONS, "registered_at": [OPENS] * PERSONS}),
        "consents": acts(MEMBERS, "3", OPENS + DAY),
        "renderings": pa.table(
            {
                "screen_id": [screen for at in (OPENS, OPENS + 2 * DAY) for screen in SCREENS],
                "occurred_at": [at for at in (OPENS, OPENS + 2 * DAY) for _ in SCREENS],
                "text_sha256": [text_sha256(TEXTS["3"])] * 2 * len(SCREENS),
            }
        ),
        "events": pa.table(
            {
                "occurred_at": [REVISED_AT + DAY] * BROWSED,
                "member_id": MEMBERS[-BROWSED:],
                "kind": ["login", "view"] * (BROWSED // 2),
            }
        ),
        "applicants": pa.concat_tables([applicants(client.client_id) for client in (C1, C2, ADDED)]),
    }
    write_dataset(folder, tables, service(), {"policies/3.txt": TEXTS["3"]})


def click(road: Road, folder: Path, members: Sequence[str], at: datetime) -> None:
    """Let some members agree to version 4."""
    write_dataset(folder, {"consents": acts(members, "4", at)}, service(), {"policies/3.txt": TEXTS["3"]})
    assert road("load", folder).status == 0


def acts(members: Sequence[str], version: str, at: datetime) -> pa.Table:
    count = len(members)
    return pa.table(
        {
            "occurred_at": [at] * count,
            "member_id": members,
            "screen_id": [SCREENS[number % len(SCREENS)] for number in range(count)],
            "text_sha256": [text_sha256(TEXTS[version])] * count,
            "action": ["accept"] * count,
            "refusable": [True] * count,
        }
    )


def applicants(client: str) -> pa.Table:
    return pa.table(
        {
            "client_id": [client] * PERSONS,
            "applicant_id": [f"{client}-{member}" for member in MEMBERS],
            "season": ["2027"] * PERSONS,
            "applied_at": [OPENS + 10 * DAY] * PERSONS,
            "as_of": [DRAFTED_AT - DAY] * PERSONS,
            "member_id": MEMBERS,
        }
    )


def drafted(version: str = "4", at: datetime = REVISED_AT) -> dict[str, Any]:
    """A draft of the version that names all three clients, as `service.yaml` holds one."""
    named = [C1, C2, ADDED]
    return {
        "id": version,
        "language": "ja",
        "effective_from": at.isoformat(),
        "text": covering_text(named, at),
        "clauses": covering_clauses(named, at),
    }


def written(draft: Any) -> str:
    return yaml.safe_dump(draft, allow_unicode=True, sort_keys=False)


def shown(text: str) -> str:
    """A screen with that policy, which asks for consent."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    return f'<section data-policy-id="privacy">{lines}</section>{FORM}'


def held(road: Road, at: datetime) -> dict[str, int]:
    """How many of each client's applicants the gate denies."""
    rows = road("gate", "--at", at.isoformat(), "--json").json["rows"]
    found = {client.client_id: 0 for client in (C1, C2, ADDED)}
    for row in rows:
        found[row["client_id"]] += row["decision"] == "deny"
    return found


def service() -> Mapping[str, Any]:
    roles = ("author", "operator", "privacy_owner", "student_advocate", "legal")
    return {
        "law": "JP-APPI-2022",
        "platform": {"legal_name": "p", "address": "a", "representative": "r"},
        "release": {"id": "1", "rnd": False, "approvals": [{"role": r, "person": r, "at": OPENS} for r in roles]},
        "seasons": [{"id": "2027", "opens": OPENS, "main_opens": None, "closes": OPENS + 300 * DAY}],
        "clients": [
            {
                "id": client.client_id, "legal_name": client.legal_name, "address": "a", "representative": "r",
                "contract": {
                    "scheme": "B", "starts": OPENS, "ends": OPENS + 300 * DAY, "trains_on": "2027", "scores": "2027",
                    "purpose": "follow_up_support", "prohibited_uses": ["selection"],
                    "use_agreement_signed_at": OPENS, "pre_use_check_at": DRAFTED_AT - DAY,
                    "client_notice_published_at": OPENS, "necessity": "n",
                },
            }
            for client in (C1, C2, ADDED)
        ],
        "policies": [
            {
                "id": "privacy",
                "versions": [
                    {"id": "3", "language": "ja", "effective_from": OPENS, "text_file": "policies/3.txt",
                     "clauses": covering_clauses([C1, C2], OPENS)}
                ],
            }
        ],
        "screens": [
            {"id": name, "season": "2027", "function": name.lower(), "policy": "privacy", "url": f"/{name.lower()}"}
            for name in SCREENS
        ],
    }  # fmt: skip
