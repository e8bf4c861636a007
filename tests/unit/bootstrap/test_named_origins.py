"""A job's origin may come from a page of the portal: it names nothing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from kanmon.bootstrap.application import Application
from kanmon.bootstrap.jobs import coverage_arguments, deeds_of
from kanmon.cli.worker import timetable_of
from kanmon.errors import OriginNotNamed
from kanmon.ids import ScreenId
from kanmon.jobs.job import Job, JobKind
from kanmon.oversight.reach import NamedOrigin, require_named


@dataclass(frozen=True)
class Board:
    """What an application is asked to look at."""

    progress: object = None
    named: list[str] = field(default_factory=list)

    def audit_coverage(self, screens: Sequence[ScreenId], base: str | None, named: Collection[NamedOrigin]) -> None:
        self.named.extend(str(one.origin) for one in named)
        require_named(base, named)


def test_what_was_typed_into_a_page_is_not_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_BOARD_ORIGINS", "https://cdn.example.jp")
    board = Board()
    deed = deeds_of(cast("Application", board), "https://board.example.jp")[JobKind.COVERAGE]
    job = cast("Job", type("Asked", (), {"arguments": coverage_arguments([], "http://169.254.169.254")}))
    with pytest.raises(OriginNotNamed):
        deed(job, lambda *_: None)  # type: ignore[arg-type]
    assert board.named == ["https://cdn.example.jp", "https://board.example.jp"]


def test_an_origin_that_is_none_is_told_before_anything_is_served() -> None:
    with pytest.raises(OriginNotNamed):
        timetable_of(1, "board.example.jp")
