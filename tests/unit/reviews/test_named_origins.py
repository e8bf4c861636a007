"""A job's origin may come from a page of the portal: it names nothing."""

from collections.abc import Collection, Sequence
from typing import cast

import pytest

from kanmon.application.application import Application
from kanmon.core.errors import OriginNotNamed
from kanmon.core.ids import ScreenId
from kanmon.jobs.cli import timetable_of
from kanmon.jobs.job import Job, JobKind
from kanmon.jobs.use_cases.asking import coverage_arguments
from kanmon.jobs.use_cases.deeds import deeds_of
from kanmon.reviews.screens.coverage import BoardCoverage
from kanmon.reviews.screens.reach import NamedOrigin
from kanmon.reviews.screens.use_cases import go_round_board
from tests.unit.application.applications import application


def test_what_was_typed_into_a_page_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_BOARD_ORIGINS", "https://cdn.example.jp")
    asked: list[str] = []

    def watched(
        board: Application, screens: Sequence[ScreenId], base: str | None, named: Collection[NamedOrigin]
    ) -> BoardCoverage:
        asked.extend(str(one.origin) for one in named)
        return go_round_board(board, screens, base, named)

    monkeypatch.setattr("kanmon.jobs.use_cases.board_round.go_round_board", watched)
    deed = deeds_of(application(None), "https://board.example.jp")[JobKind.COVERAGE]
    job = cast("Job", type("Asked", (), {"arguments": coverage_arguments([], "http://169.254.169.254")}))
    with pytest.raises(OriginNotNamed):
        deed(job, lambda *_: None)  # type: ignore[arg-type]
    assert asked == ["https://cdn.example.jp", "https://board.example.jp"]


def test_an_origin_that_is_none_is_told_before_anything_is_served() -> None:
    with pytest.raises(OriginNotNamed):
        timetable_of(1, "board.example.jp")
