"""Which partner sites words name: the width of letters and a host's case say nothing, everything else does."""

import pytest

from kanmon.consent.policy import Statement
from kanmon.consent.sites import named_sites, sites_in


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("Jobs.Example", "jobs.example"),
        ("ｊｏｂｓ．ｅｘａｍｐｌｅ", "jobs.example"),
        (" jobs.example\u3000", "jobs.example"),
        ("ｲﾝﾀｰﾝ広場", "インターン広場"),
        ("ﾒｶﾞ図鑑", "メガ図鑑"),
        ("Ｊｏｂｓ図鑑", "Jobs図鑑"),
    ],
)
def test_one_site_however_wide_it_is_written(written: str, named: str) -> None:
    assert sites_in([written], [named]) == (written,)
    assert sites_in([named], [written]) == (named,)


@pytest.mark.parametrize(
    "other",
    [
        "sub.jobs.example", "example", "jobs.example.evil.example", "jobs-example", "jobs.example.", "jobs.example:443",
        "https://jobs.example", "jobs.example/", "jobs .example", "j\u043ebs.example", "jobs.examp\u217ce",
        "job\u017f.example", "jobs.\uff45xamp1e", "jobs.example\u200b", "xn--jobs.example", "",
    ],
)  # fmt: skip
def test_a_look_alike_a_host_below_and_a_longer_name_are_other_sites(other: str) -> None:
    assert sites_in([other], ["jobs.example"]) == ()


def test_the_case_of_a_name_that_is_no_host_counts() -> None:
    assert sites_in(["JOBS図鑑"], ["Jobs図鑑"]) == ()


@pytest.mark.parametrize("value", [None, True, "jobs.example", frozenset(), frozenset({" ", "\u3000"})])
def test_a_clause_that_lists_no_site_names_none(value: object) -> None:
    assert named_sites(None) == ()
    assert named_sites(Statement("…", value)) == ()  # type: ignore[arg-type]


def test_sites_are_named_as_they_are_written() -> None:
    assert named_sites(Statement("…", frozenset({"ｂ.example", "A.example"}))) == ("A.example", "ｂ.example")
