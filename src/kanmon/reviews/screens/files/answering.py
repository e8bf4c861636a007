"""Answering a board's consent forms as a person does, and what that brings: at once, and later."""

import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files

from playwright.sync_api import BrowserContext, Dialog, Locator, Response
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page as Tab
from pydantic import BaseModel, TypeAdapter

from kanmon.reviews.screens.files.browser_reach import RequestLog
from kanmon.reviews.screens.files.settling import settle
from kanmon.reviews.screens.parity import withdraws
from kanmon.reviews.screens.reach import Reach
from kanmon.reviews.screens.seen import ControlView, FormResponse, FormView, LaterPage

_OPENS_IN_MS = 15_000
_APPEARS_IN_MS = 1_500
_FORM = "form[data-consent]"
_DONE = "[data-function-done]"
_ACCEPTS, _REFUSES = ('[name="consent"][value="accept"]', '[name="consent"][value="refuse"]')
_VIEW = files(__package__).joinpath("form_view.js").read_text(encoding="utf-8")
_TEXT = '() => document.body?.innerText ?? ""'
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
_AFTERWARDS = """
() => {
  const isOpen = (element) => element.checkVisibility();
  const windows = document.querySelectorAll("dialog[open], [role=dialog], [role=alertdialog], [aria-modal=true]");
  return {
    text: document.body?.innerText ?? "",
    links: [...document.links].map((link) => [link.pathname, link.innerText]),
    controls: [...document.querySelectorAll("form button, form input:not([type=hidden]), form select, form textarea")]
      .filter((control) => isOpen(control) && !control.disabled)
      .map((control) => control.innerText || control.value || ""),
    overlays: [...windows].filter(isOpen).length,
  };
}
"""


class _Form(BaseModel):
    agreeing: ControlView | None
    refusing: ControlView | None
    text: str


class _Afterwards(BaseModel):
    text: str
    links: list[tuple[str, str]]
    controls: list[str]
    overlays: int


_FORM_VIEW = TypeAdapter(_Form)


class FormTab:
    """One person's tab, in which forms are answered one after the other."""

    def __init__(self, context: BrowserContext, reach: Reach, answers_in_ms: int) -> None:
        self._context = context
        self._answers_in_ms = answers_in_ms
        self._reach = reach

    def answered(self, address: str, *, agrees: bool) -> FormResponse | None:
        """What the page's form brings; None where the page has none."""
        watch = RequestLog(self._reach)
        with watch.opened(self._context) as tab:
            try:
                response = _answered(tab, address, self._answers_in_ms, agrees=agrees)
            except BrowserError:
                response = FormResponse(None, is_done=False)
            has_left = watch.problem(tab) is not None
            tab.close()
        if response is None:
            return None
        return replace(response, is_done=response.is_done and not has_left, refused=watch.refused)


def forms_answered(
    context: BrowserContext, reach: Reach, addresses: Sequence[str], answers_in_ms: int, *, agrees: bool
) -> Sequence[LaterPage]:
    """The pages as they are for somebody who answered all their forms."""
    person = FormTab(context, reach, answers_in_ms)
    for address in addresses:
        person.answered(address, agrees=agrees)
    watch = RequestLog(reach)
    with watch.opened(context) as tab:
        tab.clock.install()
        return [_later(tab, watch, address) for address in addresses]


def _later(tab: Tab, watch: RequestLog, address: str) -> LaterPage:
    try:
        response = tab.goto(address, timeout=_OPENS_IN_MS)
        settle(tab, watch)
        seen = _Afterwards.model_validate(tab.evaluate(_AFTERWARDS))
    except BrowserError:
        return LaterPage(address, None, "", frozenset(), 0, 0)
    links = frozenset(path for path, words in seen.links if not withdraws(words))
    controls = sum(not withdraws(words) for words in seen.controls)
    return LaterPage(address, response.status if response else None, seen.text, links, controls, seen.overlays)


def _answered(tab: Tab, address: str, answers_in_ms: int, *, agrees: bool) -> FormResponse | None:
    tab.goto(address, timeout=_OPENS_IN_MS)
    if not _appears(tab.locator(_FORM).first):
        return None
    form = tab.locator(_FORM).first
    control = form.locator(_ACCEPTS if agrees else _REFUSES)
    if control.count() == 0 or tab.locator(_DONE).count() > 0:  # done before the answer tells nothing
        return FormResponse(None, is_done=False)
    view = _FORM_VIEW.validate_python(form.evaluate(_VIEW, {"accepts": _ACCEPTS, "refuses": _REFUSES}))
    seen = FormView(view.agreeing, view.refusing, view.text)
    if not control.first.is_visible():
        return FormResponse(None, is_done=False, form=seen)
    form.evaluate(_FILL_IN)
    statuses: list[int] = []
    dialogs: list[Dialog] = []

    def agree_to(dialog: Dialog) -> None:
        dialogs.append(dialog)
        dialog.accept()

    tab.on("response", lambda response: statuses.extend(_status_of(response, tab)))
    tab.on("dialog", agree_to)
    begun = time.monotonic()
    control.first.click(timeout=_OPENS_IN_MS)
    is_done = _comes(tab.locator(_DONE).first, statuses, answers_in_ms)
    seconds = time.monotonic() - begun
    text = str(tab.evaluate(_TEXT)) if is_done else ""
    return FormResponse(
        statuses[-1] if statuses else None, is_done, seconds=seconds, dialogs=len(dialogs), text=text, form=seen
    )


def _appears(wanted: Locator) -> bool:
    try:
        wanted.wait_for(state="attached", timeout=_APPEARS_IN_MS)
    except BrowserError:
        return False
    return True


def _comes(wanted: Locator, statuses: list[int], within_ms: int) -> bool:
    """Whether it appears; a server that has not answered yet is waited for, as a person would wait."""
    for _ in range(within_ms // _APPEARS_IN_MS):
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
