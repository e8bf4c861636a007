"""A client that hands over its own IDs with cookies: refused until it confirms consents, and then nobody is named."""

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import yaml

from kanmon.application.application import stop_database
from tests.journey.command import Road, csv_rows, kanmon

CLIENT = "AOBA"
Played = tuple[Road, list[tuple[str, str]], dict[str, Any], int]
METHOD = "declared by the client, consent by a click on its own screen, document D-1"
_COLUMNS = ["client_id", "applicant_id", "season", "applied_at", "as_of", "stage", "member_id", "cookie_id"]


def as_scheme_a(season: Path, folder: Path) -> list[tuple[str, str]]:
    """The season with one client's rows of both years as cookies; season and ID of its applicants with a cookie."""
    copytree(season, folder)
    service = yaml.safe_load((folder / "service.yaml").read_text(encoding="utf-8"))
    [theirs] = [client for client in service["clients"] if client["id"] == CLIENT]
    theirs["contract"]["scheme"] = "A"
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    logins = pq.read_table(season / "identities.parquet").to_pylist()
    browser = {login["member_id"]: login["cookie_id"] for login in logins}
    rows = pyarrow.csv.read_csv(
        season / "applicants.csv", convert_options=pyarrow.csv.ConvertOptions(strings_can_be_null=True)
    ).to_pylist()
    kept = []
    for row in rows:
        if row["client_id"] == CLIENT:
            row = {name: row[name] for name in row if name in _COLUMNS}  # noqa: PLW2901
            row["cookie_id"] = browser.get(row.pop("member_id"))
        kept.append(row)
    names = list(rows[0]) + [name for name in ["cookie_id"] if name not in rows[0]]
    pyarrow.csv.write_csv(
        pa.table({name: [row.get(name) for row in kept] for name in names}), folder / "applicants.csv"
    )
    return [
        (str(row["season"]), row["applicant_id"]) for row in kept if row["client_id"] == CLIENT and row["cookie_id"]
    ]


def confirm(folder: Path, applicants: list[tuple[str, str]]) -> None:
    lines = ["client_id,applicant_id,season,confirmed_at,method,obtained_at,covers_training"]
    lines += [
        f'{CLIENT},{applicant},{season},2020-01-02T00:00:00Z,"{METHOD}",2020-01-01T00:00:00Z,true'
        for season, applicant in applicants
    ]
    (folder / "confirmations.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def played(season: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A workspace that was refused without confirmations, then got some; who has a cookie, the refusal, its status."""
    root = tmp_path_factory.mktemp("scheme-a")
    applicants = as_scheme_a(season, root / "season")
    road = Road(root / "workspace")
    assert kanmon("init", road.root).status == 0
    try:
        assert road("load", root / "season").status == 0
        refused = road("run", "--client", CLIENT, "--json")
        [facts] = refused.json["clients"]
        confirm(root / "season", applicants[::2] + applicants[1::4])
        assert road("load", root / "season").status == 0
        yield road, applicants, facts, refused.status
    finally:
        stop_database(road.root)


def test_without_a_confirmation_nothing_goes(
    played: Played,
) -> None:
    _, _, facts, status = played
    assert status == 4
    assert facts["denied_by"] == ["DENY_PRI_CONSENT_UNCONFIRMED"]
    assert facts["provided"] == 0


def test_with_confirmations_scores_go_and_records_say_on_what(
    played: Played,
) -> None:
    road, applicants, *_ = played
    ran = road("run", "--client", CLIENT, "--json")
    assert ran.status == 0, ran.err
    [facts] = ran.json["clients"]
    confirmed = set(applicants[::2] + applicants[1::4])
    this_year = max(season for season, _ in applicants)
    assert 0 < facts["provided"] <= sum(season == this_year for season, _ in confirmed)
    assert facts["refused"]["DENY_PRI_CONSENT_UNCONFIRMED"] > 0

    records = road.rows(
        """SELECT applicant_id, r.member_no, consent_no, confirmed_at::text, confirmation_method, items,
            provided_at IS NOT NULL, recipient ->> 'legal_name' <> ''
        FROM provision_record r JOIN applicant USING (applicant_no) JOIN provision USING (provision_id)"""
    )
    assert len(records) == facts["provided"]
    assert {record[0] for record in records} <= {name for season, name in confirmed if season == this_year}
    for _, member, consent, confirmed_at, method, items, is_dated, is_named in records:
        assert (member, consent, method, is_dated, is_named) == (None, None, METHOD, True, True)
        assert confirmed_at.startswith("2020-01-02")
        assert {"applicant_id", "score"} <= set(items)
    [report] = road.reports(CLIENT)
    scored = {row[0] for row in csv_rows(report)[1:] if row[1] != "スコアなし"}
    assert scored == {record[0] for record in records}


def test_the_ledger_holds_the_record_of_rule_28_and_names_nobody(
    played: Played,
) -> None:
    road, *_ = played
    query = "SELECT payload FROM ledger_secret JOIN provision_record r ON r.ledger_seq = ledger_secret.seq"
    payloads = [json.loads(payload) for (payload,) in road.rows(query)]
    assert payloads
    for said in payloads:
        assert "member_id" not in said
        assert "consent" not in said
        assert said["confirmation"] == {
            "confirmed_at": "2020-01-02T00:00:00.000000Z", "method": METHOD,
            "obtained_at": "2020-01-01T00:00:00.000000Z",
        }  # fmt: skip
        assert said["recipient"]["legal_name"]
        assert said["provided_at"]
    assert road("audit", "ledger").status == 0
