"""Waiting until a page is what a person finds: for what it asked for, and for seconds of its own clock, not of ours."""

from playwright.sync_api import Page as Tab

from kanmon.reviews.screens.files.browser_reach import RequestLog

_LATER_MS = 3_000
"""How much of its own time passes in a page before it is looked at."""
_SETTLES_IN_MS = 1_500
_PAUSE_MS = 20
_FONTS_ARE_THERE = "() => document.fonts.ready.then(() => null)"


def settle(tab: Tab, watch: RequestLog) -> None:
    """Wait until the page has what it asked for, its fonts, and what its scripts do within some seconds of its time.

    Its clock must be ours (`tab.clock.install`).
    """
    tab.clock.run_for(_LATER_MS)
    tab.evaluate(_FONTS_ARE_THERE)
    for _ in range(_SETTLES_IN_MS // _PAUSE_MS):
        if not watch.is_waiting:
            break
        tab.wait_for_timeout(_PAUSE_MS)
    tab.evaluate(_FONTS_ARE_THERE)
