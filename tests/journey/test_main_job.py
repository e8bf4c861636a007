"""The main job: what each command answers, and what a client is given."""

import csv
import math
from collections import Counter
from pathlib import Path

import pytest

from kanmon.gate.decision import ReasonCode
from tests.journey.command import csv_rows
from tests.journey.conftest import Ran

COLUMNS = {
    "AOBA": ["applicant_id", "予測スコア", "区分"],
    "KITAHAMA": ["applicant_id", "score"],
    "MINATO": ["applicant_id", "予測スコア"],
    "HOSHINO": ["applicant_id", "予測スコア"],
}
NO_SCORE = {"AOBA": "スコアなし", "KITAHAMA": "N/A", "MINATO": "スコアなし", "HOSHINO": "スコアなし"}
REFUSED = {"SAKURA": "DENY_NO_USE_AGREEMENT", "TSUBAKI": "DENY_PRECHECK_STALE"}
"""Clients that a rule refuses as a whole."""


def handed_over(season: Path, client: str) -> list[str]:
    """This year's applicants of a client, in the order of its list."""
    with (season / "applicants.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["client_id"] == client]
    this_year = max(row["season"] for row in rows)
    return [row["applicant_id"] for row in rows if row["season"] == this_year]


def test_init_load_and_run_end_well(ran: Ran) -> None:
    assert (ran.init.status, ran.load.status, ran.run.status) == (0, 0, 0)
    assert {file["dataset"]: file["refused"] for file in ran.load.json["files"]} == dict.fromkeys(
        ("members", "identities", "events", "consents", "renderings", "notices", "applicants", "outcomes"), 0
    )
    assert "train: features" in ran.run.err
    assert [client["client_id"] for client in ran.run.json["clients"]] == sorted(COLUMNS | REFUSED)


def test_gate_answers_for_each_applicant(ran: Ran, season: Path) -> None:
    answer = ran.road("gate", "--json")
    assert answer.status == 0
    assert set(answer.json) == {"counts", "rows"}
    rows = answer.json["rows"]
    for client in COLUMNS | REFUSED:
        assert [row["applicant_id"] for row in rows if row["client_id"] == client] == handed_over(season, client)
    places = [code.value for code in ReasonCode]
    for row in rows:
        assert set(row) >= {"client_id", "applicant_id", "decision", "reasons", "evidence_id"}
        assert row["decision"] == ("deny" if row["reasons"] else "allow")
        assert (row["evidence_id"] is None) == (row["decision"] == "deny")
        assert row["reasons"] == sorted(set(row["reasons"]), key=places.index)
    assert any(len(row["reasons"]) > 1 for row in rows)
    assert answer.json["counts"] == Counter(code for row in rows for code in row["reasons"])
    assert list(answer.json["counts"]) == sorted(answer.json["counts"], key=places.index)


@pytest.mark.parametrize("client", ["AOBA", "HOSHINO"])
def test_gate_of_one_client_speaks_of_no_other(ran: Ran, client: str) -> None:
    assert {row["client_id"] for row in ran.road("gate", "--json", "--client", client).json["rows"]} == {client}


def test_evaluate_compares_scores_with_outcomes(ran: Ran) -> None:
    answer = ran.road("evaluate", "--json")
    assert answer.status == 0
    assert set(answer.json) == set(COLUMNS | REFUSED)
    for figures in answer.json.values():
        assert set(figures) >= {
            "n", "positives", "auc", "average_precision", "brier", "ece", "auc_low", "auc_high", "auc_active_days",
            "auc_recency", "brier_prior", "categories",
        }  # fmt: skip
        assert sum(one["n"] for one in figures["categories"]) in (0, figures["n"])
    # The generated twin of the real data: whoever drifts away is found better than by chance.
    for client in ("AOBA", "KITAHAMA"):
        assert answer.json[client]["auc"] > 0.55
        assert 0 < answer.json[client]["positives"] < answer.json[client]["n"]
        assert answer.json[client]["auc_low"] < answer.json[client]["auc"] < answer.json[client]["auc_high"]
        assert 0.4 < answer.json[client]["auc_active_days"] < 1
    high, middle, low = answer.json["AOBA"]["categories"]
    assert [high["symbol"], middle["symbol"], low["symbol"]] == ["★★★", "★★", "★"]
    assert high["left"] + middle["left"] + low["left"] == answer.json["AOBA"]["positives"]
    assert high["lift"] > 1 > low["lift"]
    assert answer.json["MINATO"]["n"] == 0
    assert answer.json["MINATO"]["auc"] is None


@pytest.mark.parametrize("client", COLUMNS)
def test_report_has_a_row_for_each_applicant_handed_over(ran: Ran, season: Path, client: str) -> None:
    [report] = ran.road.reports(client)
    assert {path.name for path in report.iterdir()} == {"report.csv", "report.xlsx", "report.pdf"}
    assert (report / "report.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    header, *rows = csv_rows(report)
    assert header == COLUMNS[client]
    assert [row[0] for row in rows] == handed_over(season, client)
    for row in rows:
        assert row[1] == NO_SCORE[client] or 0 <= float(row[1]) <= 1
        assert row[1] == NO_SCORE[client] or len(row[1]) == len("0.1234")


def test_category_follows_the_contract_cut_offs(ran: Ran) -> None:
    [report] = ran.road.reports("AOBA")
    for _, score, symbol in csv_rows(report)[1:]:
        expected = (
            "" if score == "スコアなし" else "★★★" if float(score) >= 0.8 else "★★" if float(score) >= 0.5 else "★"
        )
        assert symbol == expected


def test_every_category_holds_people_and_a_score_is_no_risk(ran: Ran) -> None:
    [report] = ran.road.reports("AOBA")
    scored = [(float(row[1]), row[2]) for row in csv_rows(report)[1:] if row[1] != "スコアなし"]
    counts = Counter(symbol for _, symbol in scored)
    assert min(counts[symbol] for symbol in ("★★★", "★★", "★")) > 0.1 * len(scored)
    [facts] = [found for found in ran.run.json["clients"] if found["client_id"] == "AOBA"]
    assert facts["categories"] == [
        {"symbol": symbol, "people": counts[symbol], "warning": None} for symbol in ("★★★", "★★", "★")
    ]
    kept = ran.road.rows("SELECT value, scale, risk, explanation FROM score WHERE client_id = 'AOBA' AND value > 0")
    assert {scale for _, scale, _, _ in kept} == {"position-1"}
    by_risk = [value for _, value in sorted((risk, value) for value, _, risk, _ in kept)]
    assert by_risk == sorted(by_risk)
    for _, _, risk, explained in kept:
        log_odds = explained["base"] + sum(one["part"] for one in explained["reasons"]) + explained["rest"]
        assert risk == pytest.approx(1 / (1 + math.exp(-log_odds / 1_000_000)), abs=1e-12)


@pytest.mark.parametrize("client", ["AOBA", "KITAHAMA"])
def test_only_people_cleared_have_a_score_and_the_others_look_alike(ran: Ran, client: str) -> None:
    answers = ran.road("gate", "--json", "--client", client).json["rows"]
    allowed = {row["applicant_id"] for row in answers if row["decision"] == "allow"}
    [report] = ran.road.reports(client)
    rows = csv_rows(report)[1:]
    assert {row[0] for row in rows if row[1] != NO_SCORE[client]} == allowed
    assert len({tuple(row[1:]) for row in rows if row[0] not in allowed}) == 1
    reasons = {reason for row in answers for reason in row["reasons"]}
    assert {"DENY_NO_CONSENT", "DENY_CONSENT_WITHDRAWN", "DENY_NOT_COVERED"} <= reasons


def test_each_score_in_a_report_has_its_record(ran: Ran) -> None:
    recorded = dict(
        ran.road.rows("SELECT a.applicant_id, s.value FROM provision_record JOIN applicant a USING (applicant_no) "
                      "JOIN score s USING (score_no) WHERE a.client_id = 'AOBA'")
    )  # fmt: skip
    [report] = ran.road.reports("AOBA")
    assert {a: f"{v / 10_000:.4f}" for a, v in recorded.items()} == {
        row[0]: row[1] for row in csv_rows(report)[1:] if row[1] != "スコアなし"
    }


@pytest.mark.parametrize(("client", "rule"), REFUSED.items())
def test_refused_client_gets_no_report(ran: Ran, client: str, rule: str) -> None:
    [facts] = [found for found in ran.run.json["clients"] if found["client_id"] == client]
    assert (facts["provision"], facts["report"], facts["denied_by"]) == ("refused", None, [rule])
    alone = ran.road("provide", "--client", client)
    assert alone.status == 4
    assert rule in alone.out + alone.err
    in_json = ran.road("provide", "--client", client, "--json")
    assert (in_json.status, in_json.json["clients"][0]["denied_by"]) == (4, [rule])
    assert not ran.road.reports(client)
    assert ran.road.rows("SELECT count(*) FROM provision WHERE client_id = :client", client=client) == [(0,)]


def test_client_without_history_has_a_report_without_scores(ran: Ran) -> None:
    [facts] = [found for found in ran.run.json["clients"] if found["client_id"] == "MINATO"]
    assert facts["model"]["model_id"] is None
    assert facts["model"]["positives"] < facts["model"]["needs_of_each"]
    assert (facts["scored"], set(facts["not_scorable"])) == (0, {"MODEL_NOT_READY"})
    [report] = ran.road.reports("MINATO")
    assert {row[1] for row in csv_rows(report)[1:]} == {"スコアなし"}
