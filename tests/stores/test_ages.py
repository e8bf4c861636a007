"""Under 16: the gate's query, its rule, the engine and the re-judgement agree on who had to agree."""

from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import text

from kanmon.audits.rejudgement.ages import is_by_who_had_to, years
from kanmon.audits.rejudgement.papers import PersonEvent
from kanmon.consent.law import ACT_56_LAST_STEP, JP_APPI_2022, JP_APPI_2026
from kanmon.core.clock import TOKYO, day_of
from kanmon.db.unit_of_work import Database
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.judging import EngineJudging
from kanmon.gate.decision import Giver
from kanmon.gate.rules import giver_proved, representative_agreed
from kanmon.gate.store.act_moments import GIVER, IS_UNDER_16, WAS_UNDER_16
from tests.decisions.cases import CASES, question
from tests.unit.gate.test_cases import world
from tests.unit.gate.worlds import Act, Person, World

STEP = datetime(2028, 7, 16, tzinfo=TOKYO)
BORN = (None, date(2000, 2, 29), date(2012, 2, 29), date(2012, 7, 14), date(2012, 7, 16), date(2012, 7, 17))
GIVEN = (STEP - timedelta(days=1), STEP - timedelta(microseconds=1), STEP, STEP + timedelta(hours=23))
BY = product((None, "person", "representative"), (None, "parent"))
ASKED = (STEP - timedelta(minutes=1), STEP + timedelta(days=1), STEP + timedelta(days=400))
_KNOWN = text(
    f"""
    SELECT {GIVER}, {WAS_UNDER_16}, {IS_UNDER_16}
    FROM (SELECT CAST(:given AS timestamptz) AS occurred_at, CAST(:by AS text) AS given_by,
                 CAST(:relation AS text) AS relation) c,
         (SELECT CAST(:born AS date) AS birth_date) m
    """
)


def test_the_query_and_the_re_judgement_agree_on_who_had_to_agree(database: Database) -> None:
    answers = set()
    with database.read() as reading:
        for born, given, (by, relation), asked in product(BORN, GIVEN, list(BY), ASKED):
            said = {"given": given, "by": by, "relation": relation, "born": born, "asked_at": asked}
            giver, was_under_16, is_under_16 = reading.connection.execute(_KNOWN, said).one()
            act = Act(1, given, "accept", 1, given_by=by, relation=relation)
            person = Person((act,), born_on=None if born == date(2000, 2, 29) else born)
            assert giver == act.giver
            assert was_under_16 is (None if born is None else years(born, day_of(given)) < 16)
            assert is_under_16 is (None if born is None else years(born, day_of(asked)) < 16)
            if person.born_on == born:
                assert was_under_16 is person.is_under_16(given)
            event = PersonEvent(given, "accept", given_by=by, relation=relation, born_on=born)
            for law in (JP_APPI_2022, JP_APPI_2026):
                is_right = is_by_who_had_to(event, law, asked)
                terms = SimpleNamespace(profile=law, law_day=day_of(asked))
                agreement = SimpleNamespace(giver=Giver(giver), was_under_16=was_under_16)
                asked_of = cast("Any", (terms, SimpleNamespace(is_under_16=is_under_16), agreement))
                denials = [rule.judge(*asked_of) for rule in (giver_proved, representative_agreed)]
                assert (denials == [None, None]) is is_right
                answers.add((law.profile_id, day_of(asked) >= ACT_56_LAST_STEP, is_right))
    assert answers == set(product(("JP-APPI-2022", "JP-APPI-2026"), (False, True), (False, True)))


def test_the_engine_groups_agreements_by_age_and_giver_too(tmp_path: Path) -> None:
    asked = question({"law": "JP-APPI-2026", "law_on": ACT_56_LAST_STEP})
    before = asked.asked_at - timedelta(days=9)
    born = (before - timedelta(days=1)).date().replace(year=before.year - 16) + timedelta(days=3)
    acts = tuple(Act(number, before + timedelta(days=number), "accept", 1) for number in range(1, 7))
    parent = Act(1, before, "accept", 1, given_by="representative", relation="parent")
    texts = world(CASES[0]).texts
    people = World([Person(acts, born_on=born), Person((parent,), born_on=date(2013, 1, 1)), Person(acts)], texts)
    here = people.ask(asked, None)
    assert [decision.is_allowed for decision in here] == [True, True, False]
    assert people.ask(asked, None, EngineJudging(OpenDuckDB(tmp_path))) == here
