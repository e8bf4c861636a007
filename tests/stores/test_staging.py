"""Files merged into the control plane: repeatable, corrected row by row, what can't be taken told by line."""
# ruff: noqa: PT012 - what is refused is a whole transaction

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, text

from kanmon.consent.policy import text_sha256
from kanmon.core.faults import Fault
from kanmon.core.ids import ClientId
from kanmon.core.refused import REFUSED_SCHEMA, MergeResult
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.intake.store import staging
from kanmon.intake.store.staging import (
    merge_applicants,
    merge_decisions,
    merge_members,
    merge_notices,
    merge_outcomes,
    merge_renderings,
)
from tests.tables import tables

AT = datetime(2020, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
INSTANT = pa.timestamp("us", "UTC")
PERSONAL = [
    (name, pa.date32() if name == "birth_date" else pa.string())
    for name in ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
]


def schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([("line", pa.int64()), *columns.items()])


TEXT = pa.string()
MEMBERS = schema(member_id=TEXT, season=TEXT, registered_at=INSTANT, **dict(PERSONAL))
CONSENTS = schema(
    occurred_at=INSTANT, member_id=TEXT, screen_id=TEXT, text_sha256=TEXT, action=TEXT, client_id=TEXT,
    refusable=pa.bool_(), given_by=TEXT, relation=TEXT,
)  # fmt: skip
RENDERINGS = schema(screen_id=TEXT, occurred_at=INSTANT, text_sha256=TEXT, verified_by=TEXT)
NOTICES = schema(member_id=TEXT, occurred_at=INSTANT, kind=TEXT, client_id=TEXT)
APPLICANTS = schema(
    client_id=TEXT, applicant_id=TEXT, season=TEXT, applied_at=INSTANT, as_of=INSTANT, stage=TEXT, member_id=TEXT,
    cookie_id=TEXT, **dict(PERSONAL),
)  # fmt: skip
OUTCOMES = schema(client_id=TEXT, applicant_id=TEXT, season=TEXT, outcome=TEXT, outcome_at=INSTANT)
DECISIONS = schema(client_id=TEXT, applicant_id=TEXT, stage=TEXT, decision=TEXT, decided_at=INSTANT)

Row = dict[str, object]
Merge = Callable[[WriteSession, Path], MergeResult]
LOADS = itertools.count(1)


def merge_consents(session: WriteSession, staged: Path) -> MergeResult:
    """As a load of its own."""
    return staging.merge_consents(session, staged, load_id=next(LOADS))


class Folder:
    """A loaded service with two members and one applicant at each of two clients; merges files of rows."""

    def __init__(self, database: Database, path: Path) -> None:
        self.database = database
        self._path = path
        with database.write() as session:
            run = session.connection.execute
            for season in ("2019", "2020"):
                run(insert(tables.season).values(season_id=season, opens_at=AT, closes_at=AT))
            for client in ("one", "other"):
                company: Row = {"legal_name": client, "address": "a", "representative": "r", "contract": {}}
                run(insert(tables.client).values(client_id=client, loaded_at=AT, **company))
            run(insert(tables.screen).values(screen_id="form", season_id="2020", function="f", policy_id="privacy"))
        self.members([member("m1"), member("m2")])
        self.merge(merge_applicants, APPLICANTS, [applicant("one", "a"), applicant("other", "a")])

    def merge(self, merge: Merge, schema: pa.Schema, rows: Sequence[Row]) -> MergeResult:
        with self.database.write() as session:
            return merge(session, self._file(schema, rows))

    def members(self, rows: Sequence[Row]) -> MergeResult:
        numbers = pa.table(
            {
                "member_id": pa.array([str(row["member_id"]) for row in rows], pa.string()),
                "member_no": pa.array([int(str(row["member_id"])[1:]) for row in rows], pa.int32()),
            }
        )
        with self.database.write() as session:
            return merge_members(session, self._file(MEMBERS, rows), numbers)

    def rows(self, query: str, client: str | None = None) -> list[tuple[object, ...]]:
        with self.database.read(ClientId(client) if client else None) as session:
            return [tuple(row) for row in session.connection.execute(text(query))]

    def _file(self, schema: pa.Schema, rows: Sequence[Row]) -> Path:
        path = self._path / "staged.parquet"
        numbered = [{"line": number, **row} for number, row in enumerate(rows, start=2)]
        pq.write_table(pa.Table.from_pylist(numbered, schema), path)
        return path


@pytest.fixture
def folder(database: Database, tmp_path: Path) -> Folder:
    return Folder(database, tmp_path)


def member(member_id: str, **more: object) -> Row:
    return {"member_id": member_id, "season": "2020", "registered_at": AT, **more}


def consent(member_id: str, **more: object) -> Row:
    act: Row = {"occurred_at": AT, "member_id": member_id, "screen_id": "form", "text_sha256": "0" * 64}
    return act | {"action": "accept"} | more


def applicant(client: str, applicant_id: str, **more: object) -> Row:
    return {
        "client_id": client, "applicant_id": applicant_id, "season": "2020", "applied_at": AT, "as_of": AT, **more
    }  # fmt: skip


def outcome(client: str, applicant_id: str, **more: object) -> Row:
    said = {"season": "2020", "outcome": "joined", "outcome_at": AT}
    return {"client_id": client, "applicant_id": applicant_id, **said, **more}


def decision(client: str, applicant_id: str, **more: object) -> Row:
    said = {"stage": "1", "decision": "pass", "decided_at": AT}
    return {"client_id": client, "applicant_id": applicant_id, **said, **more}


def counts(merged: MergeResult) -> tuple[int, int, int, int]:
    assert merged.refused.schema == REFUSED_SCHEMA
    return merged.new, merged.replaced, merged.unchanged, merged.refused.num_rows


def told(merged: MergeResult) -> list[tuple[int, str, str, Fault]]:
    return [(row["line"], row["column"], row["value"], Fault(row["fault"])) for row in merged.refused.to_pylist()]


def rendering(**more: object) -> Row:
    return {"screen_id": "form", "occurred_at": AT, "text_sha256": "0" * 64, **more}


def notice(member_id: str, **more: object) -> Row:
    return {"member_id": member_id, "occurred_at": AT, "kind": "mail", **more}


@pytest.mark.parametrize(
    ("merge", "schema", "rows"),
    [
        (merge_consents, CONSENTS, [consent("m1"), consent("m2", client_id="one", refusable=False)]),
        (merge_renderings, RENDERINGS, [rendering(), rendering(text_sha256="1" * 64, verified_by="x")]),
        (merge_notices, NOTICES, [notice("m1"), notice("m1", client_id="one")]),
        (merge_applicants, APPLICANTS, [applicant("one", "b", email=""), applicant("other", "b", member_id="m1")]),
        (merge_outcomes, OUTCOMES, [outcome("one", "a"), outcome("other", "a")]),
        (merge_decisions, DECISIONS, [decision("one", "a"), decision("one", "a", stage="2")]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_same_file_twice_changes_nothing(
    folder: Folder, merge: Merge, schema: pa.Schema, rows: Sequence[Row]
) -> None:
    assert counts(folder.merge(merge, schema, rows)) == (2, 0, 0, 0)
    assert counts(folder.merge(merge, schema, rows)) == (0, 0, 2, 0)


def test_a_corrected_file_replaces_just_the_rows_it_names(folder: Folder) -> None:
    assert counts(folder.members([member("m1"), member("m2", email="new"), member("m3")])) == (1, 1, 1, 0)
    assert counts(folder.members([member("m2")])) == (0, 1, 0, 0)
    assert folder.rows("SELECT member_no, member_id, email FROM member ORDER BY 1") == [
        (1, "m1", None),
        (2, "m2", None),
        (3, "m3", None),
    ]
    folder.merge(merge_outcomes, OUTCOMES, [outcome("one", "a"), outcome("other", "a")])
    assert counts(folder.merge(merge_outcomes, OUTCOMES, [outcome("one", "a", outcome="rejected")])) == (0, 1, 0, 0)
    assert folder.rows("SELECT outcome FROM outcome", "one") == [("rejected",)]
    assert folder.rows("SELECT outcome FROM outcome", "other") == [("joined",)]


def test_empty_and_null_stay_apart_and_times_keep_their_microseconds(folder: Folder) -> None:
    folder.merge(
        merge_applicants, APPLICANTS, [applicant("one", 'b",\n', stage="", family_name="山田", member_id="m2")]
    )
    query = "SELECT stage, cookie_id, family_name, as_of, member_no FROM applicant WHERE position = 2"
    assert folder.rows(query, "one") == [("", None, "山田", AT, 2)]


def test_applicants_keep_the_order_in_which_they_were_handed_over(folder: Folder) -> None:
    earlier = [applicant("one", name) for name in ("z", "b", "y")]
    folder.merge(merge_applicants, APPLICANTS, earlier)
    added = [applicant("one", "c"), applicant("one", "b", stage="2"), applicant("one", "z", season="2019")]
    assert counts(folder.merge(merge_applicants, APPLICANTS, added)) == (2, 1, 0, 0)
    query = "SELECT season_id, applicant_id, position FROM applicant ORDER BY season_id DESC, position"
    assert folder.rows(query, "one") == [
        ("2020", "a", 1), ("2020", "z", 2), ("2020", "b", 3), ("2020", "y", 4), ("2020", "c", 5), ("2019", "z", 1),
    ]  # fmt: skip


def test_a_corrected_consent_leaves_both_acts_and_points_to_the_new_one(folder: Folder) -> None:
    for refusable, expected in ((None, (1, 0, 0, 0)), (True, (0, 1, 0, 0)), (None, (0, 1, 0, 0)), (None, (0, 0, 1, 0))):
        assert counts(folder.merge(merge_consents, CONSENTS, [consent("m1", refusable=refusable)])) == expected
    acts = folder.rows("SELECT consent_no, refusable, revision FROM consent_act ORDER BY revision")
    assert [act[1:] for act in acts] == [(None, 0), (True, 1), (None, 2)]
    first, second, third = (act[0] for act in acts)
    assert folder.rows("SELECT old_no, new_no FROM consent_correction ORDER BY 1") == [(first, second), (second, third)]


def test_who_gave_a_consent_is_kept_and_corrected(folder: Folder) -> None:
    for by, relation in (("person", None), ("representative", "parent"), ("representative", "parent")):
        folder.merge(merge_consents, CONSENTS, [consent("m1", given_by=by, relation=relation)])
    acts = folder.rows("SELECT given_by, relation, revision FROM consent_act ORDER BY revision")
    assert acts == [("person", None, 0), ("representative", "parent", 1)]


def test_what_is_said_twice_alike_counts_once_and_what_differs_is_refused(folder: Folder) -> None:
    acts = [consent("m1"), consent("m1"), consent("m1", refusable=True), consent("m1", client_id="one")]
    merged = folder.merge(merge_consents, CONSENTS, acts)
    assert counts(merged) == (2, 0, 1, 1)
    assert told(merged) == [(4, "member_id", "m1", Fault.DUPLICATE_KEY)]
    merged = folder.merge(merge_applicants, APPLICANTS, [applicant("one", "b"), applicant("one", "b", stage="2")])
    assert counts(merged) == (1, 0, 0, 1)
    assert told(merged) == [(3, "applicant_id", "b", Fault.DUPLICATE_KEY)]


def test_the_first_load_takes_and_refuses_what_any_later_one_does(folder: Folder) -> None:
    at_once = AT + timedelta(days=1)
    acts = [
        consent("m2", action="withdraw"), consent("m2"), consent("m1", client_id="one"), consent("m1"), consent("m1"),
        consent("m1", refusable=True), consent("m9"), consent("m2", screen_id="x"), consent("m1", client_id="x"),
    ]  # fmt: skip
    later_acts = [act | {"occurred_at": at_once} for act in acts]
    first, later = (folder.merge(merge_consents, CONSENTS, rows) for rows in (acts, later_acts))
    assert counts(first) == counts(later) == (4, 0, 1, 4)
    assert told(first) == told(later)
    said = "SELECT member_no, action, client_id FROM consent_act WHERE occurred_at {} ORDER BY consent_no"
    in_order = [(1, "accept", "one"), (1, "accept", None), (2, "accept", None), (2, "withdraw", None)]
    assert [folder.rows(said.format(which)) for which in (f"= '{AT}'", f"> '{AT}'")] == [in_order, in_order]


@pytest.mark.parametrize(
    ("merge", "schema", "good", "bad", "column", "fault"),
    [
        (merge_consents, CONSENTS, consent("m1"), consent("m9"), "member_id", Fault.UNKNOWN_MEMBER),
        (merge_consents, CONSENTS, consent("m1"), consent("m1", screen_id="x"), "screen_id", Fault.UNKNOWN_SCREEN),
        (merge_consents, CONSENTS, consent("m1"), consent("m1", client_id="x"), "client_id", Fault.UNKNOWN_CLIENT),
        (merge_renderings, RENDERINGS, rendering(), rendering(screen_id="x"), "screen_id", Fault.UNKNOWN_SCREEN),
        (merge_notices, NOTICES, notice("m1"), notice("m9"), "member_id", Fault.UNKNOWN_MEMBER),
        (merge_applicants, APPLICANTS, applicant("one", "b"), applicant("x", "b"), "client_id", Fault.UNKNOWN_CLIENT),
        (
            merge_applicants, APPLICANTS, applicant("one", "b"), applicant("one", "c", season="x"), "season",
            Fault.UNKNOWN_SEASON,
        ),
        (
            merge_applicants, APPLICANTS, applicant("one", "b"), applicant("one", "c", member_id="m9"), "member_id",
            Fault.UNKNOWN_MEMBER,
        ),
        (merge_outcomes, OUTCOMES, outcome("one", "a"), outcome("one", "z"), "applicant_id", Fault.UNKNOWN_APPLICANT),
        (merge_outcomes, OUTCOMES, outcome("one", "a"), outcome("x", "a"), "client_id", Fault.UNKNOWN_CLIENT),
        (
            merge_outcomes, OUTCOMES, outcome("one", "a"), outcome("one", "a", season="2019"), "applicant_id",
            Fault.UNKNOWN_APPLICANT,
        ),
        (
            merge_decisions, DECISIONS, decision("one", "a"), decision("one", "z"), "applicant_id",
            Fault.UNKNOWN_APPLICANT,
        ),
    ],
)  # fmt: skip
def test_a_row_that_refers_to_nothing_is_refused_and_the_good_one_kept(
    folder: Folder, merge: Merge, schema: pa.Schema, good: Row, *, bad: Row, column: str, fault: Fault
) -> None:
    merged = folder.merge(merge, schema, [bad, good])
    assert counts(merged) == (1, 0, 0, 1)
    assert told(merged) == [(2, column, bad[column], fault)]


def test_members_of_an_unknown_season_are_refused(folder: Folder) -> None:
    merged = folder.members([member("m3", season="1999"), member("m4")])
    assert counts(merged) == (1, 0, 0, 1)
    assert told(merged) == [(2, "season", "1999", Fault.UNKNOWN_SEASON)]


def test_a_client_cannot_be_reached_through_anothers_applicant_id(folder: Folder) -> None:
    folder.merge(merge_applicants, APPLICANTS, [applicant("other", "only-theirs")])
    merged = folder.merge(merge_outcomes, OUTCOMES, [outcome("one", "only-theirs")])
    assert told(merged) == [(2, "applicant_id", "only-theirs", Fault.UNKNOWN_APPLICANT)]


def test_a_decision_is_about_the_application_it_followed(folder: Folder) -> None:
    years = [("2019", AT - timedelta(days=365)), ("2020", AT)]
    folder.merge(
        merge_applicants, APPLICANTS, [applicant("one", "twice", season=year, applied_at=at) for year, at in years]
    )
    dated = [decision("one", "twice", stage=year, decided_at=at + timedelta(days=10)) for year, at in years]
    assert counts(folder.merge(merge_decisions, DECISIONS, dated)) == (2, 0, 0, 0)
    query = "SELECT season_id = client_decision.stage FROM client_decision JOIN applicant USING (applicant_no)"
    assert folder.rows(query, "one") == [(True,), (True,)]


def test_an_empty_file_merges(folder: Folder) -> None:
    assert counts(folder.merge(merge_consents, CONSENTS, [])) == (0, 0, 0, 0)
    assert counts(folder.merge(merge_applicants, APPLICANTS, [])) == (0, 0, 0, 0)


def test_several_files_merge_in_one_transaction_that_leaves_no_trace_when_it_fails(
    folder: Folder, tmp_path: Path
) -> None:
    with pytest.raises(ZeroDivisionError), folder.database.write() as session:
        merge_consents(session, folder._file(CONSENTS, [consent("m1")]))
        merge_applicants(session, folder._file(APPLICANTS, [applicant("one", "b")]))
        _ = 1 / 0
    assert folder.rows("SELECT count(*) FROM consent_act") == [(0,)]
    assert folder.rows("SELECT count(*) FROM applicant", "one") == [(1,)]


def test_words_by_a_hash_of_their_other_reading_are_the_words_registered(folder: Folder) -> None:
    """A policy in CP932 holds U+FF5E to browsers, U+301C to other programs: whichever was hashed, it was shown."""
    words, other = "１０時～１８時", "１０時〜１８時"
    with folder.database.write() as session:
        session.connection.execute(
            insert(tables.policy_version).values(
                policy_id="privacy", version_id="1.0", language="ja", effective_from=AT, text=words, clauses=[],
                text_sha256=text_sha256(words), loaded_at=AT,
            )
        )  # fmt: skip
    acts = [consent("m1", text_sha256=text_sha256(other)), consent("m2", text_sha256=text_sha256(words))]
    for act in acts:  # the first fills the table, the second is merged into it
        assert counts(folder.merge(merge_consents, CONSENTS, [act])) == (1, 0, 0, 0)
    assert counts(folder.merge(merge_consents, CONSENTS, acts)) == (0, 0, 2, 0)
    folder.merge(merge_renderings, RENDERINGS, [rendering(text_sha256=text_sha256(other))])
    shown = "SELECT DISTINCT text_sha256 FROM displayed_text JOIN {} USING (text_no)"
    for table in ("consent_act", "rendering"):
        assert folder.rows(shown.format(table)) == [(text_sha256(words),)]
