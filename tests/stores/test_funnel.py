"""From handed over to provided: each applicant counts once, by the newest answer, and the picture tells the reasons."""

from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.audits.overview.funnel import FunnelStage, FunnelStep, Wait
from kanmon.audits.overview.pictures import funnel_picture
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import Language, translations
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode
from tests.stores.pages import Pages
from tests.stores.test_audit_store import DAY, SINCE, World
from tests.stores.test_incident_set import application
from tests.tables import tables

ONE, OTHER = ClientId("one"), ClientId("other")
NO, LEFT, SOON = ReasonCode.NO_CONSENT, ReasonCode.CONSENT_WITHDRAWN, ReasonCode.PROVIDED_TOO_SOON
_ = translations(Language.ENGLISH).gettext


class Asked(World):
    """A world whose gate was asked and whose scores were computed as a test says."""

    def answer(self, applicant: int, use: str, *reasons: ReasonCode, client: ClientId = ONE) -> None:
        """The gate's answer about an applicant; without a reason it allows."""
        with self.database.write(client) as session:
            session.connection.execute(
                insert(tables.gate_decision).values(
                    run_id="r", client_id=client, applicant_no=applicant, use=use, decided_at=SINCE + DAY,
                    allowed=not reasons, reasons=list(reasons), elements=[], consent_no=None if reasons else 1,
                    law_profile_id="p",
                )
            )  # fmt: skip

    def score(self, applicant: int, value: int | None, client: ClientId = ONE) -> None:
        """A score, or that there is none."""
        with self.database.write(client) as session:
            session.connection.execute(
                insert(tables.score).values(
                    run_id="r", client_id=client, applicant_no=applicant, model_id="m", value=value, consent_no=1,
                    not_scorable=None if value is not None else "too_few_days", computed_at=SINCE + DAY,
                )
            )  # fmt: skip


@pytest.fixture
def opened(database: Database, tmp_path: Path) -> Application:
    """Ten applicants of one client, each stopped elsewhere, and one of another."""
    world = Asked(database, tmp_path / "lake")
    for number in range(1, 11):
        world.applied(ONE, 10, provided_on=(11,) if number in {9, 10} else ())
    world.applied(OTHER, 10)
    world.answer(2, "score", NO)
    world.answer(2, "provide", NO)
    world.answer(3, "score")
    world.answer(3, "score", LEFT, SOON)
    for number in range(4, 11):
        world.answer(number, "score", NO)
        world.answer(number, "score")
    world.score(5, None)
    for number in range(6, 11):
        world.score(number, 5000)
    world.answer(7, "provide", SOON)
    world.answer(8, "provide")
    world.answer(9, "provide")
    world.answer(10, "provide")
    world.answer(10, "provide", LEFT)
    return application(world, tmp_path, is_replay=True)


def test_every_applicant_counts_once_by_what_stopped_it_first(opened: Application) -> None:
    expected = [
        FunnelStep(FunnelStage.HANDED_OVER, 10, {}),
        FunnelStep(FunnelStage.CLEARED_FOR_SCORING, 7, {NO: 1, LEFT: 1, Wait.NOT_ASKED: 1}),
        FunnelStep(FunnelStage.SCORED, 5, {Wait.NOT_COMPUTED: 1, Wait.NOT_SCORABLE: 1}),
        FunnelStep(FunnelStage.CLEARED_FOR_PROVIDING, 3, {Wait.NOT_ASKED: 1, SOON: 1}),
        FunnelStep(FunnelStage.PROVIDED, 2, {Wait.NOT_PROVIDED: 1}),
    ]
    assert Officer(opened).funnel(ONE, None) == expected
    assert Officer(opened).funnel(ONE, SeasonId("2020")) == expected
    steps = Officer(opened).funnel(None, None)
    assert [step.applicants for step in steps] == [11, 7, 5, 3, 2]
    assert steps[1].stopped[Wait.NOT_ASKED] == 2
    for step, before in zip(steps[1:], steps, strict=False):
        assert step.applicants + sum(step.stopped.values()) == before.applicants


def test_the_picture_has_the_tables_numbers(opened: Application) -> None:
    picture = funnel_picture(Officer(opened).funnel(ONE, None), _)
    assert picture is not None
    assert [(row[0], *row[1:4]) for row in picture.rows] == [
        ("Were handed over", "10", "100.0%", "0"),
        ("May be scored", "7", "70.0%", "3"),
        ("Were scored", "5", "50.0%", "2"),
        ("May be provided", "3", "30.0%", "2"),
        ("Were provided", "2", "20.0%", "1"),
    ]
    assert picture.rows[2][4] == "no score was computed yet: 1; not scorable: 1"
    svg = picture.chart.svg()
    assert (svg.count('class="block main-fill"'), svg.count('class="block alarm-pattern"')) == (5 + 1, 4 + 1)
    assert "Of 10 applicants handed over, 2 were provided" in svg
    assert funnel_picture(Officer(opened).funnel(ClientId("cookie"), None), _) is None


def test_the_privacy_owner_sees_it_beside_the_provisions(opened: Application) -> None:
    page = Pages(opened, NewAccount("officer")).get("/officer/provisions?client=one").text
    assert 'id="funnel-title"' in page
    assert page.count("alarm-pattern") > 4
