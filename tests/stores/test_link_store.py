"""What the control plane keeps of links: every decision, the newest in force, none lost when a list is loaded again."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, text

from kanmon.core.errors import ApplicantUnknown, CandidateUnknown, MemberTaken
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberId, MemberNo, RunId, SeasonId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.intake.store.staging import merge_applicants
from kanmon.linkage import store as link_store
from kanmon.linkage.link import RULES, Link, LinkDecision, LinkPair, Thresholds
from kanmon.linkage.personal import PERSONAL
from kanmon.linkage.review import review
from kanmon.linkage.service import Comparison, Linking
from kanmon.linkage.store import LinkStore
from tests.rows import recording
from tests.tables import tables

AT = datetime(2026, 1, 2, tzinfo=UTC)
ONE, OTHER, SEASON = ClientId("one"), ClientId("other"), SeasonId("2026")
Loads = Callable[..., None]


def run(session: WriteSession, run_id: str, at: datetime = AT) -> RunId:
    values = {"command": "link", "acted_at": at, "real_at": at, "is_replay": False, "state": "done"}
    session.connection.execute(insert(tables.run).values(run_id=run_id, **values))
    return RunId(run_id)


@pytest.fixture
def load(database: Database, tmp_path: Path) -> Loads:
    """Loads a client's list of (applicant, member or None); four members and two clients are there."""
    with database.write() as session:
        execute = session.connection.execute
        execute(insert(tables.season).values(season_id=SEASON, opens_at=AT, closes_at=AT))
        for number in range(1, 5):
            member = {"member_no": number, "member_id": f"M{number}", "season_id": SEASON, "registered_at": AT}
            execute(insert(tables.member).values(**member, family_name='佐,"藤' if number == 1 else "", email=None))
        for client in (ONE, OTHER):
            company = {"legal_name": "", "address": "", "representative": "", "contract": {}, "loaded_at": AT}
            execute(insert(tables.client).values(client_id=client, **company))

    def load_list(client: ClientId, *rows: tuple[str, str | None], at: datetime = AT) -> None:
        count = len(rows)
        staged = tmp_path / "applicants.parquet"
        columns = {
            "line": list(range(2, count + 2)),
            "client_id": [client] * count,
            "applicant_id": [applicant for applicant, _ in rows],
            "season": [SEASON] * count,
            "applied_at": pa.array([AT] * count, pa.timestamp("us", "UTC")),
            "as_of": pa.array([AT] * count, pa.timestamp("us", "UTC")),
            "member_id": pa.array([member for _, member in rows], pa.string()),
            "family_name": ["佐藤"] * count,
        }
        pq.write_table(pa.table(columns), staged)
        with recording(database) as session:
            merge_applicants(session, staged)
            session.connection.execute(
                insert(tables.load).values(
                    loaded_at=at, file_name="", file_sha256="", dataset="applicants", rows_new=0, rows_replaced=0,
                    rows_unchanged=0, rows_refused=0,
                )
            )  # fmt: skip

    return load_list


def record(database: Database, run_id: str, *links: Link, at: datetime = AT) -> int:
    with recording(database) as session:
        store = LinkStore(session)
        listed = store.to_compare(ONE, SEASON)
        assert listed is not None
        return store.record(Linking(listed, links, Comparison([], {}), Thresholds()), run(session, run_id, at), at)


def tied(database: Database, client: ClientId = ONE) -> dict[str, int | None]:
    with database.read(client) as session:
        return {
            row[0]: row[1] for row in session.connection.execute(text("SELECT applicant_id, member_no FROM applicant"))
        }


def number_of(database: Database, applicant: str) -> ApplicantNo:
    with database.read(ONE) as session:
        found = session.connection.execute(
            text("SELECT applicant_no FROM applicant WHERE applicant_id = :applicant"), {"applicant": applicant}
        )
        return ApplicantNo(found.scalar_one())


def to_member(database: Database, applicant: str, member: int) -> Link:
    return Link(number_of(database, applicant), LinkDecision.LINKED, 20.0, MemberNo(member))


def to_review(database: Database, applicant: str, *members: int) -> Link:
    number = number_of(database, applicant)
    pairs = tuple(LinkPair(number, MemberNo(member), 9.0 - member) for member in members)
    return Link(number, LinkDecision.REVIEW, pairs[0].match_weight, None, pairs)


def decide(database: Database, applicant: str, member: str | None, run_id: str) -> None:
    with recording(database) as session:
        review(
            LinkStore(session), [ONE, OTHER], ApplicantId(applicant), None if member is None else MemberId(member),
            person="sato", run_id=run(session, run_id), at=AT,
        )  # fmt: skip


def test_members_are_read_as_they_were_loaded(database: Database, load: Loads) -> None:
    with database.write() as session:
        rows = LinkStore(session).members(SEASON).rows
        nobody = LinkStore(session).members(SeasonId("1999")).rows
    assert rows.column_names == ["member_no", *PERSONAL]
    assert rows["family_name"].to_pylist() == ['佐,"藤', "", "", ""]
    assert rows["email"].null_count == 4
    assert (nobody.num_rows, nobody.schema) == (0, rows.schema)


def test_only_rows_without_a_member_are_compared(database: Database, load: Loads) -> None:
    load(ONE, ("a", "M1"), ("b", None))
    load(OTHER, ("c", None))
    with database.write() as session:
        listed = LinkStore(session).to_compare(ONE, SEASON)
    assert listed is not None
    assert listed.numbers == [number_of(database, "b")]
    assert listed.taken == {1}


def test_a_link_outlives_a_list_loaded_again_and_a_file_goes_before_it(database: Database, load: Loads) -> None:
    load(ONE, ("a", None), ("b", None))
    record(database, "r", to_member(database, "a", 1), to_member(database, "b", 2))
    assert tied(database) == {"a": 1, "b": 2}
    load(ONE, ("a", None), ("b", "M3"))
    assert tied(database) == {"a": 1, "b": 3}
    load(ONE, ("a", None), ("b", None))
    assert tied(database) == {"a": 1, "b": 2}


def test_the_newest_decision_is_in_force_and_all_are_kept(database: Database, load: Loads) -> None:
    load(ONE, ("a", None))
    record(database, "r1", to_member(database, "a", 1))
    load(ONE, ("a", None), at=datetime(2026, 1, 3, tzinfo=UTC))
    record(database, "r2", Link(number_of(database, "a"), LinkDecision.UNLINKED))
    assert tied(database) == {"a": None}
    with database.read(ONE) as session:
        kept = session.connection.execute(text("SELECT run_id, decision, member_no FROM link ORDER BY link_no"))
        assert [tuple(row) for row in kept] == [("r1", "linked", 1), ("r2", "unlinked", None)]


def test_what_was_compared_since_the_last_load_is_left_alone(database: Database, load: Loads) -> None:
    load(ONE, ("a", None))
    record(database, "r", to_member(database, "a", 1))
    with database.write() as session:
        assert LinkStore(session).to_compare(ONE, SEASON) is None
    load(ONE, ("b", None), at=datetime(2026, 1, 3, tzinfo=UTC))
    with database.write() as session:
        listed = LinkStore(session).to_compare(ONE, SEASON)
    assert listed is not None
    assert len(listed.numbers) == 2


def test_a_tie_of_older_rules_is_judged_anew_and_told_where_it_does_not_hold(
    database: Database, load: Loads, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(ONE, ("a", None), ("b", None), ("c", None))
    with monkeypatch.context() as older:
        older.setattr(link_store, "RULES", RULES - 1)
        found = [to_member(database, "a", 1), to_member(database, "b", 2), to_review(database, "c", 3)]
        assert record(database, "r1", *found) == 0
    decide(database, "c", "M3", "r2")
    with database.write() as session:
        store = LinkStore(session)
        assert store.is_outdated(ONE, [SEASON])
        assert not store.is_outdated(ONE, [SeasonId("1999")])
        assert not store.is_outdated(OTHER, [SEASON])
        listed = store.to_compare(ONE, SEASON)
    assert listed is not None
    assert listed.numbers == [number_of(database, "a"), number_of(database, "b")]
    assert record(database, "r3", to_member(database, "a", 1), to_review(database, "b", 2)) == 1
    assert tied(database) == {"a": 1, "b": None, "c": 3}
    with database.write() as session:
        assert not LinkStore(session).is_outdated(ONE, [SEASON])
        assert LinkStore(session).to_compare(ONE, SEASON) is None


def test_a_person_accepts_and_the_linker_leaves_that_alone(database: Database, load: Loads) -> None:
    load(ONE, ("a", None), ("b", None))
    record(database, "r", to_review(database, "a", 1, 2), to_review(database, "b", 2, 3))
    with database.write() as session:
        store = LinkStore(session)
        waiting = store.waiting(ONE)
        assert store.waiting_count(ONE, SEASON) == 2
        assert not store.waiting(OTHER)
    assert [(one.applicant_id, [c.member_id for c in one.candidates]) for one in waiting] == [
        ("a", ["M1", "M2"]), ("b", ["M2", "M3"]),
    ]  # fmt: skip
    decide(database, "a", "M2", "r2")
    decide(database, "b", None, "r3")
    assert tied(database) == {"a": 2, "b": None}
    load(ONE, ("a", None), ("b", None), ("c", None), at=datetime(2026, 1, 3, tzinfo=UTC))
    with database.write() as session:
        listed = LinkStore(session).to_compare(ONE, SEASON)
        assert not LinkStore(session).waiting(ONE)
    assert listed is not None
    assert (listed.numbers, listed.taken) == ([number_of(database, "c")], frozenset({MemberNo(2)}))


def test_a_person_cannot_tie_one_member_to_two_or_make_up_a_candidate(database: Database, load: Loads) -> None:
    load(ONE, ("a", "M1"), ("b", None))
    record(database, "r", to_review(database, "b", 1, 2))
    for applicant, member, error in (
        ("b", "M1", MemberTaken), ("b", "M3", CandidateUnknown), ("a", "M2", ApplicantUnknown),
        ("x", None, ApplicantUnknown),
    ):  # fmt: skip
        with pytest.raises(error):
            decide(database, applicant, member, f"r-{applicant}-{member}")
    assert tied(database) == {"a": 1, "b": None}


def test_a_wrong_link_can_be_taken_back(database: Database, load: Loads) -> None:
    load(ONE, ("a", None))
    record(database, "r", to_member(database, "a", 1))
    decide(database, "a", None, "r2")
    assert tied(database) == {"a": None}
    decide(database, "a", "M1", "r3")
    assert tied(database) == {"a": 1}
