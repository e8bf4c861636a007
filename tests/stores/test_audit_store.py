"""The audit over a control plane: what went and would go, which acts count, and each reason (section 6.5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from kanmon.audits.gap.model import Gap, GapReason, GapRule
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.clients.contract import Client, Contract, Platform, Scheme, Season, ServiceTerms
from kanmon.clients.price import Price, recorded
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.consent.screens import Screen
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId, ScreenId, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.function_use import LakeFunctionUse
from kanmon.gate.decision import ReasonCode
from tests.tables import tables

SINCE = datetime(2019, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
UNTIL = SINCE + 100 * DAY
SEASON = Season(SeasonId("2020"), SINCE - 270 * DAY, SINCE, UNTIL + 100 * DAY)
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, SINCE, UNTIL, SEASON.season_id, SEASON.season_id, "follow_up_support",
    frozenset({"selection"}), "score", "", (), None, None, None, None,
)  # fmt: skip
CLIENTS = [
    Client(ClientId("one"), "one", "a", "r", CONTRACT),
    Client(ClientId("other"), "other", "a", "r", CONTRACT),
    Client(ClientId("cookie"), "cookie", "a", "r", replace(CONTRACT, scheme=Scheme.COOKIE)),
    Client(ClientId("hashed"), "hashed", "a", "r", replace(CONTRACT, scheme=Scheme.HASHED_NAMES)),
]
SAID = {element: Statement("提供します") for element in JP_APPI_2017.core}
COVERING = PolicyVersion(
    PolicyId("privacy"), PolicyVersionId("1"), "ja", SINCE, "提供します",
    (Clause("c1", SAID | {
        Element.RECIPIENTS: Statement("提供します", Recipients(open_class="企業")),
        Element.PURPOSE: Statement("提供します", "follow_up_support"),
    }),),
)  # fmt: skip
NARROW = replace(COVERING, version_id=PolicyVersionId("0"), text="何もしません", clauses=())
AGED = GapReason.PRE_REVISION_MEMBER
WITHDRAWN, UNDECIDABLE = ReasonCode.CONSENT_WITHDRAWN, ReasonCode.UNDECIDABLE_ORDER
NOTHING, CONTRADICTED = ReasonCode.NO_CONSENT, ReasonCode.LOG_INCONSISTENT


class World:
    """One member of the season, registered before the window, and whatever a test says happened."""

    def __init__(self, database: Database, lake: Path) -> None:
        self.database = database
        self.lake = lake
        self._applicants = 0
        terms = ServiceTerms(
            JP_APPI_2017.profile_id,
            Platform("p", "a", "r"),
            None,
            {SEASON.season_id: SEASON},
            {client.client_id: client for client in CLIENTS},
        )
        with database.write() as session:
            store = ServiceStore(session)
            store.replace_terms(terms, SINCE)
            for version in (COVERING, NARROW):
                store.add_policy_version(version, SINCE)
            for screen_id, function in (("registration", "member_registration"), ("s1", "web_test")):
                store.replace_screen(
                    Screen(ScreenId(screen_id), SEASON.season_id, function, COVERING.policy_id, None, None)
                )
            session.connection.execute(
                insert(tables.member).values(member_no=1, member_id="M1", season_id="2020", registered_at=SINCE - DAY)
            )
            for version in (COVERING, NARROW):
                session.connection.execute(insert(tables.displayed_text).values(text_sha256=version.text_sha256))

    def acted(
        self,
        action: str,
        day: float,
        *,
        until: float | None = None,
        text: int = 1,
        screen: str = "s1",
        client: str | None = None,
        known: float | None = None,
    ) -> None:
        """Record an act of a day, or of some moment up to `until`, which a file told of on the day `known`."""
        later, read_at = (None if one is None else SINCE + one * DAY for one in (until, known))
        with self.database.write() as session:
            session.connection.execute(
                insert(tables.consent_act).values(
                    member_no=1, occurred_at=SINCE + day * DAY, screen_id=screen, text_no=text, action=action,
                    client_id=client, load_id=1, latest_at=later, known_at=read_at,
                )
            )  # fmt: skip

    def applied(self, client: str, day: float, provided_on: tuple[float, ...] = (), price: Price | None = None) -> None:
        """Hand in an applicant whose score speaks of `day`, and provide it on some days, at a price."""
        self._applicants += 1
        moment = SINCE + day * DAY
        with self.database.write(ClientId(client)) as session:
            run = session.connection.execute
            run(
                insert(tables.applicant).values(
                    client_id=client, season_id="2020", applicant_id=f"a{self._applicants}", position=1,
                    applied_at=moment, as_of=moment, brought_member_no=1,
                )
            )  # fmt: skip
            for later in provided_on:
                at, provision_id = SINCE + later * DAY, f"{client}-{self._applicants}-{later}"
                run(insert(tables.run).values(
                    run_id=provision_id, command="provide", acted_at=at, real_at=at, is_replay=False, state="done",
                ))  # fmt: skip
                run(insert(tables.provision).values(
                    provision_id=provision_id, run_id=provision_id, client_id=client, season_id="2020", acted_at=at,
                    real_at=at, is_replay=False, content_sha256="", law_profile_id="", recipient={}, report={},
                    benefit=recorded(price, 1),
                ))  # fmt: skip
                run(insert(tables.provision_record).values(
                    provision_id=provision_id, client_id=client, applicant_no=self._applicants, member_no=1,
                    consent_no=1, items=[], score_no=1, provided_at=at, created_at=at, retain_until=at, method="",
                ))  # fmt: skip

    def gap(self, rule: GapRule = GapRule.STRICT, *, only_provided: bool = False) -> Gap:
        with self.database.read() as session:
            audit = GapAudit(AuditStore(session), LakeFunctionUse(OpenDuckDB(self.lake)))
            return audit.find(None, SINCE, UNTIL, rule, only_provided=only_provided)

    def days(self) -> list[tuple[str, float, str]]:
        """The deliveries in the strict gap: to whom, how many days after the window began, why."""
        return [(found.client_id, (found.at - SINCE) / DAY, found.cause) for found in self.gap().deliveries]


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "lake")


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ([], AGED),
        ([("accept", 9)], None),
        ([("accept", 10)], GapReason.CONSENT_AFTER_DELIVERY),
        ([("accept", 11)], GapReason.CONSENT_AFTER_DELIVERY),
        ([("accept", 101)], AGED),
        ([("accept", 8), ("withdraw", 9)], WITHDRAWN),
        ([("accept", 8), ("refuse", 9)], NOTHING),
        ([("refuse", 9)], NOTHING),
        ([("accept", 8), ("withdraw", 8)], UNDECIDABLE),
        ([("accept", 8), ("withdraw", 10)], None),
        ([("withdraw", 8), ("accept", 9)], None),
        ([("accept", 8), ("withdraw", 9), ("accept", 20)], WITHDRAWN),
    ],
)
def test_agreement_stands_from_after_it_until_its_end(
    world: World, acts: list[tuple[str, float]], reason: str | None
) -> None:
    for action, day in acts:
        world.acted(action, day)
    world.applied("one", 10)
    assert world.days() == ([("one", 10.0, reason)] if reason else [])


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ([("accept", 8, 9, None)], None),
        ([("accept", 8, 11, None)], UNDECIDABLE),
        ([("accept", 5, None, None), ("withdraw", 8, 11, None)], WITHDRAWN),
        ([("accept", 5, 7, None), ("withdraw", 4, 6, None)], UNDECIDABLE),
        ([("withdraw", 2, 4, None), ("accept", 5, 7, None)], None),
        ([("accept", 5, None, None), ("withdraw", 12, None, 9)], WITHDRAWN),
        ([("withdraw", 4.9, None, 20), ("accept", 5, None, 20)], UNDECIDABLE),
        ([("accept", 5, None, 4)], CONTRADICTED),
    ],
)
def test_an_agreement_stands_only_where_every_possible_order_says_so(
    world: World, acts: list[tuple[str, float, float | None, float | None]], reason: str | None
) -> None:
    for action, day, until, known in acts:
        world.acted(action, day, until=until, known=known)
    world.applied("one", 10)
    assert world.days() == ([("one", 10.0, reason)] if reason else [])


def test_an_agreement_from_before_the_member_registered_is_none(world: World) -> None:
    world.acted("accept", 1)
    world.acted("accept", 6.5, screen="registration")
    with world.database.write() as session:
        session.connection.execute(update(tables.member).values(registered_at=SINCE + 7 * DAY))
    for day in (6, 9):
        world.applied("one", day)
    assert world.days() == [("one", 6.0, CONTRADICTED)]


def test_text_that_does_not_cover_counts_for_nothing(world: World) -> None:
    world.acted("accept", 1, text=2)
    world.applied("one", 10)
    assert world.days() == [("one", 10.0, ReasonCode.NOT_COVERED)]


def test_act_narrowed_to_one_client_counts_for_that_client_only(world: World) -> None:
    world.acted("accept", 1, client="one")
    world.applied("one", 10)
    world.applied("other", 10)
    assert world.days() == [("other", 10.0, ReasonCode.RECIPIENT_NOT_COVERED)]
    world.acted("accept", 2)
    world.acted("withdraw", 3, client="one")
    assert world.days() == [("one", 10.0, WITHDRAWN)]


def test_each_scheme_has_its_reason_under_the_strict_rule_alone(world: World) -> None:
    world.applied("cookie", 1)
    world.applied("hashed", 2)
    assert world.gap(GapRule.RELEASE).count == 0
    world.applied("one", 3)
    assert world.gap(GapRule.RELEASE).reasons == {AGED: 1}
    assert world.days() == [
        ("cookie", 1.0, GapReason.SCHEME_A_NO_CONSENT),
        ("hashed", 2.0, GapReason.PRESITE_OR_HASH_MATCH),
        ("one", 3.0, AGED),
    ]
    strict = world.gap()
    assert (strict.members, set(strict.reasons.values())) == (("M1",), {1})


def test_delivery_before_the_main_opening_is_told_as_such(world: World) -> None:
    world.applied("one", -5)
    with world.database.read() as session:
        audit = GapAudit(AuditStore(session), LakeFunctionUse(OpenDuckDB(world.lake)))
        found = audit.find(None, SINCE - 10 * DAY, UNTIL, GapRule.STRICT)
    assert found.reasons == {GapReason.PRESITE_OR_HASH_MATCH: 1}


def test_records_say_when_data_went_and_as_of_when_they_would_go(world: World) -> None:
    world.applied("one", 10, provided_on=(20, 30, 200))
    world.applied("other", 15)
    assert [delivery[:2] for delivery in world.days()] == [("other", 15.0), ("one", 20.0), ("one", 30.0)]
    went = world.gap(only_provided=True).deliveries
    assert [(delivery.client_id, (delivery.at - SINCE) / DAY) for delivery in went] == [("one", 20.0), ("one", 30.0)]


@pytest.mark.parametrize(
    ("action", "screen", "day", "is_use"),
    [
        ("accept", "s1", 5, True),
        ("refuse", "s1", 5, True),
        ("withdraw", "s1", 5, False),
        ("accept", "registration", 5, False),
        ("accept", "s1", 0, True),
        ("accept", "s1", -1, False),
        ("accept", "s1", 100, False),
    ],
)
def test_answer_on_the_screen_of_a_function_is_its_use(
    world: World, action: str, screen: str, day: float, is_use: bool
) -> None:
    world.acted(action, day, screen=screen)
    world.applied("one", 10)
    assert world.gap(GapRule.RELEASE).count == (0 if is_use else 1)
