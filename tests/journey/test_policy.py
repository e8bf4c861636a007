"""`kanmon policy`: a text is examined before it is published, and two versions are compared."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from kanmon_stories.season import write_season
from tests.journey.command import Road, kanmon

GOLDEN = Path(__file__).parents[1] / "golden"
CORE_OF_2022 = {"E04", "E08", "E09", "E10", "E11", "E12", "E13", "E14", "E18", "E19", "E21"}
NAMED = ["AOBA", "KITAHAMA", "MINATO", "SAKURA", "TSUBAKI"]


class Draft:
    """A `service.yaml` that was never loaded, to be changed."""

    def __init__(self, folder: Path, service: dict[str, Any]) -> None:
        self.folder = folder
        self.service = service

    @property
    def newest(self) -> dict[str, Any]:
        """The newest policy version."""
        version = self.service["policies"][0]["versions"][-1]
        assert isinstance(version, dict)
        return version

    def written(self) -> Path:
        path = self.folder / "service.yaml"
        path.write_text(yaml.safe_dump(self.service, allow_unicode=True), encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def board(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A board at a moment that never changes, so that what is said of it can be kept."""
    folder = tmp_path_factory.mktemp("board")
    write_season(folder, 7, scale=0.01, now=datetime(2026, 11, 1, tzinfo=UTC))
    return folder


@pytest.fixture
def draft(board: Path, tmp_path: Path) -> Draft:
    """The board's terms, only the clients that its text names, and each text in the file itself."""
    service = yaml.safe_load((board / "service.yaml").read_text(encoding="utf-8"))
    service["clients"] = [client for client in service["clients"] if client["id"] in NAMED]
    for version in service["policies"][0]["versions"]:
        version["text"] = (board / version.pop("text_file")).read_text(encoding="utf-8")
    return Draft(tmp_path, service)


@pytest.fixture(params=["en", "ja"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The language that the reader asks for."""
    monkeypatch.setenv("KANMON_LANG", request.param)
    return str(request.param)


def test_a_text_is_judged_as_a_lawyer_would_read_it(board: Path, language: str) -> None:
    """To renew what is kept, look at what the command says now, and put it there."""
    checked = kanmon("policy", "check", board)
    assert (checked.status, checked.err) == (4, "")
    assert checked.out == (GOLDEN / f"policy-check.{language}.txt").read_text(encoding="utf-8")


def test_versions_are_compared_as_a_lawyer_would_read_it(board: Path, language: str) -> None:
    compared = kanmon("policy", "diff", "1.0", "2.0", "--file", board)
    assert (compared.status, compared.err) == (0, "")
    assert compared.out == (GOLDEN / f"policy-diff.{language}.txt").read_text(encoding="utf-8")


def test_a_text_that_names_every_client_may_be_published(draft: Draft) -> None:
    checked = kanmon("policy", "check", draft.written(), "--version", "2.0")
    assert checked.status == 0
    assert "This text may be published under JP-APPI-2022." in checked.out
    found = kanmon("policy", "check", draft.folder, "--version", "2.0", "--json")
    assert (found.status, found.json["publishable"], found.json["law"]) == (0, True, "JP-APPI-2022")
    (version,) = found.json["versions"]
    assert version["obstacles"] == []
    assert {(one["law"], one["use"], one["client_id"], one["verdict"]) for one in version["verdicts"]} == {
        (law, use, client, "COVERED")
        for law in ("JP-APPI-2022", "JP-APPI-2017")
        for use, client in [*(("provide", name) for name in NAMED), ("train", None)]
    }


def test_a_refusal_names_rule_element_and_client(board: Path) -> None:
    refused = kanmon("policy", "check", board, "--json")
    assert (refused.status, refused.json["publishable"]) == (4, False)
    stale, in_english, covering = refused.json["versions"]
    assert (stale["version_id"], stale["publishable"]) == ("1.0", False)
    by_client = [one for one in stale["obstacles"] if one["client_id"] == "AOBA"]
    assert [one["rule"] for one in by_client] == ["POLICY_NOT_COVERED", "POLICY_UNCLEAR"]
    assert set(by_client[0]["elements"]) == CORE_OF_2022
    assert covering["obstacles"] == in_english["obstacles"]
    assert covering["obstacles"] == [
        {
            "rule": "POLICY_NOT_COVERED", "use": "provide", "client_id": "HOSHINO", "elements": ["E12"],
            "clauses": [], "quote": None,
        }
    ]  # fmt: skip
    assert kanmon("policy", "check", board, "--version", "2.0", "--client", "AOBA").status == 0


def test_the_law_asked_for_decides(draft: Draft) -> None:
    del draft.newest["clauses"][0]["elements"]["withdrawal"]
    path = draft.written()
    now = kanmon("policy", "check", path, "--version", "2.0")
    then = kanmon("policy", "check", path, "--version", "2.0", "--law", "JP-APPI-2017")
    assert (now.status, then.status) == (4, 0)
    assert "POLICY_NOT_COVERED" in now.out
    assert "JP-APPI-2017" in now.out
    assert "JP-APPI-2022" not in then.out


def test_words_not_in_the_text_are_told_and_state_nothing(draft: Draft) -> None:
    draft.newest["clauses"][0]["elements"]["withdrawal"]["quote"] = "郵送で撤回できます"
    refused = kanmon("policy", "check", draft.written(), "--version", "2.0", "--json")
    assert refused.status == 4
    assert "郵送で撤回できます" in "".join(refused.json["remarks"])
    assert {element for one in refused.json["versions"][0]["obstacles"] for element in one["elements"]} == {"E18"}


def test_placeholders_and_contradictions_are_quoted(draft: Draft) -> None:
    version = draft.newest
    version["text"] += "\n提供先での保存は最長○か月です。\n選考の参考にも使います。"
    elements = version["clauses"][0]["elements"]
    elements["retention"]["quote"] = "提供先での保存は最長○か月です"
    version["clauses"].append(
        {"id": "c2", "elements": {"purpose": {"value": "selection", "quote": "選考の参考にも使います"}}}
    )
    refused = kanmon("policy", "check", draft.written(), "--version", "2.0")
    assert refused.status == 4
    assert "POLICY_PLACEHOLDER" in refused.out
    assert "最長○か月" in refused.out
    assert "clause c2 permits “selection”, clause c1 forbids it" in refused.out
    found = kanmon("policy", "check", draft.folder, "--version", "2.0", "--json").json["versions"][0]["obstacles"]
    assert [(one["rule"], one["elements"], one["clauses"]) for one in found[-2:]] == [
        ("POLICY_CONTRADICTION", ["E13", "E14"], ["c2", "c1"]),
        ("POLICY_PLACEHOLDER", ["E17"], ["c1"]),
    ]


def test_clauses_that_refer_to_each_other_are_read_together(draft: Draft) -> None:
    (clause,) = draft.newest["clauses"]
    elements = clause["elements"]
    moved = {name: elements.pop(name) for name in ("recipients", "purpose")}
    clause["binds_to"] = ["c2"]
    draft.newest["clauses"].append({"id": "c2", "elements": moved})
    checked = kanmon("policy", "check", draft.written(), "--version", "2.0")
    assert checked.status == 0
    assert "Clauses c1+c2, read together because one refers to the others\n  lacks nothing" in checked.out


def test_a_revision_that_names_one_client_more_is_wider(draft: Draft) -> None:
    versions = draft.service["policies"][0]["versions"]
    again = yaml.safe_load(yaml.safe_dump(versions[-1]))
    again["id"] = "3.0"
    recipients = again["clauses"][0]["elements"]["recipients"]
    recipients["named"].append("HOSHINO")
    versions.append(again)
    path = draft.written()
    (found,) = kanmon("policy", "diff", "2.0", "3.0", "--file", path, "--json").json["diffs"]
    assert (found["old"], found["new"], found["relation"], found["rewordings"]) == ("2.0", "3.0", "wider", [])
    (clause,) = found["clauses"]
    assert (clause["clause_id"], clause["change"], clause["relation"]) == ("c1", "kept", "wider")
    assert [(one["element"], one["relation"]) for one in clause["elements"] if one["is_changed"]] == [("E12", "wider")]
    assert kanmon("policy", "diff", "3.0", "2.0", "--file", path, "--json").json["diffs"][0]["relation"] == "narrower"
    said = kanmon("policy", "diff", "2.0", "3.0", "--file", path).out
    assert "HOSHINO" in said
    assert "are asked again" in said


def test_the_workspace_holds_what_was_loaded(loaded: Road, season: Path) -> None:
    in_workspace = loaded("policy", "check", "--json")
    assert in_workspace.status == 4
    in_folder = kanmon("policy", "check", season, "--json").json["versions"]
    assert sorted(in_workspace.json["versions"], key=str) == sorted(in_folder, key=str)
    compared = loaded("policy", "diff", "1.0", "2.0", "--json")
    assert compared.json == kanmon("policy", "diff", "1.0", "2.0", "--file", season, "--json").json


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--version", "9"],
        ["check", "--policy", "nothing"],
        ["check", "--law", "EU-GDPR"],
        ["check", "--client", "NOBODY"],
        ["check", "--high"],
    ],
)
def test_wrong_usage_of_check_is_2(board: Path, arguments: list[str]) -> None:
    refused = kanmon("policy", *arguments, board)
    assert (refused.status, refused.out) == (2, "")
    assert refused.err


@pytest.mark.parametrize("versions", [["1.0", "9"], ["1.0"]])
def test_wrong_usage_of_diff_is_2(board: Path, versions: list[str]) -> None:
    refused = kanmon("policy", "diff", *versions, "--file", board)
    assert (refused.status, refused.out) == (2, "")


def test_versions_without_a_common_language_are_not_compared(draft: Draft) -> None:
    draft.newest["language"] = "en"
    refused = kanmon("policy", "diff", "1.0", "2.0", "--file", draft.written())
    assert (refused.status, refused.out) == (2, "")
    assert "share no language" in refused.err


def test_of_several_policies_one_is_to_be_named(draft: Draft) -> None:
    (policy,) = draft.service["policies"]
    draft.service["policies"].append({**policy, "id": "terms"})
    path = draft.written()
    refused = kanmon("policy", "diff", "1.0", "2.0", "--file", path)
    assert (refused.status, refused.out) == (2, "")
    assert "privacy, terms" in refused.err
    assert kanmon("policy", "diff", "1.0", "2.0", "--file", path, "--policy", "terms").status == 0


@pytest.mark.parametrize("name", ["nowhere", "members.parquet"])
def test_what_is_no_service_file_is_told(board: Path, name: str) -> None:
    refused = kanmon("policy", "check", board / name)
    assert (refused.status, refused.out) == (2, "")
    assert "[FOLDER_UNREADABLE]" in refused.err
