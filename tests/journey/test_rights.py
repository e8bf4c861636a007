"""A person is told what was done, withdraws in one step, and holds proofs that others can check."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kanmon.application.application import stop_database
from kanmon.core.workspace import Workspace
from kanmon.ledger.receipt import MOST_BYTES
from tests.journey.command import Road, csv_rows, kanmon
from tests.journey.conftest import Ran
from tests.unit.ledger.second_verifier import verify_training

MakeWorkspace = Callable[[Road | None], Road]
TIMES_PROVIDED = """
    SELECT count(*) FROM provision_record JOIN member USING (member_no)
    WHERE member_id = :member AND client_id = 'AOBA'
"""
PROVIDED = """
    SELECT m.member_id, a.applicant_id FROM applicant a JOIN member m USING (member_no)
    WHERE (client_id, applicant_no) IN (SELECT client_id, applicant_no FROM provision_record WHERE client_id = 'AOBA')
    ORDER BY a.position
"""
UNTOUCHED = """
    SELECT member_id FROM member WHERE member_no NOT IN (SELECT member_no FROM applicant WHERE member_no IS NOT NULL)
    ORDER BY 1 LIMIT 1
"""

TRAINED = """
    SELECT m.member_id, t.model_id FROM model_training t JOIN applicant a USING (client_id, applicant_no)
    JOIN member m USING (member_no) WHERE t.client_id = 'AOBA' ORDER BY a.position
"""
LAST_OF_TRAINING = """
    SELECT d.allowed, d.reasons FROM gate_decision d JOIN applicant a USING (client_id, applicant_no)
    JOIN member m USING (member_no) WHERE m.member_id = :member AND use = 'train' ORDER BY decision_no DESC LIMIT 1
"""


@pytest.fixture(scope="module")
def road(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    """The main job's workspace, to withdraw in."""
    road = ran.road.copy_to(tmp_path_factory.mktemp("rights") / "workspace")
    yield road
    stop_database(road.root)


def test_a_person_is_told_each_score_and_each_recipient(road: Road) -> None:
    member, applicant = road.rows(PROVIDED)[0]
    told = road("subject", "show", member, "--json").json
    [score] = [found for found in told["scores"] if found["client_id"] == "AOBA"]
    [provision] = [found for found in told["provisions"] if found["recipient"]["client_id"] == "AOBA"]
    [report] = road.reports("AOBA")
    [row] = [row for row in csv_rows(report) if row[0] == applicant]
    assert [provision["items"][item] for item in ("applicant_id", "score", "category")] == row
    assert score["score"] == provision["items"]["score"]
    assert set(provision["recipient"]) == {"client_id", "legal_name", "address", "representative"}
    consents = {(act["occurred_at"][:19], act["screen_id"], act["text_sha256"]) for act in told["consents"]}
    relied_on = provision["consent"]
    assert (relied_on["occurred_at"][:19], relied_on["screen_id"], relied_on["text_sha256"]) in consents
    assert score["evidence_id"] in {act["evidence_id"] for act in told["consents"]}


@pytest.mark.parametrize(
    ("language", "no"), [("ja_JP.UTF-8", "計算されていません"), ("C.UTF-8", "no score was computed")]
)
def test_no_is_an_answer_too(road: Road, language: str, no: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", language)
    [(member,)] = road.rows(UNTOUCHED)
    assert no in road("subject", "show", member).out


def test_a_no_has_a_proof(road: Road, tmp_path: Path) -> None:
    [(member,)] = road.rows(UNTOUCHED)
    answer = tmp_path / "answer.json"
    assert road("subject", "answer", member, answer).status == 0
    told = verify(answer)
    said = told["payload"]
    assert (said["member_id"], said["scored_for"], said["provided_to"]) == (member, [], [])
    assert (told["nothing_else"], told["provided_to"]) == (True, [])


def test_an_answer_names_every_provision_and_is_held_against_what_was_kept(road: Road, tmp_path: Path) -> None:
    member, _ = road.rows(PROVIDED)[5]
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    assert road("subject", "answer", member, before).status == 0
    provisions = road("subject", "show", member, "--json").json["provisions"]
    told = verify(before)
    entered = [entry["seq"] for entry in told["entries"] if entry["type"] == "provision_record"]
    assert entered == sorted(provision["ledger_seq"] for provision in provisions)
    assert told["provided_to"] == sorted({provision["recipient"]["client_id"] for provision in provisions})
    assert road("subject", "answer", member, after, "--seen", before).status == 0
    assert kanmon("verify", after, "--seen", before).status == 0
    assert kanmon("verify", before, "--seen", after).status == 4, "the older answer's log is behind"
    cut = json.loads(after.read_bytes())
    del cut["person"]
    after.write_text(json.dumps(cut, ensure_ascii=False, sort_keys=True, separators=(",", ":")), encoding="utf-8")
    refused = kanmon("verify", after)
    assert (refused.status, "incomplete" in refused.err) == (4, True)
    assert road("audit", "ledger").status == 0


@pytest.mark.parametrize("command", ["show", "withdraw"])
def test_an_unknown_person_is_said_to_be_unknown(road: Road, command: str) -> None:
    refused = road("subject", command, "nobody")
    assert (refused.status, "no member nobody is known" in refused.err) == (2, True)


def test_an_unknown_client_is_said_to_be_unknown(road: Road) -> None:
    member, _ = road.rows(PROVIDED)[0]
    refused = road("subject", "withdraw", member, "--client", "NOWHERE")
    assert (refused.status, "NOWHERE" in refused.err) == (2, True)


def test_what_is_withdrawn_is_provided_no_more(road: Road) -> None:
    (first, one), (second, two) = road.rows(PROVIDED)[1:3]
    narrowed = road("subject", "withdraw", first, "--client", "AOBA", "--json").json
    elsewhere = road("subject", "withdraw", second, "--client", "MINATO", "--json").json
    assert [told["record"]["recipient"]["client_id"] for told in narrowed["provided_before"]] == ["AOBA"]
    assert "AOBA" not in [told["record"]["recipient"]["client_id"] for told in elsewhere["provided_before"]]

    assert road("provide", "--client", "AOBA", "--again").status == 0
    rows = {row[0]: row[1] for row in csv_rows(road.reports("AOBA")[-1])}
    assert rows[one] == "スコアなし"
    assert float(rows[two]) >= 0
    last = road("subject", "show", first, "--json").json["consents"][-1]
    assert (last["action"], last["client_id"]) == ("withdraw", "AOBA")


def test_a_withdrawal_waits_for_no_other_command(road: Road) -> None:
    member, _ = road.rows(PROVIDED)[3]
    with Workspace.find(road.root).hold():
        assert road("gate").status != 0
        assert road("subject", "withdraw", member).status == 0


def test_receipts_are_checked_offline_by_a_process_without_the_database(road: Road, tmp_path: Path) -> None:
    member, applicant = road.rows(PROVIDED)[4]
    assert road("subject", "withdraw", member).status == 0
    assert road("subject", "receipts", member, tmp_path / "receipts").status == 0
    receipts = sorted((tmp_path / "receipts").iterdir())
    stop_database(road.root)
    verified = [verify(receipt) for receipt in receipts]
    kinds = [found["entry"]["type"] for found in verified]
    assert set(kinds) == {"consent", "provision_record", "withdrawal"}
    record = verified[kinds.index("provision_record")]["payload"]
    consent = verified[kinds.index("consent")]
    assert (record["member_id"], record["items"]["applicant_id"]) == (member, applicant)
    assert record["consent"]["seq"] == consent["entry"]["seq"]
    assert record["consent"]["text_sha256"] == consent["payload"]["text_sha256"]
    assert max(receipt.stat().st_size for receipt in receipts) < MOST_BYTES

    changed = tmp_path / "changed.json"
    changed.write_text(receipts[0].read_text().replace(member, "M0"))
    assert kanmon("verify", changed).status != 0


def test_what_is_objected_to_or_corrected_is_provided_no_more_until_it_may_be(road: Road) -> None:
    (objecting, one), (corrected, two) = road.rows(PROVIDED)[5:7]
    objected = road("subject", "object", objecting, "--client", "AOBA", "--json").json
    [(provided,)] = road.rows(TIMES_PROVIDED, member=objecting)
    assert (objected["type"], objected["state"], len(objected["provided_before"])) == (
        "objection",
        "accepted",
        provided,
    )
    [before] = [told for told in scores(road, corrected) if told["score"]]
    browsers = road("subject", "correct", corrected, "--json").json["browsers"]
    marks = [
        mark
        for browser in browsers
        for mark in ([browser["cookie_id"]] if browser["cookie_id"] else [f"@{day['day']}" for day in browser["days"]])
    ]
    options = [word for mark in marks for word in ("--not-mine", mark)]
    asked = road("subject", "correct", corrected, *options, "--words", "兄のものです", "--json").json
    assert asked["state"] == "open"  # nobody else signed in there: a person has to look
    assert not road.rows("SELECT * FROM stale_score")
    assert road("subject", "decide", asked["request_no"], "--person", "owner", "--refuse").status == 2  # no reason
    done = road("subject", "decide", asked["request_no"], "--person", "owner", "--json").json["decision"]["done"]
    assert {told["client_id"] for told in done["stale_scores"]} >= {"AOBA"}
    [(provided,)] = road.rows(TIMES_PROVIDED, member=corrected)
    assert {"client_id": "AOBA", "count": provided} in done["told"]
    assert road("subject", "decide", asked["request_no"], "--person", "owner").status == 2  # decided already

    assert road("provide", "--client", "AOBA", "--again").status == 0
    rows = {row[0]: row[1] for row in csv_rows(road.reports("AOBA")[-1])}
    assert (rows[one], rows[two]) == ("スコアなし", "スコアなし")

    assert road("subject", "lift", objecting, "--json").json["state"] == "accepted"
    assert road("score", "--client", "AOBA").status == 0
    first, anew = scores(road, corrected)
    assert (first["score"], first["stale_at"] is None) == (before["score"], False)
    assert (anew["score"] != before["score"], anew["stale_at"]) == (True, None)
    gate = {row["applicant_id"]: row["decision"] for row in road("gate", "--client", "AOBA", "--json").json["rows"]}
    assert gate[one] == "allow"


def test_a_person_is_told_whose_model_learned_from_them_with_a_proof_and_ends_it(road: Road, tmp_path: Path) -> None:
    (member, first), *_ = road.rows(TRAINED)
    [(stranger,)] = road.rows(UNTOUCHED)

    def trained(who: str) -> dict[str, bool]:
        """By model whether it learned from a person, as both verifiers read the proof."""
        file = tmp_path / f"{who}.json"
        assert road("subject", "training", who, file).status == 0
        vkey = json.loads(file.read_bytes())["models"][0]["receipt"]["vkey"]
        models = kanmon("verify", file, "--key", vkey, "--json").json["models"]
        told = {model["training"]["model_id"]: model["trained"] for model in models}
        assert told == {name: bool(seqs) for name, seqs in verify_training(file.read_bytes(), vkey).items()}
        return told

    [model] = road("subject", "training", member, "--json").json["training"]
    assert (model["model_id"], model["client_id"], model["ended_at"]) == (first, "AOBA", None)
    acts = {act["evidence_id"] for act in road("subject", "show", member, "--json").json["consents"]}
    assert model["evidence_id"] in acts
    assert {name for name, is_in in trained(member).items() if is_in} == {first}
    assert road("subject", "training", stranger, "--json").json == {"training": []}
    assert not any(trained(stranger).values())

    assert road("subject", "object", member, "--training", "--json").json["type"] == "training_objection"
    assert road("train", "--client", "AOBA").status == 0
    assert road.rows(LAST_OF_TRAINING, member=member) == [(False, ["DENY_CONSENT_WITHDRAWN"])]
    [model] = road("subject", "training", member, "--json").json["training"]
    assert (model["model_id"], model["ended_at"] is None) == (first, False)
    now = trained(member)
    assert now[first]
    assert [is_in for name, is_in in now.items() if name.startswith("AOBA-") and name != first] == [False]


def test_personal_data_are_put_right_and_the_linker_looks_again(road: Road) -> None:
    member, _ = road.rows(PROVIDED)[7]
    asked = road("subject", "correct", member, "--set", "given_name=花子", "--json").json
    road("subject", "decide", asked["request_no"], "--person", "owner", "--because", "戸籍のとおり")
    assert road.rows("SELECT given_name FROM member WHERE member_id = :member", member=member) == [("花子",)]
    links = "SELECT count(DISTINCT run_id) FROM link WHERE client_id = 'AOBA'"
    [(before,)] = road.rows(links)
    assert road("link", "--client", "AOBA").status == 0
    assert road.rows(links) == [(before + 1,)]
    [told] = road("subject", "requests", member, "--json").json["requests"]
    assert (told["state"], told["decision"]["reason"]) == ("accepted", "戸籍のとおり")


def test_everything_is_disclosed_with_each_recipient_by_name(road: Road, tmp_path: Path) -> None:
    member, applicant = road.rows(PROVIDED)[8]
    disclosed = road("subject", "disclose", member, tmp_path / "all.zip", "--json").json
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        archive.extractall(tmp_path)
    facts = json.loads((tmp_path / "kanmon.json").read_text(encoding="utf-8"))
    assert facts["provisions"] == road("subject", "show", member, "--json").json["provisions"]
    assert {row["applicant_id"] for row in facts["applicants"]} >= {applicant}
    score = [told for told in facts["scores"] if told["client_id"] == "AOBA"][-1]
    assert score["model_id"]
    assert score["semantics"] == facts["semantics"]
    assert 0 < sum(one["actions"] for one in score["actions_that_counted"]) <= len(facts["events"])
    assert sum(source["events"] for source in facts["sources"]) == len(facts["events"])
    document = (tmp_path / "kanmon.html").read_text(encoding="utf-8")
    for provision in facts["provisions"]:
        assert provision["recipient"]["legal_name"] in document
    assert score["score"] in document
    hashed = sha256((tmp_path / "kanmon.html").read_bytes() + (tmp_path / "kanmon.json").read_bytes()).hexdigest()
    assert disclosed["decision"]["delivered_sha256"] == hashed
    receipts = [*(tmp_path / "receipts").iterdir(), tmp_path / "answer.json"]
    assert {verify(receipt)["entry"]["type"] for receipt in receipts} >= {"answer", "provision_record", "request"}


def test_paper_waits_with_a_deadline(road: Road) -> None:
    member, _ = road.rows(PROVIDED)[8]
    asked = road("subject", "disclose", member, "--paper", "--json").json
    first = road("subject", "requests", "--json").json["requests"][0]
    assert first == asked
    received, due = (datetime.fromisoformat(asked[name]) for name in ("received_at", "due_at"))
    assert (asked["method"], asked["state"], due - received) == ("paper", "open", timedelta(days=14))
    assert road("subject", "decide", asked["request_no"], "--person", "owner").status == 2  # says nothing was done
    assert road("subject", "decide", asked["request_no"], "--person", "owner", "--because", "書留で発送").status == 0


def test_a_person_looks_at_a_score_and_withdraws_it(road: Road) -> None:
    member, applicant = road.rows(PROVIDED)[9]
    number = scores(road, member)[-1]["score_no"]
    asked = road("subject", "review", member, number, "--words", "研究で見ていました", "--json").json
    assert (asked["type"], asked["state"], asked["client_id"]) == ("review", "open", "AOBA")
    assert road("subject", "review", member, number).status == 2  # under way already
    decide = ("subject", "decide", asked["request_no"], "--as", "owner")
    assert road(*decide, "--reason", "見た").status == 2  # says not what was found
    assert road(*decide, "--finding", "decision_reconsidered", "--reason", "見た").status == 2  # no company said so
    told = road(*decide, "--finding", "score_withdrawn", "--reason", "履歴が別人のもの").out
    assert "取り消しました" in told
    assert "withdrew it" in told
    assert scores(road, member)[-1]["stale_at"]
    assert road("provide", "--client", "AOBA", "--again").status == 0
    rows = {row[0]: row[1] for row in csv_rows(road.reports("AOBA")[-1])}
    assert rows[applicant] == "スコアなし"


def test_laws_abroad_are_asked_for_and_documents_written_with_their_sources(road: Road, tmp_path: Path) -> None:
    duties = road("law", "duties", "--on", "2027-12-02", "--json").json
    assert duties["on"] == "2027-12-02"
    assert {one["client_id"]: one["duties"] for one in duties["clients"]}["AOBA"] == []  # its contract names none
    assert road("law", "duties", "--on", "soon").status == 2
    file = tmp_path / "annex-iv.html"
    written = road("law", "document", "annex_iv", file, "--client", "AOBA", "--json").json
    page = file.read_text(encoding="utf-8")
    assert sha256(page.encode()).hexdigest() == written["sha256"]
    assert page.count('class="unknown"') == 2 * written["unknown"] > 0
    model = scores(road, road.rows(PROVIDED)[0][0])[0]["model_id"].rpartition("-")[0]
    assert f"Model {model}-" in page
    assert road("law", "document", "impact_assessment", tmp_path / "fria.html", "--client", "NOWHERE").status != 0


def test_the_ledger_holds_every_deed_and_nothing_is_wrong_with_it(road: Road) -> None:
    checked = road("audit", "ledger", "--json").json
    assert checked["findings"] == []
    kinds = dict(road.rows("SELECT type, count(*) FROM ledger_entry GROUP BY 1"))
    [(records, provisions, loads)] = road.rows(
        "SELECT (SELECT count(*) FROM provision_record), (SELECT count(*) FROM provision), (SELECT count(*) FROM load)"
    )
    assert (kinds["provision_record"], kinds["provision"]) == (records, provisions)
    assert kinds["load"] == loads + 1  # service.yaml
    assert road.rows("SELECT count(*) FROM provision_record WHERE ledger_seq IS NULL") == [(0,)]


def test_an_audit_is_signed_into_the_ledger(road: Road) -> None:
    found = road("audit", "gap", "--since", "2026-01-01", "--rule", "strict", "--json").json
    [(payload,)] = road.rows(
        "SELECT payload FROM ledger_entry JOIN ledger_secret USING (seq) WHERE type = 'audit' ORDER BY seq DESC LIMIT 1"
    )
    entry = json.loads(payload)
    assert (entry["count"], entry["rule"]) == (found["count"], "strict")


def scores(road: Road, member: str) -> list[dict[str, Any]]:
    """What was computed about a member for AOBA, oldest first."""
    found = road("subject", "show", member, "--json").json["scores"]
    return [told for told in found if told["client_id"] == "AOBA"]


def verify(receipt: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "kanmon", "verify", str(receipt), "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "KANMON_DATABASE_URL": "postgresql://nowhere.invalid/none"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
