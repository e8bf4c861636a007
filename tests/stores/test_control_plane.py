"""What the database itself holds to: roles, clients kept apart, records that only grow."""
# ruff: noqa: PT012 - what is refused is a whole transaction

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, insert, literal, make_url, select, text, update
from sqlalchemy.exc import DBAPIError

from kanmon.core.errors import DatabaseUnavailable, DiskFull, UsageError
from kanmon.core.ids import ClientId
from kanmon.db.database import prepare_database, refuse_old_server
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import OWNER, DatabaseLogins, conninfo_of, engine_as, logins_from
from kanmon.db.postgres_programs import from_machine, from_wheel
from kanmon.db.tables.base import metadata
from kanmon.db.unit_of_work import Database, WriteSession
from tests.databases import own_database, run_as_superuser
from tests.rows import ROW_KEY
from tests.tables import tables

AT = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
ONE, OTHER = ClientId("one"), ClientId("other")
BY_CLIENT = [
    "applicant", "outcome", "client_decision", "recipient_consent", "prediction_model", "model_approval",
    "gate_decision", "gate_question", "score", "provision", "provision_record", "link", "link_candidate",
    "acquisition", "receipt", "use_statement", "use_alert", "erased_applicant", "erasure_rendering", "erasure_request",
    "erasure_certificate", "erasure_request_step", "requested_row", "model_training", "stale_score", "stale_notice",
    "disputed_score", "second_look",
    "decision_act", "stage_move", "audited_applicant", "use_audit_plan", "use_audit_look", "scoring", "training",
    "told_password", "client_paper",
]  # fmt: skip
APPEND_ONLY = [
    "policy_version", "consent_act", "consent_correction", "prediction_model", "model_approval", "gate_decision",
    "gate_question", "score", "provision_record", "provision", "link", "link_candidate", "acquisition", "receipt",
    "use_statement", "use_alert", "served_text", "consent_answer", "erasure", "erasure_request", "erasure_certificate",
    "erasure_request_step", "requested_row", "model_training", "person_request", "request_decision", "objection",
    "history_correction", "stale_score", "stale_notice", "disputed_score", "second_look",
    "stop_act", "revision", "revision_draft", "revision_step",
    "coverage_run", "coverage_finding", "coverage_surface", "coverage_trial", "consent_assessment", "incident",
    "incident_fact", "incident_affected", "incident_affected_stub", "mail",
    "authority_matter", "authority_matter_step",
    "use_audit_plan", "use_audit_look", "scoring", "training", "told_password",
    "release_step", "legal_assessment", "consent_hold",
    "account_act", "client_paper",
]  # fmt: skip


def fill(session: WriteSession) -> None:
    """One row in every table of each of two clients."""
    run = session.connection.execute
    run(insert(tables.season).values(season_id="2020", opens_at=AT, closes_at=AT))
    run(insert(tables.run).values(run_id="r", command="run", acted_at=AT, real_at=AT, is_replay=False, state="done"))
    run(
        insert(tables.policy_version).values(
            policy_id="p", version_id="1", language="ja", effective_from=AT, text="t", text_sha256="0", clauses=[],
            loaded_at=AT,
        )
    )  # fmt: skip
    run(insert(tables.member).values(member_no=1, member_id="m", season_id="2020", registered_at=AT))
    act = {"member_no": 1, "occurred_at": AT, "screen_id": "s", "text_no": 1, "action": "accept", "load_id": 1}
    first, second = (
        run(
            insert(tables.consent_act).values(**act, refusable=value, revision=revision).returning(text("consent_no"))
        ).scalar_one()
        for revision, value in enumerate((None, True))
    )
    run(insert(tables.consent_correction).values(old_no=first, new_no=second))
    fill_collection(session, first)
    run(insert(tables.member).values(member_no=2, member_id="left", season_id="2020", registered_at=AT))
    run(insert(tables.ledger_entry).values(seq=0, type="erasure_request", entered_at=AT, commitment=bytes(32)))
    run(
        insert(tables.erasure).values(
            member_no=2, code_sha256=b"c", person_sha256=b"p", requested_at=AT, real_at=AT, is_replay=False,
            ledger_seq=0,
        )
    )  # fmt: skip
    run(
        insert(tables.consent_hold).values(
            row_sha256=b"", member_no=1, dataset="consents", source="f", file_sha256="", written="", at_column="",
            fault="broken_row", is_client_read=True, after_no=0, held_at=AT, real_at=AT, ledger_seq=0,
        )
    )  # fmt: skip
    asked = {"member_no": 1, "type": "history", "method": "electronic", "received_at": AT, "ledger_seq": 0}
    run(insert(tables.person_request).values(**asked))
    decided = {"decided_at": AT, "decided_by": "o", "outcome": "accepted", "reason": "", "done": {}, "ledger_seq": 0}
    run(insert(tables.request_decision).values(request_no=1, **decided))
    run(insert(tables.objection).values(request_no=1, member_no=1, occurred_at=AT, action="object"))
    run(insert(tables.history_correction).values(request_no=1, member_no=1, corrected_at=AT))
    run(
        insert(tables.stop_act).values(
            action="stop", acted_at=AT, real_at=AT, person="p", because="b", consents_doubted=True, ledger_seq=1
        )
    )
    fill_revision(session)
    fill_review(session)
    for client in (ONE, OTHER):
        fill_client(session, client)
    session.act_for(None)
    fill_incident(session)


def fill_review(session: WriteSession) -> None:
    run = session.connection.execute
    who = {"account_no": 1, "person": "p", "real_at": AT, "ledger_seq": 1}
    run(
        insert(tables.release_step).values(
            **who, release_id="1", act="approve", role="privacy_owner", acted_at=AT, content_sha256="c",
            is_research=False, passes=True, words={},
        )
    )  # fmt: skip
    said = dict.fromkeys(("question", "analysis", "conclusion", "sources"), "words")
    run(
        insert(tables.legal_assessment).values(
            **who, **said, assessment_no=1, version_no=1, kind="feature", judged="f", party="", assessed_at=AT
        )
    )


def fill_collection(session: WriteSession, act: int) -> None:
    run = session.connection.execute
    where = {"policy_id": "p", "language": "ja", "text_sha256": "0"}
    run(insert(tables.screen).values(screen_id="s", season_id="2020", function="pre_entry", policy_id="p"))
    run(insert(tables.api_key).values(label="board", key_sha256=b"k", created_at=AT))
    run(
        insert(tables.served_text).values(
            **where, token_sha256=b"t", screen_id="s", version_id="1", member_id="m", served_at=AT, expires_at=AT
        )
    )
    run(
        insert(tables.consent_answer).values(
            key_no=1, act_id="a", content_sha256=b"c", action="accept", member_id="m", screen_id="s", served_no=1,
            consent_no=act, answered_at=AT,
        )
    )  # fmt: skip


def fill_revision(session: WriteSession) -> None:
    run = session.connection.execute
    run(insert(tables.account).values(name="a", role="author", password_hash="0", created_at=AT))
    run(insert(tables.revision).values(policy_id="p", version_id="2", begun_at=AT))
    own = {"revision_no": 1}
    run(
        insert(tables.revision_draft).values(
            **own, draft_no=1, language="ja", effective_from=AT, text="t", clauses=[], unquoted=[], source="s"
        )
    )
    run(
        insert(tables.revision_step).values(
            **own, act="draft", state="DRAFT", account_no=1, person="a", role="author", acted_at=AT, real_at=AT,
            details={}, ledger_seq=0,
        )
    )  # fmt: skip
    crawl = {"run_id": "c"}
    run(
        insert(tables.coverage_run).values(
            **crawl, seen_at=AT, begun_at=AT, is_round=True, is_whole=True, pages=0, seconds=1
        )
    )
    screen = {**crawl, "screen_id": "s"}
    run(
        insert(tables.coverage_finding).values(
            **screen, language="ja", outcome="in_force", wrong=0, looks=3, changes=[], hidden=[], pictures=[], views=[]
        )
    )
    run(
        insert(tables.coverage_surface).values(
            **crawl, address="a", linked_from="l", policies=[], has_consent_form=True
        )
    )
    run(insert(tables.coverage_trial).values(**screen, verdict="free", detriments=[]))
    run(
        insert(tables.consent_assessment).values(
            {**screen, "class": "U", "found_at": AT, "consent_nos": [1], "opened_at": AT, "ledger_seq": 0}
        )
    )


def fill_incident(session: WriteSession) -> None:
    run = session.connection.execute
    own = {"incident_id": "I-2020-001"}
    run(
        insert(tables.incident).values(
            {
                **own, "class": "U", "title": "t", "since": AT, "known_at": AT, "opened_at": AT, "real_at": AT,
                "opened_by": "o", "is_sensitive": False, "is_property": False, "is_wrongful": False, "ledger_seq": 0,
            }
        )
    )  # fmt: skip
    run(
        insert(tables.incident_fact).values(
            **own, fact_no=1, kind="cause", at=AT, real_at=AT, by="o", body={}, ledger_seq=0
        )
    )
    run(
        insert(tables.authority_matter).values(
            matter_id="M-2020-001", kind="order", authority="a", title="t", reference="", received_on=AT.date(),
            opened_at=AT, real_at=AT, opened_by="o", reason="r", ledger_seq=0,
        )
    )  # fmt: skip
    run(
        insert(tables.authority_matter_step).values(
            matter_id="M-2020-001", step_no=1, kind="closed", at=AT, real_at=AT, by="o", reason="r", body={},
            ledger_seq=0,
        )
    )  # fmt: skip
    affected = {**own, "reason": "L", "first_provided_at": AT, "provisions": 1}
    run(insert(tables.incident_affected).values(**affected, member_no=1, client_id=ONE, season_id="2020"))
    stub = {"code_sha256": b"s", "purpose": "incident_notice", "channel": "none", "issued_at": AT, "answer": []}
    run(insert(tables.notification_stub).values(stub))
    run(insert(tables.incident_affected_stub).values(**affected, code_sha256=b"s", client_name="o", is_certain=True))
    deed = {"account_no": 1, "act": "close", "acted_by": "o", "because": "b", "acted_at": AT}
    run(insert(tables.account_act).values(**deed, ledger_seq=0))
    letter = {"subject": "s", "body": "b", "address": "a"}
    run(insert(tables.mail).values(**own, **letter, member_no=1, written_at=AT, real_at=AT, ledger_seq=0))


def fill_client(session: WriteSession, client: ClientId) -> None:
    session.act_for(client)
    run = session.connection.execute
    own = {"client_id": client}
    company = {"legal_name": client, "address": "a", "representative": "r", "contract": {}, "loaded_at": AT}
    run(insert(tables.client).values(**own, **company))
    number = run(
        insert(tables.applicant)
        .values(
            **own,
            season_id="2020",
            applicant_id="a",
            position=1,
            applied_at=AT,
            as_of=AT,
            brought_member_no=1,
            stage="1",
        )
        .returning(tables.applicant.c.applicant_no)
    ).scalar_one()
    run(update(tables.applicant).values(stage="2"))  # a trigger notes the move
    who = {**own, "applicant_no": number}
    run(insert(tables.outcome).values(**who, outcome="joined", outcome_at=AT))
    run(insert(tables.recipient_consent).values(**who, confirmed_at=AT, method="declared"))
    run(insert(tables.client_decision).values(**who, stage="1", decision="pass", decided_at=AT))
    reviewed = run(
        insert(tables.link)
        .values(**who, decision="review", match_weight=3.5, decided_by="linker", linked_at=AT, run_id="r")
        .returning(tables.link.c.link_no)
    ).scalar_one()
    run(insert(tables.link_candidate).values(**own, link_no=reviewed, member_no=1, match_weight=3.5))
    model = f"model-{client}"
    run(
        insert(tables.prediction_model).values(
            **own, model_id=model, version=1, season_id="2020", run_id="r", trained_at=AT, acted_at=AT, card={},
            sha256="0",
        )
    )  # fmt: skip
    run(insert(tables.model_approval).values(**own, model_id=model, approved_by="p", because="b", approved_at=AT))
    session.copy(
        "gate_decision",
        (
            "run_id",
            "client_id",
            "applicant_no",
            "use",
            "decided_at",
            "allowed",
            "reasons",
            "elements",
            "law_profile_id",
        ),
        [("r", client, number, "score", AT, False, ["DENY_NO_CONSENT"], [], "JP")],
    )
    run(
        insert(tables.gate_question).values(
            **own, run_id="r", use="score", asked_at=AT, law_profile_id="JP", key_no=1, decisions=[1]
        )
    )
    session.copy(
        "score",
        ("run_id", "client_id", "applicant_no", "model_id", "value", "computed_at", "consent_no", "explanation"),
        [("r", client, number, model, 5000, AT, 1, {"active_days": 0.25})],
    )
    run(
        insert(tables.provision).values(
            **own, provision_id=f"p-{client}", run_id="r", season_id="2020", acted_at=AT, real_at=AT, is_replay=False,
            content_sha256="0", law_profile_id="JP", recipient={}, report={},
        )
    )  # fmt: skip
    run(
        insert(tables.provision_record).values(
            **who, provision_id=f"p-{client}", member_no=1, consent_no=1, items=["score"], score_no=1, provided_at=AT,
            created_at=AT, retain_until=date(2023, 1, 2), method="SINGLE",
        )
    )  # fmt: skip
    account = run(
        insert(tables.account)
        .values(name=client, role="client", client_id=client, password_hash="", created_at=AT)
        .returning(tables.account.c.account_no)
    ).scalar_one()
    stated = {**own, "account_no": account, "ledger_seq": 0}
    run(
        insert(tables.acquisition).values(
            **stated, stated_at=AT, file_sha256="0", source="s", words="w", legal_basis="b"
        )
    )
    run(insert(tables.receipt).values(**stated, provision_id=f"p-{client}", acknowledged_at=AT, pack={}))
    told = {"provision_id": f"p-{client}", "client_id": client, "told_to": "client", "told_at": AT}
    run(insert(tables.told_password).values(**told))
    run(insert(tables.use_statement).values(**stated, stated_at=AT, said={}))
    run(
        insert(tables.client_paper).values(
            **stated | {"ledger_seq": account}, kind="use_agreement", dated_at=AT, client_person="c", files=[{}],
            role="legal", person="p", recorded_at=AT, real_at=AT,
        )
    )  # fmt: skip
    run(insert(tables.use_alert).values(**stated, raised_at=AT, code="c", said={}))
    season = {**own, "season_id": "2020"}
    plan = {"plan": {}, "seed": bytes(32), "registered_at": AT, "ledger_seq": 0}
    run(insert(tables.use_audit_plan).values(**season, **plan))
    look = {"stage": "1", "looked_at": AT, "readable": 0, "withheld": 0, "verdict": "v", "ledger_seq": 0}
    run(insert(tables.use_audit_look).values(**season, **look))
    scored = {"run_id": "r", "scored_in": "r", "asked_at": AT, "asked_sha256": "0", "lake_state": "", "answers": 1}
    run(insert(tables.scoring).values(**season, **scored))
    trained = {"run_id": "r", "model_id": model, "acted_at": AT, "asked_sha256": "0", "lake_state": ""}
    run(insert(tables.training).values(**season, **trained, is_accepted=True, auc=0.5))
    watched = {"applicant_no": number, "is_withheld": True, "watched_at": AT}
    run(
        insert(tables.audited_applicant).from_select(
            [*season, *watched, "score_no"],
            select(*(literal(value) for value in (*season.values(), *watched.values())), tables.score.c.score_no),
        )
    )
    fill_erasure(session, client, model)
    run(insert(tables.stale_score).values(**own, score_no=number, request_no=1, stale_at=AT))
    run(insert(tables.stale_notice).values(**own, record_no=number, request_no=1, told_at=AT))
    run(insert(tables.disputed_score).values(**own, score_no=number, request_no=1, disputed_at=AT))
    run(insert(tables.second_look).values(**own, request_no=1, account_no=1, answered_at=AT, said={}, ledger_seq=0))


def fill_erasure(session: WriteSession, client: ClientId, model: str) -> None:
    """What an erasure leaves of an applicant whom no other table names."""
    run = session.connection.execute
    own = {"client_id": client}
    number = -len(client)
    run(insert(tables.model_training).values(**own, model_id=model, applicant_no=number))
    run(
        insert(tables.erased_applicant).values(
            **own, applicant_no=number, season_id="2020", erasure_no=1, was_provided=True
        )
    )
    run(insert(tables.erasure_rendering).values(**own, provision_id=f"p-{client}"))
    asked = run(
        insert(tables.erasure_request)
        .values(**own, erasure_no=1, requested_at=AT, due_on=AT.date())
        .returning(tables.erasure_request.c.request_no)
    ).scalar_one()
    run(
        insert(tables.erasure_certificate).values(
            **own, request_no=asked, certified_at=AT, certified_by="x", sub_processors="", ledger_seq=0
        )
    )
    run(insert(tables.requested_row).values(**own, request_no=asked, applicant_no=number, member_no=1))
    step = {"step": "reminded", "taken_at": AT, "ledger_seq": 0}
    run(insert(tables.erasure_request_step).values(**own, **step, request_no=asked))


@pytest.fixture(scope="module")
def filled_logins(postgres: EmbeddedPostgres) -> Iterator[DatabaseLogins]:
    """One database for all tests that look at it or are refused, and so leave it as it is."""
    with own_database(postgres) as logins:
        yield logins


@pytest.fixture(scope="module")
def filled(filled_logins: DatabaseLogins) -> Iterator[Database]:
    database = Database(filled_logins.app, ROW_KEY)
    with database.write() as session:
        fill(session)
    yield database
    database.close()


@pytest.fixture
def own_filled(database: Database) -> Database:
    with database.write() as session:
        fill(session)
    return database


def count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@pytest.mark.parametrize("table", BY_CLIENT)
def test_a_client_sees_its_own_rows_and_nobody_sees_any_without_one(filled: Database, table: str) -> None:
    with filled.read() as session:
        assert count(session.connection, table) == 0
        session.act_for(ONE)
        seen = session.connection.scalars(text(f"SELECT DISTINCT client_id FROM {table}")).all()
        assert seen == [ONE]
        session.act_for(ClientId("nobody"))
        assert count(session.connection, table) == 0


def test_a_path_with_a_space_in_it_reaches_the_server() -> None:
    url = make_url("postgresql+psycopg://app:p%40ss@/kanmon?host=/tmp/demo%20board/run&options=-c%20x%3D1")
    assert conninfo_to_dict(conninfo_of(url)) == {
        "user": "app", "password": "p@ss", "dbname": "kanmon", "host": "/tmp/demo board/run",
    }  # fmt: skip


def test_every_table_with_a_client_of_its_own_is_isolated(filled: Database) -> None:
    with filled.read() as session:
        forced = session.connection.scalars(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        )
        assert set(forced) == {*BY_CLIENT, "job"}
    # An account or a key is looked up before anybody knows for which client it is, and a worker takes the jobs of all;
    # what a person asks for, or withdrew after the copy in use was made, is the person's; every client's gate reads
    # every stop, and every incident that affects a person.
    shared = {
        "client", "consent_act", "consent_answer", "notice", "account", "api_key", "job", "person_request",
        "objection",
        "stop_act", "incident", "incident_affected", "consent_hold", "awaited_withdrawal",
    }  # fmt: skip
    assert {name for name, table in metadata.tables.items() if "client_id" in table.c} - shared == set(BY_CLIENT)


def test_a_client_is_not_written_in_anothers_name(filled: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), filled.write(ONE) as session:
        session.connection.execute(
            text("INSERT INTO outcome (applicant_no, client_id, outcome, outcome_at) VALUES (9, 'other', '', now())")
        )
    with pytest.raises(DBAPIError, match="row-level security"), filled.write(ONE) as session:
        session.copy(
            "applicant",
            ("client_id", "season_id", "applicant_id", "position", "applied_at", "as_of"),
            [(OTHER, "2020", "b", 2, AT, AT)],
        )


def test_a_row_cannot_hang_on_another_clients_applicant(filled: Database) -> None:
    with filled.read(OTHER) as session:
        others = session.connection.execute(text("SELECT applicant_no FROM applicant")).scalar_one()
    with pytest.raises(DBAPIError, match="foreign key"), filled.write(ONE) as session:
        session.connection.execute(
            insert(tables.client_decision).values(
                applicant_no=others, client_id=ONE, stage="2", decision="pass", decided_at=AT
            )
        )


def test_the_client_acted_for_ends_with_the_transaction(filled: Database) -> None:
    with filled.write(ONE) as session:
        backend = session.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert count(session.connection, "applicant") == 1
    with filled._engine.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() == backend
        assert count(connection, "applicant") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE score DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE score DISABLE TRIGGER ALL",
        "DROP POLICY own_client ON score",
        "DROP TABLE score",
        "SET session_replication_role = replica",
        "SET ROLE kanmon_owner",
        "CREATE TABLE own (x int)",
        "DELETE FROM applicant",
        "UPDATE provision SET report = '{}'",
    ],
)
def test_the_app_cannot_take_the_guards_away(filled: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"must be owner|permission denied"), filled.write(ONE) as session:
        session.connection.execute(text(statement))


def test_row_level_security_cannot_be_switched_off_by_the_app(filled: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), filled.write() as session:
        session.connection.execute(text("SET LOCAL row_security = off"))
        count(session.connection, "score")


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_records_only_grow_even_for_the_owner(
    filled: Database, filled_logins: DatabaseLogins, table: str, change: str
) -> None:
    column = list(metadata.tables[table].c)[1].name
    statement = change.format(table, column, column)
    with (
        pytest.raises(DBAPIError, match="is append-only"),
        engine_as(filled_logins.migrator, OWNER).begin() as connection,
    ):
        connection.execute(text("SELECT set_config('kanmon.client', 'one', true)"))
        connection.execute(text(statement))
    with pytest.raises(DBAPIError, match="permission denied"), filled.write(ONE) as session:
        session.connection.execute(text(statement))


def test_a_provision_is_handed_over_once(own_filled: Database) -> None:
    hand_over = text("UPDATE provision SET handed_over_at = :at")
    with own_filled.write(ONE) as session:
        session.connection.execute(hand_over, {"at": AT})
    for at in (datetime(2021, 1, 1, tzinfo=UTC), None):
        with pytest.raises(DBAPIError, match="only handed_over_at may be set, once"), own_filled.write(ONE) as session:
            session.connection.execute(hand_over, {"at": at})


def test_handing_over_changes_nothing_else_even_for_the_owner(filled: Database, filled_logins: DatabaseLogins) -> None:
    with pytest.raises(DBAPIError, match="append-only"), engine_as(filled_logins.migrator, OWNER).begin() as connection:
        connection.execute(text("SELECT set_config('kanmon.client', 'one', true)"))
        connection.execute(text("UPDATE provision SET handed_over_at = now(), content_sha256 = '1'"))


@pytest.mark.parametrize(
    "values",
    [
        {"value": None, "not_scorable": None},
        {"value": 1, "not_scorable": "NO_MATCH"},
        {"value": 10_001},
        {"value": 1, "consent_no": None},
    ],
)
def test_a_score_is_one_thing_and_has_evidence(filled: Database, values: dict[str, object]) -> None:
    row = {"run_id": "r", "client_id": ONE, "applicant_no": 1, "model_id": "m", "consent_no": 1, "computed_at": AT}
    with pytest.raises(DBAPIError, match="check constraint"), filled.write(ONE) as session:
        session.connection.execute(insert(tables.score).values(**row | values))


def test_reading_changes_nothing(filled: Database) -> None:
    with pytest.raises(DBAPIError, match="read-only"), filled.read() as session:
        session.connection.execute(text("UPDATE run SET state = 'x'"))


def test_a_write_is_kept_whole_or_not_at_all(filled: Database) -> None:
    with pytest.raises(ZeroDivisionError), filled.write() as session:
        session.connection.execute(text("UPDATE run SET state = 'x'"))
        _ = 1 / 0
    with filled.read() as session:
        assert session.connection.execute(text("SELECT state FROM run")).scalar_one() == "done"


def test_copy_keeps_nulls_empty_texts_zones_and_order(own_filled: Database) -> None:
    day = pa.array([date(1999, 12, 31), None], pa.date32())
    people = pa.table(
        {
            "member_no": pa.array([9, 8], pa.int32()),
            "member_id": ['あ,"\n', "\\N"],
            "season_id": ["2020", "2020"],
            "registered_at": pa.array([AT, AT], pa.timestamp("us", "Asia/Tokyo")),
            "email": ["", None],
            "birth_date": day,
        }
    )
    with own_filled.write() as session:
        assert session.copy("member", people.column_names, people) == 2
        kept = session.connection.execute(
            text(f"SELECT {', '.join(people.column_names)} FROM member WHERE member_no >= 8 ORDER BY ctid")
        )
        assert [tuple(row) for row in kept] == [
            (9, 'あ,"\n', "2020", AT, "", date(1999, 12, 31)),
            (8, "\\N", "2020", AT, None, None),
        ]


def test_the_tables_are_those_that_the_migrations_make(logins: DatabaseLogins) -> None:
    def is_named(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind in ("table", "column") and name != "alembic_version"

    options = {"include_object": is_named, "compare_type": True, "compare_server_default": True}
    with engine_as(logins.migrator, OWNER).connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_none_of_the_roles_is_a_superuser(postgres: EmbeddedPostgres, logins: DatabaseLogins) -> None:
    with engine_as(logins.migrator, OWNER).connect() as connection:
        rights = connection.execute(
            text(
                "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls"
                " FROM pg_roles WHERE rolname LIKE 'kanmon%' ORDER BY 1"
            )
        )
        assert [tuple(row) for row in rights] == [
            ("kanmon_app", True, False),
            ("kanmon_migrator", True, False),
            ("kanmon_owner", False, False),
        ]


def test_a_login_of_ones_own_acts_as_the_roles(postgres: EmbeddedPostgres) -> None:
    own = postgres.superuser_url("own_server")
    run_as_superuser(postgres, "CREATE DATABASE own_server")
    try:
        found = logins_from({"KANMON_DATABASE_URL": own.render_as_string(hide_password=False)})
        assert found is not None
        prepare_database(found)
        database = Database(found.app, ROW_KEY)
        with database.write() as session:
            fill(session)
            assert session.connection.execute(text("SELECT current_user")).scalar_one() == "kanmon_app"
            assert count(session.connection, "score") == 0
        database.close()
    finally:
        run_as_superuser(postgres, "DROP DATABASE own_server WITH (FORCE)")


def test_a_login_without_rights_gets_the_sql_for_an_administrator(postgres: EmbeddedPostgres) -> None:
    run_as_superuser(postgres, "CREATE ROLE clerk LOGIN PASSWORD 'clerk'")
    run_as_superuser(postgres, "CREATE DATABASE bare")
    url = postgres.superuser_url("bare").set(username="clerk", password="clerk")
    try:
        with pytest.raises(DatabaseUnavailable) as refused:
            prepare_database(DatabaseLogins(url, url))
        script = str(refused.value).split("run in that database:\n")[1]
        assert "GRANT kanmon_app TO clerk" in script
        with engine_as(postgres.superuser_url("bare"), None).begin() as connection:
            connection.exec_driver_sql(script)
        prepare_database(DatabaseLogins(url, url))
    finally:
        run_as_superuser(postgres, "DROP DATABASE bare WITH (FORCE)")
        run_as_superuser(postgres, "DROP ROLE clerk")


@pytest.mark.parametrize("address", ["mysql://u@h/d", "not an address", "postgresql://host:5432"])
def test_an_address_of_something_else_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="postgresql://user:password@host"):
        logins_from({"KANMON_DATABASE_URL": address})


def test_a_schema_of_a_newer_kanmon_is_left_alone(logins: DatabaseLogins) -> None:
    with engine_as(logins.migrator, OWNER).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="newer"):
        prepare_database(logins)


def test_a_lost_server_is_told(postgres: EmbeddedPostgres, logins: DatabaseLogins) -> None:
    database = Database(logins.app, ROW_KEY)
    with pytest.raises(DatabaseUnavailable, match="nothing of this step was kept"), database.write() as session:
        pid = session.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        run_as_superuser(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
        session.connection.execute(text("SELECT 1"))
    database.close()


def test_a_full_disk_of_the_server_is_told_and_nothing_kept(filled: Database) -> None:
    no_room = "DO $$BEGIN RAISE 'could not extend file' USING ERRCODE = 'disk_full'; END$$"
    with pytest.raises(DiskFull, match=r"could not extend file.*free some space"), filled.write() as session:
        session.connection.execute(text("UPDATE run SET state = 'x'"))
        session.connection.execute(text(no_room))
    with pytest.raises(DiskFull), filled.write() as session:
        session.connection.execute(text("UPDATE run SET state = 'x'"))
        driver = session.connection.connection.driver_connection
        assert driver is not None
        driver.execute(no_room)
    with filled.read() as session:
        assert session.connection.execute(text("SELECT state FROM run")).scalar_one() == "done"


@pytest.mark.parametrize(("number", "version"), [(90_624, 9), (140_018, 14), (149_999, 14)])
def test_a_server_that_is_too_old_is_refused(number: int, version: int) -> None:
    with pytest.raises(DatabaseUnavailable, match=rf"PostgreSQL {version}; Kanmon needs 15 or newer"):
        refuse_old_server(number)


@pytest.mark.parametrize("number", [150_000, 180_001])
def test_a_server_that_is_new_enough_will_do(number: int) -> None:
    refuse_old_server(number)


@pytest.fixture(params=["wheel", "machine"])
def server_of_each_kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    found = {"wheel": from_wheel, "machine": from_machine}[request.param]
    if not list(found()):
        pytest.skip(f"no PostgreSQL from the {request.param}")

    class OfOneKind(EmbeddedPostgres):
        search = (found,)

    server = OfOneKind(tmp_path / "postgres")
    server.start()
    yield server
    server.stop()


def test_each_version_found_here_serves(server_of_each_kind: EmbeddedPostgres) -> None:
    logins = server_of_each_kind.logins()
    prepare_database(logins)
    prepare_database(logins)
    database = Database(logins.app, ROW_KEY)
    with database.write() as session:
        fill(session)
    with database.read(ONE) as session:
        assert [count(session.connection, table) for table in BY_CLIENT] == [1] * len(BY_CLIENT)
    database.close()
