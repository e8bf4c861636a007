"""A client never learns why a row has no score: two worlds that differ only in that show it the same, page by page.

The client may hand over, decide, ask for reports and look at everything it is shown, in any order. Whatever it sees is
rendered by the portal's own routes and compared letter by letter, but for numbers and moments that say nothing of
the person: its pages, a delivery before and after its receipt is acknowledged, and the files of a report. Where a
client received a score and is asked to erase it, it does not see whether the person withdrew, was erased, or is
affected by an incident.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
from fastapi import Request
from fastapi.responses import Response
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from kanmon.access.account import Account, Role
from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.gap.model import GapReason
from kanmon.audits.use.use_cases import commit_decision
from kanmon.clients.contract import Client, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.doubtful import RefusedRow
from kanmon.consent.holds.service import CONSENTS, HoldService, RowOrigin
from kanmon.consent.holds.store import PostgresHoldStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.core.errors import KanmonError
from kanmon.core.faults import FAULT_TEXTS
from kanmon.core.ids import ClientId, MemberNo, ProvisionId, RunId
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate
from kanmon.incidents.model import AffectedPerson, Criteria, IncidentClass, IncidentScope
from kanmon.incidents.service import IncidentLog
from kanmon.incidents.store import PostgresIncidentStore
from kanmon.intake.files.tables import stage_tables
from kanmon.intake.loaded import SHOWN
from kanmon.intake.loading import Loading, StagedTable
from kanmon.intake.use_cases.loading import loads
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.pipeline.use_cases.transactions import season_transactions
from kanmon.provision.files.folder import rendered
from kanmon.provision.receipt import CONFIRMED
from kanmon.provision.report import PLAIN_FILES, Report
from kanmon.provision.service import ProvisionService
from kanmon.provision.store.received import ReceivedStore
from kanmon.provision.use_cases import client as client_desk
from kanmon.provision.use_cases.client import ClientService
from kanmon.provision.use_cases.reports import received_report
from kanmon.provision.web import client as portal
from kanmon.provision.web import decisions as client_decisions
from kanmon.provision.web import use as client_use
from kanmon.provision.withholding import WithholdingBatch
from kanmon.rights.erasure.model import Compaction, ErasureFiles, ErasureLake
from kanmon.rights.erasure.service import Erasures
from kanmon.rights.erasure.store.requests import ErasureRequestStore
from kanmon.rights.erasure.use_cases import erasing
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.requests.objection import Objections, Word
from kanmon.rights.requests.store import PostgresRequestStore
from kanmon.rights.withdrawal.service import Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from kanmon.web.pages import page
from tests.drawn import is_night
from tests.rows import seal_acts
from tests.stores.test_bound_stage import LOCKED, add_model
from tests.stores.test_withdrawal_race import (
    CLOCK,
    DAY,
    KEY,
    MEMBERS,
    NOW,
    PLATFORM,
    RELEASE,
    RUN,
    SEALS,
    SEASON,
    board,
)
from tests.tables import tables
from tests.unit.intake.folders import Quiet

__all__ = ["board"]
CLIENT = LOCKED.client_id
NAMES = ["a", "b", "c"]
"""The client's own IDs of members 0, 1 and 2; the first is the person of the game."""
PERSON = MEMBERS[0]
HEADER = "client_id,applicant_id,season,applied_at,as_of,stage,member_id,university\n"
LINK = text(
    """
    UPDATE applicant SET linked_member_no = m.member_no FROM member m
    WHERE m.member_id = :member AND applicant_id = :name
      AND applicant_no NOT IN (SELECT applicant_no FROM erased_applicant)
    """
)
TIES = RowBatch("tie", (CLIENT, SEASON.season_id), CLIENT)
UNLINK = text(f"UPDATE applicant SET linked_member_no = NULL WHERE applicant_id = '{NAMES[0]}'")
SCORE = text(
    """
    INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
    SELECT 'race', client_id, applicant_no, 'm-third', :value, clock_timestamp(), 1
    FROM applicant WHERE applicant_id = :name AND linked_member_no IS NOT NULL
    """
)
REFUSE = text(
    """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, member_no, clock_timestamp(), 's', 1, 'refuse' FROM member WHERE member_id = :member
    """
)
GAP = GapReason.PRE_REVISION_MEMBER
UNREADABLE = RefusedRow(
    2, f"{PERSON},withdraw,yesterday", "occurred_at", "BAD_DATETIME",
    {"member_id": PERSON, "action": "withdraw", "occurred_at": "yesterday"},
)  # fmt: skip
"""A withdrawal of the person's that nobody can read."""
SAYS_NOTHING = re.compile(
    r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d[:.\d]*[Z+\d:]*|r\d+-third|(?<=erasures/)\d+|(?<=sub-)\d+|(?<=request-)\d+"
    r"|(?<=依頼 )\d+|(?<=Request )\d+|依頼\d+|[0-9a-f]{64}"
)
"""Moments, and numbers that all clients share."""


@dataclass(frozen=True)
class Row:
    """A row of a file that the client hands over; `names` is what it writes into `member_id`."""

    name: str
    stage: str | None
    university: str
    names: str | None = None


@dataclass(frozen=True)
class Upload:
    """A file handed over."""

    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Decide:
    """A decision."""

    name: str
    stage: str
    verdict: str


@dataclass(frozen=True)
class Ask:
    """Scores asked for."""


Move = Upload | Decide | Ask


class OneTransaction:
    """A database whose transactions are all one, that is never kept."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    @contextmanager
    def write(self, client: ClientId | None = None) -> Iterator[WriteSession]:
        """The one transaction."""
        self._session.act_for(client)
        yield self._session

    read = write


class World:
    """A board, its client, and why the person has no score."""

    rendered: ClassVar[dict[Report, list[str]]] = {}
    """The hashes of the files of each report: they are made of nothing else."""

    def __init__(self, session: WriteSession, folder: Path, company: Client) -> None:
        self.session, self.folder, self.company, self.runs = session, folder, company, 0
        self.transactions = PostgresTransactions(cast("Database", OneTransaction(session)), KEY, SEALS)
        self.is_linked, self.is_scored = True, True
        self.erased: set[str] = set()
        workspace = SimpleNamespace(
            root=folder, staging=folder / "staging", rejected=folder / "rejected", hold=nullcontext
        )
        application = SimpleNamespace(
            transactions=self.transactions, clock=CLOCK, workspace=workspace, loading=self._loading,
            check_providing=lambda: None,
        )  # fmt: skip
        self.application = cast("Application", application)
        account = session.connection.scalar(text("SELECT account_no FROM account WHERE name = 'hr'"))
        self.desk = ClientService(self.application, Account(account, "hr", Role.CLIENT, client_id=CLIENT))

    def moves(self, move: Move) -> list[str]:
        """What the client is shown in answer to a move."""
        if isinstance(move, Upload):
            return [self._hands_over(move), *self._looks()]
        if isinstance(move, Decide):
            return [self._decides(move)]
        return [self._asks(), *self._looks()]

    def lets_nothing_pass(self, why: str) -> None:
        """Have the person's row have no score from now on, for one of the reasons that there are."""
        if why == "refused":
            self.session.connection.execute(REFUSE, {"member": PERSON})
            seal_acts(self.session)
        elif why == "objected":
            with self.transactions.begin(waits=True) as work:
                Objections(PostgresRequestStore(work.session), work.ledger, CLOCK).say(
                    PERSON, Word.OBJECT, None, list(work.terms.clients.values())
                )
        elif why == "withdrew":
            with self.transactions.begin(waits=True) as work:
                Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, CLOCK).withdraw(
                    PERSON, None, list(work.terms.clients.values())
                )
        elif why == "on hold":
            with self.transactions.begin() as work:
                HoldService(PostgresHoldStore(work.session), work.ledger, CLOCK).place(
                    RowOrigin(CONSENTS, "consents.csv", ""), [UNREADABLE]
                )
        elif why == "affected":
            self._affected_by_an_incident()
        elif why == "no match":
            self.is_linked = False
            self.session.act_for(CLIENT)
            self.session.connection.execute(UNLINK)
            self.session.added.append(TIES)
        elif why == "not computable":
            self.is_scored = False
        elif why == "erased":
            erasures = Erasures(
                erasing(self.transactions), cast("ErasureLake", Nothing()), cast("ErasureFiles", Nothing()),
                cast("Compaction", Nothing()), CLOCK,
            )  # fmt: skip
            erasures.request(PERSON, "code")
            erasures.finish(compacts=False)
            self.erased.add(PERSON)

    def _affected_by_an_incident(self) -> None:
        with self.transactions.begin(waits=True) as work:
            store = PostgresIncidentStore(work.session)
            log = IncidentLog(store, work.ledger, CLOCK, work.terms)
            number = log.open(
                IncidentClass.UNCOVERED, "旧文面", IncidentScope(NOW - DAY), "owner", None, Criteria()
            ).incident_id
            went = [one for one in store.provided(CLIENT, IncidentScope(NOW - DAY), CLOCK.now(), None, None)
                    if one.member_id == PERSON]  # fmt: skip
            found = went or [AffectedPerson(MemberNo(1), PERSON, CLIENT, SEASON.season_id, GAP.value, CLOCK.now(), 0)]
            log.keep_set(number, [one._replace(reason=GAP.value) for one in found], {}, "owner")
        RecallService(self.application).ask_recipients_of_incident(number, "owner")

    def _hands_over(self, upload: Upload) -> str:
        dates = f"{SEASON.season_id},{NOW - 10 * DAY:%Y-%m-%dT%H:%M:%SZ},{NOW - DAY:%Y-%m-%dT%H:%M:%SZ}"
        lines = [f"{CLIENT},{row.name},{dates},{row.stage or ''},{row.names or ''},{row.university}\n"
                 for row in upload.rows]  # fmt: skip
        stated = ("applicants", "w", "consent")
        loaded = self.desk.hand_over("a.csv", (HEADER + "".join(lines)).encode(), stated, str)
        shown = shown_as("handed_over.html", {"loaded": loaded, "reasons": FAULT_TEXTS, "most": SHOWN})
        to_mend = self.desk.refused_rows().decode() if loaded.has_refusals else ""
        return shown + to_mend

    def _decides(self, move: Decide) -> str:
        try:
            commit_decision(self.application, CLIENT, move.name, move.stage, move.verdict)
        except KanmonError as refused:
            return str(refused)
        return "recorded"

    def _asks(self) -> str:
        self.runs += 1
        run = RunId(f"r{self.runs}")
        execute = self.session.connection.execute
        self.session.act_for(CLIENT)
        for member, name in zip(MEMBERS, NAMES, strict=False):
            if member not in self.erased and (self.is_linked or member != PERSON):
                execute(LINK, {"member": member, "name": name})
            if self.is_scored or member != PERSON:
                execute(SCORE, {"name": name, "value": 5_000 + len(name)})
        self.session.added += [TIES, RowBatch("score", (CLIENT, RUN), CLIENT)]
        enter(self.session, Ledger(PostgresLedgerStore(self.session), KEY))
        started = {"command": "x", "acted_at": NOW, "real_at": NOW, "is_replay": False, "state": "x"}
        execute(insert(tables.run).values(run_id=run, **started))
        terms = Terms(Use.PROVIDE, NOW, self.company, SEASON, RELEASE, JP_APPI_2017)
        with season_transactions(self.transactions)() as transaction:
            gate = Gate(transaction.facts, transaction.record)
            withheld = WithholdingBatch(transaction.withholding, transaction.ledger)
            service = ProvisionService(
                cast("Any", transaction.provisions), gate, transaction.ledger, CLOCK, PLATFORM, withheld
            )
            result = service.provide(terms, run)
            if result.report is not None:
                transaction.provisions.mark_handed_over(result.report.provision_id, CLIENT, CLOCK.real())
        return result.outcome.value

    def _looks(self) -> list[str]:
        desk, pages = self.desk.desk(), (portal.desk, portal.explain, client_use.ask_for_intended)
        seen = [shown(show(asking(), self.desk)) for show in (*pages, client_decisions.see_decisions)]
        for delivery in desk.deliveries:
            pack, acknowledged_at = self.desk.pack(delivery.provision_id)
            seen += [str(replace(pack, provision_seq=0, provided_at=NOW))]
            if acknowledged_at is None:
                seen += [shown(portal.report(asking(), self.desk, delivery.provision_id))]
                self.desk.acknowledge(delivery.provision_id, CONFIRMED)
            for show in (portal.report, client_use.ask_for_actual):
                seen += [shown(show(asking(), self.desk, delivery.provision_id))]
            seen += self._files(delivery.provision_id)
        with self.transactions.begin(waits=True) as work:
            asked = ErasureRequestStore(work.session).requests(CLIENT)
        seen += [shown_as("erasures.html", {"requests": asked, "today": NOW.date()})]
        seen += [str([(one.rows, one.due_on, one.certified_by) for one in asked])]
        with self.transactions.read() as work:
            seen += [shown_as("stale.html", {"notices": ReceivedStore(work.session, work.seals).stale(CLIENT)})]
        return seen

    def _files(self, provision: ProvisionId) -> list[str]:
        """A report, the hashes of its files, and its instructions for use; but for what says nothing of the person."""
        report = received_report(self.application, CLIENT, provision)
        alike = replace(report, provision_id=ProvisionId("p"), run_id=RUN, provided_at=NOW, rows=tuple(report.rows))
        if alike not in self.rendered:
            with TemporaryDirectory(dir=self.folder) as scratch:
                files = {name: rendered(alike, name, Path(scratch)) for name in PLAIN_FILES}
            self.rendered[alike] = [f"{name} {sha256(content).hexdigest()}" for name, content in files.items()]
        instructions = SAYS_NOTHING.sub("", str(self.desk.instructions(provision)))
        return [*map(str, report.rows), *self.rendered[alike], instructions]

    def _loading(self, reader: Any) -> Loading:
        erased = SimpleNamespace(are_any=lambda: bool(self.erased), among=lambda named: self.erased & set(named))
        return Loading(reader, cast("Any", None), loads(self.transactions), CLOCK, Quiet(), cast("Any", erased))


class Nothing:
    """Stores and files outside of the control plane, in which there is nothing of the person."""

    def __getattr__(self, _: str) -> Callable[..., Sequence[object]]:
        return lambda *_, **__: ()


def asking() -> Request:
    """A request for a page of the portal, whose reads nobody notes."""
    state = SimpleNamespace(sign_in=SimpleNamespace(note_read=lambda *_: None))
    scope = {"type": "http", "method": "GET", "path": "/client", "headers": [], "query_string": b""}
    return Request({**scope, "app": SimpleNamespace(state=state)})


def shown_as(template: str, context: Mapping[str, object]) -> str:
    """A page of the portal without what says nothing of the person."""
    return shown(page(asking(), template, context, Account(1, "hr", Role.CLIENT, client_id=CLIENT)))


def shown(response: Response) -> str:
    """A page without what says nothing of the person."""
    return SAYS_NOTHING.sub("", bytes(response.body).decode())


class ReadHere:
    """Reads what is handed over in this process: under which limits it is read is another test's matter."""

    def __init__(self, _: object) -> None:
        """Without limits."""

    def tables(self, folder: Path, only: Sequence[str], now: datetime, staging: Path) -> Sequence[StagedTable]:
        """The tables of a folder."""
        return stage_tables(folder, staging, now, Quiet(), only=only)


@pytest.fixture
def open_board(board: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The board with a client that has handed nobody over yet, and its account."""
    monkeypatch.setattr(client_desk, "IsolatedReader", ReadHere)
    # Neither a lake nor a key for erasures: the world knows by itself who was erased.
    monkeypatch.setattr(client_desk, "folder_loading", lambda application, reader: application.loading(reader))
    with board.write() as session:
        ServiceStore(session).replace_terms(
            ServiceTerms(JP_APPI_2017.profile_id, PLATFORM, RELEASE, {SEASON.season_id: SEASON}, {CLIENT: LOCKED}), NOW
        )
        account = {"name": "hr", "role": "client", "client_id": CLIENT, "password_hash": "", "created_at": NOW}
        session.connection.execute(insert(tables.account).values(**account))
        add_model(session)
    return board


def played(
    database: Database, folder: Path, company: Client, history: Sequence[Move], why: Mapping[int, Sequence[str]]
) -> list[list[str]]:
    """All that a client sees of a history, in a world in which the person's row has no score for these reasons.

    `why` says before which move each reason comes about.
    """
    seen = []
    with database.what_if() as session:
        world = World(session, folder, company)
        for place, move in enumerate(history):
            for reason in why.get(place, ()):
                world.lets_nothing_pass(reason)
            seen.append(world.moves(move))
    return seen


def told_apart(one: list[list[str]], other: list[list[str]]) -> list[tuple[int, str, str]]:
    """Each line of which a client sees another in one world than in the other, with the number of the move."""
    lines = [
        [(place, line) for place, seen in enumerate(world) for part in seen for line in part.splitlines()]
        for world in (one, other)
    ]
    return [
        (left[0], left[1], right[1]) for left, right in zip_longest(*lines, fillvalue=(len(one), "–")) if left != right
    ]


names, stages = st.sampled_from(NAMES), st.sampled_from(["1", "2", "invented"])
rows = st.builds(
    Row, names, st.one_of(st.none(), stages), st.sampled_from(["x", "y"]),
    st.sampled_from([None, None, None, PERSON, MEMBERS[1], "nobody"]),
)  # fmt: skip
uploads = st.builds(Upload, st.lists(rows, min_size=1, max_size=3, unique_by=lambda row: row.name).map(tuple))
moves = st.lists(
    st.one_of(uploads, st.builds(Decide, names, stages, st.sampled_from(["pass", "fail"])), st.just(Ask())),
    min_size=2, max_size=6,
)  # fmt: skip
TELLING: list[Move] = [
    Upload((Row("a", "1", "y"), Row("b", "1", "x"))),
    Decide("a", "1", "pass"),
    Upload((Row("a", "1", "x", PERSON), Row("b", "1", "x", MEMBERS[1]), Row("c", "1", "x", "nobody"))),
    Ask(),
    Decide("a", "1", "fail"),
]
"""What would tell most, once the person is erased: a row changed, decided, named."""
EVERYBODY = Upload(tuple(Row(name, "1", "x") for name in NAMES))
PHASES = [Phase.explicit, Phase.generate] if is_night() else [Phase.explicit]
"""A history is short, and playing it is slow: by day, just those that tell most are played, and none made smaller."""
REASONS = ["refused", "withdrew", "objected", "on hold", "affected", "no match", "not computable"]
KEPT = ["refused", "objected", "on hold", "no match"]
"""Those for which a client keeps a score that it got before; here what was computed once goes on counting."""
ASKED_BACK = ["withdrew", "erased", "affected"]
playing = settings(
    max_examples=2, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OPEN = replace(LOCKED, contract=replace(LOCKED.contract, decision_lock=False))


@given(
    history=moves, reasons=st.tuples(st.sampled_from(REASONS), st.sampled_from(REASONS)), erased_at=st.integers(2, 7),
    company=st.sampled_from([LOCKED, OPEN]),
)  # fmt: skip
@example(history=TELLING, reasons=("refused", "no match"), erased_at=2, company=LOCKED)
@example(history=TELLING, reasons=("not computable", "objected"), erased_at=3, company=OPEN)
@example(history=TELLING, reasons=("on hold", "affected"), erased_at=3, company=LOCKED)
@playing
def test_of_a_person_without_a_score_a_client_sees_nothing_of_why(
    open_board: Database, tmp_path: Path, history: list[Move], reasons: tuple[str, str], erased_at: int, company: Client
) -> None:
    one, other = reasons
    why: dict[int, list[str]] = {0: [one]}
    why.setdefault(erased_at, []).append("erased")
    history = [EVERYBODY, Ask(), *history, Ask()]
    worlds = (played(open_board, tmp_path, company, history, reasons) for reasons in (why, {0: [other]}))
    assert told_apart(*worlds) == []


@given(history=moves, gone_at=st.integers(2, 6))
@example(history=TELLING, gone_at=2)
@playing
def test_of_a_person_whose_score_it_got_a_client_sees_what_to_erase_and_not_why(
    open_board: Database, tmp_path: Path, history: list[Move], gone_at: int
) -> None:
    history = [EVERYBODY, Ask(), *history, Ask()]
    worlds = {why: played(open_board, tmp_path, OPEN, history, {gone_at: [why]}) for why in ASKED_BACK}
    for why in ASKED_BACK:
        assert told_apart(worlds[why], worlds["erased"]) == [], why
    assert any("<li>a," in seen for seen in worlds["erased"][-1]) or gone_at >= len(history)


@given(history=moves, reasons=st.tuples(st.sampled_from(KEPT), st.sampled_from(KEPT)), gone_at=st.integers(2, 6))
@example(history=TELLING, reasons=("on hold", "refused"), gone_at=3)
@playing
def test_a_client_that_keeps_a_score_sees_nothing_of_why_no_other_comes(
    open_board: Database, tmp_path: Path, history: list[Move], reasons: tuple[str, str], gone_at: int
) -> None:
    history = [EVERYBODY, Ask(), *history, Ask()]
    assert told_apart(*(played(open_board, tmp_path, OPEN, history, {gone_at: [why]}) for why in reasons)) == []


@pytest.mark.parametrize("named", [PERSON, MEMBERS[1], "nobody"])
def test_a_row_that_names_a_member_is_refused_alike_whoever_that_is_and_the_id_is_not_kept(
    open_board: Database, tmp_path: Path, named: str
) -> None:
    [answer] = [
        seen[0] for seen in played(open_board, tmp_path, OPEN, [Upload((Row("a", "1", "x", named),))], {0: ["erased"]})
    ]
    _, to_mend = answer.split("\ufeff")
    assert named in answer
    assert named not in to_mend
    assert "a,2027" in to_mend
    for kept in (tmp_path / "rejected").rglob("*.csv"):
        assert named not in kept.read_text(encoding="utf-8-sig")
