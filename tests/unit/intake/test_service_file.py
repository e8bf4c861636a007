"""`service.yaml`: everything wrong told at once with path and line, nothing loaded; a right one read faithfully."""
# ruff: noqa: E501 - one spoilt thing a line

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from kanmon.clients.contract import Contract, GroupCompany, GroupRole, ReviewRole, Scheme, ScoreCategory, ScoreTarget
from kanmon.clients.price import Price, PriceUnit
from kanmon.consent.policy import Element, Recipients, Retention
from kanmon.core.errors import FolderUnreadable, ServiceInvalid
from kanmon.core.ids import ClientId, SeasonId
from kanmon.intake.files.terms.models import ContractPart
from kanmon.intake.files.terms.service_file import ServiceFileInvalid, read_service
from kanmon.intake.files.terms.yaml_source import read_yaml
from kanmon.intake.loading import ServiceFile

TEXT = "当社は、あなたの個人データを次の提供先に提供します。提供先：X社。保存は365日です。"
Spoil = Callable[[dict[str, Any]], object]


def right() -> dict[str, Any]:
    return {
        "law": "JP-APPI-2022",
        "platform": {"legal_name": "広場", "address": "東京", "representative": "学"},
        "release": {
            "id": "2026.10",
            "rnd": False,
            "approvals": [{"role": "author", "person": "a", "at": "2026-01-01T00:00:00Z"}],
        },
        "seasons": [
            {"id": "2025", "opens": "2025-01-01T00:00:00+09:00", "closes": "2025-12-31T00:00:00+09:00"},
            {"id": "2026", "opens": "2026-01-01T00:00:00+09:00", "closes": "2026-12-31T00:00:00+09:00"},
        ],
        "clients": [
            {
                "id": "X",
                "legal_name": "X社",
                "address": "大阪",
                "representative": "社長",
                "contract": {
                    "scheme": "B",
                    "starts": "2026-01-01T00:00:00+09:00",
                    "ends": "2027-01-01T00:00:00+09:00",
                    "trains_on": "2025",
                    "scores": "2026",
                    "purpose": "follow_up_support",
                },
            }
        ],
        "policies": [
            {
                "id": "privacy",
                "versions": [
                    {
                        "id": "1.0",
                        "language": "ja",
                        "effective_from": "2025-01-01T00:00:00+09:00",
                        "text": TEXT,
                        "clauses": [{"id": "c1", "elements": {"operator": {"quote": "当社は"}}}],
                    }
                ],
            }
        ],
        "screens": [{"id": "form", "season": "2026", "function": "registration", "policy": "privacy"}],
    }


def read(folder: Path, said: object) -> ServiceFile:
    folder.joinpath("service.yaml").write_text(
        yaml.safe_dump(said, allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    return read_service(folder)


def version(said: dict[str, Any]) -> Any:
    return said["policies"][0]["versions"][0]


def elements(said: dict[str, Any]) -> Any:
    return version(said)["clauses"][0]["elements"]


def contract(said: dict[str, Any]) -> Any:
    return said["clients"][0]["contract"]


def told(service: ServiceFile) -> list[str]:
    return [remark.message % remark.values for remark in service.remarks]


def test_what_is_left_out_has_the_contracts_defaults(tmp_path: Path) -> None:
    service = read(tmp_path, right())
    agreed = service.terms.clients["X"].contract  # type: ignore[index]
    assert agreed.scheme is Scheme.PERSONAL_DATA
    assert agreed.ends_at == datetime(2026, 12, 31, 15, tzinfo=UTC)
    assert agreed.prohibited_uses == {"selection"}
    assert (agreed.score_column, agreed.no_score, agreed.categories) == ("予測スコア", "スコアなし", ())
    assert (agreed.pre_use_check_at, agreed.use_agreement_signed_at, agreed.necessity) == (None, None, None)
    assert service.terms.release is not None
    assert service.terms.release.release_id == "2026.10"
    assert service.terms.release.approvals[0].role is ReviewRole.AUTHOR
    assert service.policies[0].consent_valid_days is None
    assert service.screens[0].shown_from is None
    assert told(service) == []


def test_a_category_may_be_a_share_of_this_years_scored(tmp_path: Path) -> None:
    said = right()
    contract(said).update(categories=[{"symbol": "◎", "top": 0.1}, {"symbol": "○", "top": 1}])
    [client] = read(tmp_path, said).terms.clients.values()
    assert client.contract.categories == (ScoreCategory("◎", None, 0.1), ScoreCategory("○", None, 1.0))


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ({"per_delivery": 500000, "currency": "JPY"}, Price(500000, PriceUnit.DELIVERY)),
        ({"per_row": 12, "currency": "EUR"}, Price(12, PriceUnit.ROW, "EUR")),
        (None, None),
    ],
)
def test_a_contract_may_state_its_price(tmp_path: Path, written: object, price: Price | None) -> None:
    said = right()
    contract(said).update(price=written)
    [client] = read(tmp_path, said).terms.clients.values()
    assert client.contract.price == price


def test_unquoted_names_stay_what_was_written(tmp_path: Path) -> None:
    text = yaml.safe_dump(right(), allow_unicode=True, sort_keys=False)
    text = text.replace("'2026'", "2026").replace("'1.0'", "1.10").replace("id: X", "id: no")
    (tmp_path / "service.yaml").write_text(text, encoding="utf-8")
    service = read_service(tmp_path)
    assert set(service.terms.clients) == {"no"}
    assert "2026" in service.terms.seasons
    assert service.policies[0].version_id == "1.10"


def test_elements_mean_what_the_contract_says(tmp_path: Path) -> None:
    said = right()
    elements(said).update(
        {
            "trigger": {"value": "login_and_use", "quote": "当社"},
            "prediction": {"value": False, "quote": "当社"},
            "partner_sites": {"value": "unlisted", "quote": "当社"},
            "items": {"value": ["applicant_id", "score"], "quote": "当社"},
            "recipients": {"closed_class": "契約企業", "members": ["X"], "quote": "提供先：Ｘ社"},
            "retention": {"platform_days": 365, "quote": "365日"},
            "foreign": {"country": "US", "quote": "当社"},
            "training": {"value": True, "quote": "当社"},
        }
    )
    version(said)["consent_valid_days"] = 400
    (policy,) = read(tmp_path, said).policies
    stated = {element: statement.value for element, statement in policy.clauses[0].statements.items()}
    assert stated == {
        Element.OPERATOR: True,
        Element.TRIGGER: "login_and_use",
        Element.PREDICTION: False,
        Element.PARTNER_SITES: None,
        Element.ITEMS: frozenset({"applicant_id", "score"}),
        Element.RECIPIENTS: Recipients(frozenset({"X"}), closed_class="契約企業"),  # type: ignore[arg-type]
        Element.RETENTION: Retention(platform_days=365),
        Element.FOREIGN: "US",
        Element.TRAINING: True,
    }
    assert policy.consent_valid_days == 400


@pytest.mark.parametrize(
    ("means", "timing", "meant"),
    [
        ({}, {}, (True, True)),
        ({"value": True}, {"value": "true"}, (True, True)),
        ({"value": "encrypted_file"}, {"value": "once_a_month"}, ("encrypted_file", "once_a_month")),
        ({"value": False}, {"value": "once_a_season"}, (False, "once_a_season")),
    ],
)
def test_means_and_timing_are_words_alone_or_a_value_that_the_program_keeps(
    tmp_path: Path, means: dict[str, Any], timing: dict[str, Any], meant: tuple[object, object]
) -> None:
    said = right()
    elements(said).update({"means": {**means, "quote": "当社"}, "timing": {**timing, "quote": "当社"}})
    stated = read(tmp_path, said).policies[0].clauses[0].statements
    assert (stated[Element.MEANS].value, stated[Element.TIMING].value) == meant


def test_a_quotation_that_is_not_in_the_text_states_nothing(tmp_path: Path) -> None:
    said = right()
    elements(said)["prediction"] = {"value": True, "quote": "スコアを算出します"}
    service = read(tmp_path, said)
    assert set(service.policies[0].clauses[0].statements) == {Element.OPERATOR}
    (remark,) = told(service)
    for words in ("privacy", "1.0", "c1", "E09 prediction", "スコアを算出します"):
        assert words in remark


def test_texts_come_from_files_in_any_usual_encoding(tmp_path: Path) -> None:
    said = right()
    version(said).update(text_file="t.txt", text=None)
    for encoding, remarks in (("utf-8", 0), ("utf-8-sig", 0), ("cp932", 1)):
        (tmp_path / "t.txt").write_text(TEXT, encoding=encoding)
        service = read(tmp_path, said)
        assert service.policies[0].text == TEXT
        assert len(told(service)) == remarks


def test_a_date_alone_counts_from_when_it_is_certain(tmp_path: Path) -> None:
    data = right()
    data["seasons"][1].update(opens="2026-01-01", closes="2026-12-31")
    contract = data["clients"][0]["contract"]
    contract.update(starts="2026-01-02", ends="2027-01-01", use_agreement_signed_at="2026-01-03")
    contract.update(pre_use_check_at="2026-01-04", client_notice_published_at="2026-01-05")
    data["policies"][0]["versions"][0]["effective_from"] = "2025-01-01"
    data["screens"][0].update({"from": "2026-02-01", "to": "2026-03-01"})
    data["release"]["approvals"][0]["at"] = "2026-01-06"
    service = read(tmp_path, data)
    season, client = service.terms.seasons[SeasonId("2026")], service.terms.clients[ClientId("X")].contract
    [screen, *_], release = service.screens, service.terms.release
    assert release is not None
    begins = [
        season.opens_at, client.starts_at, client.use_agreement_signed_at, client.pre_use_check_at,
        client.client_notice_published_at, service.policies[0].effective_from, screen.shown_from,
        release.approvals[0].approved_at,
    ]  # fmt: skip
    days = [
        (2026, 1, 1),
        (2026, 1, 2),
        (2026, 1, 3),
        (2026, 1, 4),
        (2026, 1, 5),
        (2025, 1, 1),
        (2026, 2, 1),
        (2026, 1, 6),
    ]
    assert begins == [datetime(*day, 14, 59, 59, 999999, tzinfo=UTC) for day in days]
    ends = [season.closes_at, client.ends_at, screen.shown_to]
    assert ends == [datetime(*day, 15, tzinfo=UTC) for day in [(2026, 12, 30), (2026, 12, 31), (2026, 2, 28)]]
    [remark] = [remark for remark in told(service) if "a date alone" in remark]
    assert remark == (
        "service.yaml: a date alone counts from when it is certain: a beginning from the end of that day, an end from "
        "its start. Write the time to say more"
    )


def test_times_without_an_offset_are_told_once(tmp_path: Path) -> None:
    said = right()
    said["seasons"][0].update(opens="2025-01-01 00:00", closes="2025-12-31 00:00:00")
    service = read(tmp_path, said)
    assert service.terms.seasons["2025"].opens_at == datetime(2024, 12, 31, 15, tzinfo=UTC)  # type: ignore[index]
    assert told(service) == ["service.yaml: times without an offset were taken as Asia/Tokyo"]


@pytest.mark.parametrize("word", ["", "N/A", "スコアなし"])
def test_the_words_for_no_score(tmp_path: Path, word: str) -> None:
    said = right()
    contract(said)["no_score"] = word
    assert read(tmp_path, said).terms.clients["X"].contract.no_score == word  # type: ignore[index]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda said: said.pop("law"), "law: is missing"),
        (lambda said: said.update(law="JP-2099"), "law: unknown law profile “JP-2099”; known are JP-APPI-2017, JP-APPI-2022, JP-APPI-2026"),
        (lambda said: said.update(laws="x"), "laws: is not a key of the contract"),
        (lambda said: said.update(clients="x"), "clients: should be a list"),
        (lambda said: said.update(platform=["x"]), "platform: should be a mapping"),
        (lambda said: said["platform"].update(address=""), "platform.address: should be words"),
        (lambda said: said["release"]["approvals"][0].update(role="boss"), "release.approvals[0].role: “boss” is not among"),
        (lambda said: said["clients"].append(said["clients"][0]), "clients[1].id: “X” comes twice"),
        (lambda said: said["seasons"].append(said["seasons"][0]), "seasons[2].id: “2025” comes twice"),
        (lambda said: contract(said).update(scheme="C"), "clients[0].contract.scheme: “C” is not among “A”, “A2”, “B”"),
        (lambda said: contract(said).update(laws=["EU-GDPR", "EU-AI-ACT"]), "clients[0].contract.laws[1]: “EU-AI-ACT” is not among “EU-AIA”, “EU-GDPR”, “US-CO-SB26-189”, “US-CA-ADMT”, “US-NYC-LL144”"),
        (lambda said: contract(said).update(trains_on="1999"), "contract.trains_on: “1999” is not among the seasons: 2025, 2026"),
        (lambda said: contract(said).update(scores="1999"), "contract.scores: “1999” is not among the seasons"),
        (lambda said: contract(said).update(ends="2025-01-01T00:00:00Z"), "contract.ends: 2025-01-01T00:00:00+00:00 is not after"),
        (lambda said: contract(said).update(ends="soon"), "contract.ends: “soon” is not a moment"),
        (lambda said: contract(said).update(ends="2026-13-45"), "contract.ends: “2026-13-45” is not a moment"),
        (lambda said: contract(said).update(score_column="離脱確率"), "contract.score_column: “確率” is never said"),
        (lambda said: contract(said).update(score_column="score ％"), "contract.score_column: “%” is never said"),
        (lambda said: contract(said).update(score_column="Probability"), "contract.score_column: “probability” is never"),
        (lambda said: contract(said).update(score_column="内定辞退率"), "contract.score_column: “辞退率” is never said"),
        (lambda said: contract(said).update(price={"currency": "JPY"}), "contract.price: a price is either per_delivery or per_row"),
        (lambda said: contract(said).update(price={"per_row": 1, "per_delivery": 1}), "contract.price: a price is either per_delivery or per_row"),
        (lambda said: contract(said).update(price={"per_row": -1}), "contract.price.per_row: -1 is less than 0"),
        (lambda said: contract(said).update(legal_basis="contract"), "contract.legal_basis: “contract” is not among “consent”"),
        (lambda said: contract(said).update(legal_basis="statistics"), "contract.legal_basis: “statistics” is no basis for scores: the exception for statistics (Act 56"),
        (lambda said: contract(said).update(legal_basis="No effect on person"), "contract.legal_basis: “No effect on person” is no basis for scores: the exception for acts without"),
        (lambda said: contract(said).update(legal_basis="オプトアウト"), "contract.legal_basis: “オプトアウト” is no basis for scores: nobody's silence"),
        (lambda said: contract(said).update(legal_basis="joint-use"), "contract.legal_basis: “joint-use” is no basis for scores: a client is"),
        (lambda said: version(said).update(exception="statistics"), "policies[0].versions[0]: “statistics” is no basis for scores"),
        (lambda said: version(said)["clauses"][0].update(legal_basis="no_effect"), "clauses[0]: “no_effect” is no basis for scores"),
        (lambda said: elements(said).update(exception="統計作成等"), "clauses[0].elements: “統計作成等” is no basis for scores"),
        (lambda said: contract(said).update(no_score="対象外"), "contract.no_score: “対象外” is not among “”, “N/A”"),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "from": 0}, {"symbol": "b", "from": 0.5}]),
            "contract.categories: cut-offs go from the highest to the lowest",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "from": 1.5}]),
            "contract.categories[0].from: 1.5 is more than 1",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "from": -0.1}]),
            "contract.categories[0].from: -0.1 is less than 0",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a"}]),
            "contract.categories[0].from: is missing",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "from": 0.8, "top": 0.1}]),
            "contract.categories[0].from: a category has either from, a score, or top",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "top": 0}]),
            "contract.categories[0].top: 0 is not more than 0",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "a", "top": 0.3}, {"symbol": "b", "top": 0.1}]),
            "contract.categories: each share holds all categories above it",
        ),
        (
            lambda said: contract(said).update(categories=[{"symbol": "90%", "from": 0}]),
            "contract.categories[0].symbol: “%” is never said",
        ),
        (lambda said: version(said).pop("text"), "versions[0].text: a version has either text or text_file"),
        (lambda said: version(said).update(text_file="t.txt"), "versions[0].text_file: t.txt can't be read: No such file"),
        (lambda said: version(said).update(text_file="../t.txt"), "text_file: ../t.txt lies outside the folder"),
        (lambda said: version(said).update(text_file="."), "text_file: . can't be read: Is a directory"),
        (lambda said: version(said).update(text=" "), "versions[0].text: the text is empty"),
        (lambda said: version(said).update(consent_valid_days="long"), "consent_valid_days: “long” is not a whole number"),
        (lambda said: version(said)["clauses"][0].update(binds_to=["c9"]), "binds_to[0]: there is no clause “c9”"),
        (lambda said: elements(said).update(oparator={"quote": "当社"}), "elements.oparator: is not a key of the contract"),
        (lambda said: elements(said).update(operator="当社"), "elements.operator: should be a mapping"),
        (lambda said: elements(said).update(items={"value": "score", "quote": "当社"}), "items.value: should be a list"),
        (lambda said: elements(said).update(prediction={"value": "maybe", "quote": "当社"}), "“maybe” should be true or false"),
        (
            lambda said: elements(said).update(recipients={"named": ["X"], "open_class": "all", "quote": "当社"}),
            "elements.recipients: recipients are one of named, closed_class and open_class",
        ),
        (lambda said: elements(said).update(means={"value": "by pigeon", "quote": "当社"}), "means.value: “by pigeon” is not among “true”, “encrypted_file”"),
        (lambda said: elements(said).update(timing={"value": "hourly", "quote": "当社"}), "timing.value: “hourly” is not among “true”, “once_a_day”"),
        (lambda said: said["screens"][0].update(season="1999"), "screens[0].season: “1999” is not among the seasons"),
        (lambda said: said["screens"][0].update(policy="terms"), "screens[0].policy: “terms” is not among the policies"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_path(tmp_path: Path, spoil: Spoil, words: str) -> None:
    said = right()
    spoil(said)
    with pytest.raises(ServiceFileInvalid) as refused:
        read(tmp_path, said)
    (problem,) = str(refused.value).splitlines()[1:]
    assert words in problem
    assert refused.value.exit_status == 3


def test_everything_is_told_at_once_by_line_and_in_the_readers_language(tmp_path: Path) -> None:
    (tmp_path / "service.yaml").write_text(
        "law: JP-1900\n"
        "platform: {legal_name: a, address: b}\n"
        "seasons:\n"
        "  - id: 2026\n"
        "    opens: soon\n"
        "    closes: 2026-12-31\n"
        "    closes: 2026-12-30\n"
        "clients:\n"
        "  - id: X\n"
        "    contract: {scheme: Z, scores: 1999}\n",
        encoding="utf-8",
    )
    with pytest.raises(ServiceFileInvalid) as refused:
        read_service(tmp_path)
    found = [(problem.line, ".".join(map(str, problem.path))) for problem in refused.value.problems]
    assert found[:5] == [
        (1, "law"), (2, "platform.representative"), (5, "seasons.0.opens"), (7, ""), (9, "clients.0.legal_name"),
    ]  # fmt: skip
    assert (10, "clients.0.contract.scores") in found
    assert (10, "clients.0.contract.scheme") in found
    translated = refused.value.told(lambda message: {"is missing": "がありません"}.get(message, message))
    assert "platform.representative: がありません" in translated


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "should be a mapping"),
        (b"- a\n- b\n", "should be a mapping"),
        (b"a: 1\n\tb: 2\n", "line 2, column 1: a tab"),
        (b"a: [1, 2\nb: 3\n", "line 2, column 2: this is not YAML"),
        (b"a: *nobody\n", "line 1, column 4: this is not YAML"),
        (b"a: \x01\n", "can't be read as YAML"),
        (b"PK\x03\x04....", "Excel"),
        ("law: 日本".encode("utf-16"), "UTF-16"),
        (b"law: \xff\xff\n", "byte 5 can't be read"),
        (b"a: !!python/object:os.system x\n", "this is not YAML"),
        (b"[" * 5000, "can't be read as YAML"),
    ],
)
def test_what_is_no_service_file_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "service.yaml").write_bytes(content)
    with pytest.raises(ServiceInvalid) as refused:
        read_service(tmp_path)
    assert words in str(refused.value)


def test_a_service_file_in_cp932_is_read_and_told(tmp_path: Path) -> None:
    text = yaml.safe_dump(right(), allow_unicode=True, sort_keys=False)
    (tmp_path / "service.yaml").write_bytes(text.encode("cp932"))
    service = read_service(tmp_path)
    assert service.policies[0].text == TEXT
    assert "CP932" in told(service)[0]


def test_anchors_and_merge_keys_hold(tmp_path: Path) -> None:
    said = right()
    (tmp_path / "service.yaml").write_text(
        yaml.safe_dump(said, allow_unicode=True, sort_keys=False)
        .replace("- id: X\n", "- &x\n  id: X\n")
        .replace("policies:\n", "- <<: *x\n  id: Y\npolicies:\n"),
        encoding="utf-8",
    )
    assert list(read_service(tmp_path).terms.clients) == ["X", "Y"]


def test_no_service_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FolderUnreadable, match=r"there is no service\.yaml"):
        read_service(tmp_path)


@pytest.mark.parametrize("name", ["service.yml", "Service.YAML", "service.yaml.txt", "servise.yaml"])
def test_a_service_file_under_a_name_like_it_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("law: x", encoding="utf-8")
    with pytest.raises(FolderUnreadable, match=f"did you mean {name}"):
        read_service(tmp_path)


@pytest.mark.parametrize("name", ["../../x", "a/b", ".", "..", ".hidden", "a\nb", "a\\b"])
def test_a_client_id_never_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    spoilt = right()
    spoilt["clients"][0]["id"] = name
    with pytest.raises(ServiceFileInvalid, match=r"names a folder too|is empty"):
        read_service(folder_with(tmp_path, spoilt))


def test_an_entry_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    spoilt = right()
    spoilt["seasons"].insert(0, "x")
    with pytest.raises(ServiceFileInvalid, match="should be a mapping"):
        read_service(folder_with(tmp_path, spoilt))


MONSTROUS = {
    "deep lists": "[" * 100_000, "deep mappings": "{a: " * 50_000, "deep items": "- " * 100_000,
    "many keys": "".join(f"k{number}: 1\n" for number in range(200_000)), "one key many times": "? a\n" * 100_000,
    "many names": "{" + "a," * 300_000, "deep behind a fault": "%FOO\n---\n" + "[" * 100_000,
    "many merges": "a: &a {b: 1}\nc:\n" + "  <<: *a\n" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("name", MONSTROUS)
def test_a_document_that_nobody_writes_by_hand_is_refused_at_once(name: str) -> None:
    with pytest.raises(ServiceInvalid, match=r"nested more than 50|more than 100000 values|two merge keys"):
        read_yaml(MONSTROUS[name], "service.yaml")


def test_aliases_that_stand_for_billions_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (tmp_path / "service.yaml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ServiceInvalid, match="aliases"):
        read_service(tmp_path)


def folder_with(folder: Path, service: dict[str, Any]) -> Path:
    (folder / "service.yaml").write_text(yaml.safe_dump(service, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_decision_lock_needs_the_stages_that_decisions_may_name(tmp_path: Path) -> None:
    said = right()
    contract = said["clients"][0]["contract"]
    contract["decision_lock"] = True
    with pytest.raises(ServiceFileInvalid, match=r"clients\[0\]\.contract\.stages: a decision_lock needs the stages"):
        read(tmp_path, said)
    contract["stages"] = [" 書類選考 ", "最終面接"]
    assert read(tmp_path, said).terms.clients["X"].contract.stages == ("書類選考", "最終面接")  # type: ignore[index]
    contract["stages"] = ["書類選考", "書類選考 "]
    with pytest.raises(ServiceFileInvalid, match="each stage is listed once"):
        read(tmp_path, said)


def test_a_contract_may_name_what_its_scores_foresee_and_the_stages_of_offers(tmp_path: Path) -> None:
    said = right()
    assert read(tmp_path, said).terms.clients["X"].contract.target is ScoreTarget.BOTH  # type: ignore[index]
    contract(said).update(target="offer_decline", stages=["面接", "内定"], offer_stages=[" 内定"])
    agreed = read(tmp_path, said).terms.clients["X"].contract  # type: ignore[index]
    assert (agreed.target, agreed.offer_stages) == (ScoreTarget.OFFER_DECLINE, ("内定",))
    acts = [agreed.next_act(stage) for stage in ("面接", "内定", "書類選考", None)]
    assert acts == [ScoreTarget.SELECTION_WITHDRAWAL, ScoreTarget.OFFER_DECLINE, None, None]


@pytest.mark.parametrize("target", ["decline", "BOTH", "", None, ["both"]])
def test_an_unreadable_target_is_refused_with_those_there_are(tmp_path: Path, target: object) -> None:
    said = right()
    contract(said).update(target=target)
    with pytest.raises(ServiceFileInvalid, match="“both”, “selection_withdrawal”, “offer_decline”"):
        read(tmp_path, said)


def test_a_stage_of_offers_is_among_the_stages(tmp_path: Path) -> None:
    said = right()
    contract(said).update(stages=["面接"], offer_stages=["内定"])
    with pytest.raises(ServiceFileInvalid, match=r"offer_stages\[?0?\]?: “内定” is not among the contract's stages"):
        read(tmp_path, said)


def test_every_field_of_a_contract_is_a_field_of_the_files_model(tmp_path: Path) -> None:
    assert {field.name for field in fields(Contract)} <= set(ContractPart.model_fields)
    contract = read(tmp_path, right()).terms.clients[ClientId("X")].contract
    assert all(type(getattr(contract, field.name)) is not list for field in fields(Contract))


@pytest.mark.parametrize("number", [None, "51-募-000001"])
def test_the_number_of_the_notification_is_read_where_it_is_written(tmp_path: Path, number: str | None) -> None:
    said = right()
    if number is not None:
        said["platform"]["notification_number"] = number
    assert read(tmp_path, said).terms.platform.notification_number == number


def test_companies_of_the_group_are_read_each_once(tmp_path: Path) -> None:
    said = right()
    assert read(tmp_path, said).terms.platform.group == ()
    parent, sister = ({"legal_name": name, "role": role} for name, role in (("H", "parent"), ("S", "affiliate")))
    said["platform"]["group"] = [parent, sister]
    companies = read(tmp_path, said).terms.platform.group
    assert companies == (GroupCompany("H", GroupRole.PARENT), GroupCompany("S", GroupRole.AFFILIATE))
    own = {"legal_name": said["platform"]["legal_name"], "role": "parent"}
    for wrong in ([parent, parent], [own], [{"legal_name": "H", "role": "uncle"}], [{"legal_name": "H"}]):
        said["platform"]["group"] = wrong
        with pytest.raises(ServiceInvalid):
            read(tmp_path, said)
