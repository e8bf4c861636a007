"""A file that does not say exactly when a person withdrew never leaves the agreement in force."""

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from tests.stores.test_holds import AGREED, FULL, WITHDRAWN, Board, board

__all__ = ["board"]

UNDECIDED = ["DENY_CONSENT_WITHDRAWN", "DENY_UNDECIDABLE_ORDER"]
ENDED = ["DENY_CONSENT_WITHDRAWN"]
HISTORIES: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "same-second": ([("accept", "2026-03-01T10:00:00+09:00"), ("withdraw", "2026-03-01T10:00:00+09:00")], UNDECIDED),
    "within-a-second": (
        [("accept", "2026-03-01T10:00:00.500+09:00"), ("withdraw", "2026-03-01T10:00:00+09:00")], UNDECIDED,
    ),
    "within-a-microsecond": (
        [("accept", "2026-03-01T10:00:00.123456100+09:00"), ("withdraw", "2026-03-01T10:00:00.123456900+09:00")],
        UNDECIDED,
    ),
    "microseconds-turned-round": (
        [("withdraw", "2026-03-01T10:00:00.123456100+09:00"), ("accept", "2026-03-01T10:00:00.123456900+09:00")],
        UNDECIDED,
    ),
    "date-alone": ([("accept", "2026-03-01T10:00:00+09:00"), ("withdraw", "2026-03-01")], UNDECIDED),
    "date-of-the-agreement": ([("accept", "2026-03-01"), ("withdraw", "2026-03-01T10:00:00+09:00")], UNDECIDED),
    "no-offset": ([("accept", "2026-03-01T10:00:00+09:00"), ("withdraw", "2026-03-01T08:00:00")], UNDECIDED),
    "no-offset-nine-hours-before": (
        [
            ("accept", "2026-02-01T10:00:00+09:00"),
            ("withdraw", "2026-03-01T00:59:00"),
            ("accept", "2026-03-01T10:00:00+09:00"),
        ],
        [],
    ),
    "again-in-the-same-second": (
        [
            ("accept", "2026-03-01T10:00:00+09:00"),
            ("withdraw", "2026-03-02T10:00:00+09:00"),
            ("accept", "2026-03-02T10:00:00+09:00"),
        ],
        UNDECIDED,
    ),
    "two-clocks": ([("accept", "2026-03-01T10:05:00+09:00"), ("withdraw", "2026-03-01T10:04:30+09:00")], UNDECIDED),
    "refused-then-agreed": (
        [("refuse", "2026-03-01T10:00:00+09:00"), ("accept", "2026-03-01T10:00:05+09:00")], [],
    ),
    "told-twice": ([("accept", "2026-03-01T10:00:00+09:00"), ("accept", "2026-03-01T10:00:00.000001+09:00")], []),
    "back-button": (
        [("accept", "2026-03-01T10:00:00+09:00"), ("refuse", "2026-03-01T10:00:05+09:00")], ["DENY_NO_CONSENT"],
    ),
}  # fmt: skip
"""What one file says of each person, and why the gate then denies."""


def test_whatever_a_file_says_a_no_is_not_lost(board: Board) -> None:
    names = list(HISTORIES)
    board.add(*names)
    rows = [
        {"member_id": name, **AGREED, "occurred_at": at, "action": do}
        for name, (acts, _) in HISTORIES.items()
        for do, at in acts
    ]
    loaded = board.load(*rows, name="acts")
    assert loaded.refused == 0
    denied = board.denied()
    assert {name: denied[name] for name in names} == {name: expected for name, (_, expected) in HISTORIES.items()}
    assert denied["A"] == []


def test_spark_s_times_are_utc(board: Board) -> None:
    """INT96: 05:00 UTC is 14:00 in Tokyo, after the agreement at 10:00; taken as Tokyo's it would lie before it."""
    at = pa.array([datetime(2026, 4, 1, 5, tzinfo=UTC)], pa.timestamp("us")).cast(pa.timestamp("ns"))
    said = {"member_id": ["A"], "screen_id": ["registration"], "text_sha256": [FULL.text_sha256]}
    folder = board.folder / "spark"
    folder.mkdir()
    pq.write_table(
        pa.table({"occurred_at": at, **said, "action": ["withdraw"]}),
        folder / "consents.parquet",
        use_deprecated_int96_timestamps=True,
    )
    [loaded] = board.read(folder).files
    assert (loaded.new, loaded.refused) == (1, 0)
    assert board.codes("A") == ENDED


def test_the_same_file_again_changes_nothing(board: Board) -> None:
    rows = [{"member_id": "A", **WITHDRAWN, "occurred_at": at} for at in ("2026-04-02", "2026-04-03T10:00:00+09:00")]
    assert board.load(*rows, name="once").new == 2
    again = board.load(*rows, {"member_id": "B", **WITHDRAWN}, name="again")
    assert (again.new, again.unchanged) == (1, 2)
