"""The demo board while its policy is revised: all eight steps, a real service, a real browser that goes round it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kanmon.application.application import stop_database
from kanmon.board.functions import FUNCTIONS
from kanmon_stories.dataset_folder import write_dataset
from tests.journey.command import Done, Road, kanmon
from tests.journey.portals.conftest import serving
from tests.portals.revised_season import (
    DRAFTED_AT,
    HOUR,
    OPENS,
    REVISED_AT,
    STAFF,
    TEXTS,
    drafted,
    service,
    written,
)
from tests.portals.test_revision_command import ANSWERS, in_a_process

NEW_WORDS = TEXTS["4"].splitlines()[0]
LANGUAGE = {"Accept-Language": "ja"}
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    """A workspace whose screens are the demo board's, with an account for each who takes a step."""
    write_dataset(tmp_path / "season", {}, terms(), {"policies/3.txt": TEXTS["3"]})
    road = Road(tmp_path / "workspace")
    assert kanmon("init", "--replay", road.root).status == 0
    assert road("load", tmp_path / "season", "--at", OPENS.isoformat()).status == 0
    for name, (role, person) in STAFF.items():
        assert road("account", "add", name, "--role", role, "--person", person).status == 0
    yield road
    stop_database(road.root)


def terms() -> dict[str, Any]:
    screens = [
        {"id": f"{name}-2027", "season": "2027", "function": name, "policy": "privacy", "url": f"/board/2027/{name}"}
        for name in FUNCTIONS
    ]
    return {**service(), "screens": screens}


def step(road: Road, name: str, by: str, *said: object, at: str = DRAFTED_AT.isoformat()) -> Done:
    command, *rest = name.split()
    return road("revision", command, *rest, *said, "--as", by, *(("--at", at) if at else ()), "--json")


def deployed(road: Road, draft: Path) -> None:
    """All steps up to the roll-out, which began before this day."""
    draft.write_text(written(drafted()), encoding="utf-8")
    steps = (
        ("draft", "author", draft, "--policy", "privacy"), ("model 1", "author"), ("check 1", "legal"),
        ("impact 1", "author"), ("confirm 1", "operator", "--reflected"),
        ("advise 1", "advocate", "--reason", "読んで分かります"), ("review 1", "owner", *ANSWERS),
        ("schedule 1", "owner"),
    )  # fmt: skip
    for name, by, *said in steps:
        done = step(road, str(name), str(by), *said)
        assert done.status == 0, done.err
    done = step(road, "deploy 1", "operator", at=(REVISED_AT + HOUR).isoformat())
    assert done.json["state"] == "DEPLOYING"


def register(url: str) -> str:
    """Somebody registers on the board and agrees; the page that follows."""
    person = {"family_name": "試験", "given_name": "花子", "email": "hanako@example.com", "consent": "accept"}
    with httpx.Client(base_url=url, headers=LANGUAGE, timeout=60) as browser:
        page = browser.get("/board/2027/member_registration")
        token = page.text.partition('name="kanmon_token" value="')[2].partition('"')[0]
        cookie = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
        rendered = page.text.partition('name="kanmon_rendered_sha256" value="')[2].partition('"')[0]
        sent = {**person, "kanmon_token": token, "kanmon_rendered_sha256": rendered, "act_id": "a"}
        headers = {**OURS, "Cookie": cookie}
        return browser.post("/board/2027/member_registration", data=sent, headers=headers).text


def test_a_revision_becomes_active_on_the_demo_board(road: Road, tmp_path: Path) -> None:
    deployed(road, tmp_path / "draft.yaml")
    with serving(road, options=("--no-worker",)) as url:
        page = httpx.get(f"{url}/board/2027/pre_entry", headers=LANGUAGE, timeout=60).text
        assert ('data-policy-version="4"' in page, NEW_WORDS in page) == (True, True)
        refused = step(road, "activate 1", "owner", at="")
        assert (refused.status, "[SCREEN_UNVERIFIED]" in refused.err) == (4, True)
        looked = in_a_process(road, "audit", "coverage", "--base", url)
        assert looked.status == 0, looked.out + looked.err
        assert "有効になり" in register(url), "the page says that the agreement waits"
        active = step(road, "activate 1", "owner", at="")
        assert active.status == 0, active.err
        assert [one["state"] for one in active.json["steps"][-2:]] == ["VERIFIED", "ACTIVE"]
        assert "有効になり" not in register(url)
    assert road.rows("SELECT count(*) FROM consent_assessment") == [(0,)]
    assert road("audit", "ledger").status == 0
