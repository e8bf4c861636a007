"""The board through a real Chromium: what a person sees on a page, and what an answer to its consent form brings.

How a board marks its pages (docs/coverage.md):

- the policy stands in an element with `data-policy-id`, and `data-policy-version` says which version it is meant to be;
- clauses in it may be marked with `data-clause`; all visible text of the element counts, marked or not;
- a form that takes consent is marked `data-consent`, its submit controls are named `consent` with the values `accept`
  and `refuse`;
- what a function brings in the end is marked `data-function-done`.

Every look is a new browser context: no cookie, no cache, nothing remembered of the looks before. The browser goes to
the origins of a `Reach` only (`browser_reach`), and has no rights of ours (`browser_account`).
"""

import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, Response, sync_playwright
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page as Tab
from pydantic import BaseModel

from kanmon.core.errors import BrowserMissing
from kanmon.core.language import N_
from kanmon.reviews.screens.files.browser_account import environment, is_root, program_as_nobody
from kanmon.reviews.screens.files.browser_reach import RequestLog, flags_for, resolve
from kanmon.reviews.screens.reach import NamedOrigin, Reach
from kanmon.reviews.screens.seen import FormResponse, Hiding, Page, PolicyFragment, RefusedAddress, ShownPolicy

COMMANDS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--font-render-hinting=none",
)  # fmt: skip
LOCALES: Mapping[str, str] = {"ja": "ja-JP", "en": "en"}
"""What a browser asks for, by the language of a policy version; another language asks for itself."""
FRESH = "kanmon-look"
"""The query parameter that no cache has met before."""
_OPENS_IN_MS = 15_000
_ANSWERS_IN_MS = 15_000
_SETTLES_IN_MS = 1_500
_SIZE = 1280, 900
_READING = files("kanmon.web").joinpath("static", "kanmon.js").read_text(encoding="utf-8").strip().removesuffix(";")
WORDS = f"({files(__package__).joinpath('policy_words.js').read_text(encoding='utf-8')})({_READING})"
"""What a person can read of a page, and the rest of `_PageContent`: an expression to evaluate in it."""
_POLICY = "[data-policy-id]"
_FORM = "form[data-consent]"
_DONE = "[data-function-done]"
_FILL_IN = """
(form) => {
  const plausible = {email: "trial@example.com", tel: "0312345678", number: "1", date: "2000-01-01", url: "https://example.com/"};
  for (const field of form.querySelectorAll(":required:invalid")) {
    if (field.type === "checkbox" || field.type === "radio") field.checked = true;
    else if (field.tagName === "SELECT") field.value = [...field.options].find((option) => option.value)?.value ?? "";
    else field.value = plausible[field.type] ?? "Kanmon-trial-1";
  }
}
"""


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
    text: str
    links: list[str]


class Chromium:
    """See `reviews.screens.seen.Eyes`; what a form leads to is waited for as long as `answers_in_ms`."""

    def __init__(self, browser: Browser, pictures: Path, reach: Reach, answers_in_ms: int = _ANSWERS_IN_MS) -> None:
        self._browser = browser
        self._pictures = pictures
        self._reach = reach
        self._answers_in_ms = answers_in_ms

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

    def look(self, address: str, language: str, picture: str | None = None, *, is_fresh: bool = False) -> Page:
        """Open a page, keep a picture under that name, and say what it shows; `is_fresh` goes past every cache."""
        if (refusal := self._reach.refusal(address)) is not None:
            refused = RefusedAddress(address, refusal)
            return Page(address, None, problem=str(refused), refused=(refused,))
        watch = RequestLog(self._reach)
        with self._context(language, is_fresh=is_fresh) as context, watch.opened(context) as tab:
            try:
                page = self._looked(tab, _uncached(address) if is_fresh else address, picture)
            except BrowserError as error:
                page = Page(address, None, problem=_reason(error))
            problem = watch.problem(tab)
        if problem is not None:
            return Page(address, None, problem=problem, refused=watch.refused)
        return replace(page, refused=watch.refused)

    def _looked(self, tab: Tab, address: str, picture: str | None) -> Page:
        response = tab.goto(address, timeout=_OPENS_IN_MS)
        if response is None or not response.ok:
            return Page(tab.url, None if response is None else response.status)
        _settle(tab)
        found = _PageContent.model_validate(tab.evaluate(WORDS))
        if picture is not None:
            self._pictures.mkdir(parents=True, exist_ok=True)
            tab.screenshot(path=self._pictures / picture, full_page=True)
        return _page(tab.url, response.status, found)

    def answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        """Answer the page's consent form and use the function; None where the page has no such form."""
        if self._reach.refusal(address) is not None:
            return None
        watch = RequestLog(self._reach)
        with self._context(language) as context, watch.opened(context) as tab:
            try:
                answered = self._answered(tab, address, agrees=agrees)
            except BrowserError:
                answered = FormResponse(None, is_done=False)
            has_left = watch.problem(tab) is not None
        if answered is None:
            return None
        return replace(answered, is_done=answered.is_done and not has_left, refused=watch.refused)

    def _answered(self, tab: Tab, address: str, *, agrees: bool) -> FormResponse | None:
        tab.goto(address, timeout=_OPENS_IN_MS)
        if not _appears(tab.locator(_FORM).first):
            return None
        form = tab.locator(_FORM).first
        control = form.locator(f'[name="consent"][value="{"accept" if agrees else "refuse"}"]')
        if control.count() == 0 or tab.locator(_DONE).count() > 0:  # done before the answer tells nothing
            return FormResponse(None, is_done=False)
        form.evaluate(_FILL_IN)
        statuses: list[int] = []
        tab.on("response", lambda response: statuses.extend(_status_of(response, tab)))
        control.first.click(timeout=_OPENS_IN_MS)
        is_done = _comes(tab.locator(_DONE).first, statuses, self._answers_in_ms)
        return FormResponse(statuses[-1] if statuses else None, is_done)

    @contextmanager
    def _context(self, language: str, *, is_fresh: bool = False) -> Iterator[BrowserContext]:
        width, height = _SIZE
        context = self._browser.new_context(
            locale=LOCALES.get(language, language),
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            accept_downloads=False,
            service_workers="block",
            extra_http_headers={"Cache-Control": "no-cache"} if is_fresh else None,
        )
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


def _settle(tab: Tab) -> None:
    """Wait for the fonts, and for a policy that a script may yet put in."""
    if tab.locator(_POLICY).count() == 0:
        with suppress(BrowserError):
            tab.wait_for_load_state("networkidle", timeout=_SETTLES_IN_MS)
    tab.evaluate("() => document.fonts.ready.then(() => null)")


def _appears(wanted: Locator) -> bool:
    try:
        wanted.wait_for(state="attached", timeout=_SETTLES_IN_MS)
    except BrowserError:
        return False
    return True


def _comes(wanted: Locator, statuses: list[int], within_ms: int) -> bool:
    """Whether it appears; a server that has not answered yet is waited for, as a person would wait."""
    for _ in range(within_ms // _SETTLES_IN_MS):
        was_answered = bool(statuses)
        if _appears(wanted):
            return True
        if was_answered:
            return False
    return False


def _status_of(response: Response, tab: Tab) -> list[int]:
    """The status where this is the answer for the page itself, not for a part of it."""
    request = response.request
    return [response.status] if request.is_navigation_request() and request.frame == tab.main_frame else []


def _page(address: str, status: int, found: _PageContent) -> Page:
    policies = tuple(
        ShownPolicy(
            one.id, one.version, tuple(PolicyFragment(piece.text, piece.clause, piece.hiding) for piece in one.pieces)
        )
        for one in found.policies
    )
    return Page(
        address, status, policies, found.hasConsentForm, found.canPost, found.text, tuple(dict.fromkeys(found.links))
    )


def _uncached(address: str) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), (FRESH, os.urandom(4).hex())])
    return urlunsplit(parts._replace(query=query))


def _reason(error: BrowserError) -> str:
    return error.message.partition("\n")[0].strip()
