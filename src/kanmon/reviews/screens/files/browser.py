"""The board through a real Chromium: what a person sees on a page, and what an answer to its consent form brings.

How a board marks its pages (docs/coverage.md):

- the policy stands in an element with `data-policy-id`, and `data-policy-version` says which version it is meant to be;
- clauses in it may be marked with `data-clause`; all visible text of the element counts, marked or not;
- a form that takes consent is marked `data-consent`, its submit controls are named `consent` with the values `accept`
  and `refuse`;
- what a function brings in the end is marked `data-function-done`.

Every look is a browser context of its own: what a visitor brings of earlier visits is made in it. Time is let pass in a
page by its own clock, so that what a script does seconds later is seen at once. The browser goes to the origins of a
`Reach` only (`browser_reach`), and has no rights of ours (`browser_account`).
"""

import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playwright.sync_api import Browser, BrowserContext, Playwright, StorageState, sync_playwright
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page as Tab
from pydantic import BaseModel

from kanmon.core.errors import BrowserMissing
from kanmon.core.language import N_
from kanmon.reviews.screens.files.answering import FormTab, forms_answered
from kanmon.reviews.screens.files.browser_account import environment, is_root, program_as_nobody
from kanmon.reviews.screens.files.browser_reach import RequestLog, flags_for
from kanmon.reviews.screens.files.settling import settle
from kanmon.reviews.screens.reach import NamedOrigin, Reach, resolve
from kanmon.reviews.screens.seen import (
    FormResponse,
    Hiding,
    LaterPage,
    Page,
    PolicyFragment,
    RefusedAddress,
    ShownPolicy,
)
from kanmon.reviews.screens.visitor import Arm, ArmPlace, BoardVisitor, Device, Standing

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
)  # fmt: skip
LOCALES: Mapping[str, str] = {"ja": "ja-JP", "en": "en"}
"""What a browser asks for, by the language of a policy version; another language asks for itself."""
FRESH = "kanmon-look"
"""The query parameter that no cache has met before."""
OPENS_IN_MS = 15_000
_ANSWERS_IN_MS = 15_000
_SIZES: Mapping[Device, tuple[int, int]] = {Device.DESKTOP: (1280, 900), Device.PHONE: (390, 844)}
_AGENTS: Mapping[Device, str] = {
    Device.DESKTOP: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 "
    "Safari/537.36",
    Device.PHONE: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile "
    "Safari/537.36",
}
"""As browsers call themselves: a board must not know the crawler from a person."""
_READING = files("kanmon.web").joinpath("static", "kanmon.js").read_text(encoding="utf-8").strip().removesuffix(";")
WORDS = f"({files(__package__).joinpath('policy_words.js').read_text(encoding='utf-8')})({_READING})"
"""What a person can read of a page, and the rest of `_PageContent`: an expression to evaluate in it."""


_NOTE_WORKERS = """
const register = ServiceWorkerContainer.prototype.register;
globalThis.kanmonWorkers = [];
ServiceWorkerContainer.prototype.register = function (...given) {
  const registered = register.apply(this, given);
  const isSettled = (worker) => ["activated", "redundant"].includes(worker.state);
  kanmonWorkers.push(registered.then((registration) => new Promise((settled) => {
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    const look = () => { if (!worker || isSettled(worker)) settled(); };
    worker?.addEventListener("statechange", look);
    look();
  })).catch(() => null));
  return registered;
};
"""
"""Lets a returning visitor come back only when the workers of the first visit are there."""
_WORKERS_ARE_THERE = "() => Promise.all(globalThis.kanmonWorkers ?? []).then(() => null)"


class _ScriptFragment(BaseModel):
    text: str
    clause: str | None
    hiding: Hiding | None


class _Policy(BaseModel):
    id: str
    version: str | None
    pieces: list[_ScriptFragment]


class _PageContent(BaseModel):
    """What `policy_words.js` says of a page."""

    policies: list[_Policy]
    hasConsentForm: bool  # noqa: N815 - as JavaScript names it
    canPost: bool  # noqa: N815
    controls: list[str | None]
    text: str
    links: list[str]


class Chromium:
    """See `reviews.screens.seen.ScreenBrowser`; what a form leads to is waited for as long as `answers_in_ms`."""

    def __init__(self, browser: Browser, pictures: Path, reach: Reach, answers_in_ms: int = _ANSWERS_IN_MS) -> None:
        self._browser = browser
        self._pictures = pictures
        self._reach = reach
        self._answers_in_ms = answers_in_ms
        self._member: StorageState | None = None
        """What a member's browser keeps."""

    @classmethod
    @contextmanager
    def open(
        cls, pictures: Path, named: Collection[NamedOrigin] = (), answers_in_ms: int = _ANSWERS_IN_MS
    ) -> Iterator["Chromium"]:
        """A browser that goes to the named origins only, and keeps its pictures in a folder.

        Each origin's name is looked up here, once. `BrowserMissing` where no browser is installed, or none starts.
        """
        program = chromium_path()
        reach = Reach.of(named, resolve)
        with program_as_nobody(program) as as_nobody, sync_playwright() as playwright:
            browser = _launched(playwright, program, as_nobody, reach)
            try:
                yield cls(browser, pictures, reach, answers_in_ms)
            finally:
                browser.close()

    def look(self, address: str, visitor: BoardVisitor, picture: Callable[[Page], str | None] | None = None) -> Page:
        """Open a page as a visitor, and say what it shows; see `ScreenBrowser`."""
        if (refusal := self._reach.refusal(address)) is not None:
            refused = RefusedAddress(address, refusal)
            return Page(address, None, problem=str(refused), refused=(refused,))
        watch = RequestLog(self._reach)
        with self._context(visitor, address) as context, watch.opened(context) as tab:
            try:
                page = self._looked(tab, watch, _address_for(visitor, address), visitor, picture)
            except BrowserError as error:
                page = Page(address, None, problem=_reason(error))
            problem = watch.problem(tab)
        if problem is not None:
            return Page(address, None, problem=problem, refused=watch.refused)
        return replace(page, refused=watch.refused)

    def _looked(
        self,
        tab: Tab,
        watch: RequestLog,
        address: str,
        visitor: BoardVisitor,
        picture: Callable[[Page], str | None] | None,
    ) -> Page:
        if visitor.runs_script:
            tab.clock.install()
        if visitor.standing is not Standing.FIRST and (visitor.standing is Standing.RETURNING or not self._member):
            if visitor.runs_script:
                tab.add_init_script(_NOTE_WORKERS)
            tab.goto(address, timeout=OPENS_IN_MS)
            if visitor.runs_script:
                settle(tab, watch)
                tab.evaluate(_WORKERS_ARE_THERE)
        response = tab.goto(address, timeout=OPENS_IN_MS)
        if response is None or not response.ok:
            return Page(tab.url, None if response is None else response.status)
        if visitor.runs_script:
            settle(tab, watch)
        content = _PageContent.model_validate(tab.evaluate(WORDS))
        page = _page(tab.url, response.status, content, _kept(tab.context.storage_state()))
        if picture is not None and (name := picture(page)) is not None:
            self._pictures.mkdir(parents=True, exist_ok=True)
            tab.screenshot(path=self._pictures / name, full_page=True)
        return page

    def join(self, address: str, language: str) -> bool:
        """Become a member by the page's form, without agreeing; whether it worked."""
        if self._reach.refusal(address) is not None:
            return False
        with self._context(BoardVisitor(language), address) as context:
            response = FormTab(context, self._reach, self._answers_in_ms).answered(address, agrees=False)
            if response is None or not response.works:
                return False
            self._member = context.storage_state()
        return True

    def answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        """Answer the page's consent form and use the function; None where the page has no such form."""
        if self._reach.refusal(address) is not None:
            return None
        with self._context(BoardVisitor(language), address) as context:
            return FormTab(context, self._reach, self._answers_in_ms).answered(address, agrees=agrees)

    def afterwards(self, addresses: Sequence[str], language: str, *, agrees: bool) -> Sequence[LaterPage]:
        """The pages as they are for somebody who answered all their forms so."""
        with self._context(BoardVisitor(language), addresses[0]) as context:
            return forms_answered(context, self._reach, addresses, self._answers_in_ms, agrees=agrees)

    @contextmanager
    def _context(self, visitor: BoardVisitor, address: str) -> Iterator[BrowserContext]:
        width, height = _SIZES[visitor.device]
        is_phone = visitor.device is Device.PHONE
        context = self._browser.new_context(
            locale=LOCALES.get(visitor.language, visitor.language),
            viewport={"width": width, "height": height},
            user_agent=_AGENTS[visitor.device].format(self._browser.version.partition(".")[0]),
            is_mobile=is_phone,
            has_touch=is_phone,
            java_script_enabled=visitor.runs_script,
            reduced_motion="reduce",
            accept_downloads=False,
            service_workers="block" if visitor.standing is Standing.FIRST else "allow",
            storage_state=self._member if visitor.standing is Standing.MEMBER else None,
            extra_http_headers={"Cache-Control": "no-cache"} if visitor.is_fresh else None,
        )
        _put_into(context, visitor.arm, address)
        try:
            yield context
        finally:
            context.close()


def chromium_path() -> str:
    """Where the browser is: KANMON_CHROMIUM, else the first that the system has; `BrowserMissing` where none is."""
    found = os.environ.get("KANMON_CHROMIUM") or next(filter(None, map(shutil.which, COMMANDS)), None)
    if found is None:
        raise BrowserMissing(
            N_(
                "no Chromium was found; install one (Debian: apt-get install chromium-headless-shell fonts-noto-cjk) "
                "or name its program with KANMON_CHROMIUM"
            )
        )
    return found


def _launched(playwright: Playwright, program: str, as_nobody: str, reach: Reach) -> Browser:
    """In Chromium's own sandbox; without one only where it runs as a user without rights all the same."""
    for has_sandbox in (True, False) if is_root() else (True,):
        try:
            return playwright.chromium.launch(
                executable_path=as_nobody,
                args=[*FLAGS, *flags_for(reach)],
                chromium_sandbox=has_sandbox,
                env=dict(environment()),
            )
        except BrowserError as error:
            reason = _reason(error)
    raise BrowserMissing(
        N_("the browser %(program)s did not start (%(reason)s); name a Chromium with KANMON_CHROMIUM")
        if is_root()
        else N_(
            "the browser %(program)s did not start in its sandbox (%(reason)s); name a Chromium with KANMON_CHROMIUM, "
            "or have this machine permit user namespaces: it is never run without a sandbox under your own name"
        ),
        program=program,
        reason=reason,
    )


def _address_for(visitor: BoardVisitor, address: str) -> str:
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if visitor.arm is not None and visitor.arm.place is ArmPlace.ADDRESS:
        query = [*(pair for pair in query if pair[0] != visitor.arm.name), (visitor.arm.name, visitor.arm.value)]
    elif visitor.is_fresh:
        query.append((FRESH, os.urandom(4).hex()))
    else:
        return address
    return urlunsplit(parts._replace(query=urlencode(query)))


def _put_into(context: BrowserContext, arm: Arm | None, address: str) -> None:
    if arm is None:
        return
    if arm.place is ArmPlace.COOKIE:
        context.add_cookies([{"name": arm.name, "value": arm.value, "url": address}])
    elif arm.place is ArmPlace.STORAGE:
        put = f"localStorage.setItem({json.dumps(arm.name)}, {json.dumps(arm.value)})"
        context.add_init_script(f"try {{ {put} }} catch {{}}")


def _kept(state: StorageState) -> tuple[Arm, ...]:
    cookies = [Arm(ArmPlace.COOKIE, cookie["name"], cookie["value"]) for cookie in state.get("cookies", ())]
    stored = [
        Arm(ArmPlace.STORAGE, item["name"], item["value"])
        for origin in state.get("origins", ())
        for item in origin.get("localStorage", ())
    ]
    return (*cookies, *stored)


def _page(address: str, status: int, content: _PageContent, kept: tuple[Arm, ...]) -> Page:
    policies = tuple(
        ShownPolicy(
            one.id, one.version, tuple(PolicyFragment(piece.text, piece.clause, piece.hiding) for piece in one.pieces)
        )
        for one in content.policies
    )
    return Page(
        address, status, policies, content.hasConsentForm, content.canPost, tuple(content.controls), content.text,
        tuple(dict.fromkeys(content.links)), kept,
    )  # fmt: skip


def _reason(error: BrowserError) -> str:
    return error.message.partition("\n")[0].strip()
