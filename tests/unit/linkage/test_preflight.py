"""What a column is, judged from what was found in it."""

from typing import Any

import pytest

from kanmon.clients.contract import Scheme
from kanmon.linkage.preflight.model import (
    ClassificationReason,
    ColumnClass,
    ColumnFacts,
    Preflight,
    RecoveredAttribute,
    Recovery,
    judged,
    masked,
)

C, B = ColumnClass, ClassificationReason


def facts(name: str = "x", cells: int = 100, values: int = 100, **more: Any) -> ColumnFacts:
    return ColumnFacts(name, cells, values, **more)


def found(known: RecoveredAttribute, cells: int, digest: str | None = None) -> dict[str, Any]:
    return {"recoveries": (Recovery(known, digest, "", cells, cells, ()),), "recovered": {known: cells}}


@pytest.mark.parametrize(
    ("column", "expected", "because"),
    [
        (facts(**found(RecoveredAttribute.NAME, 60)), C.PERSONAL, B.RECOVERED),
        (facts(**found(RecoveredAttribute.EMAIL, 1)), C.PERSONAL, B.RECOVERED),
        (facts(**found(RecoveredAttribute.NAME, 1, "sha256")), C.HASHED_PERSONAL, B.DIGESTS_RECOVERED),
        (facts(**found(RecoveredAttribute.MEMBER_ID, 1, "md5")), C.HASHED_PERSONAL, B.DIGESTS_RECOVERED),
        (facts(emails=60), C.PERSONAL, B.SHAPE),
        (facts(phones=60), C.PERSONAL, B.SHAPE),
        (facts("氏名"), C.PERSONAL, B.HEADER),
        (facts("Family-Name"), C.PERSONAL, B.HEADER),
        (facts("email", digests=100), C.HASHED_PERSONAL, B.HEADER),
        (facts("email_sha256", digests=100), C.HASHED_PERSONAL, B.HEADER),
        (facts("key", digests=100), C.PERSON_RELATED, B.DIGESTS_NOT_RECOVERED),
        (facts(**found(RecoveredAttribute.COOKIE_ID, 1)), C.PERSON_RELATED, B.KNOWN_BROWSER),
        (facts(**found(RecoveredAttribute.COOKIE_ID, 1, "sha1")), C.PERSON_RELATED, B.KNOWN_BROWSER),
        (facts("applicant_id"), C.PERSON_RELATED, B.HEADER),
        (facts("k", ids=100), C.PERSON_RELATED, B.ID_IN_EACH_ROW),
        (facts("k", values=10, ids=100), C.OTHER, B.NOTHING_FOUND),
        (facts("stage"), C.OTHER, B.NOTHING_FOUND),
        (facts("氏名", cells=0, values=0), C.OTHER, B.NOTHING_FOUND),
        (facts("mail_share"), C.OTHER, B.NOTHING_FOUND),
        # words that are names as well, as prefectures are; names put together that are another word
        (facts("prefecture", values=47, **found(RecoveredAttribute.FAMILY_NAME, 40)), C.OTHER, B.FEW_MATCHES),
        (facts("prefecture", values=47, **found(RecoveredAttribute.FAMILY_NAME, 40, "md5")), C.OTHER, B.FEW_MATCHES),
        (facts("x", **found(RecoveredAttribute.FAMILY_NAME, 95)), C.PERSONAL, B.RECOVERED),
        (facts("remark", **found(RecoveredAttribute.NAME, 2)), C.OTHER, B.FEW_MATCHES),
    ],
)
def test_the_class_of_a_column(column: ColumnFacts, expected: ColumnClass, because: ClassificationReason) -> None:
    finding = judged(column)
    assert (finding.column_class, finding.because) == (expected, because)


def test_a_file_is_what_its_gravest_column_is() -> None:
    columns = [
        judged(facts("k", ids=100)),
        judged(facts("y")),
        judged(facts(**found(RecoveredAttribute.NAME, 9, "sha1"))),
    ]
    assert [Preflight("f", 1, 1, tuple(columns[:n])).verdict for n in (1, 2, 3)] == [
        C.PERSON_RELATED, C.PERSON_RELATED, C.HASHED_PERSONAL,
    ]  # fmt: skip
    assert Preflight("f", 1, 1, ()).verdict is C.OTHER


def test_what_may_not_be_handed_over_so() -> None:
    names, hashes = (
        judged(facts("names", **found(RecoveredAttribute.NAME, 90))),
        judged(facts("h", **found(RecoveredAttribute.NAME, 9, "sha1"))),
    )
    file = Preflight("f", 1, 1, (names, hashes, judged(facts("applicant_id"))))
    refused = {scheme: [column.name for column in file.refused(scheme)] for scheme in (None, *Scheme)}
    assert refused == {
        None: ["h"],
        Scheme.COOKIE: ["names", "h"],
        Scheme.HASHED_NAMES: ["h"],
        Scheme.PERSONAL_DATA: ["h"],
    }


def test_the_share_is_that_of_the_cells_that_are_not_empty() -> None:
    assert judged(facts(cells=40, **found(RecoveredAttribute.NAME, 10))).share == 0.25
    assert judged(facts(cells=0)).share == 0


def test_an_example_shows_no_name() -> None:
    assert masked("山田太郎") == "山***"
