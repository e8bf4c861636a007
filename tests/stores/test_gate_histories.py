"""The query that gathers the gate's facts answers like the world in memory, whatever people did."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from kanmon.clients.store import ServiceStore
from kanmon.consent.screens import Rendering
from kanmon.core.ids import ApplicantNo, RunId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.judging import EngineJudging
from kanmon.gate.decision import Decision
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.gate.switch.model import StopAct
from tests.drawn import examples, is_night
from tests.rows import enter_all, enter_word
from tests.unit.gate.test_histories import (
    C1,
    C2,
    SCREENS,
    SHOWN_FROM_TO,
    TEXTS,
    UNKNOWN,
    Asked,
    day,
    incidents,
    looks,
    persons,
    questions,
    switches,
)
from tests.unit.gate.worlds import Act, Incident, Person, Word, World


def distinct(person: Person) -> Person:
    """The person without acts recorded twice: the control plane keeps each act once."""
    by_key = {
        (act.at, act.until, act.screen, act.text_no, act.do, act.client, act.number >= 100): act for act in person.acts
    }
    corrected = {act.number for act in by_key.values() if act.is_corrected}
    kept = (act for act in by_key.values() if act.number < 100 or act.number - 100 in corrected)
    return replace(person, acts=tuple(kept))


def consent_no(member: int, number: int) -> int:
    return member * 1000 + number + 1


def write_looks(session: WriteSession, seen: Sequence[Rendering]) -> None:
    into = text("INSERT INTO rendering (screen_id, occurred_at, text_no) VALUES (:screen, :at, :text_no)")
    for look in seen:
        shown = {"screen": look.screen_id, "at": look.seen_at, "text_no": look.text_no}
        session.connection.execute(into, shown)


def record(
    session: WriteSession,
    people: Sequence[Person],
    seen: Sequence[Rendering],
    switched: Sequence[StopAct],
    hit: Sequence[Incident] = (),
) -> None:
    def write(statement: str, **values: object) -> None:
        session.connection.execute(text(statement), values)

    at = day(-1)
    write("INSERT INTO run VALUES ('run', 'test', :at, :at, false, NULL, 'began')", at=at)
    for season in ("0", "2026"):
        write("INSERT INTO season (season_id, opens_at, closes_at) VALUES (:season, :at, :at)", season=season, at=at)
    write("INSERT INTO client VALUES ('C1', '', '', '', '{}', :at), ('C2', '', '', '', '{}', :at)", at=at)
    for number, version in TEXTS.items():
        ServiceStore(session).add_policy_version(version, at)
        write_text(session, number, version.text_sha256)
    write_text(session, UNKNOWN, "0" * 64)
    for screen in set(SCREENS):
        shown = SHOWN_FROM_TO[screen]
        write(
            "INSERT INTO screen VALUES (:screen, '2026', :function, NULL, 'privacy', :begins, :ends)",
            screen=screen, function="member_registration" if shown.is_registration else screen,
            begins=shown.begins_at, ends=shown.ends_at,
        )  # fmt: skip
    write_looks(session, seen)
    for number, one in enumerate(switched):
        write_switched(session, number, one)
    for member, person in enumerate(people, start=1):
        write(
            "INSERT INTO member (member_no, member_id, season_id, registered_at) VALUES (:no, :name, '2026', :at)",
            no=member, name=f"M{member}", at=person.registered_at,
        )  # fmt: skip
        for note in person.notices:
            write("INSERT INTO notice VALUES (:no, :at, 'scoring', :client)", no=member, at=note.at, client=note.client)
        write_words(session, member, person.words)
        write_acts(session, member, person.acts)
    for client in (C1, C2):
        session.act_for(client)
        for member, person in enumerate(people, start=1):
            write(
                """INSERT INTO applicant
                    (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no, family_name)
                VALUES (:client, '2026', :name, :position, :at, :at, :member, :family_name)""",
                client=client, name=f"A{member}", position=member, at=at, member=member if person.is_linked else None,
                family_name="山田" if person.is_new else None,
            )  # fmt: skip
    enter_all(session)
    write_holds(session, people)
    write_incidents(session, hit, range(1, len(people) + 1))


def write_acts(session: WriteSession, member: int, acts: Sequence[Act]) -> None:
    for act in acts:
        write_act(session, member, act)
    for act in acts:
        if act.is_corrected:
            said = {"old": consent_no(member, act.number), "new": consent_no(member, 100 + act.number)}
            correction = text("INSERT INTO consent_correction (old_no, new_no) VALUES (:old, :new)")
            session.connection.execute(correction, said)


def write_text(session: WriteSession, number: int, sha256: str) -> None:
    statement = "INSERT INTO displayed_text (text_no, text_sha256) OVERRIDING SYSTEM VALUE VALUES (:number, :sha256)"
    session.connection.execute(text(statement), {"number": number, "sha256": sha256})


def write_switched(session: WriteSession, number: int, act: StopAct) -> None:
    statement = """
        INSERT INTO stop_act (action, client_id, season_id, acted_at, real_at, person, because, consents_doubted,
            ledger_seq)
        VALUES (:act, :client, :season, :at, :at, 'p', 'b', :doubts, :number)
        """
    said = {"act": act.act, "client": act.scope.client_id, "season": act.scope.season, "at": act.at}
    session.connection.execute(text(statement), {**said, "doubts": act.consents_doubted, "number": number})


def write_incidents(session: WriteSession, incidents: Sequence[Incident], members: Collection[int]) -> None:
    """The incidents, each with those of its persons whose numbers are members'."""
    for number, incident in enumerate(incidents):
        write_incident(session, number, incident, members)


def write_incident(session: WriteSession, number: int, incident: Incident, members: Collection[int]) -> None:
    hold = incident.hold
    said = {"incident": f"I-2026-{number:03}", "seq": 9000 + number, "since": hold.since, "until": hold.until}
    write = session.connection.execute
    write(text("INSERT INTO ledger_entry VALUES (:seq, 'incident', :since, decode(repeat('00', 32), 'hex'))"), said)
    write(
        text(
            """
            INSERT INTO incident (incident_id, class, title, client_id, season_id, since, known_at, opened_at, real_at,
                opened_by, is_sensitive, is_property, is_wrongful, ledger_seq, set_sha256, computed_at)
            VALUES (:incident, 'U', 't', :client, :season, :since, :since, :since, :since, 'o', false, false, false,
                :seq, CASE WHEN CAST(:until AS timestamptz) IS NOT NULL THEN sha256('') END, :until)
            """
        ),
        {**said, "client": hold.scope.client_id, "season": hold.scope.season},
    )
    for member in sorted(incident.persons & set(members)):
        statement = "INSERT INTO incident_affected VALUES (:incident, :member, 'C2', '2026', 'R1', :since, 1)"
        write(text(statement), {**said, "member": member})


def write_words(session: WriteSession, member: int, words: Sequence[Word]) -> None:
    statement = """
        WITH asked AS (
            INSERT INTO person_request (member_no, type, method, received_at, ledger_seq)
            VALUES (:member, 'objection', 'electronic', :at, :seq) RETURNING request_no
        )
        INSERT INTO objection (request_no, member_no, occurred_at, action, client_id, use)
        SELECT request_no, :member, :at, :do, :client, :use FROM asked
        """
    for word in words:
        seq = enter_word(session, member, word.at, word.do, word.client, word.is_of_training)
        use = "train" if word.is_of_training else None
        said = {"member": member, "at": word.at, "do": word.do, "client": word.client, "use": use, "seq": seq}
        session.connection.execute(text(statement), said)


def write_holds(session: WriteSession, people: Sequence[Person]) -> None:
    for member, person in enumerate(people, start=1):
        for client in person.holds:
            write_hold(session, client=client, member=member)


def write_hold(
    session: WriteSession,
    *,
    client: str | None = None,
    member: int | None = None,
    applicant: int | None = None,
    dataset: str = "consents",
    is_lifted: bool = False,
) -> None:
    """A hold of a member, of a client's row or, where neither is named, of nobody."""
    write = session.connection.execute
    said = {"client": client, "member": member, "applicant": applicant, "dataset": dataset, "lifted": is_lifted}
    seq = write(text("SELECT coalesce(max(seq) + 1, 8000) FROM ledger_entry")).scalar_one()
    entry = "INSERT INTO ledger_entry VALUES (:seq, 'consent_hold', :at, decode(repeat('00', 32), 'hex'))"
    write(text(entry), {"seq": seq, "at": day(0)})
    write(
        text(
            """
            INSERT INTO consent_hold (row_sha256, client_id, member_no, applicant_no, dataset, source, file_sha256,
                line, written, at_column, fault, is_client_read, after_no, held_at, real_at, ledger_seq)
            VALUES ('', :client, :member, :applicant, :dataset, 'f.csv', '', 2, 'r', 'action', 'not_allowed', true, 0,
                :at, :at, :seq)
            """
        ),
        {**said, "seq": seq, "at": day(0)},
    )
    if is_lifted:
        lift = """UPDATE consent_hold SET ended_at = :at, ended_real_at = :at, end_seq = :seq, ended_by = 'o',
            because = 'b' WHERE ledger_seq = :seq"""
        write(text(lift), {"seq": seq, "at": day(0)})


def write_act(session: WriteSession, member: int, act: Act) -> None:
    statement = """
        INSERT INTO consent_act
            (consent_no, member_no, occurred_at, screen_id, text_no, action, client_id, refusable, revision, latest_at,
            known_at, load_id)
        OVERRIDING SYSTEM VALUE
        VALUES (:no, :member, :at, :screen, :text_no, :do, :client, :refusable, :revision, :until, :known, 1)
        """
    said = {
        "no": consent_no(member, act.number), "member": member, "at": act.at, "screen": act.screen,
        "text_no": act.text_no, "do": act.do, "client": act.client, "refusable": act.refusable,
        "revision": 1 if act.number >= 100 else 0, "until": act.until, "known": act.known_at,
    }  # fmt: skip
    session.connection.execute(text(statement), said)


@dataclass(frozen=True)
class History:
    """What people did, what their screens showed, what else happened, and what is asked about them."""

    people: list[Person]
    seen: list[Rendering]
    switched: list[StopAct]
    hit: list[Incident]
    asked: list[Asked]

    @property
    def world(self) -> World:
        """All of it in memory, acts numbered as the control plane numbers them."""
        people = [numbered(member, person) for member, person in enumerate(self.people, start=1)]
        return World(people, TEXTS, self.seen, switched=self.switched, incidents=self.hit, screens=SHOWN_FROM_TO)


def histories(
    fewest: int, most: int, asked: int, most_asked: int | None = None, *, never_quiet: bool = False
) -> st.SearchStrategy[History]:
    """Histories of so many people; unless `never_quiet`, some have no act of the switch or no incident."""
    quiet: st.SearchStrategy[list[Any]] = st.nothing() if never_quiet else st.just([])
    return st.builds(
        History,
        st.lists(persons.map(distinct), min_size=fewest, max_size=most),
        looks,
        quiet | switches,
        quiet | incidents,
        st.lists(questions, min_size=asked, max_size=most_asked),
    )


def few(by_day: int, by_night: int) -> settings:
    """So many of them, by day the same each time, and none made smaller: each costs a database."""
    return settings(
        max_examples=examples(by_day, by_night),
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not is_night(),
    )


def told(decisions: Sequence[Decision]) -> list[tuple[int | None, object]]:
    return [(one.clearance.evidence_id if one.clearance else None, one.reasons) for one in decisions]


@pytest.mark.hypothesis
def test_the_query_the_engine_and_the_world_in_memory_answer_alike(database: Database, tmp_path: Path) -> None:
    """The engine judges evidence as it lies in the database (`gate.facts`)."""
    allowed = 0
    on_engine = EngineJudging(OpenDuckDB(tmp_path))

    @few(2, 6)
    @given(histories(25, 30, asked=6))
    def holds(drawn: History) -> None:
        nonlocal allowed
        world = drawn.world
        with database.what_if() as session:
            record(session, drawn.people, drawn.seen, drawn.switched, drawn.hit)
            store = GateStore(session)
            for one in drawn.asked:
                decisions = Gate(store, store).ask(one.terms, RunId("run"), computed(session, one)).decisions
                assert told(decisions) == told(world.ask(one.terms, one.computed_at))
                again = Gate(store, store, on_engine).ask(one.terms, RunId("run"), computed(session, one))
                assert again.decisions == decisions
                allowed += sum(decision.is_allowed for decision in decisions)

    holds()
    assert allowed > 0


def numbered(member: int, person: Person) -> Person:
    """The person with acts numbered as the control plane numbers them."""
    return replace(person, acts=tuple(replace(act, number=consent_no(member, act.number)) for act in person.acts))


def computed(session: WriteSession, asked: Asked) -> dict[ApplicantNo, datetime]:
    session.act_for(asked.client)
    numbers = session.connection.execute(text("SELECT applicant_no FROM applicant")).scalars()
    return {ApplicantNo(number): asked.computed_at for number in numbers if asked.computed_at}
