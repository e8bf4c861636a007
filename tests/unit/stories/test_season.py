from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from kanmon.consent.coverage import CoverageVerdict, ProvisionUnderTest, TextCoverage, cover_provision, cover_training
from kanmon.consent.law import JP_APPI_2017, JP_APPI_2022
from kanmon.consent.policy import (
    Clause,
    Element,
    PolicyVersion,
    Recipients,
    Retention,
    Statement,
    is_quoted,
    text_sha256,
)
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId
from kanmon_stories.season import write_season
from kanmon_stories.season_plan import UNNAMED_SITE

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
COLUMNS = {
    "members": "member_id season registered_at family_name given_name family_kana given_kana birth_date email "
    "university",
    "identities": "cookie_id member_id seen_at",
    "events": "occurred_at cookie_id member_id kind target page weight site",
    "consents": "occurred_at member_id screen_id text_sha256 action client_id refusable",
    "renderings": "screen_id occurred_at text_sha256 verified_by",
    "notices": "member_id occurred_at kind client_id",
    "applicants": "client_id applicant_id season applied_at as_of stage member_id family_name given_name family_kana "
    "given_kana birth_date email university",
    "outcomes": "client_id applicant_id season outcome outcome_at",
}


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("season")
    write_season(folder, 7, 0.2, now=NOW)
    return folder


def table(folder: Path, name: str) -> pl.DataFrame:
    if (folder / f"{name}.parquet").exists():
        return pl.read_parquet(folder / f"{name}.parquet")
    return pl.read_csv(folder / f"{name}.csv", try_parse_dates=True, schema_overrides={"season": pl.String})


def service(folder: Path) -> dict[str, Any]:
    terms: dict[str, Any] = yaml.safe_load((folder / "service.yaml").read_text(encoding="utf-8"))
    return terms


def policy_version(folder: Path, version_id: str) -> PolicyVersion:
    said = next(v for v in service(folder)["policies"][0]["versions"] if v["id"] == version_id)
    return PolicyVersion(
        policy_id=PolicyId("privacy"),
        version_id=PolicyVersionId(version_id),
        language=said["language"],
        effective_from=said["effective_from"],
        text=(folder / said["text_file"]).read_text(encoding="utf-8"),
        clauses=tuple(
            Clause(
                clause["id"],
                {Element[name.upper()]: Statement(words["quote"], meaning(words)) for name, words in elements(clause)},
            )
            for clause in said["clauses"]
        ),
    )


def elements(clause: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return list(clause["elements"].items())


def meaning(words: dict[str, Any]) -> bool | str | frozenset[str] | Recipients | Retention | None:
    if "named" in words:
        return Recipients(members=frozenset(ClientId(name) for name in words["named"]))
    if "open_class" in words:
        return Recipients(open_class=words["open_class"])
    if "platform_days" in words:
        return Retention(words["platform_days"], words["recipient_days"])
    value = words.get("value", True)
    if value == "unlisted":
        return None
    return frozenset(value) if isinstance(value, list) else value


def coverage(folder: Path, version_id: str, client_id: str) -> TextCoverage:
    sites = set(table(folder, "events")["site"].drop_nulls()) - {UNNAMED_SITE}
    asked = ProvisionUnderTest(
        recipient=ClientId(client_id),
        purpose="follow_up_support",
        items=frozenset({"applicant_id", "score", "category"}),
        partner_sites=frozenset(sites),
    )
    return cover_provision(policy_version(folder, version_id), asked, JP_APPI_2022)


def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_season(tmp_path / name, seed, 0.02, now=NOW)
    files = sorted(path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*.*"))
    one, again, other = (
        [(tmp_path / name / path).read_bytes() for path in files] for name in ("one", "again", "other")
    )
    assert len(files) == 12
    assert one == again
    assert one != other


@pytest.mark.parametrize("name", COLUMNS)
def test_the_files_have_the_columns_of_the_contract(season: Path, name: str) -> None:
    assert table(season, name).columns == COLUMNS[name].split()


def test_what_must_be_there_is_there_and_keys_are_unique(season: Path) -> None:
    events = table(season, "events")
    assert events.filter(pl.col("cookie_id").is_null() & pl.col("member_id").is_null()).is_empty()
    assert events["occurred_at"].null_count() == events["kind"].null_count() == 0
    assert events["weight"].min() == 1
    members, applicants = table(season, "members"), table(season, "applicants")
    assert members["member_id"].is_unique().all()
    assert applicants.select("client_id", "applicant_id", "season").is_unique().all()
    assert set(applicants["member_id"].drop_nulls()) <= set(members["member_id"])
    for name in ("identities", "consents", "notices"):
        assert set(table(season, name)["member_id"]) <= set(members["member_id"])
    assert set(events["member_id"].drop_nulls()) <= set(members["member_id"])
    screens = {screen["id"] for screen in service(season)["screens"]}
    assert set(table(season, "consents")["screen_id"]) | set(table(season, "renderings")["screen_id"]) == screens


@pytest.mark.parametrize("now", [NOW, datetime(2028, 2, 29, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)])
def test_nothing_happens_after_now_and_this_season_is_open(tmp_path: Path, now: datetime) -> None:
    write_season(tmp_path, 3, 0.02, now=now)
    for name, columns in COLUMNS.items():
        for column in set(columns.split()) & {"occurred_at", "seen_at", "registered_at", "as_of", "outcome_at"}:
            latest = table(tmp_path, name)[column].max()
            assert isinstance(latest, datetime)
            assert latest < now
    applicants = table(tmp_path, "applicants")
    assert applicants.filter(pl.col("as_of") < pl.col("applied_at")).is_empty()
    last, this = service(tmp_path)["seasons"]
    assert last["closes"] < now
    assert this["opens"] < now < this["closes"] - timedelta(days=120)
    assert int(this["id"]) == int(last["id"]) + 1


def test_events_before_the_first_login_belong_to_a_cookie_only(season: Path) -> None:
    events, members = table(season, "events"), table(season, "members")
    known = events.join(members.select("member_id", "registered_at"), on="member_id")
    assert known.filter(pl.col("occurred_at") < pl.col("registered_at")).is_empty()
    logins = table(season, "identities").group_by("cookie_id").agg(pl.col("seen_at").min(), pl.len())
    early = events.join(logins, on="cookie_id").filter(pl.col("occurred_at") < pl.col("seen_at"))
    assert len(early) > 1_000
    assert (logins["len"] > 1).sum() > 5, "a few browsers are shared"


def test_words_name_some_partner_sites_and_newest_words_of_some_people_name_none(season: Path) -> None:
    sites = set(table(season, "events")["site"].drop_nulls())
    named = policy_version(season, "2.0").clauses[0].statements[Element.PARTNER_SITES].value
    assert isinstance(named, frozenset)
    assert sites - named == {UNNAMED_SITE}
    newest = table(season, "consents").filter(pl.col("action") == "accept").sort("occurred_at").group_by("member_id")
    again = newest.agg(pl.col("text_sha256").last(), pl.len()).filter(pl.col("len") > 1)
    shown = Counter(again["text_sha256"])
    assert shown[policy_version(season, "1.0").text_sha256] > 10
    assert shown[policy_version(season, "2.0").text_sha256] > 100


def test_some_rows_come_with_personal_data_only(season: Path) -> None:
    applicants = table(season, "applicants")
    unlinked = applicants.filter(pl.col("member_id").is_null())
    assert 0.005 < len(unlinked) / len(applicants) < 0.04
    assert unlinked["family_name"].null_count() == unlinked["email"].null_count() == 0


def test_outcomes_are_last_years_unless_this_years_are_asked_for(season: Path, tmp_path: Path) -> None:
    last, this = (dates["id"] for dates in service(season)["seasons"])
    assert set(table(season, "outcomes")["season"]) == {last}
    write_season(tmp_path, 7, 0.2, now=NOW, tells_this_year=True)
    assert set(table(tmp_path, "outcomes")["season"]) == {last, this}


def test_last_year_has_enough_to_learn_from_but_for_one_client(season: Path) -> None:
    outcomes = table(season, "outcomes")
    departed = outcomes.with_columns(pl.col("outcome").is_in(["selection_withdrawal", "offer_decline"]))
    shares = dict(departed.group_by("client_id").agg(pl.col("outcome").mean()).iter_rows())
    sizes = Counter(outcomes["client_id"])
    assert sizes.pop("MINATO") < 30
    assert min(sizes.values()) > 60
    assert all(0.08 <= shares[client_id] <= 0.25 for client_id in sizes)


def test_drift_shows_in_behaviour_neither_too_little_nor_too_much(tmp_path: Path) -> None:
    """Untrained, opened messages and visits to the client's own pages tell some of those who left, far from all."""
    write_season(tmp_path, 11, 0.5, now=NOW)
    own = table(tmp_path, "events").drop_nulls(["member_id", "target"]).rename({"target": "client_id"})
    rows = table(tmp_path, "applicants").join(table(tmp_path, "outcomes"), on=["client_id", "applicant_id", "season"])
    rows = rows.filter(pl.col("outcome_at") >= pl.col("as_of")).with_row_index("row")
    acts = rows.join(own, on=["client_id", "member_id"]).filter(pl.col("occurred_at") < pl.col("as_of"))
    counted = acts.group_by("row").agg(
        (pl.col("kind") == "message_open").sum(), pl.col("occurred_at").dt.date().n_unique()
    )
    seen = rows.join(counted, on="row", how="left").with_columns(pl.col("kind", "occurred_at").fill_null(0))
    left = seen["outcome"].is_in(["selection_withdrawal", "offer_decline"]).to_numpy()
    auc = area(left, -(seen["kind"] + seen["occurred_at"] / 2).to_numpy())
    assert 0.60 < auc < 0.75


def area(positive: np.ndarray, score: np.ndarray) -> float:
    ranks = pl.Series(score).rank().to_numpy()
    count = positive.sum()
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (len(positive) - count)))


def test_the_texts_carry_every_quotation(season: Path) -> None:
    quoted = 0
    for version_id in ("1.0", "2.0", "2.0-en"):
        version = policy_version(season, version_id)
        for clause in version.clauses:
            for element, said in clause.statements.items():
                assert is_quoted(said.quote, version.text), (version_id, clause.clause_id, element)
                quoted += 1
    assert quoted == 24 + 24 + 6 + 5
    assert set(policy_version(season, "2.0").clauses[0].statements) == set(Element) - {Element.FOREIGN}


def test_the_text_in_force_covers_the_clients_it_names_and_training(season: Path) -> None:
    for client_id in ("AOBA", "KITAHAMA", "MINATO", "SAKURA", "TSUBAKI"):
        assert coverage(season, "2.0", client_id).verdict is CoverageVerdict.COVERED
    assert coverage(season, "2.0", "HOSHINO").verdict is CoverageVerdict.NOT_COVERED
    assert cover_training(policy_version(season, "2.0"), JP_APPI_2022).verdict is CoverageVerdict.COVERED


def test_the_text_says_the_same_in_english(season: Path) -> None:
    japanese, english = (
        [(element, said.value) for element, said in policy_version(season, version).clauses[0].statements.items()]
        for version in ("2.0", "2.0-en")
    )
    assert japanese == english


def test_the_stale_text_covers_nothing_now_nor_then(season: Path) -> None:
    judged = coverage(season, "1.0", "AOBA")
    assert judged.verdict is CoverageVerdict.NOT_COVERED
    lacking = [finding.element.value for finding in judged.units[1].core]
    assert lacking == ["E04", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E18", "E19", "E21"]
    asked = ProvisionUnderTest(ClientId("AOBA"), "follow_up_support")
    then = cover_provision(policy_version(season, "1.0"), asked, JP_APPI_2017)
    assert [[f.element.value for f in unit.core] for unit in then.units] == [
        ["E03", "E04", "E05", "E07"],
        ["E04", "E11", "E12", "E13"],
    ]
    assert cover_training(policy_version(season, "1.0"), JP_APPI_2022).verdict is CoverageVerdict.NOT_COVERED


def test_consents_have_the_usual_faults(season: Path) -> None:
    consents, members = table(season, "consents"), table(season, "members")
    covering, stale = (text_sha256(policy_version(season, version).text) for version in ("2.0", "1.0"))
    plain = consents.filter((pl.col("action") == "accept") & (pl.col("text_sha256") == covering))
    assert plain["member_id"].n_unique() > 0.75 * len(members)
    assert members["member_id"].n_unique() > consents["member_id"].n_unique(), "some never said anything"
    this = service(season)["seasons"][1]
    seen_stale = consents.filter(pl.col("text_sha256") == stale).join(
        consents.filter(pl.col("action") == "withdraw"), on="member_id", how="anti"
    )
    assert set(seen_stale["screen_id"]) == {f"registration-{this['id']}"}
    assert seen_stale["member_id"].is_in(plain["member_id"].implode()).any(), "some met the right text later"
    assert not seen_stale["member_id"].is_in(plain["member_id"].implode()).all(), "some never did"
    assert len(set(consents["text_sha256"]) - {covering, stale}) == 1, "a text that nobody registered"
    assert set(consents["action"]) == {"accept", "refuse", "withdraw"}
    assert set(consents["refusable"]) == {True, False, None}
    narrowed = consents.drop_nulls("client_id")
    assert set(narrowed["action"]) == {"accept", "withdraw"}


def test_the_stale_screen_stands_in_the_renderings(season: Path) -> None:
    stale = text_sha256(policy_version(season, "1.0").text)
    seen = table(season, "renderings").filter(pl.col("text_sha256") == stale)
    this = service(season)["seasons"][1]
    assert set(seen["screen_id"]) == {f"registration-{this['id']}"}
    assert seen["occurred_at"].min() == this["main_opens"]


def test_the_service_is_complete_and_reviewed_by_five_people(season: Path) -> None:
    terms = service(season)
    assert terms["law"] == "JP-APPI-2022"
    approvals = terms["release"]["approvals"]
    assert {a["role"] for a in approvals} == {"author", "operator", "privacy_owner", "student_advocate", "legal"}
    assert len({a["person"] for a in approvals}) == 5
    assert all(a["at"] < NOW for a in approvals)
    contracts = {client["id"]: client["contract"] for client in terms["clients"]}
    assert [name for name, c in contracts.items() if c["use_agreement_signed_at"] is None] == ["SAKURA"]
    month = timedelta(days=30)
    assert [name for name, c in contracts.items() if NOW - c["pre_use_check_at"] > month] == ["TSUBAKI"]
    assert {name for name, c in contracts.items() if "categories" in c} == {"AOBA", "TSUBAKI"}
    assert all(c["starts"] < NOW < c["ends"] for c in contracts.values())
    assert {c["no_score"] for c in contracts.values()} == {"", "N/A", "スコアなし"}
