"""A worker's own work on a whole workspace: done by schedule, shown by page and command, told by mail to the owner."""

import threading
from pathlib import Path

import pytest

from kanmon.application.application import Application
from kanmon.cli.progress import LineProgress
from kanmon.jobs.use_cases.timetable import Timetable
from kanmon.jobs.use_cases.working import work
from kanmon.jobs.worker import LEASE
from tests.journey.command import Road
from tests.portals.office import Office
from tests.smtp import mail_server

AUDITS = {"drift", "use", "ledger", "deadlines"}
JOBS = "SELECT kind, state FROM job WHERE kind IN ('drift', 'use', 'ledger', 'deadlines', 'alert') ORDER BY job_no"
BEGAN, KNOWN = "2026-01-02T09:00:00+09:00", "2026-01-05T09:00:00+09:00"
PASSES = "UPDATE timer SET due_at = due_at - interval '30 days'"


def worked(road: Road) -> None:
    """What a worker does that begins now and ends when nothing waits."""
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        work(application, Timetable(), LEASE, threading.Event(), until_empty=True)


def test_audits_are_done_by_the_worker_and_what_they_find_reaches_the_owner(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    road = office.road.copy_to(tmp_path / "workspace")
    try:
        worked(road)
        assert road.rows(JOBS) == []
        assert {timer["kind"] for timer in road("status", "--json").json["timers"]} == AUDITS | {"recall"}
        opened = ("incident", "open", "--class", "L", "--title", "a torn list", "--as", "mori", "--since", BEGAN)
        assert road(*opened, "--client", "AOBA", "--known-at", KNOWN).status == 0
        with mail_server() as mailboxes:
            for name, value in mailboxes.environ().items():
                monkeypatch.setenv(name, value)
            monkeypatch.setenv("KANMON_ALERT_MAIL", "owner@example.jp")
            road.change(PASSES)
            worked(road)
            worked(road)
        audits = [row for row in road.rows(JOBS) if row[0] in AUDITS]
        assert sorted(audits) == [(kind, "done") for kind in sorted(AUDITS)]
        [message] = [message for message in mailboxes.taken if "due within three days" in str(message["Subject"])]
        assert message["To"] == "owner@example.jp"
        body = message.get_content()
        assert "late: " in body
        assert "/officer/timers" in body
        people = road.rows("SELECT member_id, email, family_name FROM member")
        assert not any(value and value in body for person in people for value in person)
        told = road("status").out
        assert "audit of drift: last " in told
    finally:
        road("stop-database")


def test_a_check_that_a_missing_key_keeps_from_its_rows_is_not_taken_for_done(office: Office, tmp_path: Path) -> None:
    road = office.road.copy_to(tmp_path / "workspace")
    try:
        worked(road)
        (road.root / "ledger.key").rename(tmp_path / "ledger.key")
        road.change(PASSES)
        worked(road)
        worked(road)
        assert ("ledger", "refused") in road.rows(JOBS)
        assert ("WORK_FAILED", "LEDGER_KEY_MISSING") in road.rows(
            "SELECT code, facts ->> 'error' FROM alert WHERE kind = 'ledger'"
        )
    finally:
        road("stop-database")
