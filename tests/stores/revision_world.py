"""A board that asks here which words to show, while its policy is revised: every step, answer and look in this process.

A, B and C agreed to version 3, which names the clients C1 and C2; version 4 names one more.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, insert, text

from kanmon.access.account import Account, NewAccount, Role
from kanmon.access.store.accounts import PostgresAccountStore
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.gap.store import AuditStore
from kanmon.audits.rejudgement.audit import Span, rejudge
from kanmon.audits.rejudgement.store import PostgresRejudgementReader
from kanmon.cli.progress import LineProgress
from kanmon.clients.store import ServiceStore
from kanmon.consent.collected.service import (
    AnswerRecord,
    Collection,
    ConsentAnswer,
    ConsentRefusal,
    ServedWords,
    TextReader,
)
from kanmon.consent.collected.use_cases import collection_store
from kanmon.consent.policy import text_sha256
from kanmon.core.clock import ReplayClock
from kanmon.core.ids import ClientId, EvidenceId, MemberId, PolicyId, RunId, ScreenId, TextSha256
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database, ReadSession, WriteSession
from kanmon.gate.decision import Decision, Use
from kanmon.gate.question import terms_of
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.intake.files.reader import DatasetFolderReader
from kanmon.intake.loading import Loading
from kanmon.intake.use_cases.loading import loads
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.reviews.policies.files import FolderChangeReader
from kanmon.reviews.policies.impact import PolicyImpact
from kanmon.reviews.policies.use_cases import what_ifs
from kanmon.reviews.revisions.files import read_draft
from kanmon.reviews.revisions.model import Act, Revision
from kanmon.reviews.revisions.service import RevisionWorkflow
from kanmon.reviews.revisions.store import PostgresRevisionTransaction
from kanmon.reviews.screens.coverage import BoardCoverage
from kanmon.reviews.screens.crawl import Board, Crawl
from kanmon.reviews.screens.drift import Assessment, to_assess
from kanmon.reviews.screens.links import LISTED_AT
from kanmon.reviews.screens.seen import FormResponse, LaterPage, Page, PolicyFragment, ShownPolicy
from kanmon.reviews.screens.store.coverage import CoverageStore
from kanmon.reviews.screens.visitor import BoardVisitor, first_visit
from kanmon.rights.withdrawal.service import Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from kanmon_stories.dataset_folder import write_dataset
from tests.portals.revised_season import (
    ADDED as ADDED_CLIENT,
)
from tests.portals.revised_season import (
    C1,
    DAY,
    DRAFTED_AT,
    HOUR,
    OPENS,
    REVISED_AT,
    SCREENS,
    STAFF,
    TEXTS,
    drafted,
    service,
    written,
)
from tests.rows import KEY
from tests.stores.test_holds import Erased
from tests.stores.test_rejudgement import PROVISION, RECORD
from tests.tables import tables

MEMBERS = ("A", "B", "C")
OLD, ADDED = C1.client_id, ADDED_CLIENT.client_id
DEPLOYED_AT = REVISED_AT + HOUR
MINUTE = timedelta(minutes=1)
PRIVACY = PolicyId("privacy")
ANSWERS = {"purpose": "p", "scope": "s", "content": "c"}
WAY: tuple[tuple[Act, str, Mapping[str, str]], ...] = (
    (Act.MODEL, "author", {}),
    (Act.CHECK, "legal", {}),
    (Act.SET_IMPACT, "author", {}),
    (Act.CONFIRM, "operator", {"reflected": "yes"}),
    (Act.ADVISE, "advocate", {"reason": "読んで分かります"}),
    (Act.REVIEW, "owner", ANSWERS),
    (Act.SCHEDULE, "owner", {}),
)
"""The steps before the roll-out, and the account that must take each."""


class Rewound(Database):
    """A control plane within one transaction that is never kept, so that each history begins where the first began."""

    def __init__(self, connection: Connection, rows: RowKey) -> None:
        self.rows = rows
        self._connection = connection

    @contextmanager
    def read(self, client: ClientId | None = None) -> Iterator[ReadSession]:
        session = ReadSession(self._connection, self.rows)
        session.act_for(client)
        yield session

    @contextmanager
    def write(self, client: ClientId | None = None) -> Iterator[WriteSession]:
        with self._connection.begin_nested():
            session = WriteSession(self._connection, self.rows)
            session.act_for(client)
            yield session
        for deed in session.afterwards:
            deed()

    @contextmanager
    def what_if(self, *, is_of_one_moment: bool = True) -> Iterator[WriteSession]:
        never_kept = self._connection.begin_nested()
        session = WriteSession(self._connection, self.rows, is_kept=False)
        session.act_for(None)
        yield session
        never_kept.rollback()


@dataclass
class RevisedBoard:
    """The board over a control plane; everything happens at the moment that is named."""

    database: Database
    folder: Path
    staff: dict[str, Account] = field(default_factory=dict)
    numbers: "count[int]" = field(default_factory=count)

    def at(self, database: Database, folder: Path) -> "RevisedBoard":
        """This board over a copy of its database and its folder."""
        return replace(self, database=database, folder=folder, staff=dict(self.staff), numbers=copy(self.numbers))

    @property
    def transactions(self) -> PostgresTransactions:
        return PostgresTransactions(self.database, KEY, SealedRows(self.folder / "keys"))

    @contextmanager
    def again(self) -> Iterator[None]:
        """What happens in this block is undone at its end."""
        kept = self.database
        with kept._engine.connect() as connection:
            never_kept = connection.begin()
            self.database = Rewound(connection, kept.rows)
            try:
                yield
            finally:
                never_kept.rollback()
                self.database = kept

    def load(self, name: str, tables_: Mapping[str, pa.Table]) -> None:
        season = self.folder / name
        write_dataset(season, tables_, service(), {"policies/3.txt": TEXTS["3"]})
        reader = DatasetFolderReader(self.folder / "staging", self.folder / "rejected", str)
        lake, clock = DuckDBLake(self.folder / "lake"), ReplayClock(DRAFTED_AT)
        from_folder = Loading(reader, lake, loads(self.transactions), clock, LineProgress(), Erased()).load(season)
        refused = [row for file in from_folder.files for row in file.sample]
        assert not refused, str(refused)

    def hire(self) -> None:
        """The accounts, as `kanmon account add` makes them."""
        with self.transactions.begin() as work:
            accounts = PostgresAccountStore(work.session)
            for name, (role, person) in STAFF.items():
                accounts.add(NewAccount(name, staff_role=Role(role), staff_person=person), "-", DRAFTED_AT)
                found = accounts.find(name)
                assert found is not None
                self.staff[name] = found[0]

    def revising(self, at: datetime) -> RevisionWorkflow:
        clock = ReplayClock(at)
        reader = FolderChangeReader(self.folder / "staging")
        impact = PolicyImpact(what_ifs(self.transactions), reader, clock, LineProgress())
        begin = self.transactions.writing(lambda work: PostgresRevisionTransaction(work.session, work.ledger))
        return RevisionWorkflow(begin, impact, clock)

    def draft(self, name: str = "4", at: datetime = REVISED_AT, words: Mapping[str, Any] | None = None) -> int:
        """Begin a revision."""
        draft = read_draft(written({**drafted("4", at), "id": name, **(words or {})}), "d", PRIVACY, self.folder)
        return self.revising(min(DRAFTED_AT, at)).draft(self.staff["author"], draft).revision_no

    def take(self, number: int, act: Act, by: str, at: datetime, said: Mapping[str, str] | None = None) -> Revision:
        """One step by one account."""
        account, revising = self.staff[by], self.revising(at)
        if act is Act.SET_IMPACT:
            return revising.set_impact(account, number)
        if act is Act.ACTIVATE:
            return revising.activate(account, number)
        return revising.take(account, number, act, said or {})

    def schedule(self, number: int, at: datetime = DRAFTED_AT) -> None:
        """All steps before the roll-out."""
        for act, by, said in WAY:
            self.take(number, act, by, at, said)

    def serve(self, member: str, at: datetime, screen: str = SCREENS[0], language: str = "ja") -> ServedWords:
        served = self.served(TextReader(MemberId(member)), at, screen, language)
        assert isinstance(served, ServedWords), served
        return served

    def served(self, reader: TextReader, at: datetime, screen: str, language: str) -> ServedWords | ConsentRefusal:
        with self._collection(at) as collection:
            return collection.serve(ScreenId(screen), language, reader)

    def answer(self, member: str, action: str, at: datetime, served: ServedWords | None = None) -> AnswerRecord:
        """What a member answers to the words served a moment ago, or to those given."""
        if served is None and action != "withdraw":
            served = self.serve(member, at)
        shown = served.text.text_sha256 if served else None
        answer = ConsentAnswer(
            f"act {next(self.numbers)}", action, MemberId(member), ScreenId(SCREENS[0]),
            token=served.token if served else None, shown_sha256=shown, refusable=True,
        )  # fmt: skip
        with self._collection(at) as collection:
            return collection.take(1, answer)

    @contextmanager
    def _collection(self, at: datetime) -> Iterator[Collection]:
        clock = ReplayClock(at)
        with self.transactions.begin(waits=True) as work:
            store = collection_store(work.session)

            def withdraw(member: MemberId, client: ClientId | None, answer_sha256: str | None) -> EvidenceId:
                deed = Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, clock)
                done = deed.withdraw(member, client, [], answer_sha256=answer_sha256)
                return store.act_entered(done.ledger_seq)

            yield Collection(store, work.ledger, clock, withdraw)

    def look(self, at: datetime, words: str | None = None) -> tuple[BoardCoverage, Sequence[Assessment]]:
        """A round of the crawler, which sees what is served; `words` replaces it on every screen."""
        with self.transactions.read() as work:
            board = Board.of(AuditStore(work.session), "https://board.example", at)
        begun_at = ReplayClock(at).real()
        coverage = Crawl(board, _Eyes(self, at, words), RunId(f"run {next(self.numbers)}"), first_visit).go_round()
        with self.transactions.begin() as work:
            looks = CoverageStore(work.session)
            looks.add(coverage.seen, coverage.seen_at)
            looks.keep(coverage, begun_at, is_round=True)
            return coverage, list(to_assess(looks, coverage))

    def decisions(self, client: str, at: datetime) -> Mapping[str, Decision]:
        """The gate's answer for each member."""
        with self.database.write() as session:
            terms = ServiceStore(session).terms()
            store = GateStore(session)
            asked = terms_of(terms, terms.clients[ClientId(client)], Use.PROVIDE, at, law_on=None)
            decisions = Gate(store, store).ask(asked, RunId("gate")).decisions
        return {one.applicant_id.removeprefix(f"{client}-"): one for one in decisions}

    def allowed(self, client: str, at: datetime) -> str:
        """Those whom the gate allows."""
        return "".join(name for name, one in self.decisions(client, at).items() if one.clearance is not None)

    def judged_afresh(self, client: str, at: datetime) -> str:
        """Those for whom a provision at that moment, to everybody, would stand."""
        decided = self.decisions(client, at)
        numbers = {name: self._member_no(name) for name in decided}
        with self.database.what_if() as session:
            session.act_for(ClientId(client))
            run = session.connection.execute
            evidence = {row.member_id: row.newest for row in run(text(_NEWEST))}
            said = {"provision": "p", "client": client, "at": at, "law": "JP-APPI-2022"}
            run(text(PROVISION.text.replace("'2026'", "'2027'")), said)
            for name, one in decided.items():
                proof = one.clearance.evidence_id if one.clearance else evidence.get(name, 1)
                row = {"applicant": one.applicant_id, "member": numbers[name], "evidence": proof}
                run(RECORD, {**said, **row, "computed_at": at - timedelta(seconds=1)})
            found = rejudge(
                PostgresRejudgementReader(session), [ClientId(client)], Span(OPENS - DAY, at + DAY), in_replays=True
            )
        assert found.judged == {client: len(decided)}
        fell = {one.case.applicant_id.removeprefix(f"{client}-") for one in found.fallen}
        return "".join(name for name in decided if name not in fell)

    def _member_no(self, name: str) -> int:
        with self.database.read() as session:
            found = text("SELECT member_no FROM member WHERE member_id = :name")
            return int(session.connection.execute(found, {"name": name}).scalar_one())


_NEWEST = """
    SELECT member_id, max(consent_no) AS newest FROM consent_act JOIN member USING (member_no)
    WHERE action = 'accept' GROUP BY 1
"""


class _Eyes:
    """A browser before the board, as the crawler looks through it."""

    def __init__(self, board: RevisedBoard, at: datetime, words: str | None) -> None:
        self._board, self._at, self._words = board, at, words

    def look(self, address: str, visitor: BoardVisitor, picture: Callable[[Page], str | None] | None = None) -> Page:
        if address.endswith(LISTED_AT):
            return Page(address, 404)
        screen = address.rpartition("/")[2].upper()
        served = self._board.served(TextReader(None, "crawler"), self._at, screen, visitor.language)
        assert isinstance(served, ServedWords)
        shown = ShownPolicy(PRIVACY, served.version.version_id, (PolicyFragment(self._words or served.version.text),))
        return Page(address, 200, (shown,), has_consent_form=True, can_post=True)

    def answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        return FormResponse(200, True)

    def join(self, address: str, language: str) -> bool:
        return False

    def afterwards(self, addresses: Sequence[str], language: str, *, agrees: bool) -> Sequence[LaterPage]:
        return [LaterPage(address, 200, "", frozenset(), 1, 0) for address in addresses]


def revised_board(database: Database, folder: Path) -> RevisedBoard:
    """The board before its revision; every screen was seen right."""
    board = RevisedBoard(database, folder)
    clients = (OLD, ADDED)
    board.load(
        "season",
        {
            "members": pa.table({"member_id": MEMBERS, "season": ["2027"] * 3, "registered_at": [OPENS] * 3}),
            "renderings": pa.table(
                {
                    "screen_id": [screen for at in (OPENS, OPENS + 2 * DAY) for screen in SCREENS],
                    "occurred_at": [at for at in (OPENS, OPENS + 2 * DAY) for _ in SCREENS],
                    "text_sha256": [TextSha256(text_sha256(TEXTS["3"]))] * 4,
                }
            ),
            "applicants": pa.table(
                {
                    "client_id": [client for client in clients for _ in MEMBERS],
                    "applicant_id": [f"{client}-{name}" for client in clients for name in MEMBERS],
                    "season": ["2027"] * 6,
                    "applied_at": [OPENS + 10 * DAY] * 6,
                    "as_of": [DRAFTED_AT - DAY] * 6,
                    "member_id": MEMBERS * 2,
                }
            ),
        },
    )
    with database.write() as session:
        run = session.connection.execute
        run(insert(tables.api_key).values(label="board", key_sha256=b"k", created_at=OPENS))
        for name in ("gate", "run"):
            run(
                text("INSERT INTO run VALUES (:name, 'test', :at, :at, false, NULL, 'began')"),
                {"name": name, "at": OPENS},
            )
    board.hire()
    for name in MEMBERS:
        board.answer(name, "accept", OPENS + 30 * DAY)
    return board
