"""How a fault is planted into a drawn board."""

from collections.abc import Callable

from tests.portals.generated_board import GeneratedBoard, Reply, Visit

Shows = Callable[[Visit], bool]
Plant = Callable[[GeneratedBoard, str], None]


def stale(shows: Shows) -> Plant:
    """The words of the version before, to whom `shows` says."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        now = board.text
        board.text = lambda visit, at: board.old[visit.language] if at == screen and shows(visit) else now(visit, at)

    return plant


def changed(change: Callable[[GeneratedBoard, Visit, str], str]) -> Plant:
    """Another page of the screen."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        board.changes.append(lambda visit, at, page: change(board, visit, page) if at == screen else page)

    return plant


def answered(change: Callable[[Visit, str], str | Reply]) -> Plant:
    """Another page after a refusal."""

    def plant(board: GeneratedBoard, screen: str) -> None:
        board.answers.append(
            lambda visit, at, page: change(visit, page) if at == screen and visit.sent["consent"] == "refuse" else page
        )

    return plant
