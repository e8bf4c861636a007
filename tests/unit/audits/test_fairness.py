"""The measures of Local Law 144 with the requirements' test vector (3.4), and features that stand in for groups."""

import numpy as np
import pytest

from kanmon.audits.fairness.service import Fairness, ScoredRow, auc_of, examine, proxies, read_groups
from kanmon.core.canonical import IdRefused
from kanmon.core.clock import SystemClock
from kanmon.core.errors import FolderUnreadable
from kanmon.core.ids import ApplicantId, ClientId

C1 = ClientId("C1")


def examined(scores: dict[str, float], file: str) -> Fairness:
    scored = [ScoredRow(ApplicantId(name), score, {}) for name, score in scores.items()]
    return examine(C1, scored, read_groups(file.encode(), "groups.csv"))


VECTOR = dict(zip("abcdefgh", (0.9, 0.8, 0.4, 0.2, 0.7, 0.3, 0.1, 0.1), strict=True))
FILE = "applicant_id,sex\n" + "".join(f"{name},{'A' if name < 'e' else 'B'}\n" for name in "abcdefgh")


def test_the_vector_of_the_requirements() -> None:
    [table] = examined(VECTOR, FILE).tables
    assert [(one.name, one.people, one.rate) for one in table.categories] == [(("A",), 4, 0.75), (("B",), 4, 0.25)]
    assert [one.impact_ratio for one in table.categories] == [1, pytest.approx(0.333, abs=0.001)]


def test_a_tie_at_the_median_is_not_above_and_no_ratio_comes_of_nothing() -> None:
    [table] = examined(dict.fromkeys("abcdefgh", 0.5), FILE).tables
    assert [(one.rate, one.impact_ratio) for one in table.categories] == [(0, None), (0, None)]
    [table] = examined({**VECTOR, "c": 0.3, "f": 0.3}, FILE).tables  # the median is 0.3
    assert [one.rate for one in table.categories] == [0.5, 0.25]


def test_intersections_unknown_small_and_who_was_followed_up() -> None:
    scores = {f"p{number}": number / 100 for number in range(100)}
    lines = [f"p{n},{'X' if n == 0 else 'A' if n % 2 else 'B'},{'' if n < 10 else 'J'},{n % 4 == 0}" for n in range(99)]
    found = examined(scores, "applicant_id,sex,nation,followed_up\n" + "\n".join(lines))
    assert (found.scored, found.in_file) == (100, 99)
    tables = {(table.measure, table.attributes): table for table in found.tables}
    assert len(tables) == 6
    by_sex = tables["score_above_median", ("sex",)]
    assert (by_sex.unknown, sum(one.people for one in by_sex.categories)) == (1, 99)
    assert [one.name for one in by_sex.categories if one.is_small] == [("X",)]
    both = tables["score_above_median", ("sex", "nation")]
    assert {one.name for one in both.categories} == {("A", "J"), ("B", "J")}
    assert both.unknown == 11
    followed = {one.name: one.rate for one in tables["followed_up", ("sex",)].categories}
    assert followed["A",] == 0
    assert followed["B",] == pytest.approx(24 / 49)


def test_auc_is_the_chance_of_the_higher_value() -> None:
    random = np.random.default_rng(3)
    values, is_in = random.integers(0, 9, 80).astype(float), random.random(80) < 0.4
    pairs = [(a > b) + (a == b) / 2 for a in values[is_in] for b in values[~is_in]]
    assert auc_of(list(values), list(is_in)) == pytest.approx(np.mean(pairs))


def test_a_feature_that_stands_in_for_a_group_is_named_and_a_harmless_one_is_not() -> None:
    random = np.random.default_rng(5)
    is_in = np.arange(200) % 2 == 0
    telling, harmless = random.normal(0, 0.7, 200) - is_in, random.normal(0, 1, 200)
    scored = [
        ScoredRow(ApplicantId(f"p{n}"), 0.5, {"commuting": float(telling[n]), "visits": float(harmless[n])})
        for n in range(200)
    ]
    file = "applicant_id,sex\n" + "".join(f"p{n},{'F' if is_in[n] else 'M'}\n" for n in range(200))
    found = proxies(scored, read_groups(file.encode(), "f"))
    assert [(one.feature, one.category) for one in found] == [("commuting", "F"), ("commuting", "M")]
    assert min(one.auc for one in found) > 0.75
    assert proxies(scored[:30], read_groups(file.encode(), "f")) == []  # too few to say


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "UTF-8"), (b"sex\nA\n", "applicant_id"), (b"applicant_id\np1\n", "attribute"),
        (b"applicant_id,sex\np1,A\np1,B\n", "line 3"), (b"applicant_id,sex\n,A\n", "line 2"),
        (b"applicant_id,sex\np1,A,B\n", "line 2"), (b"applicant_id,sex,followed_up\np1,A,perhaps\n", "perhaps"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_told_by_line(content: bytes, said: str) -> None:
    with pytest.raises(FolderUnreadable, match=said):
        read_groups(content, "groups.csv")


def test_the_ledger_holds_the_answer_by_hash_and_no_category_of_anybody() -> None:
    payload = examined(VECTOR, FILE).entry(SystemClock()).payload
    assert payload["scored"] == 8
    assert "sex" not in str(payload)


def test_ids_of_groups_are_read_by_the_rule_for_ids() -> None:
    groups = read_groups("applicant_id,sex\nＡ\u200b１,f\n".encode(), "groups.csv")
    assert list(groups.categories) == ["A1"]
    with pytest.raises(IdRefused, match=r"groups.csv, 3: “#N/A” is an error or a formula"):
        read_groups(b"applicant_id,sex\na,f\n#N/A,m\n", "groups.csv")
