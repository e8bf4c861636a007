"""What a person is told is one answer, whichever door tells it; and what "went" stands in a provision record.

Drawn histories: people whom companies handed over, whom the gate refused, who were scored and not given, or given; then
incidents whose sets are computed from them, letters, and a self-check.
"""

import io
import json
import random
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.gap.model import GapRule
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import SystemClock
from kanmon.core.ids import ClientId, IncidentId, MemberId
from kanmon.core.language import Language, translations
from kanmon.core.workspace import Workspace
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.incidents.model import IncidentClass, IncidentScope
from kanmon.incidents.notices.service import TOLD_ITEMS
from kanmon.incidents.notices.store import MailRecords
from kanmon.incidents.notices.use_cases import Notices
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import issue_code
from kanmon.rights.answer.told import facts_of
from kanmon.rights.answer.use_cases.people import subject_view
from kanmon.rights.answer.use_cases.public import PublicService
from kanmon.rights.answer.web.cards import clients_shown
from kanmon.rights.handling import HandlingOutcome, effect_in_words
from kanmon.rights.requests.use_cases import Rights
from tests.stores.test_audit_store import CLIENTS, SEASON, SINCE, UNTIL, World
from tests.tables import tables

KEY = SigningKey.generate("kanmon/test")
PEOPLE = 4
DAY = timedelta(days=1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


class Season(World):
    """People with what companies did about them, drawn."""

    def __init__(self, database: Database, root: Path, rng: random.Random) -> None:
        super().__init__(database, root / "lake")
        self._rng = rng
        self.handled: dict[tuple[str, str], HandlingOutcome] = {}
        with database.write() as session:
            for number in range(2, PEOPLE + 1):
                session.connection.execute(
                    insert(tables.member).values(
                        member_no=number, member_id=f"M{number}", season_id="2020", registered_at=SINCE - DAY
                    )
                )
        for number in range(1, PEOPLE + 1):
            for client in rng.sample(["one", "other", "hashed"], rng.randrange(3)):
                self._hand_over(number, client, rng.choice(list(HandlingOutcome)))

    def _hand_over(self, number: int, client: str, handling: HandlingOutcome) -> None:
        self.handled[f"M{number}", client] = handling
        self._applicants += 1
        at, name = SINCE + self._rng.randrange(1, 90) * DAY, f"a{self._applicants}"
        with self.database.write(ClientId(client)) as session:
            run = session.connection.execute
            row = {"client_id": client, "applicant_no": self._applicants}
            run(
                insert(tables.applicant).values(
                    client_id=client, season_id="2020", applicant_id=name, position=1, applied_at=at, as_of=at,
                    brought_member_no=number,
                )
            )  # fmt: skip
            if handling is not HandlingOutcome.PENDING:
                run(insert(tables.run).values(
                    run_id=name, command="run", acted_at=at, real_at=at, is_replay=False, state="done",
                ))  # fmt: skip
                is_refused = handling is HandlingOutcome.REFUSED
                run(insert(tables.gate_decision).values(
                    **row, run_id=name, use="score", decided_at=at, allowed=not is_refused,
                    reasons=["DENY_NO_CONSENT"] if is_refused else [], elements=[],
                    consent_no=None if is_refused else 1, law_profile_id="JP-APPI-2017",
                ))  # fmt: skip
            if handling in {HandlingOutcome.NOT_GIVEN, HandlingOutcome.GIVEN}:
                run(insert(tables.score).values(
                    **row, run_id=name, value=1, computed_at=at, model_id="m", consent_no=1, explanation=None,
                ))  # fmt: skip
            if handling is HandlingOutcome.NOT_SCORABLE:
                run(insert(tables.score).values(**row, run_id=name, not_scorable="NO_HISTORY", computed_at=at))
            if handling is HandlingOutcome.GIVEN:
                self._provide(session, row, name, number, at)

    def _provide(self, session: WriteSession, row: Mapping[str, object], name: str, number: int, at: datetime) -> None:
        run = session.connection.execute
        with PostgresTransactions(self.database, KEY, SealedRows(Path("no keys"))).begin() as transaction:
            payload = {
                "member_id": f"M{number}", "provided_at": at.isoformat(), "real_at": None,
                "recipient": {
                    "client_id": row["client_id"], "legal_name": row["client_id"], "address": "a",
                    "representative": "r",
                },
                "items": {"applicant_id": name, "score": "0.0001"}, "purpose": "follow_up_support",
                "prohibited_uses": ["selection"], "retain_until": "2030-01-01",
            }  # fmt: skip
            (seq,) = transaction.ledger.append([NewEntry(EntryType.PROVISION_RECORD, at, payload)])
            transaction.ledger.sign(at)
        run(insert(tables.provision).values(
            provision_id=name, run_id=name, client_id=row["client_id"], season_id="2020", acted_at=at, real_at=at,
            is_replay=False, content_sha256="", law_profile_id="", recipient={}, report={},
        ))  # fmt: skip
        run(insert(tables.provision_record).values(
            **row, provision_id=name, member_no=number, consent_no=1, items=[], score_no=1, provided_at=at,
            created_at=at, retain_until=at, method="", ledger_seq=seq,
        ))  # fmt: skip


def application(season: Season, root: Path, *, is_replay: bool) -> Application:
    workspace = Workspace.create(root / "workspace", is_replay)
    return Application(
        workspace, SystemClock(), LineProgress(), PostgresTransactions(season.database, KEY, SealedRows(root)), KEY
    )


Answer = tuple[set[tuple[ClientId, HandlingOutcome]], list[tuple[IncidentId, str, bool]]]


def told_by_each_door(opened: Application, member: MemberId, *, discloses: bool) -> Mapping[str, Answer]:
    """Door by door: what came of each company's row, and of each incident which company got anything."""
    with opened.transactions.begin() as work:
        code = issue_code(PostgresStubStore(work.session), member, NOW)
    explained = Rights(opened).explained(member)
    checked = PublicService(opened).check(code, "here")
    assert checked is not None
    handed = {(row.client_id, row.handling) for row in explained.view.handed_over}
    effects = [(one.incident_id, one.company, one.went) for one in explained.view.incidents]
    by_door: dict[str, Mapping[str, Any]] = {"show and API": facts_of(subject_view(opened, member))}
    if discloses:
        with zipfile.ZipFile(io.BytesIO(Rights(opened).disclose(member, Language.JAPANESE).zipped)) as archive:
            by_door["disclosure"] = json.loads(archive.read("kanmon.json"))
            page = archive.read("kanmon.html").decode()
        japanese = translations(Language.JAPANESE).gettext
        assert all(effect_in_words(one, datetime.isoformat, japanese) in page for one in explained.view.incidents)
    doors: dict[str, Answer] = {"me": (handed, effects)}
    doors["notices"] = (handed, [(one.incident_id, one.company, one.went) for one in Notices(opened).effects(member)])
    doors["check"] = (handed, [(one.incident_id, one.company, one.went) for one in checked.incidents])
    for door, facts in by_door.items():
        doors[door] = (
            {(row["client_id"], HandlingOutcome(row["handling"])) for row in facts["handed_over"]},
            [(one["incident_id"], one["company"], one["went"]) for one in facts["incidents"]],
        )
    assert {line.client_name for line in checked.lines if line.provided} == {
        client for client, handling in handed if handling is HandlingOutcome.GIVEN
    }
    cards = {card.client_id: card for card in clients_shown(explained, Language.JAPANESE, NOW)}
    assert set(cards) == {client for client, _ in handed}
    for client, handling in handed:
        assert bool(cards[client].provisions) is (handling is HandlingOutcome.GIVEN)
        assert len(cards[client].handed_over) == 1
    return doors


def opened_incidents(opened: Application, rng: random.Random) -> list[IncidentId]:
    numbers = []
    for client in rng.sample([None, *(client.client_id for client in CLIENTS)], 3):
        incidents = Incidents(opened)
        scope = IncidentScope(SINCE, SINCE + rng.randrange(30, 100) * DAY, SEASON.season_id, client)
        number = incidents.open(rng.choice(list(IncidentClass)), "旧文面", scope, "o").incident_id
        incidents.compute(number, AffectedSetQuery(rng.choice(list(GapRule))), "o")
        for item in TOLD_ITEMS:
            incidents.learn(number, item.value, "登録画面に古い文面が残っていました。", "o")
        if rng.random() < 0.5:
            Notices(opened).write(number, "o", None)
        numbers.append(number)
    return numbers


@pytest.mark.parametrize("is_replay", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_every_door_tells_the_same_and_what_went_is_on_record(
    database: Database, tmp_path: Path, seed: int, is_replay: bool
) -> None:
    rng = random.Random(f"{seed} {is_replay}")
    season = Season(database, tmp_path, rng)
    opened = application(season, tmp_path, is_replay=is_replay)
    numbers = opened_incidents(opened, rng)
    affected = {
        (str(one.member_id), number, str(one.client_id)): one.went
        for number in numbers
        for one in Incidents(opened).affected(number)
    }
    assert is_replay or all(affected.values())
    for number in range(1, PEOPLE + 1):
        member = MemberId(f"M{number}")
        doors = told_by_each_door(opened, member, discloses=number == 1)
        handed, effects = doors["me"]
        assert handed == {(client, came) for (who, client), came in season.handled.items() if who == member}
        assert sorted(effects) == sorted(
            (incident, client, went) for (who, incident, client), went in affected.items() if who == member
        )
        for door, told in doors.items():
            assert told == (handed, effects), door
        for _, client, went in effects:
            assert went is (season.handled[member, client] is HandlingOutcome.GIVEN)
        with opened.transactions.read() as work:
            letters = MailRecords(work.session).told(member)
        for letter in letters:
            got = {client for incident, client, went in effects if incident == letter.incident_id and went}
            assert ("何も提供していません" in letter.body) is (not got)


def test_a_person_erased_goes_on_to_be_told_what_went(database: Database, tmp_path: Path) -> None:
    season = Season(database, tmp_path, random.Random(1))
    opened = application(season, tmp_path, is_replay=True)
    number = Incidents(opened).open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(SINCE, UNTIL), "o").incident_id
    Incidents(opened).compute(number, AffectedSetQuery(), "o")
    member = next(one.member_id for one in Incidents(opened).affected(number) if not one.went)
    with opened.transactions.begin() as work:
        code = issue_code(PostgresStubStore(work.session), MemberId(member), NOW)
    before = PublicService(opened).check(code, "here")
    with opened.transactions.begin() as work:
        PostgresStubStore(work.session).part_stubs(MemberId(member), [])
    after = PublicService(opened).check(code, "here")
    assert before is not None
    assert after is not None
    assert [(one.company, one.went, one.at) for one in after.incidents] == [
        (one.company, one.went, one.at) for one in before.incidents
    ]
    assert not all(one.went for one in after.incidents)
