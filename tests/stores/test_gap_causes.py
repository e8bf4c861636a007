"""The strict gap, its causes and whom an incident affects, as an oracle of its own has them, over random histories."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from kanmon.audits.gap.model import Gap, GapRule
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.clients.contract import Client, Contract, Platform, Scheme, Season, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2022
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.consent.screens import Screen
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId, ScreenId, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.function_use import LakeFunctionUse
from kanmon.incidents.model import AffectedPerson
from tests.decisions.cases import statements
from tests.stores.gap_oracle import (
    BEGINS,
    CLIENTS,
    COVERS,
    ENDS,
    FROM,
    LASTS,
    MAIN_OPENS,
    Act,
    Delivery,
    History,
    cause,
)
from tests.tables import tables

SINCE = datetime(2025, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
SEASON = Season(SeasonId("2026"), SINCE - 270 * DAY, SINCE + MAIN_OPENS * DAY, SINCE + 300 * DAY)
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, SINCE, SINCE + 300 * DAY, SEASON.season_id, SEASON.season_id, "follow_up_support",
    frozenset({"selection"}), "score", "", (), None, None, None, None,
)  # fmt: skip


def on(day: int) -> datetime:
    return SINCE + day * DAY


def histories(count: int, seed: int) -> Iterator[History]:
    draw = random.Random(seed)
    numbers = iter(range(1, 100_000))
    for member in range(count):
        registered = draw.choice([-50, -50, -10, 3, 20, 41])
        acts = tuple(
            Act(
                next(numbers),
                draw.randint(-60, 110) if draw.random() < 0.3 else draw.randint(max(registered, -5), 70),
                draw.choice(["accept", "accept", "accept", "refuse", "withdraw"]),
                draw.choice([1, 1, 1, 2, 2, 3, 4]),
                draw.choice(["registration", "s1", "s1"]),
                draw.choice([None, None, None, *CLIENTS]),
                draw.choice([True, None, True, None, False]),
            )
            for _ in range(draw.choice([0, 1, 1, 2, 2, 3, 4]))
        )
        deliveries = tuple(
            Delivery(draw.choice(CLIENTS), draw.randint(BEGINS - 3, ENDS + 3), draw.random() < 0.5)
            for _ in range(draw.choice([1, 1, 2, 3]))
        )
        yield History(f"M{member:05}", registered, acts, deliveries)


def policy_version(number: int) -> PolicyVersion:
    said = statements() | {
        Element.RECIPIENTS: Statement("…", Recipients(frozenset(ClientId(client) for client in COVERS[number])))
    }
    clauses = (Clause("c1", said),) if COVERS[number] else ()
    return PolicyVersion(
        PolicyId("privacy"), PolicyVersionId(str(number)), "ja", on(FROM[number]), f"{number}…", clauses,
        consent_valid_days=LASTS.get(number),
    )  # fmt: skip


def write_terms(database: Database) -> None:
    clients = {
        ClientId(name): Client(
            ClientId(name), name, "a", "r",
            replace(CONTRACT, scheme=Scheme.HASHED_NAMES) if name == "hashed" else CONTRACT,
        )
        for name in CLIENTS
    }  # fmt: skip
    terms = ServiceTerms(JP_APPI_2022.profile_id, Platform("p", "a", "r"), None, {SEASON.season_id: SEASON}, clients)
    with database.write() as session:
        store = ServiceStore(session)
        store.replace_terms(terms, SINCE)
        for number in sorted(COVERS):
            if number in FROM:
                store.add_policy_version(policy_version(number), SINCE)
            sha256 = policy_version(number).text_sha256 if number in FROM else "0" * 64
            session.connection.execute(insert(tables.displayed_text).values(text_sha256=sha256))
        for screen_id, function in (("registration", "member_registration"), ("s1", "web_test")):
            store.replace_screen(
                Screen(ScreenId(screen_id), SEASON.season_id, function, PolicyId("privacy"), on(-400), None)
            )


def write_histories(database: Database, people: list[History]) -> None:
    with database.write() as session:
        run = session.connection.execute
        for number, person in enumerate(people, start=1):
            run(insert(tables.member).values(
                member_no=number, member_id=person.member, season_id="2026", registered_at=on(person.registered)
            ))  # fmt: skip
            for act in person.acts:
                run(
                    text(
                        """INSERT INTO consent_act (consent_no, member_no, occurred_at, screen_id, text_no, action,
                               client_id, refusable, load_id) OVERRIDING SYSTEM VALUE
                        VALUES (:no, :member, :at, :screen, :text, :did, :client, :refusable, 1)"""
                    ),
                    {"no": act.number, "member": number, "at": on(act.day), "screen": act.screen, "text": act.text,
                     "did": act.did, "client": act.client, "refusable": act.refusable},
                )  # fmt: skip
    for client in CLIENTS:
        rows = [
            (number, person, delivery)
            for number, person in enumerate(people, start=1)
            for delivery in person.deliveries
            if delivery.client == client
        ]
        with database.write(ClientId(client)) as session:
            run = session.connection.execute
            run(insert(tables.run).values(
                run_id=client, command="provide", acted_at=SINCE, real_at=SINCE, is_replay=False, state="done",
            ))  # fmt: skip
            run(insert(tables.provision).values(
                provision_id=client, run_id=client, client_id=client, season_id="2026", acted_at=SINCE, real_at=SINCE,
                is_replay=False, content_sha256="", law_profile_id="", recipient={}, report={},
            ))  # fmt: skip
            for place, (number, _, delivery) in enumerate(rows):
                no = run(insert(tables.applicant).values(
                    client_id=client, season_id="2026", applicant_id=f"a{place}", position=place, applied_at=SINCE,
                    as_of=on(delivery.day), brought_member_no=number,
                ).returning(tables.applicant.c.applicant_no)).scalar_one()  # fmt: skip
                if delivery.went:
                    at = on(delivery.day)
                    run(insert(tables.provision_record).values(
                        provision_id=client, client_id=client, applicant_no=no, member_no=number, consent_no=1,
                        items=[], score_no=1, provided_at=at, created_at=at, retain_until=at, method="",
                    ))  # fmt: skip


def wanted(people: list[History]) -> list[tuple[str, str, int, str, bool]]:
    return sorted(
        (person.member, delivery.client, delivery.day, why, delivery.went)
        for person in people
        for delivery in person.deliveries
        if BEGINS <= delivery.day < ENDS and (why := cause(person, delivery)) is not None
    )


@pytest.fixture
def audit(database: Database, tmp_path: Path) -> "AuditedWorld":
    write_terms(database)
    return AuditedWorld(database, tmp_path / "lake")


class AuditedWorld:
    """The control plane that histories are written to."""

    def __init__(self, database: Database, lake: Path) -> None:
        self.database = database
        self._lake = lake

    def find(self, rule: GapRule, *, only_provided: bool = False) -> Gap:
        with self.database.read() as session:
            audit = GapAudit(AuditStore(session), LakeFunctionUse(OpenDuckDB(self._lake)))
            return audit.find(SEASON.season_id, on(BEGINS), on(ENDS), rule, only_provided=only_provided)

    def affected(self, rule: GapRule) -> list[AffectedPerson]:
        with self.database.read() as session:
            audit = GapAudit(AuditStore(session), LakeFunctionUse(OpenDuckDB(self._lake)))
            return audit.affected(SEASON.season_id, on(BEGINS), on(ENDS), rule, only_provided=True)


@pytest.mark.parametrize("count", [100, 1000])
def test_set_and_cause_are_those_of_the_oracle(
    audit: AuditedWorld, record_property: Callable[[str, object], None], count: int
) -> None:
    people = list(histories(count, seed=18 + count))
    write_histories(audit.database, people)
    expected = wanted(people)

    strict = audit.find(GapRule.STRICT)
    found = sorted(
        (one.member_id, one.client_id, round((one.at - SINCE) / DAY), str(one.cause), one.went)
        for one in strict.deliveries
    )
    assert found == expected
    assert strict.members == tuple(sorted({member for member, *_ in expected}))
    by_cause = Counter(why for _, why in {(member, why) for member, _, _, why, _ in expected})
    assert strict.reasons == by_cause
    assert len(by_cause) >= 9, "the histories are too much alike to show anything"
    record_property(
        "gap",
        {
            "histories": count,
            "people": strict.count,
            "causes": {str(cause): many for cause, many in strict.reasons.items()},
        },
    )

    gone = {(member, client) for member, client, _, _, went in expected if went}
    assert {(one.member_id, one.client_id) for one in audit.affected(GapRule.STRICT)} == gone
    assert all(one.went for one in audit.affected(GapRule.STRICT))
    released = audit.affected(GapRule.RELEASE)
    assert released
    assert {(one.member_id, one.client_id) for one in released} <= gone
    assert all(one.went for one in released)


def test_published_set_is_the_sql_of_the_requirements(audit: AuditedWorld) -> None:
    people = list(histories(100, seed=7))
    write_histories(audit.database, people)
    found = audit.find(GapRule.RELEASE)
    expected = {
        person.member
        for person in people
        if any(delivery.client != "hashed" and BEGINS <= delivery.day < ENDS for delivery in person.deliveries)
        and not any(act.screen == "s1" and act.did != "withdraw" and BEGINS <= act.day < ENDS for act in person.acts)
    }
    assert set(found.members) == expected
    assert sum(found.reasons.values()) == found.count
    assert "CONSENT_STOOD" in found.reasons
