"""A revision that names one client more (AC-12): what stood goes on, the new client waits for each person's yes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from kanmon.application.application import stop_database
from kanmon.consent.policy import text_sha256
from kanmon_stories.dataset_folder import write_dataset
from kanmon_stories.policy_texts import covering_clauses, covering_text
from kanmon_stories.season_plan import CLIENTS
from tests.journey.command import Road, kanmon

PERSONS, BROWSED, AGREED = 1_000, 600, 50
DAY = timedelta(days=1)
OPENS = datetime(2026, 4, 1, tzinfo=UTC)
REVISED_AT, ASKED_AT = OPENS + 60 * DAY, OPENS + 70 * DAY
C1, C2, ADDED = (replace(CLIENTS[0], client_id=name, legal_name=f"{name}株式会社") for name in ("C1", "C2", "C3CO"))
TEXTS = {"3": covering_text([C1, C2], OPENS), "4": covering_text([C1, C2, ADDED], REVISED_AT)}
MEMBERS = [f"M{number:04}" for number in range(PERSONS)]


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("revision")
    write_season(folder / "season")
    road = Road(folder / "workspace")
    assert kanmon("init", "--replay", road.root).status == 0
    loaded = road("load", folder / "season")
    assert loaded.status == 0, loaded.out
    yield road
    stop_database(road.root)


def write_season(folder: Path) -> None:
    """All agree to version 3; after version 4 came, some browse and log in, and a few agree to it."""
    tables = {
        "members": pa.table({"member_id": MEMBERS, "season": ["2027"] * PERSONS, "registered_at": [OPENS] * PERSONS}),
        "consents": pa.concat_tables([acts(MEMBERS, "3", OPENS + DAY), acts(MEMBERS[:AGREED], "4", REVISED_AT + DAY)]),
        "events": pa.table(
            {
                "occurred_at": [REVISED_AT + DAY] * BROWSED,
                "member_id": MEMBERS[-BROWSED:],
                "kind": ["login", "view"] * (BROWSED // 2),
            }
        ),
        "applicants": pa.concat_tables([applicants(client.client_id) for client in (C1, C2, ADDED)]),
    }
    texts = {f"policies/{version}.txt": text for version, text in TEXTS.items()}
    write_dataset(folder, tables, service(), texts)


def acts(members: list[str], version: str, at: datetime) -> pa.Table:
    count = len(members)
    return pa.table(
        {
            "occurred_at": [at] * count,
            "member_id": members,
            "screen_id": ["privacy"] * count,
            "text_sha256": [text_sha256(TEXTS[version])] * count,
            "action": ["accept"] * count,
        }
    )


def applicants(client: str) -> pa.Table:
    return pa.table(
        {
            "client_id": [client] * PERSONS,
            "applicant_id": [f"{client}-{member}" for member in MEMBERS],
            "season": ["2027"] * PERSONS,
            "applied_at": [OPENS + 10 * DAY] * PERSONS,
            "as_of": [ASKED_AT - DAY] * PERSONS,
            "member_id": MEMBERS,
        }
    )


def service() -> Mapping[str, Any]:
    versions = [("3", OPENS, [C1, C2]), ("4", REVISED_AT, [C1, C2, ADDED])]
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
                    "use_agreement_signed_at": OPENS, "pre_use_check_at": REVISED_AT - DAY,
                    "client_notice_published_at": OPENS, "necessity": "n",
                },
            }
            for client in (C1, C2, ADDED)
        ],
        "policies": [
            {
                "id": "privacy",
                "versions": [
                    {"id": name, "language": "ja", "effective_from": at, "text_file": f"policies/{name}.txt",
                     "clauses": covering_clauses(named, at)}
                    for name, at, named in versions
                ],
            }
        ],
        "screens": [{"id": "privacy", "season": "2027", "function": "web_test", "policy": "privacy"}],
    }  # fmt: skip


def allowed(road: Road, at: datetime) -> dict[str, set[str]]:
    rows = road("gate", "--at", at.isoformat(), "--json").json["rows"]
    found: dict[str, set[str]] = {client.client_id: set() for client in (C1, C2, ADDED)}
    for row in rows:
        if row["decision"] == "allow":
            found[row["client_id"]].add(row["applicant_id"].removeprefix(f"{row['client_id']}-"))
    return found


def test_what_stood_goes_on_and_the_added_client_waits_for_each_persons_own_yes(road: Road) -> None:
    everybody = set(MEMBERS)
    assert allowed(road, REVISED_AT) == {"C1": everybody, "C2": everybody, "C3CO": set()}
    assert allowed(road, ASKED_AT) == {"C1": everybody, "C2": everybody, "C3CO": set(MEMBERS[:AGREED])}


def test_a_person_is_held_by_name_of_the_added_client(road: Road) -> None:
    rows = road("gate", "--client", "C3CO", "--at", ASKED_AT.isoformat(), "--json").json["rows"]
    denied = [row["reasons"] for row in rows if row["decision"] == "deny"]
    assert len(denied) == PERSONS - AGREED
    assert all("DENY_RECIPIENT_NOT_COVERED" in reasons for reasons in denied)
