"""The canonical form against RFC 8785 as a library implements it whole."""

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from kanmon.ledger.canonical import canonical, canonical_nfc
from kanmon.ledger.entry import Entry, EntryType
from tests.unit.ledger.memory import AT

NAMES = st.text(st.characters(max_codepoint=127), max_size=5)
EXACT = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda held: st.lists(held, max_size=4) | st.dictionaries(NAMES, held, max_size=4),
)


def test_the_vector_of_the_sheet() -> None:
    vector: dict[str, Any] = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "literals": [None, True, False],
    }
    expected = b'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    assert rfc8785.dumps(vector) == expected
    with pytest.raises(ValueError, match="no exact canonical form"):
        canonical(vector)
    assert canonical({"literals": vector["literals"]}) == b'{"literals":[null,true,false]}'


@given(EXACT)
def test_what_has_a_form_has_that_of_the_standard(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [0.5, float("nan"), 2**53, -(2**53), {"氏名": "x"}, {1: "x"}, "\ud800", b"x", {1.5}])
@pytest.mark.parametrize("held", [lambda one: one, lambda one: [one], lambda one: {"a": {"b": one}}])
def test_what_has_no_exact_form_is_refused(value: object, held: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of them refuses
        canonical(held(value))


def test_text_is_brought_to_nfc() -> None:
    assert canonical_nfc({"a": ["か\u3099"], "b": {"c": "e\u0301"}}) == '{"a":["が"],"b":{"c":"é"}}'.encode()


@pytest.mark.parametrize("kind", list(EntryType))
def test_a_leaf_is_in_canonical_form(kind: EntryType) -> None:
    entry = Entry(7, kind, AT, bytes(32))
    said = {"seq": 7, "type": kind.value, "commit": "00" * 32, "at": "2026-04-01T09:30:00.123456Z"}
    assert entry.leaf() == rfc8785.dumps(said)
