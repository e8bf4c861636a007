"""Every page that links lead to: light, shown without waiting for a script, read on a phone and by a screen reader."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.journey.portals.conftest import Served, sign_in
from tests.journey.portals.patient import follow
from tests.journey.portals.pictures import PHONE, take_picture
from tests.journey.portals.walk import Visited, kinds, walk

READERS = [
    ("", "/board"), ("", "/sign-in"), ("", "/check"), ("", "/about"),
    ("shared", "/me"), ("hr", "/client"), ("owner", "/officer"), ("author", "/review"),
]  # fmt: skip
"""Accounts, where they begin; without a name nobody is signed in."""
MOST_BYTES = 100_000
NOT_LINKED = {
    "/": "sends on to the portal",
    "/sign-in/oidc": "leaves to the provider",
    "/sign-in/oidc/answer": "comes from the provider",
    "/check/desk/{address}": "comes after the desk was asked",
    "/erased/{code}": "comes after an erasure",
    "/erased/{code}/receipt.json": "a download",
    "/me/data.json": "a download",
    "/me/receipts/{seq}": "a download",
    "/client/applicants/refused": "a download",
    "/client/runs/{job}": "comes after asking for scores",
    "/client/reports/{provision}/use": "comes after a receipt was acknowledged",
    "/client/reports/{provision}/{name}": "a download",
    "/review/revisions/{number}": "comes after a draft",
    "/review/revisions/{number}/held": "comes after a draft",
    "/review/releases/{release}": "comes after a release was opened",
    "/review/legal/{number}": "comes after an assessment",
    "/review/coverage/{run}/{name}": "a picture",
    "/officer/provisions/{client}/{provision}/receipt": "a download",
    "/officer/ledger/checkpoints/{size}": "a download",
    "/officer/stops/{act}": "comes after the form of the stop switch",
    "/officer/acts/{number}": "comes after an act",
    "/officer/acts/{number}/receipt.json": "a download",
    "/officer/matters/{matter}": "comes after a matter was recorded",
    "/officer/matters/{matter}/papers/{step}": "a download",
    "/api/v1/state": "for programs",
    "/api/v1/ping": "for programs",
    "/healthz": "for programs",
    "/readyz": "for programs",
    "/metrics": "for programs",
}
"""Routes that no page is to link to, or that bring a file: none of them is opened."""


@pytest.fixture(scope="module", params=["ja", "en"])
def walked(browser: Browser, served: Served, request: pytest.FixtureRequest) -> list[tuple[Visited, str]]:
    """Every page that somebody comes to, with what is wrong with it for a screen reader."""
    found = []
    for name, start in READERS:
        context = browser.new_context(viewport=PHONE, locale="ja-JP")
        page = context.new_page()
        said = heard(page)
        page.goto(served.url)
        if request.param == "en":
            follow(page, "text=English")
        if name:
            sign_in(page, served, name)
        for visited in walk(page, served.url + start, NOT_LINKED):
            report = Axe().run(page)
            said += [f"{one['id']}: {one['nodes'][0]['html']}" for one in report.response["violations"]]
            found.append((visited, "; ".join(said)))
            said.clear()
            take_picture(page, visited)
        context.close()
    return found


def heard(page: Page) -> list[str]:
    """What the browser has to say of the pages that it opens, from now on."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    return said


def test_every_page_is_fit_for_a_phone_and_a_screen_reader(walked: list[tuple[Visited, str]]) -> None:
    assert [(visited.address, wrong) for visited, wrong in walked if wrong] == []
    assert [(visited.address, visited.overflow) for visited, _ in walked if visited.overflow > 0] == []


def test_every_page_is_light_and_waits_for_no_script(walked: list[tuple[Visited, str]]) -> None:
    assert [(visited.address, visited.weight) for visited, _ in walked if visited.weight >= MOST_BYTES] == []
    assert [visited.address for visited, _ in walked if visited.blocking] == []


def test_every_page_is_linked_from_somewhere(walked: list[tuple[Visited, str]]) -> None:
    reached = {visited.kind for visited, _ in walked}
    assert set(kinds()) - reached == set(NOT_LINKED)
