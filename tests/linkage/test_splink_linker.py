"""The real linker on generated people: right where it links, the same each time, and shy where two are alike."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from kanmon.core.ids import ClientId, RunId, SeasonId
from kanmon.engines.splink_linker import SplinkLinkers
from kanmon.linkage.blocking import BLOCKS
from kanmon.linkage.files import LinkReportFolder
from kanmon.linkage.link import LinkDecision, Thresholds
from kanmon.linkage.personal import PERSONAL, NameAgreement
from kanmon.linkage.service import ApplicantList, Linking, MemberList, link
from kanmon_stories.namesakes import Population, invent_population

SEASON = SeasonId("2020")
CLIENT = ClientId("C1")
TARO = {
    "family_name": "齋藤",
    "given_name": "翔太",
    "family_kana": "サイトウ",
    "given_kana": "ショウタ",
    "birth_date": "1998-04-02",
    "email": "taro1998@example.jp",
    "university": "青葉大学",
}


def linked(people: Population) -> Linking:
    with SplinkLinkers().over(MemberList(SEASON, people.members)) as linker:
        return link(linker, ApplicantList(CLIENT, SEASON, people.applicants), Thresholds())


@pytest.fixture(scope="module")
def people() -> Population:
    return invent_population(2_000, 300, 3, corrupted=0.02)


@pytest.fixture(scope="module")
def found(people: Population) -> Linking:
    return linked(people)


def test_every_link_is_right_and_few_are_missing(people: Population, found: Linking) -> None:
    links = [one for one in found.links if one.member_no is not None]
    assert all(people.truth[one.applicant_no - 1] == one.member_no for one in links)
    assert len(links) >= 0.95 * (people.truth > 0).sum()
    waiting = sum(one.decision is LinkDecision.REVIEW for one in found.links)
    assert len(links) + waiting >= 0.98 * (people.truth > 0).sum()


def test_the_same_lists_are_linked_the_same(people: Population, found: Linking) -> None:
    again = linked(people)
    assert again.links == found.links
    assert again.compared == found.compared


def test_one_list_after_another_is_linked_as_if_alone(people: Population, found: Linking) -> None:
    half = people.applicants.slice(0, 150)
    with SplinkLinkers().over(MemberList(SEASON, people.members)) as linker:
        other = half.set_column(0, "client_id", pa.array(["C2"] * len(half)))
        link(linker, ApplicantList(ClientId("C2"), SEASON, other), Thresholds())
        after = link(linker, ApplicantList(CLIENT, SEASON, people.applicants), Thresholds())
        nobody = linker.compare(ApplicantList(CLIENT, SEASON, people.applicants.slice(0, 0)))
    assert after.links == found.links
    assert nobody.pairs == []


def compared(members: list[Mapping[str, str | None]], applicants: list[Mapping[str, str | None]]) -> Linking:
    def rows(people: list[Mapping[str, str | None]], number: str) -> pa.Table:
        columns = {name: pa.array([one[name] for one in people], pa.string()) for name in PERSONAL}
        return pa.table({number: pa.array(range(1, len(people) + 1), pa.int32()), **columns})

    listed = rows(applicants, "applicant_no").append_column("client_id", pa.array([CLIENT] * len(applicants)))
    with SplinkLinkers().over(MemberList(SEASON, rows(members, "member_no"))) as linker:
        return link(linker, ApplicantList(CLIENT, SEASON, listed), Thresholds())


@pytest.mark.parametrize(
    "change",
    [
        {"family_name": "斉藤"},
        {"email": None, "university": None},
        {"family_kana": "ｻｲﾄｳ", "given_kana": "シヨウタ"},
        {"family_kana": None, "given_kana": None},
        {"birth_date": "平成10年4月2日"},
        {"birth_date": None},
        {"email": "another@example.com"},
        {"family_name": "佐藤", "family_kana": "サトウ"},
        {"family_name": "齋藤 翔太", "given_name": None},
        {"family_name": "翔太", "given_name": "齋藤", "family_kana": "ショウタ", "given_kana": "サイトウ"},
        {"given_name": "しょうた", "given_kana": None},
        {"given_name": "Shota", "given_kana": None},
        {"family_name": "サイトウ", "family_kana": None},
        {"family_name": "西東（旧姓：斎藤）", "family_kana": "サイトウ"},
        {"family_name": "〓藤", "family_kana": None},
    ],
    ids=str,
)
def test_one_person_told_differently_is_linked(change: Mapping[str, str | None]) -> None:
    [one] = compared([TARO], [{**TARO, **change}]).links
    assert (one.decision, one.member_no) == (LinkDecision.LINKED, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"given_name": "健太", "given_kana": "ケンタ"},  # a twin who shares the address
        {"given_name": "健太", "given_kana": "ケンタ", "email": None},
        {"given_name": "翔馬", "given_kana": "ショウマ"},
        {"given_name": "翔馬", "given_kana": None},
        {"given_name": "将太"},  # a slip of the keyboard, or the twin: a person looks
        {"given_name": "翔"},
        {"given_name": "ショウマ", "given_kana": None},
        {"birth_date": "1996-11-30", "email": None, "university": "北都大学"},
        dict.fromkeys(PERSONAL, None) | {"email": "x@example.jp"},
        dict.fromkeys(PERSONAL, None) | {"university": "青葉大学", "birth_date": "1998-04-02"},
    ],
    ids=str,
)
def test_another_person_is_not_linked(change: Mapping[str, str | None]) -> None:
    [one] = compared([TARO], [{**TARO, **change}]).links
    assert one.decision is not LinkDecision.LINKED


def test_two_members_alike_wait_for_a_person() -> None:
    mail = {"email": "new@example.jp"}
    [one] = compared([TARO, TARO | {"email": "taro2@example.jp"}], [TARO | mail]).links
    assert one.decision is LinkDecision.REVIEW
    assert {candidate.member_no for candidate in one.candidates} == {1, 2}


DEFAULT = {"birth_date": "2000-01-01", "email": "none@none.example"}
CROWD: list[Mapping[str, str | None]] = [
    TARO | DEFAULT | {"given_name": given, "given_kana": None, "family_kana": None, "university": "北都大学"}
    for given in "一二三四五六七八九十百千万億兆京垓秭穣溝澗正載極恒河沙阿僧"
]


@pytest.mark.parametrize("university", ["青葉大学", None])
def test_what_a_form_has_by_default_ties_nobody(university: str | None) -> None:
    [one] = compared([*CROWD, TARO | DEFAULT], [TARO | DEFAULT | {"university": university}]).links
    assert one.decision is not LinkDecision.LINKED


def test_an_address_that_a_whole_list_uses_says_nothing() -> None:
    office = {"email": "career@aoba.example", "birth_date": None}
    listed = [TARO | office | {"given_name": given, "given_kana": None} for given in "一二三四五六"]
    found = compared([TARO | office], [TARO | office, *listed])
    assert [one.decision is LinkDecision.LINKED for one in found.links] == [False] * len(found.links)


def test_what_the_linker_does_not_tie_a_person_sees() -> None:
    [one] = compared([TARO], [TARO | {"given_name": "将太"}]).links
    assert [(pair.member_no, pair.given_names) for pair in one.candidates] == [(1, NameAgreement.DIFFERENT)]


def test_nobody_is_linked_to_an_empty_board() -> None:
    [one] = compared([], [TARO]).links
    assert one.decision is LinkDecision.UNLINKED


def test_the_report_tells_no_names(found: Linking, people: Population, tmp_path: Path) -> None:
    folder = Path(LinkReportFolder(tmp_path).write(found, RunId("r"))) / SEASON
    assert folder == tmp_path / "C1" / "r" / "2020"
    assert {path.name for path in folder.iterdir()} == {"links.ja.md", "links.en.md", "links.json", "weights.svg"}
    page = (folder / "links.en.md").read_text(encoding="utf-8")
    assert f"| e-mail | {found.compared.blocked['email']:,} |" in page
    assert list(found.compared.blocked) == list(BLOCKS)
    told = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert not [name for name in people.applicants["email"].to_pylist() if name and name in told]
