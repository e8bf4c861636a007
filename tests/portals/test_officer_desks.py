"""The desks of the privacy owner's portal say what the control plane holds, and show nobody's score."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from httpx import Response

from kanmon.application.application import Application
from kanmon.clients.contract import ScoreTarget
from kanmon.consent.doubtful import refused_message
from kanmon.consent.holds.use_cases import hold_for_message
from kanmon.core.clock import TOKYO, SystemClock
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import Language
from kanmon.features.definition import input_meant
from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.label_tree import LabelTree
from kanmon.ledger.note import SigningKey
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.witness_policy import WitnessPolicy
from kanmon.ledger.witnesses.model import Witness, WitnessAnswer, WitnessConflict, WitnessOutcome
from kanmon.ledger.witnesses.store import PostgresWitnessStore
from kanmon.modelling.card_parts import parts_on
from kanmon.modelling.fitted import FittedModel
from kanmon.modelling.service import Trainer
from kanmon.modelling.versions import ModelFacts, ModelVersion, model_version
from kanmon.pipeline.use_cases.transactions import season_transactions
from kanmon.rights.requests.service import SYSTEM
from kanmon_witness import notes
from tests.portals.office import Office, rows, told
from tests.unit.modelling.cohorts import two_acts

ENGLISH = Language.ENGLISH
INCIDENTS = "/officer/incidents"
PROVIDED = """
    SELECT p.provision_id, p.client_id, p.season_id, count(r.*)
    FROM provision p LEFT JOIN provision_record r USING (client_id, provision_id) GROUP BY 1, 2, 3
"""
RECORDS = """
    SELECT m.member_id, a.applicant_id, r.consent_no, s.value
    FROM provision_record r JOIN member m USING (member_no) JOIN applicant a USING (applicant_no)
    JOIN score s USING (score_no) WHERE r.client_id = 'AOBA' ORDER BY r.record_no
"""
REFUSED = """
    SELECT reason, count(DISTINCT applicant_no) FROM gate_decision, unnest(reasons) reason
    WHERE use = 'provide' AND (client_id = :client OR :client = '') GROUP BY 1
"""
PATHS = [
    "/officer/provisions", "/officer/refusals", "/officer/refusals/DENY_NO_CONSENT", "/officer/what-if",
    "/officer/models", "/officer/models/AOBA-1", "/officer/stops", "/officer/holds", "/officer/incidents",
    "/officer/matters", "/officer/ledger", "/officer/clients", "/officer/clients/AOBA", "/officer/timers",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_desks_are_the_privacy_owners_alone_and_hold_no_script(office: Office, path: str) -> None:
    assert office.get(path, "staff").status_code == 404
    for language in Language:
        page = office.get(path, language=language)
        assert page.status_code == 200
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page.text)
        assert f'href="{path}" aria-current="page"' in page.text or path.count("/") > 2


def test_provisions_are_those_recorded_and_can_be_narrowed(office: Office) -> None:
    recorded = {row[0]: row[1:] for row in office.road.rows(PROVIDED)}
    table = rows(office.get("/officer/provisions", language=ENGLISH), "Provisions")
    assert {row[0]: (row[1], row[2], int(row[4].replace(",", ""))) for row in table} == recorded
    narrowed = rows(office.get("/officer/provisions?client=AOBA", language=ENGLISH), "Provisions")
    assert {row[1] for row in narrowed} == {"AOBA"}
    [season] = {row[2] for row in narrowed}
    assert (
        'aria-label="Provisions" tabindex' in office.get(f"/officer/provisions?season={season}", language=ENGLISH).text
    )
    assert "Nothing was provided" in office.get("/officer/provisions?season=1999", language=ENGLISH).text
    assert "Nothing was provided" in office.get("/officer/provisions?until=2001-01-01", language=ENGLISH).text
    assert office.get("/officer/provisions?since=soon").status_code == 400


def test_a_provision_names_whom_it_was_about_on_which_consent_and_no_value(office: Office, tmp_path: Path) -> None:
    [(provision,)] = office.road.rows("SELECT provision_id FROM provision WHERE client_id = 'AOBA'")
    records = office.road.rows(RECORDS)
    address = f"/officer/provisions/AOBA/{provision}"
    page = office.get(address, language=ENGLISH)
    table = rows(page, "Persons")
    following = rows(office.get(f"{address}?start=100", language=ENGLISH), "Persons")
    found = [(row[0], row[1], row[2].split()[1]) for row in (*table, *following)]
    assert len(table) == 100
    assert found[:200] == [(member, applicant, str(consent)) for member, applicant, consent, _ in records][:200]
    assert not any(f"{value / 10_000:.4f}" in page.text for *_, value in records)
    assert "株式会社青葉電機" in page.text

    receipt = office.get(f"{address}/receipt")
    verified = verify_receipt(receipt.content, None)
    assert verified.entry["type"] == "provision"
    assert (verified.payload or {})["persons"] == len(records)
    assert not any(member in receipt.text for member, *_ in records)
    for other in (f"/officer/provisions/MINATO/{provision}", "/officer/provisions/AOBA/none", f"{address}x/receipt"):
        assert office.get(other).status_code == 404
    assert office.road.rows("SELECT count(*) FROM score_read") == [(0,)]


@pytest.mark.parametrize("client", ["", "AOBA"])
def test_refusals_are_counted_by_reason_and_day(office: Office, client: str) -> None:
    page = office.get(f"/officer/refusals?{urlencode({'client': client})}", language=ENGLISH)
    recorded = dict(office.road.rows(REFUSED, client=client))
    assert {row[0]: int(row[2].replace(",", "")) for row in rows(page, "By reason")} == recorded
    days = rows(page, "Applicants refused, day by day")
    assert len(re.findall(r'<rect [^>]*class="block', page.text)) == 2 * len(days) + 2, "two bars a day, and the legend"
    assert 'role="img"' in page.text
    today = SystemClock().now().astimezone(TOKYO).date()
    assert {row[0] for row in days} <= {today.isoformat(), (today - timedelta(days=1)).isoformat()}


def test_refusals_lead_to_the_applicants_of_one_reason(office: Office) -> None:
    page = office.get("/officer/refusals/DENY_NO_CONSENT?client=AOBA", language=ENGLISH)
    recorded = office.road.rows(
        "SELECT DISTINCT applicant_id FROM gate_decision JOIN applicant a USING (applicant_no) "
        "WHERE use = 'provide' AND a.client_id = 'AOBA' AND 'DENY_NO_CONSENT' = ANY (reasons)"
    )
    assert sorted(row[0] for row in rows(page, "Applicants")) == sorted(name for (name,) in recorded)
    nobody = office.get("/officer/refusals/DENY_NO_CONSENT?client=AOBA&until=2001-01-01", language=ENGLISH)
    assert "Nobody was refused" in nobody.text
    assert office.get("/officer/refusals/DENY_EVERYTHING").status_code == 404


def test_a_draft_is_tried_without_leaving_a_trace(office: Office, tmp_path: Path) -> None:
    season = office.road.root.parent / "season"
    drafted = yaml.safe_load((season / "service.yaml").read_text(encoding="utf-8"))
    newest = drafted["policies"][0]["versions"][-1]
    del newest["clauses"][0]["elements"]["prediction"]
    draft = yaml.safe_dump(drafted, allow_unicode=True)
    folder = tmp_path / "draft"
    folder.mkdir()
    for policy in drafted["policies"]:
        for version in policy["versions"]:
            path = folder / version["text_file"]
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes((season / version["text_file"]).read_bytes())
    (folder / "service.yaml").write_text(draft, encoding="utf-8")
    expected = office.road("policy", "impact", folder, "--json").json["clients"]
    tables = "SELECT (SELECT count(*) FROM policy_version), (SELECT count(*) FROM gate_decision)"
    before = office.road.rows(tables)
    page = office.post("/officer/what-if", service=draft)
    assert page.status_code == 200
    held = sum(len(one["newly_held"]) for one in expected)
    assert held
    assert f"新たに保留されるのは{held:,}人" in page.text
    for one in expected:
        for person in one["newly_held"][:200]:
            assert person["applicant_id"] in page.text
    assert office.road.rows(tables) == before
    assert not list(office.road.root.glob(".what-if-*"))


@pytest.mark.parametrize(("fields", "status"), [({}, 400), ({"service": "law: NOWHERE"}, 422), ({"service": "{"}, 422)])
def test_a_draft_that_can_not_be_read_is_refused_on_the_form(
    office: Office, fields: dict[str, str], status: int
) -> None:
    page = office.post("/officer/what-if", **fields)
    assert page.status_code == status
    assert 'role="alert"' in page.text


def test_a_card_tells_what_the_registry_holds(office: Office) -> None:
    [(card,)] = office.road.rows("SELECT card FROM prediction_model WHERE model_id = 'AOBA-1'")
    page = office.get("/officer/models/AOBA-1", language=ENGLISH)
    assert page.headers["content-encoding"] == "gzip"
    said = told(page.text)
    above = '<li><a href="/officer">Overview</a></li>\n<li><a href="/officer/models">Models</a></li>'
    assert f'{above}\n<li aria-current="page">' in page.text
    assert f"AUC {card['validation']['auc']}" in said
    assert [row[0] for row in rows(page, "Inputs")] == [input_meant(one["feature"], ENGLISH) for one in card["inputs"]]
    assert sum(int(row[2]) for row in rows(page, "Last year&#39;s people by their scores")) == card["rows"]
    assert [row[0] for row in rows(page, "Categories on this year&#39;s people")] == ["★★★", "★★", "★"]
    assert "untrained, on the same people" in said
    assert [int(row[3]) for row in rows(page, "Calibration")] == [one["n"] for one in card["calibration"]]
    drawn = page.text.partition('id="calibration-title"')[2].partition("</svg>")[0]
    assert drawn.count("<circle ") == len(card["calibration"])
    assert [row[0] for row in rows(page, "Share that left, version by version")] == ["AOBA-1"]
    assert rows(page, "Discrimination beside the untrained orders")[0][1] == f"{card['tried'][0]['auc']:.3f}"
    assert len(rows(page, "Scores last year and this year")) == 10
    assert [row[3] for row in rows(page, "Acceptance checks")] == ["passed", "passed"]
    assert "acceptance rule of the release" in said
    assert office.get("/officer/models/AOBA-99").status_code == 404
    refused = office.post("/officer/models/AOBA-1/approve", because="once more")
    assert refused.status_code == 400


def test_a_model_that_was_held_is_approved_by_who_is_signed_in(office: Office, application: Application) -> None:
    add_held_model(application)
    assert "held" in told(office.get("/officer/models", language=ENGLISH).text)
    assert office.post("/officer/models/HOSHINO-1/approve", because=" ").status_code == 400
    assert office.post("/officer/models/HOSHINO-1/approve", because="looked at by hand").status_code == 303
    assert office.road.rows("SELECT approved_by, because FROM model_approval WHERE model_id = 'HOSHINO-1'") == [
        ("officer", "looked at by hand")
    ]
    page = told(office.get("/officer/models/HOSHINO-1", language=ENGLISH).text)
    assert "officer: looked at by hand" in page


def add_held_model(application: Application) -> None:
    """Register AOBA's model for HOSHINO, whose history is too short for one of its own, without an approval."""
    with season_transactions(application.transactions)() as transaction:
        newest = transaction.models.newest(ClientId("AOBA"))
        assert newest is not None
        of_nobody = replace(newest, training_root=LabelTree(()).root)
        transaction.models.add(replace(of_nobody, client_id=ClientId("HOSHINO"), model_id=ModelId("HOSHINO-1")), {})


def test_the_ledger_is_shown_signed_and_checked(office: Office) -> None:
    page = office.get("/officer/ledger", language=ENGLISH)
    [(size, note)] = office.road.rows("SELECT size, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
    assert office.get(f"/officer/ledger/checkpoints/{size}").text == note
    assert office.get("/officer/ledger/checkpoints/999999999").status_code == 404
    newest = office.road.rows("SELECT seq::text, type FROM ledger_entry e ORDER BY e.seq DESC LIMIT 50")
    assert [(row[0], row[1]) for row in rows(page, "Newest entries")] == newest
    checked = office.post("/officer/ledger/check")
    assert "異常はありません" in checked.text
    assert f"{size:,}件の記録" in checked.text


def test_what_witnesses_say_stands_on_the_ledgers_page_and_on_the_list_of_what_is_due(
    office: Office, application: Application
) -> None:
    page = told(office.get("/officer/ledger", language=ENGLISH).text)
    assert "No witness outside cosigns the checkpoints" in page
    at = SystemClock().real()
    keys = [WitnessKey.parse(notes.WitnessKey.generate(f"witness.example/w{number}").vkey) for number in (1, 2)]
    one, two = (Witness(key, "https://w.example") for key in keys)
    conflict = WitnessConflict(str(keys[0]), WitnessOutcome.ROLLED_BACK, 4711, "the witness's note\n", at)
    with application.transactions.begin() as work:
        store = PostgresWitnessStore(work.session)
        store.keep(WitnessAnswer(one, WitnessOutcome.ROLLED_BACK, 4000, conflict=conflict), at)
        store.keep(WitnessAnswer(two, WitnessOutcome.SILENT, 4000), at - timedelta(days=2))
        assert isinstance(application.ledger_key, SigningKey)
        policy = WitnessPolicy(application.ledger_key.verifier, keys, 1)
        store.state_policy(policy.signed(application.ledger_key), at)
    page = told(office.get("/officer/ledger", language=ENGLISH).text)
    assert "witness.example/w1 holds a checkpoint over 4,711 entries that this ledger's key signed" in page
    assert "the witness's note" in page
    assert "witness.example/w2 gives no answer" in page
    due = told(office.get("/officer", language=ENGLISH).text)
    assert "a witness holds another ledger" in due.lower()
    assert "a witness has not cosigned" in due.lower()
    with application.transactions.begin() as work:
        PostgresWitnessStore(work.session).state_policy(None, at)
    due = told(office.get("/officer", language=ENGLISH).text)
    assert "a witness holds another ledger" in due.lower(), (
        "evidence stays, whoever takes a witness out of the settings"
    )
    assert "a witness has not cosigned" not in due.lower()
    assert "台帳は巻き戻されました" in office.get("/officer/ledger").text


def press_record(office: Office, **said: str) -> Response:
    return office.post(INCIDENTS, **{"kind": "L", "title": "a list lost", "since": "2020-01-01", **said})


def test_a_leak_is_recorded_learned_about_and_closed_by_pressing(office: Office) -> None:
    for lacking in (
        {"since": ""},
        {"title": " "},
        {"kind": "X"},
        {"known_at": "soon"},
        {"known_at": "2999-01-01T00:00"},
    ):
        assert press_record(office, **lacking).status_code == 400
    opened = press_record(office, criteria="sensitive")
    address = opened.headers["location"]
    assert (opened.status_code, address[:22]) == (303, f"{INCIDENTS}/I-2")
    page = told(office.get(address, language=ENGLISH).text)
    assert "(i) sensitive data" in page
    assert "preliminary report" in page
    assert "Nobody knows yet." in page
    assert "not started preliminary report by " in page
    assert "can't be started yet close the incident first record the final report" in page
    assert office.post(f"{address}/estimate", least="1", most="").status_code == 400
    assert office.post(f"{address}/estimate", least="1", most="1200").status_code == 303
    assert office.post(f"{address}/set").status_code == 303
    [(count,)] = office.road.rows("SELECT count(DISTINCT member_no) FROM provision_record")
    assert f"{count:,} people" in told(office.get(address, language=ENGLISH).text)
    assert office.post(f"{address}/close").status_code == 403
    assert office.post(f"{address}/report", kind="report_final").status_code == 403
    for item in ("outline", "items", "cause", "secondary_damage", "response", "publication", "prevention", "other"):
        assert office.post(f"{address}/fact", kind=item, words="as known").status_code == 303
    assert office.post(f"{address}/fact", kind="known_at", words="2020-01-01").status_code == 403
    assert office.post(f"{address}/report", kind="").status_code == 400
    assert office.post(f"{address}/report", kind="report_final").status_code == 303
    assert office.post(f"{address}/close").status_code == 409
    assert f"{count:,} people affected were not written to" in told(
        office.get(f"{address}/close", language=ENGLISH).text
    )

    address = press_record(office).headers["location"]  # whom it affects, and whether at all, nobody computed
    shown = office.get(f"{address}/close", language=ENGLISH).text
    confirm = shown.split('name="confirm" value="')[1].split('"')[0]
    assert office.post(f"{address}/close").status_code == 409
    closed = [office.post(f"{address}/close", confirm=confirm) for _ in range(2)]
    assert [answer.status_code for answer in closed] == [303, 303]
    [done] = {answer.headers["location"] for answer in closed}
    assert "The incident is closed" in told(office.get(done, language=ENGLISH).text)
    assert "<form" not in office.get(address, language=ENGLISH).text.split("<h1>")[1].split("</main>")[0]
    assert office.get(f"{INCIDENTS}/I-1999-001").status_code == 404


def test_who_is_on_hold_is_shown_with_the_row_and_settled_with_a_reason(office: Office) -> None:
    application = office.app.state.application
    [(member,)] = office.road.rows("SELECT member_id FROM member ORDER BY member_no LIMIT 1")
    for sent in ({"member_id": member, "action": "revoke\u202e<b>"}, {"action": "withdraw"}):
        hold_for_message(application, "/api/v1/consents", refused_message(json.dumps(sent), "not_allowed"))
    home = told(office.get("/officer", language=ENGLISH).text)
    assert "could not be read: 1 people on hold, 1 whose person nobody can tell" in home
    page = office.get("/officer/holds", language=ENGLISH)
    assert f"Member {member}" in told(page.text)
    assert "Nobody can tell whose it is" in told(page.text)
    assert "<b>" not in page.text
    numbers = re.findall(r'name="hold" value="(\d+)"', page.text)
    assert len(numbers) == 2
    assert office.post("/officer/holds/lift", "staff", hold=numbers[0], because="x").status_code == 404
    assert office.post("/officer/holds/check", hold=numbers[0], because=" ").status_code == 400
    assert office.post("/officer/holds/check", hold="999999", because="x").status_code == 404
    assert office.post("/officer/holds/check", "staff", hold=numbers[0], because="x").status_code == 404
    assert office.post("/officer/holds/lift", hold=numbers[0], because="x").status_code == 409
    for number in numbers:
        asked = {"hold": number, "because": "asked on the phone"}
        shown = office.post("/officer/holds/check", **asked)
        assert shown.status_code == 200
        sent = {**asked, "confirm": confirmation_in(shown)}
        assert office.post("/officer/holds/lift", **{**sent, "because": "another"}).status_code == 409
        pressed = [office.post("/officer/holds/lift", **sent) for _ in range(2)]
        assert [answer.status_code for answer in pressed] == [303, 303]
        [done] = {answer.headers["location"] for answer in pressed}
        shown_after = told(office.get(done, language=ENGLISH).text)
        assert "The hold has ended" in shown_after
        assert f"Hold {number} Because asked on the phone By officer When " in shown_after
        assert verify_receipt(office.get(f"{done}/receipt.json").content, application.ledger_key.verifier) is not None
        assert office.get(done, "staff").status_code == 404
    stale = office.post("/officer/holds/check", hold=numbers[0], because="again")
    assert "すでに終了しています（officer: asked on the phone）" in told(stale.text)
    assert 'name="confirm"' not in stale.text
    ends = "SELECT count(DISTINCT end_seq) FROM consent_hold WHERE ended_at IS NOT NULL"
    assert office.road.rows(ends) == [(2,)]
    after = told(office.get("/officer/holds", language=ENGLISH).text)
    assert "Nobody is on hold." in after
    assert "officer: asked on the phone" in after
    assert "on hold," not in told(office.get("/officer", language=ENGLISH).text)


def confirmation_in(shown: Response) -> str:
    """What a page that shows an act asks to be sent back."""
    return shown.text.split('name="confirm" value="')[1].split('"')[0]


def confirmed(office: Office, address: str, **fields: str) -> Response:
    """What a press leads to on the page that shows what it would do."""
    shown = office.get(f"{address}?{urlencode(fields)}")
    assert shown.status_code == 200, told(shown.text)
    return office.post(address, **fields, confirm=shown.text.split('name="confirm" value="')[1].split('"')[0])


def test_stop_and_resume_are_looked_at_and_confirmed_and_close_the_reports(office: Office) -> None:
    [(provision,)] = office.road.rows("SELECT provision_id FROM provision WHERE client_id = 'AOBA'")
    readings = ("/client", f"/client/reports/{provision}", f"/client/reports/{provision}/report.csv")
    receipt = {"confirmed": ["provider", "acquisition", "items"]}
    office.visit("staff", lambda browser: browser.post(f"{readings[1]}/receipt", data=receipt))
    assert [office.get(path, "staff").status_code for path in readings] == [200, 200, 200]
    stop, resume = "/officer/stops/stop", "/officer/stops/resume"
    for scope, closed_to in (("all", readings[:2]), ("client:AOBA", readings)):
        fields = {"scope": scope, "consents": "stand"}
        assert office.get(f"{stop}?{urlencode(fields)}").status_code == 400
        assert office.post(stop, **fields, because="wrong words").status_code == 409
        assert confirmed(office, stop, **fields, because="wrong words").status_code == 303
        page = told(office.get("/officer/stops", language=ENGLISH).text)
        assert "Because wrong words By officer" in page
        assert "Stopped:" in told(office.get("/officer", language=ENGLISH).text)
        for path in closed_to:
            closed = office.get(path, "staff")
            assert closed.status_code == (200 if path == "/client" else 403)
            assert "提供は停止中です" in closed.text
        assert confirmed(office, resume, scope=scope, because="mended").status_code == 303
        assert office.get("/client", "staff").status_code == 200
    assert office.get(f"{resume}?scope=all&because=again").status_code == 400
    assert office.get(f"{stop}?scope=everything&because=x").status_code == 400
    assert office.get(f"{stop}?scope=client:NOBODY&because=x").status_code == 404
    acts = office.road.rows("SELECT action, client_id, person FROM stop_act ORDER BY act_no")
    assert acts[-4:] == [
        ("stop", None, "officer"), ("resume", None, "officer"),
        ("stop", "AOBA", "officer"), ("resume", "AOBA", "officer"),
    ]  # fmt: skip


def test_a_card_of_two_parts_shows_each_beside_the_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = Trainer().fit(two_acts(1))
    assert isinstance(fitted, FittedModel)
    known = model_version

    def of_parts(facts: ModelFacts, model: ModelId) -> ModelVersion:
        version = known(facts, model)
        parts = replace(version.model, card=json.loads(json.dumps(fitted.card)), artefact=fitted.artefact)
        return replace(version, model=parts, asked=ScoreTarget.OFFER_DECLINE)

    monkeypatch.setattr("kanmon.audits.overview.use_cases.officer.model_version", of_parts)
    page = office.get("/officer/models/AOBA-1", language=ENGLISH)
    assert page.status_code == 200
    said = told(page.text)
    assert "It foresees which people withdraw from the selection." in said
    assert "The contract now asks who decline an offer: nothing is scored by this version." in said
    acts = ("withdraw from the selection", "decline an offer")
    for act, part in zip(acts, parts_on(fitted.card), strict=True):
        assert len(rows(page, f"Inputs: who {act}")) == len(part["inputs"])
        assert f"a model of both ways of leaving, on the same people: AUC {part['of_both_auc']}" in said
    assert [row[3] for row in rows(page, "Acceptance checks")] == ["passed"] * 4
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(set(ids)) == len(ids)
    japanese = office.get("/officer/models/AOBA-1").text
    assert "選考を離脱する人を予測します。" in japanese
    assert not re.search(r"%\(|selection_withdrawal", told(japanese))


def test_a_contract_that_no_model_serves_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no model foresees that" not in office.get("/officer/models", language=ENGLISH).text
    asked = [(ClientId("MINATO"), ScoreTarget.OFFER_DECLINE)]
    monkeypatch.setattr("kanmon.audits.overview.use_cases.officer.unforeseen", lambda _facts: asked)
    page = office.get("/officer/models", language=ENGLISH)
    assert "MINATO: the contract asks who decline an offer, no model foresees that" in told(page.text)


def test_a_stop_is_confirmed_at_an_address_of_its_own_and_done_once(office: Office) -> None:
    fields = {"scope": "client:AOBA", "consents": "stand", "because": "asked <by> phone"}
    address = f"/officer/stops/stop?{urlencode(fields)}"
    shown = office.get(address, language=ENGLISH).text
    assert "It is not stopped." in told(shown)
    sent = {**fields, "confirm": shown.split('name="confirm" value="')[1].split('"')[0]}
    pressed = [office.post("/officer/stops/stop", **sent) for _ in range(2)]
    assert [answer.status_code for answer in pressed] == [303, 303]
    [done] = {answer.headers["location"] for answer in pressed}
    assert office.road.rows("SELECT count(*) FROM stop_act WHERE because = 'asked <by> phone'") == [(1,)]

    page = office.get(done, language=ENGLISH)
    seq = done.rsplit("/", 1)[1]
    assert "client AOBA Because asked <by> phone" in told(page.text)
    assert re.search(rf"By officer When \d{{4}}-\d\d-\d\d \d\d:\d\d Ledger entry {seq} ", told(page.text))
    verifier = office.app.state.application.ledger_key.verifier
    assert verify_receipt(office.get(f"{done}/receipt.json").content, verifier) is not None
    assert office.get(done, "staff").status_code == 404
    for nothing in ("0", "999999999", "-1", "x"):
        assert office.get(f"/officer/acts/{nothing}").status_code in (404, 422)

    stale = office.post("/officer/stops/stop", **{**sent, "because": "another"})
    assert stale.status_code == 409
    assert "から停止中です（officer）：asked <by> phone" in told(stale.text)
    assert confirmed(office, "/officer/stops/resume", scope="client:AOBA", because="mended").status_code == 303
    again = office.post("/officer/stops/stop", **sent)
    assert again.headers["location"] == done
    assert office.road.rows("SELECT action FROM stop_act ORDER BY act_no DESC LIMIT 1") == [("resume",)]


def test_words_put_in_force_are_confirmed_and_an_entry_that_is_no_act_is_not(office: Office) -> None:
    application, at = office.app.state.application, SystemClock().now()
    said = {"revision": "7", "policy_id": "PRIVACY", "version_id": "4", "person": "O. Owner"}
    with application.transactions.begin(waits=True) as work:
        entries = [NewEntry(EntryType.REVISION, at, {**said, "act": act}) for act in ("activate", "deploy")]
        active, deployed = work.ledger.append(entries)
        work.ledger.sign(at)
    page = told(office.get(f"/officer/acts/{active}", language=ENGLISH).text)
    assert "The new words are in force Revision 7 Words PRIVACY 4 By O. Owner When " in page
    assert office.get(f"/officer/acts/{active}/receipt.json").status_code == 200
    assert office.get(f"/officer/acts/{active}/receipt.json", "staff").status_code == 404
    for other in (f"{deployed}", f"{deployed}/receipt.json"):
        assert office.get(f"/officer/acts/{other}").status_code == 404


def test_what_nobody_pressed_is_no_act(office: Office) -> None:
    """A mended row ends a hold, and the service decides some requests, without anybody's press."""
    application, at = office.app.state.application, SystemClock().now()
    ended = {"holds": [1], "acts": [2], "person": None, "because": None}
    decided = {"request_seq": 1, "outcome": "accepted", "decided_by": SYSTEM, "reason": "", "done": {}}
    with application.transactions.begin(waits=True) as work:
        entries = [
            NewEntry(EntryType.CONSENT_HOLD_END, at, ended), NewEntry(EntryType.REQUEST_DECISION, at, decided),
            NewEntry(EntryType.CONSENT_HOLD_END, at, {**ended, "person": "O. Owner", "because": "asked"}),
        ]  # fmt: skip
        *nobodys, pressed = work.ledger.append(entries)
        work.ledger.sign(at)
    assert [office.get(f"/officer/acts/{seq}").status_code for seq in nobodys] == [404, 404]
    assert office.get(f"/officer/acts/{pressed}").status_code == 200
