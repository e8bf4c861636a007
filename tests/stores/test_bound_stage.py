"""The decision lock is bound to the stage first handed over: no history of a client's moves opens a score before it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError

from kanmon.clients.contract import Client, ServiceTerms
from kanmon.clients.decision import DecisionVerdict
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.core.faults import Fault
from kanmon.core.ids import ApplicantId, ClientId, RunId
from kanmon.core.refused import MergeResult
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.intake.store.staging import merge_applicants, merge_decisions
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.service import ProvisionService
from kanmon.provision.store.decisions import DecisionStore, enter_decisions, enter_stage_moves
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.withholding import WithholdingBatch
from tests.drawn import examples
from tests.rows import enter_all
from tests.stores.test_decision_lock import LOCKED as LOCKED_ONE
from tests.stores.test_staging import APPLICANTS, DECISIONS, Row, told
from tests.stores.test_withdrawal_race import (
    CLOCK,
    DAY,
    KEY,
    MEMBERS,
    NOW,
    PLATFORM,
    RELEASE,
    RUN,
    SCORE,
    SEALS,
    SEASON,
    board,
)
from tests.tables import tables

__all__ = ["board"]
LOCKED = replace(LOCKED_ONE, client_id=ClientId("third"))
"""A client that has handed nobody over yet."""
NAMES = ["a", "b", "c"]
LISTED = LOCKED.contract.stages
NAMED = [None, *LISTED, "invented"]
APPLIED_AT = NOW - 10 * DAY
MOVES = text(
    """
    SELECT a.applicant_id, m.moved_from, m.moved_to, e.type
    FROM stage_move m JOIN applicant a USING (client_id, applicant_no) JOIN ledger_entry e ON e.seq = m.ledger_seq
    ORDER BY move_no
    """
)
KEPT_FROM_BEFORE = text(
    """
    INSERT INTO client_decision (applicant_no, client_id, stage, decision, decided_at)
    SELECT applicant_no, client_id, '1', 'maybe', :at FROM applicant
    """
)
"""A decision that an earlier version took."""


@dataclass(frozen=True)
class HandOver:
    """A row of `applicants`, for whichever of the members."""

    applicant: str
    member: int
    stage: str | None


@dataclass(frozen=True)
class DecisionRow:
    """A row of `decisions`; `days` is how long after the application it is dated."""

    applicant: str
    stage: str
    decision: str
    days: int


@dataclass(frozen=True)
class Commit:
    """A decision over HTTP or from the client's page."""

    applicant: str
    stage: str
    verdict: DecisionVerdict


Move = HandOver | DecisionRow | Commit


@dataclass
class Mover:
    """A client that moves within one transaction of the store; what it sees is the report."""

    session: WriteSession
    folder: Path
    runs: int = 0

    def hand_over(self, *rows: HandOver) -> MergeResult:
        dates = {"applied_at": APPLIED_AT, "as_of": NOW - DAY, "season": SEASON.season_id}
        written = [
            {"client_id": "third", "applicant_id": row.applicant, "member_id": MEMBERS[row.member], "stage": row.stage}
            | dates
            for row in rows
        ]
        merged = merge_applicants(self.session, self._file(APPLICANTS, written))
        enter_stage_moves(self.session, self._ledger)
        self.session.act_for(LOCKED.client_id)
        self.session.connection.execute(SCORE, {"members": NAMES})
        self.session.added.append(RowBatch("score", (LOCKED.client_id, RUN), LOCKED.client_id))
        enter(self.session, self._ledger)
        return merged

    def decide(self, *rows: DecisionRow) -> MergeResult:
        written: list[Row] = [
            {"client_id": "third", "applicant_id": row.applicant, "stage": row.stage, "decision": row.decision}
            | {"decided_at": APPLIED_AT + row.days * DAY}
            for row in rows
        ]
        merged = merge_decisions(self.session, self._file(DECISIONS, written))
        enter_decisions(self.session, self._ledger)
        return merged

    def commit(self, move: Commit) -> None:
        store, applicant = DecisionStore(self.session), ApplicantId(move.applicant)
        store.decide(LOCKED.client_id, SEASON.season_id, applicant, move.stage, move.verdict, CLOCK.now())

    def sees(self, company: Client = LOCKED) -> set[str]:
        self.runs += 1
        run = RunId(f"r{self.runs}")
        started = {"command": "x", "acted_at": NOW, "real_at": NOW, "is_replay": False, "state": "x"}
        self.session.connection.execute(insert(tables.run).values(run_id=run, **started))
        withheld = WithholdingBatch(DecisionStore(self.session), self._ledger)
        gate = Gate(GateStore(self.session), GateStore(self.session))
        service = ProvisionService(
            PostgresProvisionStore(self.session, SEALS), gate, self._ledger, CLOCK, PLATFORM, withheld
        )
        terms = Terms(Use.PROVIDE, NOW, company, SEASON, RELEASE, JP_APPI_2017)
        report = service.provide(terms, run, again=True).report
        enter(self.session, self._ledger)
        assert report is not None
        return {row.applicant_id for row in report.rows if row.score is not None}

    @property
    def _ledger(self) -> Ledger:
        return Ledger(PostgresLedgerStore(self.session), KEY)

    def _file(self, schema: pa.Schema, rows: Sequence[Row]) -> Path:
        path = self.folder / "staged.parquet"
        numbered = [{"line": number, **row} for number, row in enumerate(rows, start=2)]
        pq.write_table(pa.Table.from_pylist(numbered, schema), path)
        return path


def may_be_seen(history: Sequence[Move]) -> set[str]:
    """What may be seen, from nothing but the list of what happened; it shares no code with the lock."""
    member: dict[str, int] = {}
    first_row: dict[int, str] = {}
    bound: dict[str, str] = {}
    decided: dict[str, dict[str, tuple[str, bool]]] = {}
    for move in history:
        if isinstance(move, HandOver) and move.stage != "invented":
            member[move.applicant] = move.member
            if move.stage is not None:
                bound.setdefault(move.applicant, move.stage)
            decided.setdefault(move.applicant, {})
        elif not isinstance(move, HandOver) and move.applicant in decided and move.stage != "invented":
            mine = decided[move.applicant]
            if isinstance(move, DecisionRow):
                if move.days >= 0:
                    mine[move.stage] = move.decision, move.days <= 10
            elif move.stage not in mine or mine[move.stage][0] != move.verdict:
                mine[move.stage] = move.verdict, True
    for name in decided:
        first_row.setdefault(member[name], name)

    def is_decided(name: str) -> bool:
        stages = [stage for stage, (_, is_past) in decided[name].items() if is_past]
        return bool(stages) if name not in bound else bound[name] in stages

    return {name for name in decided if is_decided(name) and is_decided(first_row[member[name]])}


names = st.sampled_from(NAMES)
moves = st.lists(
    st.one_of(
        st.builds(HandOver, names, st.integers(0, 2), st.sampled_from(NAMED)),
        st.builds(Commit, names, st.sampled_from(LISTED), st.sampled_from(DecisionVerdict)),
        st.builds(
            DecisionRow, names, st.sampled_from(NAMED[1:]), st.sampled_from(["pass", "fail"]),
            st.sampled_from([-400, -1, 0, 3, 20]),
        ),
    ),
    max_size=14,
)  # fmt: skip


def add_model(session: WriteSession) -> None:
    """The model that scores the client's applicants; all that a test put in by SQL is entered into the ledger."""
    session.act_for(LOCKED.client_id)
    model = {"model_id": f"m-{LOCKED.client_id}", "client_id": LOCKED.client_id, "version": 1, "card": {"auc": 7}}
    made = {"season_id": SEASON.season_id, "run_id": RUN, "trained_at": NOW, "acted_at": NOW, "sha256": "0"}
    session.connection.execute(insert(tables.prediction_model).values(**model, **made, artefact=b"a"))
    enter_all(session, KEY)


@pytest.fixture
def locked(board: Database) -> Database:
    """The board with a client under a decision lock that has handed nobody over yet."""
    clients = {LOCKED.client_id: LOCKED}
    with board.write() as session:
        ServiceStore(session).replace_terms(
            ServiceTerms(JP_APPI_2017.profile_id, PLATFORM, RELEASE, {SEASON.season_id: SEASON}, clients), NOW
        )
        add_model(session)
    return board


@contextmanager
def client(database: Database, folder: Path) -> Iterator[Mover]:
    """A client that begins anew: nothing of what it does is kept."""
    with database.what_if() as session:
        yield Mover(session, folder)


DATED_LATER = [HandOver("a", 0, "1"), DecisionRow("a", "1", "pass", 20), Commit("a", "1", DecisionVerdict.FAIL)]


@given(history=moves)
@example(history=DATED_LATER)
@settings(max_examples=examples(10, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_history_of_moves_shows_a_score_before_the_decision_at_the_stage_first_handed_over(
    locked: Database, tmp_path: Path, history: list[Move]
) -> None:
    with client(locked, tmp_path) as mover:
        for place, move in enumerate(history, start=1):
            if isinstance(move, HandOver):
                mover.hand_over(move)
            elif isinstance(move, DecisionRow):
                mover.decide(move)
            else:
                mover.commit(move)
            assert mover.sees() == may_be_seen(history[:place])


def test_a_row_moved_to_a_stage_that_was_decided_stays_closed_and_the_move_is_in_the_ledger(
    locked: Database, tmp_path: Path
) -> None:
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, "2"))
        mover.commit(Commit("a", "1", DecisionVerdict.PASS))
        mover.hand_over(HandOver("a", 0, "1"))
        mover.hand_over(HandOver("a", 0, None))
        assert mover.sees() == set()
        mover.commit(Commit("a", "2", DecisionVerdict.FAIL))
        assert mover.sees() == {"a"}
        mover.hand_over(HandOver("a", 0, "2"))
        mover.hand_over(HandOver("a", 0, "2"))
        mover.session.act_for(LOCKED.client_id)
        moved = mover.session.connection.execute(MOVES).all()
        assert moved == [("a", "2", "1", "stage_move"), ("a", "1", None, "stage_move"), ("a", None, "2", "stage_move")]
        alerts = DecisionStore(mover.session).moved(LOCKED.client_id)
        assert [(one.applicant_id, one.bound_stage, one.moved_to, one.was_open) for one in alerts] == [
            ("a", "2", "2", True), ("a", "2", None, False), ("a", "2", "1", False),
        ]  # fmt: skip


def test_naming_a_stage_later_binds_the_row_from_then_on(locked: Database, tmp_path: Path) -> None:
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, None))
        mover.hand_over(HandOver("a", 0, "2"))
        mover.commit(Commit("a", "1", DecisionVerdict.PASS))
        assert mover.sees() == set()
        assert not DecisionStore(mover.session).moved(LOCKED.client_id)


def test_a_person_handed_over_again_under_another_id_waits_for_the_first_row(locked: Database, tmp_path: Path) -> None:
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, "2"))
        mover.hand_over(HandOver("b", 0, "1"))
        mover.commit(Commit("b", "1", DecisionVerdict.PASS))
        assert mover.sees() == set()
        mover.commit(Commit("a", "2", DecisionVerdict.PASS))
        assert mover.sees() == {"a", "b"}


@pytest.mark.parametrize("stage", ["invented", "１", "1 "])
def test_a_stage_that_the_contract_does_not_list_is_refused(locked: Database, tmp_path: Path, stage: str) -> None:
    with client(locked, tmp_path) as mover:
        merged = mover.hand_over(HandOver("a", 0, stage), HandOver("b", 1, "1"))
        assert told(merged) == [(2, "stage", stage, Fault.UNKNOWN_STAGE)]
        assert (merged.new, merged.stages) == (1, {"third": ("1", "2")})
        merged = mover.decide(DecisionRow("b", stage, "pass", 1), DecisionRow("b", "1", "pass", 1))
        assert told(merged) == [(2, "stage", stage, Fault.UNKNOWN_STAGE)]
        assert mover.sees() == {"b"}


def test_a_decision_older_than_the_application_is_refused(locked: Database, tmp_path: Path) -> None:
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, "1"))
        merged = mover.decide(DecisionRow("a", "1", "pass", -400))
        assert [row[1:] for row in told(merged)] == [
            ("decided_at", (APPLIED_AT - 400 * DAY).isoformat(), Fault.BEFORE_APPLIED_AT)
        ]
        assert mover.sees() == set()


def test_a_decision_that_cannot_be_read_opens_nothing(locked: Database, tmp_path: Path) -> None:
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, "1"))
        merged = mover.decide(DecisionRow("a", "1", "maybe", 1))
        assert told(merged) == [(2, "decision", "maybe", Fault.NOT_ALLOWED)]
        mover.session.act_for(LOCKED.client_id)
        mover.session.connection.execute(KEPT_FROM_BEFORE, {"at": APPLIED_AT + DAY})
        assert mover.sees() == set()


def test_a_lock_whose_contract_lists_no_stages_stays_closed(locked: Database, tmp_path: Path) -> None:
    unlisted = replace(LOCKED, contract=replace(LOCKED.contract, stages=()))
    with client(locked, tmp_path) as mover:
        mover.hand_over(HandOver("a", 0, "1"))
        mover.commit(Commit("a", "1", DecisionVerdict.PASS))
        assert mover.sees(unlisted) == set()
        assert mover.sees() == {"a"}


def test_the_app_can_neither_bind_anew_nor_hide_a_move(locked: Database) -> None:
    with locked.write(ClientId("one")) as session:
        run = session.connection.execute
        run(text("UPDATE applicant SET stage = '1' WHERE applicant_id = 'M1'"))
        run(text("UPDATE applicant SET bound_stage = '2', stage = '2' WHERE applicant_id = 'M1'"))
        assert session.connection.scalar(text("SELECT bound_stage FROM applicant WHERE applicant_id = 'M1'")) == "1"
        assert session.connection.scalar(text("SELECT count(*) FROM stage_move")) == 1
    for forged in ("UPDATE stage_move SET moved_to = '1'", "DELETE FROM stage_move"):
        with pytest.raises(DatabaseError), locked.write(ClientId("one")) as session:
            session.connection.execute(text(forged))
