"""Requests and presses that wait for their answer: how long one takes is the machine's affair, not the test's."""

from functools import partial

import httpx
from playwright.sync_api import Locator, Page

SECONDS = 300
"""For a server that has hung, in which case the test fails."""

get = partial(httpx.get, timeout=SECONDS)
post = partial(httpx.post, timeout=SECONDS)
request = partial(httpx.request, timeout=SECONDS)


def follow(page: Page, target: str | Locator) -> None:
    """Press a link or button, and wait for the page that it leads to; a press alone may come back before it."""
    with page.expect_navigation():
        (page.locator(target).first if isinstance(target, str) else target).click()
