"""The round over the board's screens."""

from collections.abc import Collection, Sequence

from kanmon.application.application import Application
from kanmon.audits.entries import coverage_entry
from kanmon.audits.gap.store import AuditStore
from kanmon.core.ids import ScreenId, new_run_id
from kanmon.core.language import N_
from kanmon.reviews.screens.coverage import BoardCoverage
from kanmon.reviews.screens.crawl import Board, Crawl
from kanmon.reviews.screens.drift import to_assess
from kanmon.reviews.screens.files.browser import Chromium
from kanmon.reviews.screens.reach import NamedOrigin, require_named
from kanmon.reviews.screens.store.coverage import CoverageStore


def go_round_board(
    application: Application, screens: Sequence[ScreenId], base: str | None, named: Collection[NamedOrigin]
) -> BoardCoverage:
    """Go round the board in a real browser: these screens, or all in use; see `reviews.screens.crawl`.

    `base` is the origin of screens registered by a path. The browser goes to the origins `named` by settings and to
    nothing else; `OriginNotNamed` says where `base` is none of them. What was seen counts as looks at the screens
    from then on, and the answer is signed into the ledger. Wrong words open an assessment; see `reviews.screens.drift`.
    """
    require_named(base, named)
    with application.transactions.read() as work:
        board = Board.of(AuditStore(work.session), base, application.clock.now())
    run_id, begun_at = new_run_id(board.at), application.clock.real()
    opened = Chromium.open(application.workspace.coverage / run_id, named)
    with opened as chromium, application.progress.step(N_("look at the screens")):
        coverage = Crawl(board, chromium, run_id).go_round(screens)
    with application.transactions.begin() as work:
        looks = CoverageStore(work.session)
        looks.add(coverage.seen, coverage.seen_at)
        looks.keep(coverage, begun_at, is_round=not screens)
        assessments = list(to_assess(looks, coverage))
        entries = (one.entry(coverage.seen_at) for one in assessments)
        _, *places = work.ledger.append([coverage_entry(coverage), *entries])
        looks.open(assessments, places, application.clock.real())
        work.ledger.sign(application.clock.real())
    return coverage
