"""Linking on Spark is a model of its own, and is judged as one: right where it links, and few are missing."""

from kanmon.core.ids import ClientId, SeasonId
from kanmon.engines.spark_linker import SparkLinkers
from kanmon.linkage.link import Thresholds
from kanmon.linkage.service import ApplicantList, MemberList, link
from kanmon_stories.namesakes import invent_population
from tests.engines.conftest import spark_for_tests

SEASON = SeasonId("2020")


def test_every_link_of_spark_is_right_and_few_are_missing() -> None:
    people = invent_population(1_100, 150, 3, corrupted=0.02)
    with SparkLinkers(spark_for_tests).over(MemberList(SEASON, people.members)) as linker:
        found = link(linker, ApplicantList(ClientId("C1"), SEASON, people.applicants), Thresholds())
        nobody = linker.compare(ApplicantList(ClientId("C1"), SEASON, people.applicants.slice(0, 0)))
    links = [one for one in found.links if one.member_no is not None]
    assert all(people.truth[one.applicant_no - 1] == one.member_no for one in links)
    assert len(links) >= 0.95 * (people.truth > 0).sum()
    assert nobody.pairs == []
