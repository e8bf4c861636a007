"""Quotations are marked where they stand, and the words stay as they are."""

from datetime import UTC, datetime

from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement
from kanmon.core.ids import PolicyId, PolicyVersionId
from kanmon.reviews.revisions.web.marked import MarkedText, marked


def version(text: str, **quotes: str) -> PolicyVersion:
    statements = {Element[name]: Statement(quote) for name, quote in quotes.items()}
    at = datetime(2026, 4, 1, tzinfo=UTC)
    return PolicyVersion(PolicyId("p"), PolicyVersionId("1"), "ja", at, text, (Clause("c1", statements),))


def test_overlapping_quotations_are_told_apart() -> None:
    found = marked(version("当社は個人を特定します。", OPERATOR="当社は個人", IDENTIFIED="個人を特定"))
    assert found == [
        MarkedText("当社は", (Element.OPERATOR,)),
        MarkedText("個人", (Element.OPERATOR, Element.IDENTIFIED)),
        MarkedText("を特定", (Element.IDENTIFIED,)),
        MarkedText("します。", ()),
    ]


def test_width_and_line_ends_hide_no_quotation() -> None:
    text = "ＡＢＣ\n　を 使います"
    found = marked(version(text, MEANS="ABC を 使"))
    assert [piece.elements for piece in found] == [(Element.MEANS,), ()]
    assert "".join(piece.text for piece in found) == text


def test_a_quotation_that_is_not_there_marks_nothing() -> None:
    assert marked(version("当社は", MEANS="鳩で")) == [MarkedText("当社は", ())]
