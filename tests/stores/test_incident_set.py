"""Whom an incident of class U affects: outside replays those of whom provision records say that something went."""

from pathlib import Path

import pytest

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.gap.cli.gap import gap_facts
from kanmon.audits.gap.model import GapRule
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import SystemClock
from kanmon.core.ids import IncidentId, MemberId
from kanmon.core.workspace import Workspace
from kanmon.db.unit_of_work import Database
from kanmon.incidents.cli.printing import person_facts
from kanmon.incidents.model import IncidentClass, IncidentScope
from kanmon.incidents.notices.service import TOLD_ITEMS
from kanmon.incidents.notices.store import MailRecords
from kanmon.incidents.notices.use_cases import Notices
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from kanmon.ledger.note import SigningKey
from kanmon.provision.files.sealed_rows import SealedRows
from tests.stores.test_audit_store import SINCE, UNTIL, World

KEY = SigningKey.generate("kanmon/test")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """Two refused applicants, and with them one whose data went to another client without an agreement."""
    world = World(database, tmp_path / "workspace" / "lake")
    world.applied("one", 10)
    world.applied("one", 11)
    world.applied("other", 15, provided_on=(20, 30))
    return world


def application(world: World, tmp_path: Path, *, is_replay: bool) -> Application:
    workspace = Workspace.create(tmp_path / "workspace" / ("replay" if is_replay else "present"), is_replay)
    transactions = PostgresTransactions(world.database, KEY, SealedRows(tmp_path / "keys"))
    return Application(workspace, SystemClock(), LineProgress(), transactions, KEY)


def computed(opened: Application, rule: GapRule = GapRule.STRICT) -> IncidentId:
    incidents = Incidents(opened)
    number = incidents.open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(SINCE, UNTIL), "o").incident_id
    incidents.compute(number, AffectedSetQuery(rule), "o")
    return number


@pytest.mark.parametrize("rule", list(GapRule))
def test_nobody_is_affected_of_whom_nothing_went(world: World, tmp_path: Path, rule: GapRule) -> None:
    opened = application(world, tmp_path, is_replay=False)
    number = computed(opened, rule)
    affected = Incidents(opened).affected(number)
    assert [(person.client_id, person.provisions, person.went) for person in affected] == [("other", 2, True)]
    assert person_facts(affected[0])["would_have_gone_at"] is None
    seen = Incidents(opened).seen(number)
    assert (seen.affected["count"], seen.affected["went"], seen.affected["would_have_gone"]) == (1, 1, 0)
    assert seen.incident.facts[-1].body["only_provided"] is True


def test_a_replay_keeps_those_of_whom_something_would_have_gone_and_says_so(world: World, tmp_path: Path) -> None:
    opened = application(world, tmp_path, is_replay=True)
    number = computed(opened)
    affected = Incidents(opened).affected(number)
    assert [(person.client_id, person.provisions) for person in affected] == [("one", 0), ("other", 2)]
    refused = person_facts(affected[0])
    assert (refused["went"], refused["first_provided_at"]) == (False, None)
    assert refused["would_have_gone_at"] is not None


def test_a_letter_names_as_recipients_only_those_that_got_something(world: World, tmp_path: Path) -> None:
    opened = application(world, tmp_path, is_replay=True)
    number = computed(opened)
    for item in TOLD_ITEMS:
        Incidents(opened).learn(number, item.value, "登録画面に古い文面が残っていました。", "o")
    Notices(opened).write(number, "o", None)
    with opened.transactions.read() as work:
        [letter] = MailRecords(work.session).told(MemberId("M1"))
    went, would = letter.body.index("- other"), letter.body.index("- one")
    assert letter.body.index("提供先の企業") < went < letter.body.index("実際には提供しなかった企業") < would


def test_the_audit_tells_what_went_from_what_would_have_gone(world: World) -> None:
    strict, release = world.gap(), world.gap(GapRule.RELEASE)
    assert [(one.client_id, one.went) for one in strict.deliveries] == [
        ("one", False), ("one", False), ("other", True), ("other", True),
    ]  # fmt: skip
    for found in (strict, release):
        facts = gap_facts(found)
        assert (facts["count"], facts["members"]) == (1, ("M1",))
        assert facts["went"] == {"count": 1, "members": ("M1",)}
        assert facts["would_have_gone"] == {"count": 0, "members": ()}


def test_the_audit_counts_who_was_refused_as_would_have_gone(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path / "lake")
    world.applied("one", 10)
    for rule in GapRule:
        facts = gap_facts(world.gap(rule))
        assert facts["went"] == {"count": 0, "members": ()}
        assert facts["would_have_gone"] == {"count": 1, "members": ("M1",)}
