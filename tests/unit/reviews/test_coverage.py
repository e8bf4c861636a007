"""What was seen on a screen, judged against the words in force; and which pages a crawl opens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kanmon.audits.entries import coverage_entry, coverage_sha256
from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement, text_sha256
from kanmon.consent.screens import Screen
from kanmon.core.errors import UsageError
from kanmon.core.ids import PolicyId, PolicyVersionId, RunId, ScreenId, SeasonId
from kanmon.reviews.screens.coverage import (
    BoardCoverage,
    RefusalVerdict,
    ScreenLook,
    ScreenOutcome,
    TextDifference,
    Trial,
    finding,
    words_seen,
)
from kanmon.reviews.screens.crawl import Board, Crawl
from kanmon.reviews.screens.seen import FormResponse, Hiding, LaterPage, Page, PolicyFragment, ShownPolicy
from kanmon.reviews.screens.visitor import BoardVisitor, first_visit

SCREEN, POLICY, AT = ScreenId("s"), PolicyId("p"), datetime(2026, 4, 1, tzinfo=UTC)
WORKS, FAILS = FormResponse(200, is_done=True), FormResponse(200, is_done=False)


def version(language: str, *sentences: str, month: int = 3) -> PolicyVersion:
    clauses = tuple(
        Clause(f"c{number}", {Element.PURPOSE: Statement(words)}) for number, words in enumerate(sentences, 1)
    )
    effective_from = datetime(2026, month, 1, tzinfo=UTC)
    return PolicyVersion(POLICY, PolicyVersionId(f"v{month}"), language, effective_from, "\n".join(sentences), clauses)


JA, EN = version("ja", "甲です。", "乙です。"), version("en", "This is A.", "This is B.")


def page(*policies: ShownPolicy, status: int | None = 200) -> Page:
    return Page("http://board/s", status, policies)


def shown(*pieces: str | PolicyFragment, policy_id: str = POLICY) -> ShownPolicy:
    return ShownPolicy(policy_id, "v3", tuple(PolicyFragment(one) if isinstance(one, str) else one for one in pieces))


def outcome(*pages: Page, language: str = "ja") -> ScreenOutcome:
    looks = [ScreenLook(one, "picture", BoardVisitor(language)) for one in pages]
    return finding(SCREEN, POLICY, language, "http://board/s", looks, [EN, JA]).worst.outcome


RIGHT = page(shown("甲です。", "\n乙です。"))


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (RIGHT, ScreenOutcome.IN_FORCE),
        (page(shown("\n甲です。 \n\n 乙です。\n")), ScreenOutcome.IN_FORCE),
        (page(shown("This is A. This is B.")), ScreenOutcome.OTHER_LANGUAGE),
        (page(shown("甲です。", "\n丙です。")), ScreenOutcome.OTHER_WORDS),
        (page(shown("甲です。乙です。")), ScreenOutcome.OTHER_WORDS),
        (page(shown("甲です。", PolicyFragment("\n乙です。", hiding=Hiding.TINY))), ScreenOutcome.HIDDEN_WORDS),
        (page(shown("甲です。", PolicyFragment("\n丙です。", hiding=Hiding.TINY))), ScreenOutcome.OTHER_WORDS),
        (page(shown("甲です。", "\n乙です。", PolicyFragment("丙", hiding=Hiding.STYLE))), ScreenOutcome.IN_FORCE),
        (page(), ScreenOutcome.NO_POLICY),
        (page(shown(" ")), ScreenOutcome.NO_POLICY),
        (page(shown("甲です。", "\n乙です。", policy_id="other")), ScreenOutcome.NO_POLICY),
        (page(shown(PolicyFragment("旧", hiding=Hiding.STYLE)), *RIGHT.policies), ScreenOutcome.IN_FORCE),
        (page(shown("旧"), *RIGHT.policies), ScreenOutcome.OTHER_WORDS),
        (page(status=404), ScreenOutcome.UNREACHABLE),
        (page(status=None), ScreenOutcome.UNREACHABLE),
    ],
)
def test_what_a_look_finds(seen: Page, found: ScreenOutcome) -> None:
    assert outcome(seen) is found


def test_the_worst_look_counts() -> None:
    looks = [
        ScreenLook(one, f"{place}.png", BoardVisitor("ja"))
        for place, one in enumerate([RIGHT, page(shown("甲です。")), page(status=None)])
    ]
    found = finding(SCREEN, POLICY, "ja", "http://board/s", looks, [JA])
    assert (found.worst.outcome, found.wrong, found.looks, found.varies) == (ScreenOutcome.UNREACHABLE, 2, 3, True)
    assert found.pictures == ("0.png", "1.png")
    assert not finding(SCREEN, POLICY, "ja", "http://board/s", looks[1:], [JA]).varies


def test_difference_names_clauses_of_both_sides() -> None:
    seen = page(
        shown("甲です。", PolicyFragment("\n丙です。", clause="new"), PolicyFragment("乙です。", "c2", Hiding.COVERED))
    )
    worst = finding(SCREEN, POLICY, "ja", "http://board/s", [ScreenLook(seen, "", BoardVisitor("ja"))], [JA]).worst
    assert worst.changes == (TextDifference(("c2", "new"), "乙です。", "丙です。"),)
    assert [(piece.clause, piece.hiding) for piece in worst.hidden] == [("c2", Hiding.COVERED)]
    assert worst.version == "v3"


def test_what_was_read_is_kept_by_its_hash() -> None:
    assert words_seen(RIGHT, POLICY) == {JA.text_sha256}
    assert words_seen(page(), POLICY) == {text_sha256("")}
    assert words_seen(page(status=500), POLICY) == frozenset()


@pytest.mark.parametrize(
    ("agreed", "refused", "verdict"),
    [
        (WORKS, WORKS, RefusalVerdict.FREE),
        (WORKS, FAILS, RefusalVerdict.COSTS),
        (WORKS, FormResponse(403, is_done=True), RefusalVerdict.COSTS),
        (WORKS, None, RefusalVerdict.COSTS),
        (FAILS, FAILS, RefusalVerdict.NOT_EXAMINED),
        (FAILS, WORKS, RefusalVerdict.NOT_EXAMINED),
        (None, None, RefusalVerdict.NOT_EXAMINED),
    ],
)
def test_what_a_refusal_costs(
    agreed: FormResponse | None, refused: FormResponse | None, verdict: RefusalVerdict
) -> None:
    assert Trial(SCREEN, agreed, refused).verdict is verdict


class Pages:
    """Pages that are as they are told to be."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self.pages = pages
        self.opened: list[str] = []

    def look(self, address: str, visitor: BoardVisitor, picture: Callable[[Page], str | None] | None = None) -> Page:
        self.opened.append(address)
        return self.pages.get(address, Page(address, 404))

    def join(self, address: str, language: str) -> bool:
        return True

    def answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        return WORKS

    def afterwards(self, addresses: Sequence[str], language: str, *, agrees: bool) -> Sequence[LaterPage]:
        return [LaterPage(address, 200, "", frozenset(), 1, 0) for address in addresses]


def registry(*screens: Screen, base: str | None = "http://board") -> Board:
    return Board(screens, [JA, version("ja", "旧です。", month=1), version("ja", "新です。", month=5)], base, AT)


def screen(name: str, url: str | None, shown_to: datetime | None = None) -> Screen:
    return Screen(ScreenId(name), SeasonId("2027"), name, POLICY, None, shown_to, url)


def crawled(board: Board, pages: Mapping[str, Page]) -> tuple[BoardCoverage, list[str]]:
    eyes = Pages(pages)
    return Crawl(board, eyes, RunId("r"), first_visit).go_round(), eyes.opened


def test_links_are_followed_within_the_board_and_past_its_screens() -> None:
    links = (
        "http://board/a?x=1#top",
        "http://board/a?x=1",
        "http://board/s?from=mail",
        "http://else/b",
        "http://board/t/",
    )
    pages = {
        "http://board/s": replace(RIGHT, links=links),
        "http://board/a?x=1": Page("http://board/moved", 200, (shown("旧です。"),), links=("http://board/moved",)),
    }
    found, opened = crawled(registry(screen("s", "/s"), screen("t", "/t", shown_to=AT)), pages)
    assert opened == ["http://board/s", "http://board/s", "http://board/sitemap.xml", *["http://board/a?x=1"] * 2]
    [unregistered] = found.unregistered
    assert (unregistered.address, unregistered.linked_from) == ("http://board/moved", "http://board/s")
    assert (found.covered, found.screens, found.is_clean) == (1, 1, False)


def test_share_counts_only_screens_that_are_right_everywhere() -> None:
    board = registry(screen("s", "/s"), screen("t", "/t"), screen("none", None))
    found, _ = crawled(board, {"http://board/s": RIGHT})
    assert [(one.screen_id, one.worst.outcome) for one in found.findings] == [
        ("s", ScreenOutcome.IN_FORCE),
        ("t", ScreenOutcome.UNREACHABLE),
        ("none", ScreenOutcome.UNREACHABLE),
    ]
    assert (found.covered, found.screens, found.share) == (1, 3, 1 / 3)


def test_nothing_in_force_is_not_covered() -> None:
    board = replace(registry(screen("s", "/s")), at=datetime(2025, 1, 1, tzinfo=UTC))
    found, opened = crawled(board, {})
    assert [one.worst.outcome for one in found.findings] == [ScreenOutcome.NOTHING_IN_FORCE]
    assert (found.covered, opened) == (0, ["http://board/sitemap.xml"])


@pytest.mark.parametrize(
    ("board", "chosen"),
    [
        (registry(screen("s", "/s"), base=None), ()),
        (registry(screen("s", "/s", shown_to=AT)), ()),
        (registry(screen("s", "/s")), ("other",)),
    ],
    ids=["no origin", "none in use", "unknown"],
)
def test_what_can_not_be_looked_at_is_refused(board: Board, chosen: tuple[ScreenId, ...]) -> None:
    with pytest.raises(UsageError):
        Crawl(board, Pages({}), RunId("r")).go_round(chosen)


def test_the_ledger_keeps_what_was_found() -> None:
    found, _ = crawled(registry(screen("s", "/s")), {"http://board/s": RIGHT})
    entry = coverage_entry(found)
    assert (entry.at, entry.payload["covered"], entry.payload["screens"]) == (AT, 1, 1)
    other, _ = crawled(registry(screen("s", "/s")), {"http://board/s": page(shown("旧です。"))})
    assert entry.payload["result_sha256"] == coverage_sha256(found) != coverage_sha256(other)
