"""The rule for IDs in SQL says what the rule in Python says, whatever is written."""

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.core.canonical import CanonicalText, TextForm, canonical
from kanmon.core.faults import Fault
from kanmon.intake.files.rows.canonical_sql import canonical_text, is_plain, text_faults
from tests.drawn import examples
from tests.unit.test_canonical import HOSTILE


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.hypothesis
@pytest.mark.parametrize("form", TextForm)
def test_both_rules_say_the_same(engine: duckdb.DuckDBPyConnection, form: TextForm) -> None:
    @given(written=st.lists(HOSTILE, min_size=1, max_size=50))
    @settings(max_examples=examples(100, 300), deadline=None)
    def agree(written: list[str]) -> None:
        engine.register("written", pa.table({"text": written}))
        faults = " ".join(f"WHEN {shown} THEN '{fault.value}'" for fault, shown in text_faults("made", form))
        made = f"CASE WHEN {is_plain('text')} THEN text ELSE {canonical_text('text', form)} END"
        rows = engine.execute(f"SELECT made, CASE {faults} END FROM (SELECT {made} AS made FROM written)").fetchall()
        told = [CanonicalText(text or "", Fault(fault) if fault else None) for text, fault in rows]
        assert told == [canonical(text, form) for text in written]

    agree()


@pytest.mark.hypothesis
@pytest.mark.parametrize("form", TextForm)
def test_a_plain_text_is_canonical(engine: duckdb.DuckDBPyConnection, form: TextForm) -> None:
    """The quick look and the whole rule agree on the texts that are looked at quickly."""

    @given(
        written=st.lists(st.text(st.sampled_from("'=#+-.eE09月AJanErr:!がー葛々"), min_size=1, max_size=6), min_size=20)
    )
    @settings(max_examples=examples(70, 200), deadline=None)
    def agree(written: list[str]) -> None:
        engine.register("written", pa.table({"text": written}))
        faults = " OR ".join(shown for _, shown in text_faults("text", form))
        [[wrong]] = engine.execute(
            f"SELECT count(*) FROM written WHERE {is_plain('text')}"
            f" AND (({faults}) OR {canonical_text('text', form)} IS DISTINCT FROM text)"
        ).fetchall()
        assert wrong == 0

    agree()
