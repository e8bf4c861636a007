"""The gate online answers as the gate of a batch does, and as of now, whatever another process has changed."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from sqlalchemy import text

from kanmon.access.key import KeyScope, hashed
from kanmon.clients.contract import Platform, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import Clause
from kanmon.core.clock import SystemClock, day_of
from kanmon.core.errors import KeyMayNot, KeyRefused, UnknownClient, UsageError
from kanmon.core.ids import ApplicantId, ClientId, PolicyVersionId, RunId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.gate.decision import Use
from kanmon.gate.online import OnlineGate, QuestionResult, RegisterBook
from kanmon.gate.online_record import enter_waiting
from kanmon.gate.question import Terms, terms_of
from kanmon.gate.service import Gate
from kanmon.gate.store.book import BookStore
from kanmon.gate.store.facts import GateStore
from kanmon.gate.store.prompt import PromptGate
from kanmon.gate.store.questions import QuestionStore
from kanmon.gate.switch.store import halts
from kanmon.gate.told import told
from kanmon.intake.events import Intake
from kanmon.intake.store.events import PostgresIntakeStore
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from tests import rows
from tests.databases import run_as_superuser
from tests.decisions.cases import ASKED_AT, TEXTS, client_papers, question, version
from tests.decisions.test_gate import record, record_papers
from tests.rows import ROW_KEY, enter_all
from tests.stores.test_gate_histories import History, few, histories
from tests.stores.test_gate_histories import record as record_people

SIGNING = rows.KEY
KEY, RUN = hashed("key"), RunId("online")
C1, C2, A = ClientId("C1"), ClientId("C2"), ApplicantId("A")
BEFORE = ASKED_AT - timedelta(days=1)
AGREED = {"day": "2026-04-01", "do": "accept", "text": "full"}
_NUMBERS = itertools.count(1)
Change = Callable[[WriteSession], object]


def add_key(
    session: WriteSession, key: bytes = KEY, may: KeyScope = KeyScope.DECISIONS, client: ClientId | None = None
) -> None:
    PostgresIntakeStore(session).add_key(f"{may.value} {client}", key, [may], BEFORE, client)


def put_terms(
    session: WriteSession, case: Mapping[str, Any], change: Callable[[ServiceTerms], ServiceTerms] = lambda said: said
) -> None:
    asked = question(case)
    assert asked.season is not None
    said = ServiceTerms(
        asked.profile.profile_id,
        Platform("", "", ""),
        asked.release,
        {asked.season.season_id: asked.season},
        {one: replace(asked.client, client_id=one) for one in (C1, C2)},
    )
    ServiceStore(session).replace_terms(change(said), ASKED_AT)


def of_contract(**changes: object) -> Change:
    return lambda session: put_terms(session, {"contract": changes})


def execute(statement: str, **values: object) -> Change:
    return lambda session: session.connection.execute(text(statement), {"at": BEFORE, **values})


def confirm(session: WriteSession) -> None:
    session.act_for(C1)
    statement = "INSERT INTO recipient_consent SELECT applicant_no, 'C1', :at, 'declared' FROM applicant"
    session.connection.execute(text(statement), {"at": BEFORE})


def mend_reading(session: WriteSession) -> None:
    ServiceStore(session).add_policy_version(
        replace(version("full", {}), clauses=(Clause("c1", TEXTS["no-score"]),)), ASKED_AT
    )


def revise(session: WriteSession) -> None:
    """The words of `stale` get a successor that covers: who agreed to the older ones agreed to what is outdated."""
    newer = replace(version("full", {}), version_id=PolicyVersionId("2"), text="newer words", effective_from=BEFORE)
    ServiceStore(session).add_policy_version(newer, ASKED_AT)


def look_at(screen: str, shown: str) -> Change:
    return execute(
        "INSERT INTO rendering (screen_id, occurred_at, text_no) "
        "SELECT :screen, :at, text_no FROM displayed_text WHERE text_sha256 = :sha256",
        screen=screen,
        sha256=version(shown, {}).text_sha256,
    )


ACT = """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, 7, :at, 'registration', text_no, :action FROM displayed_text WHERE text_sha256 = :sha256
"""
SAID = {"sha256": version("full", {}).text_sha256}
STALE = [{"day": "2026-04-01", "do": "accept", "text": "stale"}]
BROWSER = {"contract": {"scheme": "A"}, "linked": False, "cookie": "b1", "acts": []}
FORBIDDING = {"papers": [{"day": "2026-04-02", "kind": "check_before_use", "finding": "may_not_use"}]}
CHANGES: Mapping[str, tuple[Mapping[str, Any], Change]] = {
    "a withdrawal": ({}, execute(ACT, action="withdraw", **SAID)),
    "an agreement": ({"acts": []}, execute(ACT, action="accept", **SAID)),
    "a look at a screen": ({}, look_at("registration", "stale")),
    "a notice to somebody else": ({}, execute("INSERT INTO notice VALUES (8, :at, 'scoring', NULL)")),
    "another reading of the words": ({}, mend_reading),
    "a new version of the words": ({"acts": STALE}, revise),
    "a purpose": ({}, of_contract(purpose="marketing")),
    "the end of a contract": ({}, of_contract(ends=BEFORE)),
    "no necessity": ({}, of_contract(necessity=None)),
    "an approval taken back": ({}, lambda session: put_terms(session, {"release": {"without": "legal"}})),
    "the end of a season": ({}, lambda session: put_terms(session, {"season": {"closes": BEFORE}})),
    "another law": (
        {"acts": [{**AGREED, "text": "no-training"}], "use": "train"},
        lambda session: put_terms(session, {"law": "JP-APPI-2017"}),
    ),
    "a confirmation": (BROWSER, confirm),
    "a check of the use": ({}, lambda session: record_papers(session, client_papers(FORBIDDING))),
}  # fmt: skip


async def asking(
    logins: DatabaseLogins,
    read_book: Callable[[], RegisterBook],
    ask: Callable[[OnlineGate], Coroutine[None, None, None]],
    asked_at: datetime | None = ASKED_AT,
) -> None:
    async def read() -> RegisterBook:
        return read_book()

    async with PromptGate.opened(logins.app, asked_at, ROW_KEY) as prompt:
        await ask(OnlineGate(prompt, read, RUN))


def book(database: Database) -> RegisterBook:
    with database.read() as session:
        return BookStore(session).read()


def by_batch(database: Database, use: Use) -> list[Any]:
    with database.write() as session:
        service = ServiceStore(session).terms()
        store = GateStore(session)
        terms = terms_of(service, service.clients[C1], use, ASKED_AT, law_on=day_of(ASKED_AT))
        asked = Gate(store, store).ask(terms, RunId("run"))
    return [told(decision) for decision in asked.decisions]


@pytest.mark.parametrize("changed", CHANGES)
def test_the_next_answer_shows_what_another_process_changed(
    changed: str, database: Database, logins: DatabaseLogins
) -> None:
    case, change = CHANGES[changed]
    use = Use(case.get("use", "provide"))
    with database.write() as session:
        record(session, {"acts": [AGREED], **case})
        add_key(session)
        put_terms(session, case)
        enter_all(session)

    async def ask(gate: OnlineGate) -> None:
        answers = []
        for _ in range(2):
            answer: QuestionResult = await gate.ask(KEY, C1, use, [A])
            assert answer.told == by_batch(database, use)
            answers.append(answer.told)
            if len(answers) == 1:
                with database.write() as session:
                    change(session)
                    enter_all(session)
        assert answers[0] != answers[1]

    asyncio.run(asking(logins, lambda: book(database), ask))


def test_every_table_that_the_book_is_read_from_tells_of_its_changes(database: Database) -> None:
    with database.write() as session:
        seen = [{"day": "2026-04-01", "text": "full"}]
        defects = [{"day": "2026-04-01"}]
        record(session, {"acts": [], "seen": seen, "receipts": [{"day": "2026-04-01"}], "incidents": defects})
        put_terms(session, {})
    database.close()  # a server process of its own counts what it reads, and nothing from before
    with database.read() as reading:
        BookStore(reading).read()
        read = reading.connection.scalars(
            text("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan + idx_scan > 0")
        ).all()
        watched = reading.connection.scalars(
            text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'tell_gate' AND tgenabled = 'A'")
        ).all()
    assert "client" in read
    entered_together = {"ledger_entry", "ledger_secret", "ledger_tile", "bound_rows"}  # with what they tell of
    unchanging = {"provision"}  # the season of a report, read beside its receipt
    assert set(read) - {"terms_version"} - entered_together - unchanging == set(watched)


def test_a_deed_that_is_not_kept_changes_no_version_and_one_that_is_changes_it_once(database: Database) -> None:
    def versions() -> int:
        with database.read() as session:
            return int(session.connection.scalar(text("SELECT version FROM terms_version")) or 0)

    began = versions()
    with database.what_if() as session:
        put_terms(session, {})
    assert versions() == began
    with database.write() as session:
        put_terms(session, {})
        put_terms(session, {"law": "JP-APPI-2017"})
    assert versions() == began + 1


def test_time_alone_brings_a_version_into_force(database: Database, logins: DatabaseLogins) -> None:
    """The book is read before, the question asked after: nobody changed anything in between."""
    with database.write() as session:
        record(session, {"acts": STALE, "in_force": {"full": "2026-04-09"}})
        add_key(session)
        put_terms(session, {})
    early = replace(book(database), read_at=ASKED_AT - timedelta(days=5))

    async def ask(gate: OnlineGate) -> None:
        assert (await gate.ask(KEY, C1, Use.PROVIDE, [A])).told == by_batch(database, Use.PROVIDE)

    asyncio.run(asking(logins, lambda: early, ask))


def test_a_key_for_one_client_is_answered_about_that_client_alone(database: Database, logins: DatabaseLogins) -> None:
    own, intake = hashed("own"), Intake(partial(intake_of, database), SystemClock())
    with database.write() as session:
        record(session, {"acts": [AGREED]})
        put_terms(session, {})
        add_key(session, own, client=C1)
        with pytest.raises(UsageError):
            add_key(session, hashed("third"), client=ClientId("C3"))

    async def ask(gate: OnlineGate) -> None:
        for _ in range(2):
            for other in (C2, ClientId("C3")):
                with pytest.raises(KeyMayNot) as refused:
                    await gate.ask(own, other, Use.PROVIDE, [A])
                assert not refused.value.values
            assert (await gate.ask(own, C1, Use.PROVIDE, [A])).told == by_batch(database, Use.PROVIDE)

    asyncio.run(asking(logins, lambda: book(database), ask))
    intake.check("own", KeyScope.DECISIONS, C1)
    with pytest.raises(KeyMayNot):
        intake.check("own", KeyScope.DECISIONS, C2)
    with pytest.raises(UsageError):
        intake.add_key("board's", [KeyScope.EVENTS], C1)


@contextmanager
def intake_of(database: Database) -> Iterator[PostgresIntakeStore]:
    with database.write() as session:
        yield PostgresIntakeStore(session)


def test_a_key_opens_what_it_is_for_and_others_applicants_are_as_unknown_as_nobodys(
    database: Database, logins: DatabaseLogins
) -> None:
    with database.write() as session:
        record(session, {"acts": [AGREED]})
        put_terms(session, {})
        add_key(session)
        add_key(session, hashed("for events"), KeyScope.EVENTS)
        session.act_for(C2)
        execute(
            "INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of) "
            "VALUES ('C2', '2026', 'theirs', 1, :at, :at)"
        )(session)

    async def ask(gate: OnlineGate) -> None:
        for key, refusal in ((b"guessed", KeyRefused), (hashed("for events"), KeyMayNot)):
            for _ in range(2):
                with pytest.raises(refusal):
                    await gate.ask(key, C1, Use.PROVIDE, [A])
            await gate.ask(KEY, C1, Use.PROVIDE, [A])
        with pytest.raises(UnknownClient):
            await gate.ask(KEY, ClientId("C3"), Use.PROVIDE, [A])
        theirs, nobodys = ApplicantId("theirs"), ApplicantId("nobody's ' \\ %s")
        answers = await gate.ask(KEY, C1, Use.PROVIDE, [theirs, A, nobodys, A])
        assert [one["applicant_id"] for one in answers.told] == [A]
        assert answers.unknown == [theirs, nobodys]
        assert [one["applicant_id"] for one in (await gate.ask(KEY, C2, Use.PROVIDE, [theirs, A])).told] == [theirs]

    asyncio.run(asking(logins, lambda: book(database), ask))


def test_nobody_is_allowed_whose_withdrawal_the_ledger_has_and_the_table_has_not(
    database: Database, logins: DatabaseLogins
) -> None:
    with database.write() as session:
        record(session, {"acts": [AGREED]})
        add_key(session)
        put_terms(session, {})
        enter_all(session)

    async def ask(gate: OnlineGate) -> None:
        [before] = (await gate.ask(KEY, C1, Use.PROVIDE, [A])).told
        assert before["decision"] == "allow"
        with database.write() as session:  # as it was before the act was deleted, and the seal of then put back
            member = session.connection.scalar(text("SELECT member_id FROM member WHERE member_no = 7"))
            entry = {"action": "withdraw", "client_id": None, "member_id": member, "screen_id": "me"}
            Ledger(PostgresLedgerStore(session), SIGNING).append([NewEntry(EntryType.WITHDRAWAL, BEFORE, entry)])
        [after] = (await gate.ask(KEY, C1, Use.PROVIDE, [A])).told
        assert after["reasons"] == ["DENY_LOG_INCONSISTENT"]
        assert [after] == by_batch(database, Use.PROVIDE)

    asyncio.run(asking(logins, lambda: book(database), ask))


def test_answers_are_kept_as_a_batch_keeps_them_and_enter_the_ledger_once(
    database: Database, logins: DatabaseLogins
) -> None:
    with database.write() as session:
        record(session, {"acts": STALE})
        put_terms(session, {})
        enter_all(session)
        add_key(session)

    async def ask(gate: OnlineGate) -> None:
        for use in (Use.PROVIDE, Use.PROVIDE, Use.TRAIN):
            await gate.ask(KEY, C1, use, [A, ApplicantId("unknown")])
        await gate.ask(KEY, C1, Use.PROVIDE, [ApplicantId("unknown")])

    asyncio.run(asking(logins, lambda: book(database), ask))
    by_batch(database, Use.PROVIDE)
    kept = text(
        "SELECT client_id, applicant_no, use, decided_at, allowed, reasons, elements, consent_no, confirmed_at, "
        "law_profile_id FROM gate_decision WHERE use = 'provide' AND run_id = :run"
    )
    with database.read(C1) as kept_by:
        online, batch = ([tuple(row) for row in kept_by.connection.execute(kept, {"run": run})] for run in (RUN, "run"))
    assert online == batch * 2
    assert (enter(database, C1), enter(database, C1), enter(database, C2)) == (4, 0, 0)
    with database.read(C1) as kept_by:
        entered = kept_by.connection.execute(
            text(
                "SELECT s.payload::jsonb ->> 'use', (s.payload::jsonb ->> 'questions')::int, "
                "(s.payload::jsonb ->> 'asked')::int, s.payload::jsonb -> 'denied_by' "
                "FROM ledger_secret s JOIN ledger_entry e USING (seq) WHERE e.type = 'refusals' ORDER BY 1"
            )
        ).all()
        assert not kept_by.connection.scalar(text("SELECT count(*) FROM gate_question WHERE ledger_seq IS NULL"))
    assert [tuple(row)[:3] for row in entered] == [("provide", 3, 2), ("train", 1, 1)]
    assert entered[0][3]["DENY_NOT_COVERED"] == 2


def enter(database: Database, of: ClientId) -> int:
    with database.write() as session:
        return enter_waiting(
            QuestionStore(session), Ledger(PostgresLedgerStore(session), SIGNING), of, ASKED_AT, ASKED_AT
        )


@pytest.mark.hypothesis
def test_online_and_batch_agree_whatever_people_did(postgres: EmbeddedPostgres) -> None:
    allowed = 0

    @few(1, 2)
    @given(histories(30, 40, asked=8))
    def holds(drawn: History) -> None:
        nonlocal allowed
        name = f"online_{next(_NUMBERS)}"
        run_as_superuser(postgres, f"CREATE DATABASE {name} TEMPLATE kanmon")
        logins = postgres.logins(name)
        database = Database(logins.app, ROW_KEY)
        with database.write() as session:
            record_people(session, drawn.people, drawn.seen, drawn.switched, drawn.hit)
            add_key(session)
        for one in drawn.asked:
            allowed += agree(database, logins, one.terms, len(drawn.people))
        database.close()
        run_as_superuser(postgres, f"DROP DATABASE {name} WITH (FORCE)")

    holds()
    assert allowed > 0


def agree(database: Database, logins: DatabaseLogins, terms: Terms, people: int) -> int:
    """Whether both answer a question alike; how many they allow."""
    assert terms.season is not None
    service = ServiceTerms(
        terms.profile.profile_id,
        Platform("", "", ""),
        terms.release,
        {terms.season.season_id: terms.season},
        {terms.client.client_id: terms.client},
    )

    def read() -> RegisterBook:
        with database.read() as seen:
            version, _ = BookStore(seen).version()
            acts = halts(seen.connection)
            return RegisterBook(
                version,
                terms.asked_at,
                service,
                BookStore(seen).registered(),
                {},
                acts,
                in_replays=terms.law_on is None,
            )

    with database.write() as session:
        batch = [told(one) for one in Gate(GateStore(session), GateStore(session)).ask(terms, RunId("run")).decisions]

    async def ask(gate: OnlineGate) -> None:
        names = [ApplicantId(f"A{number}") for number in range(1, people + 1)]
        answers = await gate.ask(KEY, terms.client.client_id, terms.use, names)
        assert answers.told == batch

    asyncio.run(asking(logins, read, ask, terms.asked_at))
    return sum(one["decision"] == "allow" for one in batch)
