"""Agreements over time: each person counts under the words of the newest act, and the picture says the same."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.clients.store import ServiceStore
from kanmon.core.clock import day_of
from kanmon.core.language import Language, translations
from kanmon.db.unit_of_work import Database
from kanmon.reviews.policies.agreements import AgreementFacts, StandingAgreements, standing_agreements
from kanmon.reviews.policies.pictures import agreements_picture
from kanmon.reviews.policies.store import CountedAgreements
from tests.stores.pages import Pages
from tests.stores.test_audit_store import COVERING, DAY, SINCE, World
from tests.stores.test_incident_set import application
from tests.stores.test_rendered_words import OLD
from tests.tables import tables

_ = translations(Language.ENGLISH).gettext
NEW, BEFORE, UNKNOWN = 1, 4, 3


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Five people: one moved from old words to new ones, one withdrew, one came back, one said no, one saw others."""
    world = World(database, tmp_path / "lake")
    with database.write() as session:
        ServiceStore(session).add_policy_version(OLD, SINCE)
        run = session.connection.execute
        run(insert(tables.displayed_text).values(text_sha256="0" * 64))
        run(insert(tables.displayed_text).values(text_sha256=OLD.text_sha256))
        acts = [
            (1, -10, BEFORE, "accept"), (1, 2, NEW, "accept"),
            (2, -10, BEFORE, "accept"), (2, 3, NEW, "withdraw"),
            (3, 1, NEW, "accept"), (3, 2, NEW, "withdraw"), (3, 4, NEW, "accept"),
            (4, -10, BEFORE, "accept"), (4, -10, BEFORE, "withdraw"),
            (5, 5, UNKNOWN, "accept"),
        ]  # fmt: skip
        for member, day, words, action in acts:
            run(
                insert(tables.consent_act).values(
                    member_no=member, occurred_at=SINCE + day * DAY, screen_id="s1", text_no=words, action=action,
                    load_id=1,
                )
            )  # fmt: skip
        narrowed = {"member_no": 1, "screen_id": "s1", "text_no": NEW, "action": "withdraw", "load_id": 1}
        run(insert(tables.consent_act).values(**narrowed, occurred_at=SINCE + 3 * DAY, client_id="one"))
    return world


def standing(world: World, days: int) -> StandingAgreements:
    at = SINCE + days * DAY
    with world.database.read() as session:
        facts: AgreementFacts = CountedAgreements(session, at)
        [found] = standing_agreements(facts, day_of(at))
    return found


def test_people_count_under_the_words_of_their_newest_act(world: World) -> None:
    found = standing(world, 6)
    counts = {
        (day - day_of(SINCE)).days: tuple(people[at] for people in found.people.values())
        for at, day in enumerate(found.days)
    }
    assert list(found.people) == [OLD.version_id, COVERING.version_id, None]
    assert counts[-10] == (2, 0, 0), "of two acts at one moment the withdrawal counts"
    assert counts[1] == (2, 1, 0)
    assert counts[2] == (1, 1, 0)
    assert counts[6] == (0, 2, 1)
    changed_on = {day: sorted(names) for day, names in found.changed_on.items()}
    assert changed_on == {day_of(SINCE - DAY): [OLD.version_id], day_of(SINCE): ["0", COVERING.version_id]}


def test_acts_after_the_moment_are_not_there(world: World) -> None:
    assert {name: people[-1] for name, people in standing(world, 0).people.items()} == {OLD.version_id: 2}


def test_the_picture_has_the_tables_numbers_and_marks_new_words(world: World) -> None:
    found = standing(world, 6)
    picture = agreements_picture(found, 1, _)
    assert picture.columns[1:] == [OLD.version_id, COVERING.version_id, "other words", "Words that took effect"]
    assert picture.rows[-1][1:4] == ["0", "2", "1"]
    assert [row[0] for row in picture.rows if row[-1] != "–"] == [str(day_of(SINCE - DAY)), str(day_of(SINCE))]
    svg = picture.chart.svg()
    assert svg.count("<circle ") == 3 * len(picture.rows)
    assert "Today 3 people" in svg
    assert svg.count("<polyline ") == 3 + 2


def test_the_page_of_versions_shows_it(world: World, tmp_path: Path) -> None:
    opened: Application = application(world, tmp_path, is_replay=True)
    page = Pages(opened, NewAccount("officer")).get("/officer/policies").text
    assert 'id="agreements-1-title"' in page
    assert str(day_of(SINCE) - timedelta(days=10)) in page
