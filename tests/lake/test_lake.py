"""The lake keeps what it is given, once, however often and in whatever portions it is given."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kanmon.lake.event import BUCKETS, EVENT_SCHEMA
from kanmon.lake.files import duckdb_lake
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.manifest import LakeFolder
from tests.lake.conftest import EVERYWHERE
from tests.lake.lakes import (
    Did,
    Login,
    dictionary,
    kept,
    load_events,
    load_logins,
    load_members,
    lying,
    names_of,
    staged_events,
)

MEMBERS = [f"m{number:03}" for number in range(12)]
T = 1_770_000_000_000
DAY = 86_400_000


@pytest.fixture
def lake(place: LakeFolder, tmp_path: Path) -> DuckDBLake:
    """A lake that knows the members."""
    lake = DuckDBLake(place, memory_limit="500MB")
    load_members(lake, tmp_path, MEMBERS)
    return lake


def drawn(seed: int, n: int, days: range) -> list[Did]:
    """Random events in `days` after T, a tenth of them of cookies, some of them twice."""
    draw = random.Random(seed)
    events = [
        Did(
            None if cookie else draw.choice(MEMBERS),
            T + draw.randrange(days.start * DAY, days.stop * DAY),
            draw.choice(("view", "book", "save")),
            draw.choice(("acme", "bolt", "cord", None)),
            draw.choice(("top", "jobs", "people", None)),
            draw.randrange(9),
            draw.choice((None, None, "partner")),
            f"c{draw.randrange(4)}" if cookie else None,
        )
        for cookie in (draw.random() < 0.1 for _ in range(n))
    ]
    return events + draw.choices(events, k=n // 10)


def outcome(lake: DuckDBLake, staging: Path, events: list[Did]) -> tuple[int, int, int]:
    merged = load_events(lake, staging, events)
    assert merged.refused.num_rows == 0
    return merged.new, merged.replaced, merged.unchanged


def test_nothing_was_loaded_yet(tmp_path: Path) -> None:
    assert dict(DuckDBLake(tmp_path / "lake").sizes()) == {}


def test_keeps_every_event_and_loading_again_changes_nothing(lake: DuckDBLake, tmp_path: Path) -> None:
    events = drawn(1, 500, range(30))
    assert outcome(lake, tmp_path, events) == (550, 0, 0)
    assert kept(lake) == Counter(events)
    files = names_of(lake, "event")
    assert outcome(lake, tmp_path, events) == (0, 0, 550)
    assert names_of(lake, "event") == files
    assert lake.sizes()["event"] == 550


def test_files_are_as_the_schema_says_sorted_by_person_and_time(lake: DuckDBLake, tmp_path: Path) -> None:
    load_events(lake, tmp_path, drawn(2, 500, range(30)))
    (table,) = lake.folder.tables("event")
    assert table.schema.equals(EVENT_SCHEMA)
    rows = [
        (subject % BUCKETS, subject, t)
        for subject, t in zip(*table.select(["subject", "t"]).to_pydict().values(), strict=True)
    ]
    assert rows == sorted(rows)
    (file,) = lake.folder.manifest()["event"]
    assert (file.first_t, file.last_t) == (min(t for *_, t in rows), max(t for *_, t in rows))


def test_the_second_such_event_of_a_file_is_another_one(lake: DuckDBLake, tmp_path: Path) -> None:
    once = Did("m001", T)
    assert outcome(lake, tmp_path, [once, once, once]) == (3, 0, 0)
    assert outcome(lake, tmp_path, [once, once]) == (0, 0, 2)
    assert outcome(lake, tmp_path, [once] * 4) == (1, 0, 3)
    assert kept(lake) == Counter({once: 4})


def test_duplicates_that_differ_in_weight_alone_are_known_again(lake: DuckDBLake, tmp_path: Path) -> None:
    draw = random.Random(3)
    events = [Did(who, T, weight=draw.randrange(1000)) for who in MEMBERS for _ in range(200)]
    draw.shuffle(events)
    assert outcome(lake, tmp_path, events) == (2400, 0, 0)
    draw.shuffle(events)
    assert outcome(lake, tmp_path, events) == (0, 0, 2400)


@EVERYWHERE
def test_a_corrected_weight_replaces_just_those_rows(lake: DuckDBLake, tmp_path: Path) -> None:
    first, second = [Did(who, T + 1) for who in MEMBERS], [Did(who, T + DAY) for who in MEMBERS]
    load_events(lake, tmp_path, first)
    load_events(lake, tmp_path, second)
    before = lake.folder.manifest()["event"]
    corrected = [Did(who, T + 1, weight=7) for who in MEMBERS[:3]]
    assert outcome(lake, tmp_path, [*corrected, *first[3:10]]) == (0, 3, 7)
    assert kept(lake) == Counter([*corrected, *first[3:], *second])
    after = lake.folder.manifest()["event"]
    assert after[1] == before[1]
    assert (after[0].rows, after[0].generation) == (9, before[0].generation)
    assert after[2].rows == 3
    assert sum(name.startswith("event-") for name in lying(lake)) == 3
    assert outcome(lake, tmp_path, [replace(one, weight=8) for one in corrected]) == (0, 3, 0)
    assert [file.rows for file in lake.folder.manifest()["event"]] == [9, 12, 3]


@pytest.mark.parametrize(
    "other",
    [
        Did("m002", T),
        Did("m001", T + 1),
        Did("m001", T, kind="book"),
        Did("m001", T, target="bolt"),
        Did("m001", T, target=None),
        Did("m001", T, page="jobs"),
        Did("m001", T, page=None),
        Did("m001", T, site="partner"),
        Did(None, T, cookie="c1"),
    ],
)
def test_what_makes_an_event_another_one(lake: DuckDBLake, tmp_path: Path, other: Did) -> None:
    assert outcome(lake, tmp_path, [Did("m001", T)]) == (1, 0, 0)
    assert outcome(lake, tmp_path, [other]) == (1, 0, 0)
    assert kept(lake) == Counter([Did("m001", T), other])


def test_unknown_members_are_refused_and_their_neighbours_kept(lake: DuckDBLake, tmp_path: Path) -> None:
    merged = load_events(
        lake, tmp_path, [Did("m001", T), Did("nobody", T), Did("m002", T), Did("M001", T, cookie="c1")]
    )
    assert (merged.new, merged.replaced, merged.unchanged) == (2, 0, 0)
    assert merged.refused.to_pylist() == [
        {"line": 3, "column": "member_id", "value": "nobody", "fault": "unknown_member"},
        {"line": 5, "column": "member_id", "value": "M001", "fault": "unknown_member"},
    ]
    assert kept(lake) == Counter([Did("m001", T), Did("m002", T)])


def test_nothing_but_unknown_members(lake: DuckDBLake, tmp_path: Path) -> None:
    merged = load_events(lake, tmp_path, [Did("nobody", T)])
    assert (merged.new, merged.refused.num_rows) == (0, 1)
    assert "event" not in lake.sizes()


def test_a_staged_file_that_lacks_columns(lake: DuckDBLake, tmp_path: Path) -> None:
    did = [Did("m001", T, target=None, page=None), Did("nobody", T), Did("m002", T, target=None, page=None)]
    path = staged_events(tmp_path / "events.parquet", did)
    pq.write_table(pq.read_table(path, columns=["member_id", "occurred_at", "kind"]), path)
    merged = lake.load_events(path)
    assert kept(lake) == Counter([did[0], did[2]])
    assert merged.refused["line"].to_pylist() == [2]


def test_an_empty_file(lake: DuckDBLake, tmp_path: Path) -> None:
    assert outcome(lake, tmp_path, []) == (0, 0, 0)


def test_a_days_increment_touches_no_other_file(lake: DuckDBLake, tmp_path: Path) -> None:
    history = drawn(4, 400, range(10))
    load_events(lake, tmp_path, history)
    for day in range(10, 14):
        before, increment = names_of(lake, "event"), drawn(day, 40, range(day, day + 1))
        assert outcome(lake, tmp_path, increment) == (44, 0, 0)
        history += increment
        assert names_of(lake, "event") > before
        assert len(names_of(lake, "event")) == len(before) + 1
    assert kept(lake) == Counter(history)


def test_loads_that_overlap_in_time(lake: DuckDBLake, tmp_path: Path) -> None:
    # No event twice here: what is a second copy within one file is no news in two files.
    events = list(dict.fromkeys(drawn(5, 600, range(20))))
    events.sort(key=lambda event: event.t)
    n = len(events)
    assert outcome(lake, tmp_path, events[: n // 2]) == (n // 2, 0, 0)
    assert outcome(lake, tmp_path, events[n // 3 :]) == (n - n // 2, 0, n // 2 - n // 3)
    assert outcome(lake, tmp_path, events) == (0, 0, n)
    assert kept(lake) == Counter(events)


def test_members_keep_their_numbers(tmp_path: Path) -> None:
    lake = DuckDBLake(tmp_path / "lake")
    first = load_members(lake, tmp_path, ["b", "d", "b"])
    assert first == {"b": 1, "d": 2}
    assert load_members(lake, tmp_path, ["d", "b"]) == first
    assert load_members(lake, tmp_path, ["a", "d", "c"]) == {"d": 2, "a": 3, "c": 4}
    assert lake.sizes()["member"] == 4


def test_members_that_come_every_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_lake, "DICTIONARY_PARTS", 3)
    lake = DuckDBLake(tmp_path / "lake")
    numbers: dict[str, int] = {}
    for day in range(9):
        known = f"m{max(0, day - 2)}"
        numbers |= load_members(lake, tmp_path, [f"m{day}", known])
        assert numbers == {f"m{one}": one + 1 for one in range(day + 1)}
        assert len(names_of(lake, "member")) <= 3


def test_names_keep_their_numbers(lake: DuckDBLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_lake, "DICTIONARY_PARTS", 3)
    known: dict[tuple[str, str], int] = {}
    events = []
    for day in range(8):
        events.append(Did("m001", T + day * DAY, target=f"client{9 - day}", page=f"page{day}", kind="view"))
        load_events(lake, tmp_path, events)
        found = dictionary(lake)
        assert known.items() <= found.items()
        known = found
    assert known["kind", "view"] == 1
    assert known["page", "page7"] == 8
    assert kept(lake) == Counter(events)


def test_logins_are_repeatable(lake: DuckDBLake, tmp_path: Path) -> None:
    logins = [Login("c1", "m001", T), Login("c1", "m001", T), Login("c1", "m001", T + 1), Login("c2", "m002", T)]
    merged = load_logins(lake, tmp_path, [*logins, Login("c1", "nobody", T)])
    assert (merged.new, merged.replaced, merged.unchanged) == (3, 0, 0)
    assert merged.refused.to_pylist() == [
        {"line": 6, "column": "member_id", "value": "nobody", "fault": "unknown_member"}
    ]
    merged = load_logins(lake, tmp_path, [*logins, Login("c3", "m001", T)])
    assert (merged.new, merged.replaced, merged.unchanged) == (1, 0, 3)
    assert lake.sizes()["identity"] == 4


def test_logins_that_come_every_day(lake: DuckDBLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_lake, "DICTIONARY_PARTS", 3)
    for day in range(8):
        assert load_logins(lake, tmp_path, [Login("c1", "m001", T + one) for one in range(day + 1)]).new == 1
    assert lake.sizes()["identity"] == 8


@pytest.mark.parametrize("constant", ["MAX_PARTS", "PART_ROWS"])
def test_parts_are_merged_into_buckets_and_nothing_is_lost(
    lake: DuckDBLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str
) -> None:
    monkeypatch.setattr(duckdb_lake, constant, {"MAX_PARTS": 3, "PART_ROWS": 150}[constant])
    events: list[Did] = []
    were_scattered = []
    for day in range(6):
        increment = drawn(day, 100, range(day, day + 1))
        assert outcome(lake, tmp_path, increment) == (110, 0, 0)
        events += increment
        assert kept(lake) == Counter(events)
        before = names_of(lake, "event")
        were_scattered.append(lake.is_scattered())
        if were_scattered[-1]:
            lake.compact()
            assert not names_of(lake, "event") & before
            assert not lake.is_scattered()
            assert kept(lake) == Counter(events)
    assert set(were_scattered) == {False, True}
    assert outcome(lake, tmp_path, events) == (0, 0, 660)
    for file, table in zip(lake.folder.manifest()["event"], lake.folder.tables("event"), strict=True):
        subjects = table["subject"].to_pylist()
        assert len(subjects) == file.rows
        assert file.bucket is None or {subject % BUCKETS for subject in subjects} == {file.bucket}


@EVERYWHERE
def test_a_load_in_passes_is_the_same_as_one_at_once(
    lake: DuckDBLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = drawn(6, 1000, range(30))
    monkeypatch.setattr(duckdb_lake, "PART_ROWS", 100)
    monkeypatch.setattr(duckdb_lake, "PASS_ROWS", 470)
    assert outcome(lake, tmp_path, events[:800]) == (800, 0, 0)
    buckets = [file.bucket for file in lake.folder.manifest()["event"]]
    assert None not in buckets
    assert len(set(buckets)) == len(buckets)
    new, replaced, unchanged = outcome(lake, tmp_path, events)
    assert (new, replaced, unchanged) == (300, 0, 800)
    corrected = [Did(e.who, e.t, e.kind, e.target, e.page, e.weight + 1, e.site, e.cookie) for e in events]
    assert outcome(lake, tmp_path, corrected) == (0, 1100, 0)
    assert kept(lake) == Counter(corrected)


def test_a_lake_in_a_folder_with_a_quote_in_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "the client's"
    folder.mkdir()
    lake = DuckDBLake(folder / "lake")
    load_members(lake, folder, ["m001", "m002"])
    load_events(lake, folder, [Did("m001", T), Did("m002", T)])
    assert outcome(lake, folder, [Did("m001", T, weight=3), Did("m002", T)]) == (0, 1, 1)
    assert kept(lake) == Counter([Did("m001", T, weight=3), Did("m002", T)])


@EVERYWHERE
def test_appended_events_are_each_another_one_and_named(lake: DuckDBLake, tmp_path: Path) -> None:
    assert list(lake.appended()) == []
    same = [Did("m001", T), Did("m001", T), Did("m002", T, weight=5), Did("nobody", T)]
    for _ in range(2):
        refused = lake.append_events(staged_events(tmp_path / "events.parquet", same))
        assert refused["line"].to_pylist() == [5]
    assert kept(lake) == Counter(same[:3] * 2)
    assert sorted(lake.appended()) == [2, 3, 4]
    files = names_of(lake, "event")
    lake.append_events(staged_events(tmp_path / "events.parquet", same[3:]))
    assert names_of(lake, "event") == files
    assert outcome(lake, tmp_path, same[:3]) == (0, 0, 3)
