"""Judged from the rows of PostgreSQL, provisions stand and fall as from the world in memory, and as the gate says."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

import pytest
from sqlalchemy import text

from kanmon.audits.rejudgement.audit import RejudgementResult, Span, chosen, rejudge
from kanmon.audits.rejudgement.faults import ProvisionFault
from kanmon.audits.rejudgement.store import PostgresRejudgementReader, RejudgementRecord
from kanmon.clients.contract import Contract
from kanmon.core.errors import UnknownClient
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.gate.question import Terms
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from tests.decisions.cases import client_papers
from tests.decisions.test_gate import record_papers
from tests.rows import KEY, seal_acts
from tests.stores.test_gate_histories import consent_no, distinct, numbered, record
from tests.unit.audits.rejudgement.cases import DRAWN, Drawn, cases, dealings_of
from tests.unit.gate.test_histories import FULL, STALE, TEXTS, day
from tests.unit.gate.worlds import Act, Person, World

EVER = Span(day(-100), day(100))
PROVISION = text(
    """
    INSERT INTO provision (provision_id, run_id, client_id, season_id, acted_at, real_at, is_replay, content_sha256,
        law_profile_id, recipient, report)
    VALUES (:provision, 'run', :client, '2026', :at, clock_timestamp(), false, '', :law, '{}', '{}')
    """
)
RECORD = text(
    """
    WITH scored AS (
        INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, confirmed_at)
        SELECT 'run', :client, applicant_no, 'm', 5000, :computed_at, :at FROM applicant
        WHERE client_id = :client AND applicant_id = :applicant RETURNING score_no, applicant_no
    )
    INSERT INTO provision_record (provision_id, client_id, applicant_no, member_no, consent_no, items, score_no,
        provided_at, created_at, retain_until, method, confirmed_at, confirmation_method)
    SELECT :provision, :client, applicant_no, :member, :evidence, '{score}', score_no, :at, :at, '2030-01-01', '',
        :at, ''
    FROM scored
    """
)


def agree(session: WriteSession, terms: Terms) -> None:
    """Load terms in place of those that were there."""
    dealings = dealings_of(terms)
    said = {"release": json.dumps(dealings.release), "law": terms.profile.profile_id, "at": day(-1)}
    session.connection.execute(
        text(
            "INSERT INTO service (id, law_profile_id, platform, release, loaded_at) VALUES (true, :law, '{}', "
            "CAST(:release AS jsonb), :at) ON CONFLICT (id) DO UPDATE SET release = excluded.release"
        ),
        said,
    )
    session.connection.execute(
        text(
            "UPDATE client SET legal_name = :legal_name, address = :address, representative = :representative, "
            "contract = CAST(:contract AS jsonb) WHERE client_id = :client"
        ),
        {**dealings.client, "contract": json.dumps(dealings.contract), "client": terms.client.client_id},
    )
    assert terms.season is not None
    session.connection.execute(
        text("UPDATE season SET opens_at = :opens, closes_at = :closes WHERE season_id = '2026'"),
        {"opens": terms.season.opens_at, "closes": terms.season.closes_at},
    )


def provide(session: WriteSession, name: str, drawn: Drawn, evidence: Sequence[int | None]) -> None:
    """Record a provision to everybody, allowed or not."""
    client = drawn.terms.client.client_id
    agree(session, drawn.terms)
    session.act_for(client)
    said = {"provision": name, "client": client, "at": drawn.terms.asked_at, "law": drawn.terms.profile.profile_id}
    session.connection.execute(PROVISION, said)
    for member, (person, number) in enumerate(zip(drawn.world.persons, evidence, strict=True), start=1):
        row = {"applicant": f"A{member}", "member": member if person.is_linked else None, "evidence": number}
        session.connection.execute(RECORD, {**said, **row, "computed_at": drawn.computed_at})


def in_store(drawn: Drawn) -> Drawn:
    """The case with what this test writes down: no drawn texts, declarations, browsers, receipts or locks; a season.

    No paper is dated ahead of its record: the table takes none.
    """
    people = []
    for member, person in enumerate(drawn.world.persons, start=1):
        kept = tuple(act for act in person.acts if act.text_no not in DRAWN)
        known = distinct(replace(person, acts=kept, confirmation=None, cookie_id=None))
        people.append(replace(numbered(member, known), is_linked=person.is_linked and bool(known.acts)))
    terms = drawn.terms
    if terms.season is None:
        terms = replace(terms, season=replace(DEFAULT_SEASON, opens_at=terms.asked_at))
    contract = replace(terms.client.contract, decision_lock=False, withheld_share=None)
    terms = replace(terms, client=replace(terms.client, contract=contract))
    texts = {number: TEXTS[number] for number in drawn.world.texts if number not in DRAWN}
    world = World(people, texts, drawn.world.looks)
    world = replace(world, switched=drawn.world.switched, incidents=drawn.world.incidents, screens=drawn.world.screens)
    papers = [paper for paper in drawn.world.client_papers if paper.dated_at <= paper.recorded_at]
    world = replace(world, client_papers=papers)
    return Drawn(world, terms, drawn.computed_at)


def first_act(person: Person) -> int | None:
    return next((act.number for act in person.acts if person.is_linked), None)


DEFAULT_SEASON = next(drawn.terms.season for drawn in cases(Random(0), 1) if drawn.terms.season)


def unnumbered(person: Person, member: int) -> Person:
    acts = tuple(replace(act, number=act.number - consent_no(member, 0)) for act in person.acts)
    return replace(person, acts=acts)


def test_rows_are_judged_as_the_world_in_memory_and_as_the_gate_judges(database: Database) -> None:
    allowed = 0
    for drawn in islice(cases(Random(3), people=25), 0, 24, 2):
        one = in_store(drawn)
        with database.what_if() as session:
            people = [unnumbered(person, member) for member, person in enumerate(one.world.persons, start=1)]
            record(session, people, one.world.looks, one.world.switched, one.world.incidents)
            record_papers(session, one.world.client_papers)
            said = zip(one.world.persons, one.gate_says, strict=True)
            evidence = [
                number or next((act.number for act in person.acts if person.is_linked), None)
                for person, (_, number) in said
            ]
            provide(session, "p1", one, evidence)
            client = one.terms.client.client_id
            found = rejudge(PostgresRejudgementReader(session), [client], EVER, in_replays=one.in_replays)
        assert found.judged == {client: 25}
        fell = {one.case.applicant_id: set(one.faults) for one in found.fallen}
        expected = {f"A{n}": set(faults) for n, faults in enumerate(one.judged_afresh(evidence), start=1) if faults}
        assert fell == expected
        assert [f"A{n}" not in fell for n in range(1, 26)] == [is_allowed for is_allowed, _ in one.gate_says]
        allowed += sum(is_allowed for is_allowed, _ in one.gate_says)
    assert allowed > 10


def agreeing(at: datetime) -> Drawn:
    """One person who agreed, and a client with whom nothing is wrong."""
    acts = (Act(consent_no(1, 0), day(1), "accept", FULL), Act(consent_no(1, 1), day(1), "accept", STALE))
    for drawn in cases(Random(1), 1):
        terms = replace(
            drawn.terms, asked_at=at, client=replace(drawn.terms.client, contract=_checked(drawn.terms, at))
        )
        texts = {n: t for n, t in drawn.world.texts.items() if n not in DRAWN}
        found = Drawn(World([Person(acts=acts, registered_at=day(-1))], texts), terms, day(2))
        if terms.client.contract.scheme == "B" and found.gate_says == [(True, acts[0].number)]:
            return found
    raise AssertionError


def _checked(terms: Terms, at: datetime) -> Contract:
    return replace(terms.client.contract, pre_use_check_at=at)


def rejudged(database: Database, drawn: Drawn, *later: str, act: int = 0) -> tuple[RejudgementResult, ClientId]:
    client = drawn.terms.client.client_id
    with database.write() as session:
        record(session, [unnumbered(drawn.world.persons[0], 1)], (), ())
        provide(session, "p1", drawn, [consent_no(1, act)])
        for statement in later:
            session.connection.execute(text(statement), {"client": client})
        seal_acts(session)
    with database.read() as session:
        papers = PostgresRejudgementReader(session)
        return rejudge(papers, chosen(papers, [client]), EVER, in_replays=True), client


def test_terms_are_those_of_the_time(database: Database) -> None:
    """A contract that was renewed since, with a later check of the use, doesn't make what was right fall."""
    renewed = 'UPDATE client SET contract = contract || \'{"pre_use_check_at": "2026-08-01T00:00:00Z"}\''
    found, client = rejudged(database, agreeing(day(4)), renewed)
    assert (found.judged[client], found.fallen) == (1, ())
    with database.read() as session:
        now = next(PostgresRejudgementReader(session).cases(client, EVER))[1]
    assert not now.contract["pre_use_check_at"].startswith("2026-08")


HELD = """
    WITH entry AS (
        INSERT INTO ledger_entry SELECT coalesce(max(seq) + 1, 1), 'consent_hold', now(), sha256('') FROM ledger_entry
        RETURNING seq
    )
    INSERT INTO consent_hold (row_sha256, member_no, client_id, dataset, source, file_sha256, written, at_column, fault,
        is_client_read, after_no, held_at, real_at, ledger_seq, ended_at, ended_real_at, end_seq)
    SELECT '', 1, {client}, 'consents', 'f', '', 'r', '', 'broken_row', true, 0, now(), {held}, seq,
        {ended}, {ended}, CASE WHEN {ended} IS NOT NULL THEN seq END
    FROM entry
    """
HELD_THEN = {"client": "NULL", "held": "now() - interval '1 day'", "ended": "CAST(NULL AS timestamptz)"}


@pytest.mark.parametrize(
    ("hold", "falls"),
    [
        ({}, True),
        ({"client": ":client"}, True),
        ({"client": "CASE WHEN :client = 'C1' THEN 'C2' ELSE 'C1' END"}, False),
        ({"held": "now() + interval '1 day'"}, False),
        ({"ended": "now() - interval '1 hour'"}, False),
        ({"ended": "now() + interval '1 hour'"}, True),
    ],
)
def test_what_lay_unread_when_a_provision_was_made_makes_it_fall(
    database: Database, hold: dict[str, str], falls: bool
) -> None:
    found, client = rejudged(database, agreeing(day(4)), HELD.format(**HELD_THEN | hold))
    assert found.judged[client] == 1
    assert [one.faults for one in found.fallen] == ([(ProvisionFault.NOT_READ,)] if falls else [])


WITHDRAWN = """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    VALUES (1, 1, '2026-04-04', 'registration', 1, 'withdraw')
    """
STOPPED = """
    INSERT INTO stop_act (action, acted_at, real_at, person, because, consents_doubted, ledger_seq)
    VALUES ('stop', '2026-04-04', '2026-04-04', 'p', 'b', false, 1)
    """


@pytest.mark.parametrize(
    ("later", "fault"),
    [
        (WITHDRAWN, ProvisionFault.NOTHING_AGREED),
        (STOPPED, ProvisionFault.STOPPED),
    ],
)
def test_what_became_known_since_counts(database: Database, later: str, fault: ProvisionFault) -> None:
    found, _ = rejudged(database, agreeing(day(4)), later)
    [fallen] = found.fallen
    assert fallen.faults == (fault,)


@pytest.mark.parametrize(
    ("filed", "faults"),
    [
        ([], {ProvisionFault.USE_NOT_CHECKED}),
        ([("check_before_use", 3, 3, "may_use")], set()),
        ([("check_before_use", 3, 5, "may_use")], {ProvisionFault.USE_NOT_CHECKED}),
        (
            [("check_after_use", 2, 2, "may_not_use")],
            {ProvisionFault.USE_NOT_CHECKED, ProvisionFault.USE_FORBIDDEN},
        ),
        ([("check_before_use", 2, 2, "may_not_use"), ("check_before_use", 3, 3, "with_conditions")], set()),
    ],
)
def test_checks_on_record_speak_for_provisions_after_them(
    database: Database, filed: list[tuple[str, int, int, str]], faults: set[ProvisionFault]
) -> None:
    drawn = agreeing(day(4))
    unstated = replace(drawn.terms.client.contract, pre_use_check_at=None)
    drawn = replace(drawn, terms=replace(drawn.terms, client=replace(drawn.terms.client, contract=unstated)))
    _, client = rejudged(database, drawn)
    papers = [
        {"kind": kind, "day": day(dated).isoformat(), "recorded": day(recorded).isoformat(), "finding": finding}
        for kind, dated, recorded, finding in filed
    ]
    with database.write() as session:
        record_papers(session, [replace(one, client_id=client) for one in client_papers({"papers": papers})])
    with database.read() as session:
        found = rejudge(PostgresRejudgementReader(session), [client], EVER, in_replays=True)
    assert {fault for one in found.fallen for fault in one.faults} == faults


def test_the_record_has_to_name_evidence_that_it_could_rest_on(database: Database) -> None:
    found, _ = rejudged(database, agreeing(day(4)), act=1)
    assert [one.faults for one in found.fallen] == [(ProvisionFault.OTHER_EVIDENCE,)]


def test_the_outcome_is_kept(database: Database) -> None:
    found, client = rejudged(database, agreeing(day(4)))
    with database.what_if() as session:
        assert RejudgementRecord(session).last() is None
        (seq,) = Ledger(PostgresLedgerStore(session), KEY).append([found.entry(day(5))])
        RejudgementRecord(session).keep(found, day(5), seq)
        kept = RejudgementRecord(session).last()
    assert kept is not None
    assert (kept.clients, kept.judged, kept.fallen, kept.ledger_seq) == ([client], 1, 0, seq)
    assert kept.result_sha256 == found.sha256()
    assert kept.until - kept.since == timedelta(days=200)


def test_an_unknown_client_is_told(database: Database) -> None:
    with database.read() as session, pytest.raises(UnknownClient):
        chosen(PostgresRejudgementReader(session), [ClientId("nobody")])
