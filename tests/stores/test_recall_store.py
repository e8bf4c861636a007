"""Requests to recipients over real PostgreSQL: who is asked for what, reminded, stopped; never twice (AC-17, AC-20)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from sqlalchemy import insert, text

from kanmon.application.transactions import PostgresTransactions
from kanmon.clients.contract import Contract, Platform, Scheme
from kanmon.core.clock import ReplayClock
from kanmon.core.errors import ErasureNotCertified, UsageError
from kanmon.core.ids import ApplicantId, ClientId, MemberId, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.gate.switch.model import SwitchAct, SwitchScope
from kanmon.gate.switch.service import StopSwitch
from kanmon.gate.switch.store import StopStore
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.erasure.requests import ErasureRequests
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon.rights.erasure.store.requests import ErasureRequestStore
from kanmon.rights.recall.service import Recall, RecallMilestone, RecallReason, Recalls, RecallTick
from kanmon.rights.recall.store import PostgresRecallStore, RecallRecords
from tests.tables import tables

AT = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = SigningKey.generate("test")
AOBA, BORDER = ClientId("AOBA"), ClientId("BORDER")
TARO, HANAKO = MemberId("taro"), MemberId("hanako")
SEASON = SeasonId("2027")
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, AT, AT, SEASON, SEASON, "p", frozenset(), "score", "", (), AT, AT, None, None
)  # fmt: skip
PLATFORM = Platform("p", "a", "r")


class Desk:
    """Two clients that got rows of Taro and Hanako a day before `AT`; each deed is a transaction of its own."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database = database
        self.seals = SealedRows(keys)
        self.transactions = PostgresTransactions(database, KEY, self.seals)
        with database.write() as session:
            run = session.connection.execute
            run(insert(tables.season).values(season_id=SEASON, opens_at=AT, closes_at=AT))
            for number, member in enumerate((TARO, HANAKO), 1):
                who = {"member_no": number, "member_id": member, "season_id": SEASON}
                run(insert(tables.member).values(**who, registered_at=AT))
            run(insert(tables.service).values(id=True, law_profile_id="JP", platform=asdict(PLATFORM), loaded_at=AT))
            run(text("INSERT INTO displayed_text (text_sha256) VALUES ('0')"))
            agreed = {"member_no": 1, "occurred_at": AT - 2 * DAY, "screen_id": "s", "text_no": 1, "action": "accept"}
            agreed["load_id"] = 1
            run(insert(tables.consent_act).values(**agreed))
            for client in (AOBA, BORDER):
                company = {"legal_name": client.title(), "address": "a", "representative": "r"}
                company["contract"] = TypeAdapter(Contract).dump_python(CONTRACT, mode="json")
                run(insert(tables.client).values(client_id=client, **company, loaded_at=AT))
                session.act_for(client)
                for number, member in enumerate((TARO, HANAKO), 1):
                    who = {"client_id": client, "applicant_id": f"{client}-{member}", "brought_member_no": number}
                    dates = {"applied_at": AT, "as_of": AT, "position": number, "season_id": SEASON}
                    run(insert(tables.applicant).values(**who, **dates))
            session.act_for(None)
        for client in (AOBA, BORDER):
            self.provide("first", client, AT - DAY)

    def provide(self, run: str, client: ClientId, at: datetime) -> None:
        """Record that everybody's row went, the report left out."""
        with self.database.write() as session:
            execute = session.connection.execute
            made = {"acted_at": at, "real_at": at, "is_replay": True}
            known = execute(text("SELECT count(*) FROM run WHERE run_id = :run"), {"run": run}).scalar_one()
            if not known:
                execute(insert(tables.run).values(run_id=run, command="x", state="x", **made))
            session.act_for(client)
            execute(
                insert(tables.provision).values(
                    provision_id=f"{run}-{client}", run_id=run, client_id=client, season_id=SEASON, **made,
                    content_sha256="0", law_profile_id="JP", recipient={}, report={"rows": []},
                )
            )  # fmt: skip
            execute(
                text(
                    """
                    INSERT INTO provision_record (provision_id, client_id, applicant_no, member_no, items, score_no,
                        consent_no, provided_at, created_at, retain_until, method)
                    SELECT :provision, client_id, applicant_no, brought_member_no, '{score}', 1, 1, :at, :at,
                        '2029-03-01', 'SINGLE'
                    FROM applicant
                    """
                ),
                {"provision": f"{run}-{client}", "at": at},
            )

    def withdraw(
        self, member: MemberId, client: ClientId | None = None, at: datetime = AT, until: datetime | None = None
    ) -> None:
        """As a file or a board says it: an act, and nobody asked yet."""
        with self.database.write() as session:
            session.connection.execute(
                text(
                    "INSERT INTO consent_act "
                    "(load_id, member_no, occurred_at, screen_id, text_no, action, client_id, latest_at) "
                    "SELECT 1, member_no, :at, 's', 1, 'withdraw', :client, :until FROM member "
                    "WHERE member_id = :member"
                ),
                {"at": at, "client": client, "member": member, "until": until},
            )

    def affect(self, incident: str, affected: Mapping[ClientId, Sequence[int]] | None) -> None:
        """Record an incident and whom it affects; None where that isn't known yet."""
        with self.database.write() as session:
            run = session.connection.execute
            (seq,) = Ledger(PostgresLedgerStore(session), KEY).append([NewEntry(EntryType.STOP, AT, {})])
            said = {"class": "U", "title": "t", "opened_by": "owner", "ledger_seq": seq}
            said |= dict.fromkeys(("is_sensitive", "is_property", "is_wrongful"), False)
            said |= dict.fromkeys(("since", "known_at", "opened_at", "real_at"), AT)
            known = {} if affected is None else {"computed_at": AT, "set_sha256": b"s"}
            run(insert(tables.incident).values(incident_id=incident, **said, **known))
            for client, members in (affected or {}).items():
                whom = {"incident_id": incident, "client_id": client, "season_id": SEASON, "reason": "R1"}
                for number in members:
                    one = {"member_no": number, "first_provided_at": AT - DAY, "provisions": 1}
                    run(insert(tables.incident_affected).values(**whom, **one))

    def ask_for(self, incident: str) -> Sequence[Recall]:
        with self.transactions.begin(waits=True) as work:
            return Recalls(PostgresRecallStore(work.session), work.ledger, ReplayClock(AT)).ask_for_incident(incident)

    def tick(self, at: datetime) -> RecallTick:
        with self.transactions.begin(waits=True) as work:
            switch = StopSwitch(StopStore(work.session), work.ledger, ReplayClock(at), work.terms)
            return Recalls(PostgresRecallStore(work.session), work.ledger, ReplayClock(at)).tick(switch)

    def agreed_to(self, clauses: str, reading: int = 1) -> None:
        """Say what the words state that everybody agreed to."""
        with self.database.write() as session:
            session.connection.execute(
                text(
                    "INSERT INTO policy_version (policy_id, version_id, language, reading, effective_from, text, "
                    "text_sha256, clauses, loaded_at) VALUES ('p', '1', 'ja', :reading, :at, 't', '0', "
                    "CAST(:clauses AS jsonb), :at)"
                ),
                {"at": AT - 9 * DAY, "clauses": clauses, "reading": reading},
            )

    def resume(self, client: ClientId, at: datetime) -> None:
        with self.transactions.begin(waits=True) as work:
            StopSwitch(StopStore(work.session), work.ledger, ReplayClock(at), work.terms).resume(
                SwitchScope(client_id=client), "owner", "certified"
            )

    def certify(self, recall: Recall, at: datetime) -> None:
        with self.transactions.begin(waits=True) as work:
            requests = ErasureRequests(ErasureRequestStore(work.session), work.ledger, ReplayClock(at))
            requests.certify(recall.client_id, recall.request_no, "hr", "Subprocessor K.K.: 10 rows")

    def all(self) -> Sequence[Recall]:
        with self.transactions.read() as work:
            return RecallRecords(work.session).all()

    def rows(self, recall: Recall) -> list[ApplicantId]:
        """As the client reads them."""
        with self.transactions.begin(waits=True) as work:
            [found] = [
                one
                for one in ErasureRequestStore(work.session).requests(recall.client_id)
                if one.request_no == recall.request_no
            ]
        return [applicant for _, applicant in found.rows]

    def hidden(self) -> Mapping[tuple[ClientId, str], Sequence[ApplicantId]]:
        with self.transactions.begin() as work:
            return {
                (client, run): rows
                for client, run, rows in PostgresErasureStore(work.session, work.seals).waiting_rows()
            }


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


def test_withdrawal_to_certificate(desk: Desk) -> None:
    desk.withdraw(TARO)
    asked = desk.tick(AT).asked
    assert [(one.client_id, one.rows, one.due_on) for one in asked] == [
        (AOBA, 1, date(2026, 3, 16)),
        (BORDER, 1, date(2026, 3, 16)),
    ]
    assert [desk.rows(one) for one in asked] == [["AOBA-taro"], ["BORDER-taro"]]
    assert desk.hidden() == {(AOBA, "first"): ["AOBA-taro"], (BORDER, "first"): ["BORDER-taro"]}
    assert desk.tick(AT) == RecallTick([], [], [])

    assert [step for _, step in desk.tick(AT + 7 * DAY).taken] == [RecallMilestone.REMINDED] * 2
    desk.certify(asked[1], AT + 8 * DAY)
    again = AT + 12 * DAY
    assert [(one.client_id, step) for one, step in desk.tick(again).taken] == [(AOBA, RecallMilestone.REMINDED_AGAIN)]
    assert desk.tick(again) == RecallTick([], [], [])

    late = AT + 15 * DAY
    assert desk.tick(late).suspended == [AOBA]
    assert desk.tick(late) == RecallTick([], [], [])
    with desk.transactions.begin(waits=True) as work:
        [stopped] = StopStore(work.session).switched()
    assert (stopped.act.act, stopped.act.scope, stopped.act.consents_doubted) == (
        SwitchAct.STOP,
        SwitchScope(client_id=AOBA),
        False,
    )
    assert "2026-03-16" in stopped.because
    with pytest.raises(ErasureNotCertified, match=str(asked[0].request_no)):
        desk.resume(AOBA, late)

    desk.certify(asked[0], late)
    desk.resume(AOBA, late)
    first = desk.all()[0]
    assert first.certificate is not None
    assert first.certificate.sub_processors == "Subprocessor K.K.: 10 rows"
    assert list(first.steps) == sorted(first.steps, key=lambda step: step.value)
    assert desk.tick(late + 9 * DAY) == RecallTick([], [], [])


def test_only_rows_that_went_before_the_withdrawal_to_whom_it_concerns(desk: Desk) -> None:
    desk.withdraw(TARO, AOBA)
    desk.withdraw(HANAKO, at=AT - 2 * DAY)
    assert [(one.client_id, desk.rows(one)) for one in desk.tick(AT).asked] == [(AOBA, ["AOBA-taro"])]


def test_a_row_that_may_have_gone_before_the_withdrawal_is_asked_for(desk: Desk) -> None:
    desk.withdraw(TARO, AOBA, at=AT - 2 * DAY, until=AT)
    desk.withdraw(HANAKO, at=AT - 3 * DAY, until=AT - 2 * DAY)
    assert [(one.client_id, desk.rows(one)) for one in desk.tick(AT).asked] == [(AOBA, ["AOBA-taro"])]


def test_what_went_again_on_a_fresh_consent_is_asked_for_again_and_open_until_then(desk: Desk) -> None:
    desk.withdraw(TARO, AOBA)
    desk.tick(AT)
    desk.provide("second", AOBA, AT + DAY)
    assert desk.tick(AT + DAY).asked == []
    desk.withdraw(TARO, AOBA, AT + 2 * DAY)
    [again] = desk.tick(AT + 2 * DAY).asked
    assert desk.rows(again) == ["AOBA-taro"]
    assert desk.hidden() == {(AOBA, "first"): ["AOBA-taro"], (AOBA, "second"): ["AOBA-taro"]}


def test_several_people_of_one_look_are_one_request(desk: Desk) -> None:
    desk.withdraw(TARO, AOBA)
    desk.withdraw(HANAKO, AOBA)
    [one] = desk.tick(AT).asked
    assert desk.rows(one) == ["AOBA-taro", "AOBA-hanako"]
    with desk.transactions.read() as work:
        records = RecallRecords(work.session)
        assert records.of(HANAKO) == records.of(TARO) == [desk.all()[0]]


def test_a_client_reads_no_other_clients_requests(desk: Desk) -> None:
    desk.withdraw(TARO)
    asked = desk.tick(AT).asked
    with desk.transactions.begin(waits=True) as work:
        assert [one.request_no for one in ErasureRequestStore(work.session).requests(AOBA)] == [asked[0].request_no]
    with desk.database.read(AOBA) as session:
        assert session.connection.execute(text("SELECT DISTINCT client_id FROM requested_row")).all() == [(AOBA,)]


def test_a_client_that_is_stopped_already_is_not_stopped_again(desk: Desk) -> None:
    desk.withdraw(TARO, AOBA)
    desk.tick(AT)
    desk.withdraw(HANAKO, AOBA, AT + DAY)
    desk.tick(AT + DAY)
    assert desk.tick(AT + 15 * DAY).suspended == [AOBA]
    assert desk.tick(AT + 16 * DAY).suspended == []
    assert [step for one in desk.all() for step in one.steps].count(RecallMilestone.ESCALATED) == 2


def test_an_incident_asks_each_client_for_its_own_affected_rows_once(desk: Desk) -> None:
    desk.affect("I-2026-001", {AOBA: (1, 2), BORDER: (2,)})
    desk.withdraw(TARO, AOBA)
    desk.tick(AT)
    asked = desk.ask_for("I-2026-001")
    assert [(one.client_id, desk.rows(one), one.incident_id) for one in asked] == [
        (AOBA, ["AOBA-hanako"], "I-2026-001"),
        (BORDER, ["BORDER-hanako"], "I-2026-001"),
    ]
    assert desk.ask_for("I-2026-001") == []
    assert desk.hidden()[BORDER, "first"] == ["BORDER-hanako"]


@pytest.mark.parametrize("incident", ["I-2026-001", "I-2026-002"])
def test_an_incident_that_is_not_known_or_whose_people_are_not_asks_nobody(desk: Desk, incident: str) -> None:
    desk.affect("I-2026-001", None)
    with pytest.raises(UsageError, match=incident):
        desk.ask_for(incident)


def test_on_the_promised_day_recipients_are_asked_for_what_they_kept_as_long(desk: Desk) -> None:
    said = '{"statements": {"E17": {"quote": "q", "value": {"platform_days": 5, "recipient_days": DAYS}}}}'
    stated = f"[{said}, {said.replace('DAYS', 'null')}]"
    desk.agreed_to(stated.replace("DAYS", "3"))
    desk.agreed_to(stated.replace("DAYS", "30"), reading=2)
    assert desk.tick(AT + 28 * DAY).asked == []
    asked = desk.tick(AT + 29 * DAY).asked
    assert [(one.client_id, one.because, one.rows) for one in asked] == [
        (AOBA, RecallReason.RETENTION, 2), (BORDER, RecallReason.RETENTION, 2),
    ]  # fmt: skip
    assert desk.tick(AT + 29 * DAY).asked == []
    assert desk.tick(AT + 40 * DAY).asked == []


@pytest.mark.parametrize("clauses", ["[]", '[{"statements": {"E17": {"quote": "q", "value": true}}}]'])
def test_words_without_a_period_ask_for_nothing(desk: Desk, clauses: str) -> None:
    desk.agreed_to(clauses)
    assert desk.tick(AT + 3000 * DAY).asked == []
