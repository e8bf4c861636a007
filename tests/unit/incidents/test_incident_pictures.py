"""An incident's duties are drawn where its dates stand, and every moment is in the table."""

from dataclasses import replace
from datetime import timedelta

from kanmon.core.language import Language, translations
from kanmon.incidents.model import Criteria, FactKind
from kanmon.incidents.pictures import duties_picture
from tests.unit.incidents.test_incident_clock import DECEMBER, incident, later

_ = translations(Language.ENGLISH).gettext


def test_duties_in_time_late_and_waiting_are_told_apart() -> None:
    own = replace(incident(kind="U"), computed_at=DECEMBER + timedelta(minutes=3))
    own = later(own, FactKind.RECALL, DECEMBER + timedelta(hours=30))
    picture = duties_picture(own, DECEMBER + timedelta(hours=80), _)
    assert [row[1:] for row in picture.rows] == [
        ["2026-12-01 10:00", "2026-12-01 10:00", "in time"],
        ["2026-12-01 10:05", "2026-12-01 10:03", "in time"],
        ["2026-12-02 10:00", "2026-12-02 16:00", "done late"],
        ["2026-12-04 10:00", "–", "past its deadline"],
        ["2026-12-04 10:00", "2026-12-01 10:03", "in time"],
        ["–", "–", "no date asked"],
    ]
    svg = picture.chart.svg()
    assert "6 duties from 2026-12-01 10:00 on; 2 of them late" in svg
    assert svg.count('class="block alarm-pattern"') == 2 + 1, "legend too"
    assert svg.count("<circle ") == 4
    assert "Now (a line)" in svg


def test_a_closed_incident_ends_when_it_was_closed() -> None:
    own = replace(incident(kind="U"), computed_at=DECEMBER, closed_at=DECEMBER + timedelta(hours=10))
    years_later = duties_picture(own, DECEMBER + timedelta(days=900), _)
    svg = years_later.chart.svg()
    assert "1 year" not in svg
    assert "Now (a line)" not in svg
    assert [row[3] for row in years_later.rows][2:4] == ["to be done", "to be done"]


def test_a_leak_that_is_not_reportable_has_no_date() -> None:
    picture = duties_picture(incident(criteria=Criteria()), DECEMBER, _)
    assert [row[1:] for row in picture.rows] == [["–", "–", "no date asked"]] * 2
    reportable = duties_picture(incident(), DECEMBER, _)
    assert [row[1] for row in reportable.rows] == ["2026-12-06 00:00", "2027-01-05 00:00"]
