"""The client's own pages while a run is open, and where they lead once it is done."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.access.account import NewAccount
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import Database
from kanmon.jobs.job import Job, JobKind, JobResult, JobState
from kanmon.jobs.store import PostgresJobs
from tests.stores.pages import Pages
from tests.stores.test_told_alike import Season, application
from tests.tables import tables

ONE = ClientId("one")
AT = datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture
def browser(database: Database, tmp_path: Path) -> Pages:
    """The staff of a client that got a report of each of two runs."""
    season = Season(database, tmp_path, random.Random(1))
    with database.write(ONE) as session:
        for number, run in enumerate(("r1", "r2")):
            values = {"run_id": run, "acted_at": AT + timedelta(days=number), "real_at": AT, "is_replay": False}
            session.connection.execute(insert(tables.run).values(**values, command="run", state="done"))
            session.connection.execute(
                insert(tables.provision).values(
                    **values, provision_id=f"{run}-one", client_id=ONE, season_id="2020", content_sha256="",
                    law_profile_id="", recipient={}, report={"category_symbols": []}, handed_over_at=AT,
                )
            )  # fmt: skip
    return Pages(application(season, tmp_path, is_replay=False), NewAccount("hr", client_id=ONE))


def ask(database: Database) -> Job:
    with database.write() as session:
        return PostgresJobs(session).ask(JobKind.RUN, {}, ONE, None)


def end(database: Database, state: JobState, told: Mapping[str, object]) -> None:
    with database.write() as session:
        jobs = PostgresJobs(session)
        job = jobs.claim("worker", timedelta(minutes=1), 3)
        assert job is not None
        assert jobs.end(job, "worker", JobResult(state, told))


def test_an_open_run_shows_itself_again_without_script_until_it_is_done(browser: Pages, database: Database) -> None:
    address = f"/client/runs/{ask(database).job_no}"
    waiting = browser.get(address)
    assert waiting.headers["Refresh"] == "5"
    assert "5秒ごとに自動で更新されます" in waiting.text
    still = browser.get(f"{address}?still=true")
    assert "Refresh" not in still.headers
    assert f'href="{address}"' in still.text
    end(database, JobState.DONE, {"run_id": "r1", "clients": {"one": {"outcome": "provided", "refused_by": []}}})
    done = browser.get(address)
    assert "Refresh" not in done.headers
    assert 'href="/client/reports/r1-one"' in done.text


def test_a_run_that_changed_nothing_leads_to_the_newest_report(browser: Pages, database: Database) -> None:
    address = f"/client/runs/{ask(database).job_no}"
    end(database, JobState.DONE, {"run_id": "r3", "clients": {"one": {"outcome": "unchanged", "refused_by": []}}})
    assert 'href="/client/reports/r2-one"' in browser.get(address).text


def test_a_run_that_failed_leads_to_no_report(browser: Pages, database: Database) -> None:
    address = f"/client/runs/{ask(database).job_no}"
    end(database, JobState.FAILED, {"run_id": "r1"})
    failed = browser.get(address)
    assert "/client/reports/" not in failed.text
    assert "Refresh" not in failed.headers


def test_home_shows_five_steps_and_one_that_is_next(browser: Pages) -> None:
    home = browser.get("/client").text
    assert home.count('<li class="step-') == 5
    assert home.count('aria-current="step"') == 1
    assert 'class="button" href="/client/reports/r2-one"' in home
    assert home.count("次にすること") == 1


CARDS: Mapping[str, tuple[Mapping[str, object] | None, bool, str]] = {
    "none": (None, False, "各20人以上"),
    "of another act": ({"target": "offer_decline"}, True, "各20人以上"),
    "held": ({"need": {"people": 900, "years": 3}}, False, "3年分"),
    "held for good": ({"need": None}, False, "同じような結果が増えても"),
}


@pytest.mark.parametrize(("card", "is_approved", "words"), CARDS.values(), ids=list(CARDS))
def test_home_says_why_nobody_gets_a_score_and_what_it_would_take(
    browser: Pages, database: Database, card: Mapping[str, object] | None, is_approved: bool, words: str
) -> None:
    if card is not None:
        register(database, 1, card, is_approved=is_approved)
    home = browser.get("/client").text
    assert words in home
    assert "900" not in home  # how many people agreed is not the client's to know


def test_home_is_silent_where_the_newest_model_is_in_use(browser: Pages, database: Database) -> None:
    register(database, 1, {"need": {"people": 900, "years": 3}}, is_approved=False)
    register(database, 2, {"need": None}, is_approved=True)
    home = browser.get("/client").text
    assert not any(words in home for _, _, words in CARDS.values())


def register(database: Database, version: int, card: Mapping[str, object], *, is_approved: bool) -> None:
    model = {"model_id": f"one-{version}", "client_id": ONE}
    with database.write(ONE) as session:
        values = {"version": version, "season_id": "2020", "run_id": "r1", "trained_at": AT, "acted_at": AT}
        facts = {"artefact": b"", "card": card, "sha256": f"{version}"}
        session.connection.execute(insert(tables.prediction_model).values(**model, **values, **facts))
        if is_approved:
            given = {"approved_by": "rule", "because": "it ranks", "approved_at": AT}
            session.connection.execute(insert(tables.model_approval).values(**model, **given))
