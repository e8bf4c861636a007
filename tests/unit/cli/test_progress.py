"""What a log is told of a long step, and how long the rest takes."""

from collections.abc import Iterator

import pytest

from kanmon.cli.estimate import Estimate, written
from kanmon.cli.progress import LineProgress


def test_the_rest_takes_as_long_as_the_pace_says() -> None:
    estimate = Estimate(300)
    estimate.advance(100)
    assert estimate.percent() == 33
    assert estimate.seconds_left(10.0) == 20.0


@pytest.mark.parametrize(("done", "elapsed"), [(0, 60.0), (1, 60.0), (50, 1.0)])
def test_nothing_is_foretold_from_too_little(done: int, elapsed: float) -> None:
    estimate = Estimate(100)
    estimate.advance(done)
    assert estimate.seconds_left(elapsed) is None


def test_no_more_than_all_is_ever_done() -> None:
    estimate = Estimate(10)
    estimate.advance(11)
    assert (estimate.percent(), estimate.seconds_left(5.0)) == (100, 0.0)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.2, "1:00"), (61, "1:01"), (3725, "1:02:05")])
def test_a_length_of_time_is_written_to_the_second_above(seconds: float, text: str) -> None:
    assert written(seconds) == text


def test_a_log_is_told_now_and_then(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_LANG", "en")
    ticks: Iterator[float] = iter([0.0, 4.0, 12.0, 15.0, 30.0, 60.0])
    with LineProgress(10.0, lambda: next(ticks)).step("load: events", 100) as step:
        for by in (1, 9, 10, 30, 50):
            step.advance(by)
    assert capsys.readouterr().err.splitlines() == [
        "load: events (100)",
        "  load: events: 10 %, about 1:48 left",
        "  load: events: 50 %, about 0:30 left",
    ]
