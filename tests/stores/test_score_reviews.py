"""Review by a person, over real PostgreSQL: asked, answered by the company, ended; and what its pages tell a client."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response
from sqlalchemy import text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.cli.progress import LineProgress
from kanmon.core.clock import SystemClock
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import MemberId, MemberNo, ProvisionId
from kanmon.core.workspace import Workspace
from kanmon.db.unit_of_work import Database, RowBatch
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.use_cases.disputed import disputed_scores
from kanmon.rights.disclosure.store import DisclosureStore
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.requests.review import ReviewFinding
from kanmon.rights.requests.service import Request, RequestState, RequestType
from kanmon.rights.requests.use_cases import Rights
from tests.stores.pages import Pages
from tests.stores.test_withdrawal_race import CLIENTS, KEY, MEMBERS, NOW, RUN, SEALS, board, provide, withdraw
from tests.tables import tables

__all__ = ["board"]
ONE = CLIENTS[0].client_id
PERSON, OTHER = MEMBERS[0], MEMBERS[1]
RECEIVED = "r1-one"
ACKNOWLEDGED = {"confirmed": ["provider", "acquisition", "items"]}
ANSWER = {
    "reviewer": "審査 花子", "competence": "人事部長。判断を変える権限がある", "first_decider": "担当 太郎",
    "outcome": "decision_kept", "words": "面談の記録を読み直した",
}  # fmt: skip


@pytest.fixture
def opened(board: Database, tmp_path: Path) -> Application:
    """The board with its report handed over to the first client."""
    workspace = Workspace.create(tmp_path / "workspace", False)
    transactions = PostgresTransactions(board, KEY, SEALS)
    provide(board, CLIENTS[0], "r1")
    with board.write(ONE) as session:
        session.connection.execute(text("UPDATE provision SET handed_over_at = now()"))
    return Application(workspace, SystemClock(), LineProgress(), transactions, KEY)


@pytest.fixture
def staff(opened: Application) -> Pages:
    """The staff of the client, which has acknowledged the report."""
    pages = Pages(opened, NewAccount("hr", client_id=ONE))
    assert pages.post(f"/client/reports/{RECEIVED}/receipt", ACKNOWLEDGED).status_code == 200  # type: ignore[arg-type]
    return pages


def score_no(board: Database, member: MemberId) -> int:
    """The number of the member's score for the first client."""
    with board.read() as session:
        session.act_for(ONE)
        found = "SELECT max(score_no) FROM score JOIN applicant USING (client_id, applicant_no) WHERE applicant_id = :m"
        return int(session.connection.execute(text(found), {"m": member}).scalar_one())


def asked(opened: Application, board: Database) -> Request:
    return Rights(opened).ask_for_review(PERSON, score_no(board, PERSON), "閲覧は研究のためです")


def concluded(opened: Application, request: Request, finding: ReviewFinding) -> Request:
    return Rights(opened).conclude(request.request_no, "owner", finding, "記録を確かめた")


def test_a_person_asks_on_the_page_of_the_score_and_sees_the_deadline(opened: Application, board: Database) -> None:
    number = score_no(board, PERSON)
    person = Pages(opened, NewAccount("m1", PERSON))
    waiting = person.post(f"/me/scores/{number}/review", {"words": "違うと思います"})
    assert "人によるスコアの見直し" in waiting.text
    assert "違うと思います" in waiting.text
    [request] = Rights(opened).requests(PERSON)
    assert (request.asked.type, request.asked.client_id) == (RequestType.REVIEW, ONE)
    assert request.due_at - request.asked.received_at == timedelta(days=14)
    assert request.state(request.due_at + timedelta(seconds=1)) is RequestState.OVERDUE
    with pytest.raises(UsageError, match="already asked"):
        Rights(opened).ask_for_review(PERSON, number, "")
    with pytest.raises(NotFound):
        Rights(opened).ask_for_review(OTHER, number, "")  # somebody else's


def test_the_client_sees_which_score_is_disputed_and_looks_again(
    opened: Application, board: Database, staff: Pages
) -> None:
    assert "異議あり" not in staff.get(f"/client/reports/{RECEIVED}").text
    request = asked(opened, board)
    assert staff.get(f"/client/reports/{RECEIVED}").text.count("異議あり") == 1
    shown = staff.get("/client/reviews").text
    assert "閲覧は研究のためです" in shown
    address = f"/client/reviews/{request.request_no}"
    same = staff.post(address, ANSWER | {"first_decider": "審査　花子"})
    assert same.status_code == 422
    assert "最初に判断した人は見直しを担当できません" in same.text
    assert "面談の記録を読み直した" in same.text
    assert [staff.post(address, ANSWER | {name: " "}).status_code for name in ANSWER] == [422] * len(ANSWER)
    with pytest.raises(UsageError, match="not looked again"):
        concluded(opened, request, ReviewFinding.UPHELD)
    assert "回答済み" in staff.post(address, ANSWER).text
    assert staff.post(address, ANSWER).status_code == 400  # once
    with pytest.raises(UsageError, match="no company said"):
        concluded(opened, request, ReviewFinding.RECONSIDERED)
    done = concluded(opened, request, ReviewFinding.UPHELD)
    assert done.decided is not None
    assert "審査 花子" in str(done.decided.done["letter"])
    assert "異議あり" not in staff.get(f"/client/reports/{RECEIVED}").text
    assert staff.post(address, ANSWER).status_code == 404


def test_no_other_client_answers_for_the_one_that_was_asked(opened: Application, board: Database, staff: Pages) -> None:
    request = asked(opened, board)
    others = Pages(opened, NewAccount("other", client_id=CLIENTS[1].client_id))
    assert "閲覧は研究のためです" not in others.get("/client/reviews").text
    assert others.post(f"/client/reviews/{request.request_no}", ANSWER).status_code == 404


def confirmation_in(shown: Response) -> str:
    return shown.text.split('name="confirm" value="')[1].split('"')[0]


def test_a_decision_is_not_taken_on_what_its_page_did_not_show(
    opened: Application, board: Database, staff: Pages
) -> None:
    request = asked(opened, board)
    owner = Pages(opened, NewAccount("owner"))
    address = f"/officer/requests/{request.request_no}"
    decision = {"decision": "score_withdrawn", "reason": "記録を確かめた"}
    shown = owner.post(f"{address}/check", decision)
    assert "今後提供されません" in shown.text
    stands = owner.post(f"{address}/check", decision | {"decision": "upheld"})
    assert "取り消せません" in stands.text
    assert "今後提供されません" not in stands.text, "a score that stands goes on"
    before = confirmation_in(shown)
    staff.post(f"/client/reviews/{request.request_no}", ANSWER)
    stale = owner.post(address, decision | {"confirm": before})
    assert stale.status_code == 409
    assert "閲覧は研究のためです" in stale.text
    assert Rights(opened).requests(PERSON)[0].decided is None
    for forged in ("/officer/requests/999999/check", "/officer/requests/-1/check", "/officer/requests/x/check"):
        assert owner.post(forged, decision).status_code in (404, 422)
    assert staff.post(f"{address}/check", decision).status_code == 404
    assert owner.post(address, decision | {"confirm": confirmation_in(stale)}).url.path.startswith("/officer/acts/")


def test_a_changed_decision_is_told_to_the_person_in_both_languages(
    opened: Application, board: Database, staff: Pages
) -> None:
    request = asked(opened, board)
    staff.post(f"/client/reviews/{request.request_no}", ANSWER | {"outcome": "decision_changed"})
    with pytest.raises(UsageError, match="changed its decision"):
        concluded(opened, request, ReviewFinding.UPHELD)
    owner = Pages(opened, NewAccount("owner"))
    waiting = owner.get("/officer/requests").text
    assert "判断を変更しました" in waiting
    assert "人によるスコアの見直し" in owner.get("/officer").text
    address = f"/officer/requests/{request.request_no}"
    nothing_said = owner.post(f"{address}/check", {"decision": "decision_reconsidered"})
    assert nothing_said.status_code == 400
    decision = {"decision": "decision_reconsidered", "reason": "会社の記録を見た"}
    assert owner.post(address, decision).status_code == 409
    sent = decision | {"confirm": confirmation_in(owner.post(f"{address}/check", decision))}
    assert owner.post(address, sent | {"reason": "another"}).status_code == 409
    pressed = [owner.post(address, sent) for _ in range(2)]
    assert [answer.status_code for answer in pressed] == [200, 200]
    [done] = {answer.url.path for answer in pressed}
    assert done.startswith("/officer/acts/")
    assert "会社の記録を見た" in owner.get(done).text
    assert owner.get(f"{done}/receipt.json").status_code == 200
    late = owner.post(address, sent | {"decision": "refuse"})
    assert late.status_code == 409
    assert 'name="confirm"' not in late.text
    told = Pages(opened, NewAccount("m1", PERSON)).get("/me/requests").text
    assert "会社があなたについて判断し直しました" in told
    assert "the company decided anew about you" in told
    assert "会社の記録を見た" in told
    with opened.transactions.read() as work:
        held = DisclosureStore(work.session).held(PERSON, [ONE])
    assert [notice["kind"] for notice in held.notices] == ["review"]


def test_a_withdrawn_score_is_never_provided_again_not_even_computed_anew(
    opened: Application, board: Database, staff: Pages
) -> None:
    request = asked(opened, board)
    with pytest.raises(UsageError, match="the person is told it"):
        Rights(opened).conclude(request.request_no, "owner", ReviewFinding.SCORE_WITHDRAWN, " ")
    done = concluded(opened, request, ReviewFinding.SCORE_WITHDRAWN)
    assert done.decided is not None
    assert (done.decided.done["withdrawn"], done.decided.done["recipient_told"]) == (1, 1)
    assert PERSON in staff.get("/client/corrections").text
    with board.write() as session:
        enter(session, Ledger(PostgresLedgerStore(session), KEY))
    assert provide(board, CLIENTS[0], "r2").provided == len(MEMBERS) - 1
    with board.write() as session:
        session.act_for(ONE)
        anew = """
            INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
            SELECT 'race', client_id, applicant_no, :model, 5000, clock_timestamp(), 1
            FROM applicant WHERE applicant_id = :member
        """
        session.connection.execute(text(anew), {"model": "m-one", "member": PERSON})
        session.added.append(RowBatch("score", (ONE, RUN), ONE))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))
    assert provide(board, CLIENTS[0], "r3").provided == len(MEMBERS) - 1
    with pytest.raises(UsageError, match="no longer counts"):
        asked(opened, board)


def test_a_score_that_never_went_is_reviewed_without_the_client(opened: Application, board: Database) -> None:
    request = asked(opened, board)  # nobody acknowledged the report
    assert disputed_scores(opened, ONE) == []
    done = concluded(opened, request, ReviewFinding.UPHELD)
    assert done.decided is not None
    assert done.decided.done["second_look"] is None


def test_a_client_sees_no_review_of_somebody_whose_row_it_is_asked_to_erase(
    opened: Application, board: Database, staff: Pages
) -> None:
    """Two people: one asked for a review and withdrew, one withdrew alone. Their pages are the same, but for names."""
    request = asked(opened, board)
    for member in (PERSON, OTHER):
        withdraw(board, member)
    RecallService(opened).tick()
    assert disputed_scores(opened, ONE) == []
    report = staff.get(f"/client/reports/{RECEIVED}").text
    assert "異議あり" not in report
    assert '<h2 id="review-' not in staff.get("/client/reviews").text
    assert staff.post(f"/client/reviews/{request.request_no}", ANSWER).status_code == 404


def test_what_a_second_look_says_goes_with_the_person(opened: Application, board: Database, staff: Pages) -> None:
    request = asked(opened, board)
    staff.post(f"/client/reviews/{request.request_no}", ANSWER)
    with board.write() as session:
        run = session.connection.execute
        erased = {"member_no": MemberNo(1), "code_sha256": b"c", "person_sha256": b"p", "requested_at": NOW,
                  "real_at": NOW, "is_replay": False, "ledger_seq": 0}  # fmt: skip
        number = run(tables.erasure.insert().values(**erased).returning(tables.erasure.c.erasure_no)).scalar_one()
        session.act_for(ONE)
        run(text("SELECT erase_notices_of_client(:number)"), {"number": number})
        left = [run(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in ("disputed_score", "second_look")]
    assert left == [0, 0]
    with board.read() as session:
        entries = "SELECT payload FROM ledger_entry JOIN ledger_secret USING (seq) WHERE type = 'second_look'"
        [payload] = session.connection.scalars(text(entries))
    assert json.loads(payload)["reviewer"] == ANSWER["reviewer"]
    assert ProvisionId(RECEIVED) not in payload
