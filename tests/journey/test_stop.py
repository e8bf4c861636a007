"""The stop switch from the command line: at once, for runs under way as well, and back only for who agrees anew."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from shutil import copy, copytree
from typing import Any

import pytest

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import SystemClock
from kanmon.core.ids import ClientId
from kanmon.core.progress import ProgressStep
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.use_cases import resume, stop
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.season_run import SeasonRun
from kanmon.pipeline.use_cases.season import season_run
from tests.journey.command import Road
from tests.journey.conftest import Ran

WHO = ("--because", "the wrong words were shown", "--person", "Sato")
AOBA = ("--client", "AOBA")
COUNTS = {
    "scores": "SELECT count(*) FROM score WHERE client_id = :client",
    "models": "SELECT count(*) FROM prediction_model WHERE client_id = :client",
    "provisions": "SELECT count(*) FROM provision WHERE client_id = :client",
}


@pytest.fixture(scope="module")
def road(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    copy = ran.road.copy_to(tmp_path_factory.mktemp("stopped") / "workspace")
    yield copy
    stop_database(copy.root)


class StopsAtStep(LineProgress):
    """Says nothing; as a step begins, somebody stops the service and, if told so, resumes it at once."""

    def __init__(self, step: str, resumes: bool) -> None:
        super().__init__()
        self._step = step
        self._resumes = resumes
        self.application: Application | None = None

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[ProgressStep]:
        if name == self._step and self.application is not None:
            stop(self.application, SwitchScope(), "owner", "an incident", consents_doubted=self._resumes)
            if self._resumes:
                resume(self.application, SwitchScope(), "owner", "mended")
        with super().step(name, total) as step:
            yield step


def counts(road: Road, client: str = "AOBA") -> dict[str, int]:
    return {name: road.rows(query, client=client)[0][0] for name, query in COUNTS.items()}


def answers(road: Road) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = road("gate", *AOBA, "--json").json["rows"]
    return rows


def allowed(rows: Sequence[dict[str, Any]]) -> set[str]:
    return {row["applicant_id"] for row in rows if row["decision"] == "allow"}


def test_a_stopped_client_gets_nothing_and_the_others_all(road: Road) -> None:
    before = counts(road)
    done = road("stop", *AOBA, "--consents-stand", *WHO, "--json")
    assert done.status == 0
    assert {key: done.json[key] for key in ("action", "client_id", "season", "person", "consents_doubted")} == {
        "action": "stop", "client_id": "AOBA", "season": None, "person": "Sato", "consents_doubted": False,
    }  # fmt: skip
    [(kind, payload)] = road.rows(
        "SELECT type, payload FROM ledger_entry JOIN ledger_secret USING (seq) WHERE seq = :seq",
        seq=done.json["ledger_seq"],
    )
    assert kind == "stop"
    assert "the wrong words were shown" in payload
    for command in (("train", *AOBA), ("score", *AOBA), ("provide", *AOBA, "--again")):
        refused = road(*command)
        assert refused.status == 4
        assert "DENY_CLIENT_SUSPENDED" in refused.out
    assert counts(road) == before
    assert all("DENY_CLIENT_SUSPENDED" in row["reasons"] for row in answers(road))
    assert allowed(road("gate", "--client", "KITAHAMA", "--json").json["rows"])
    done = road("resume", *AOBA, *WHO, "--json")
    assert (done.status, done.json["still_stopped"]) == (0, [])
    assert road("audit", "ledger").status == 0


def test_files_that_were_not_handed_over_wait_for_the_resume(road: Road) -> None:
    road.killed_in(
        "kanmon.provision.files.folder:ReportFolder:hand_over:1", "provide", "--client", "KITAHAMA", "--again"
    )
    lying = road.reports("KITAHAMA")
    assert road("stop", "--season", season_of(road), "--consents-stand", *WHO).status == 0
    assert road("provide", "--client", "KITAHAMA").status == 4
    assert road.reports("KITAHAMA") == lying
    assert road("resume", "--season", season_of(road), *WHO).status == 0
    road("provide", "--client", "KITAHAMA")
    assert len(road.reports("KITAHAMA")) > len(lying)


def season_of(road: Road) -> str:
    [(season,)] = road.rows("SELECT contract->>'scores' FROM client WHERE client_id = 'KITAHAMA'")
    assert isinstance(season, str)
    return season


def test_after_an_incident_only_a_fresh_consent_brings_a_person_back(road: Road, season: Path, tmp_path: Path) -> None:
    before = answers(road)
    assert len(allowed(before)) > 3
    assert road("stop", *AOBA, *WHO).status == 0
    assert road("resume", *AOBA, *WHO).status == 0
    held = answers(road)
    assert not allowed(held)
    reasons = Counter(code for row in held for code in row["reasons"])
    assert reasons["DENY_INCIDENT_HOLD"] >= len(allowed(before))
    assert "DENY_CLIENT_SUSPENDED" not in reasons
    back = sorted(allowed(before))[:3]
    folder = tmp_path / "season"
    folder.mkdir()
    copy(season / "service.yaml", folder)
    copytree(season / "policies", folder / "policies")
    agree_anew(road, back, folder)
    assert allowed(answers(road)) == set(back)
    assert road("score", *AOBA).status == 0
    provided = road("provide", *AOBA, "--json").json
    assert [client["provided"] for client in provided["clients"] if client["client_id"] == "AOBA"] == [3]


def agree_anew(road: Road, applicants: Sequence[str], folder: Path) -> None:
    """Load an agreement of each, to the words and on the screen of the one they gave before, of this moment."""
    found = road.rows(
        """
        SELECT DISTINCT ON (m.member_id) m.member_id, c.screen_id, t.text_sha256
        FROM provision_record r JOIN applicant a USING (applicant_no) JOIN member m ON m.member_no = r.member_no
        JOIN consent_act c USING (consent_no) JOIN displayed_text t USING (text_no)
        WHERE r.client_id = 'AOBA' AND a.applicant_id = ANY (:applicants)
        """,
        applicants=list(applicants),
    )
    assert len(found) == len(applicants)
    now = SystemClock().now() - timedelta(milliseconds=1)
    with (folder / "consents.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["occurred_at", "member_id", "screen_id", "text_sha256", "action", "client_id", "refusable"])
        table.writerows([now.isoformat(), member, screen, text, "accept", "", "true"] for member, screen, text in found)
    assert road("load", folder).status == 0


@pytest.mark.parametrize(
    ("step", "act", "resumes"),
    [
        ("train: models", SeasonRun.train, False),
        ("score: record", SeasonRun.score, False),
        ("provide", SeasonRun.provide, False),
        ("score: record", SeasonRun.score, True),
    ],
    ids=["train", "score", "provide", "score, stopped and resumed"],
)
def test_a_run_under_way_goes_no_further(
    road: Road, step: str, act: Callable[[SeasonRun, Sequence[ClientRun]], None], resumes: bool
) -> None:
    before = counts(road, "KITAHAMA")
    progress = StopsAtStep(step, resumes)
    with Application.open(road.root, None, progress) as application:
        run = season_run(application)
        [kitahama] = run.begin("test", [ClientId("KITAHAMA")], None)
        run.gate([kitahama], Use.SCORE)
        assert kitahama.gate is not None
        assert kitahama.gate.clearances
        progress.application = application
        try:
            act(run, [kitahama])
        finally:
            if not resumes:
                resume(application, SwitchScope(), "owner", "the test is over")
    assert counts(road, "KITAHAMA") == before
    assert (ReasonCode.INCIDENT_HOLD in kitahama.denied_by) is not resumes
    assert kitahama.trained is None or kitahama.trained.rows == 0
    assert kitahama.gate is not None
    assert step != "score: record" or not kitahama.gate.clearances


@pytest.mark.parametrize(
    "scope", [(), ("--all", "--client", "AOBA"), ("--client", "NOBODY"), ("--season", "1999")], ids=str
)
def test_a_scope_that_makes_no_sense_is_wrong_usage(road: Road, scope: tuple[str, ...]) -> None:
    refused = road("stop", *scope, *WHO)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err


def test_what_is_not_stopped_can_not_be_resumed(road: Road) -> None:
    assert road("resume", "--all", *WHO).status == 2
