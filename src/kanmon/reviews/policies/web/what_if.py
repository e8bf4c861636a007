"""What would a changed `service.yaml` do: whom it would hold or let through. Nothing is loaded or recorded."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from kanmon.access.account import Account
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.core.errors import KanmonError, TooLarge, UsageError
from kanmon.core.language import N_, translations
from kanmon.gate.decision import REASON_ORDER, ReasonCode
from kanmon.gate.wording import MEANINGS, USES
from kanmon.reviews.policies.impact import ChangedAnswer, Impact
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import ask_again, language_of, page

MOST_BYTES = 2_000_000
"""Of a draft, all its texts together."""
NAMED = 200
"""Applicants that a page names for each client and use; `kanmon policy impact --json` has them all."""
router = APIRouter(prefix="/officer/what-if", include_in_schema=False)


@router.get("")
def ask_what_if(request: Request, account: PrivacyOwner) -> Response:
    """The form for a draft."""
    return _form(request, account)


@router.post("", dependencies=[Depends(ask_again)])
def find_what_if(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    service: Annotated[str, Form()] = "",
    file: Annotated[UploadFile | None, File()] = None,
    texts: Annotated[list[UploadFile] | None, File()] = None,
    text_name: Annotated[str, Form()] = "",
    text: Annotated[str, Form()] = "",
) -> Response:
    """Whom the draft would hold or let through, asked when all of it is in force."""
    try:
        said, words = _read(service, file, texts or [], text_name, text)
        found = Officer(application).what_if(said, words)
    except KanmonError as refused:
        return _form(request, account, service, text_name, text, refused=refused)
    translate = translations(language_of(request)).gettext
    shown = [(one, _reasons(one.newly_held), _reasons(one.newly_let_through)) for one in found.clients]
    remarks = [translate(remark.message) % remark.values for remark in found.remarks]
    return _form(request, account, service, text_name, text, found=found, shown=shown, remarks=remarks)


def _form(
    request: Request,
    account: Account,
    service: str = "",
    text_name: str = "",
    text: str = "",
    refused: KanmonError | None = None,
    found: Impact | None = None,
    **more: object,
) -> Response:
    context = {"service": service, "text_name": text_name, "text": text, "refused": refused, "found": found, **more}
    context |= {"meanings": MEANINGS, "uses": USES, "named": NAMED}
    return page(request, "officer_what_if.html", context, account, refused.http_status if refused else 200)


def _read(
    service: str, file: UploadFile | None, files: Sequence[UploadFile], text_name: str, text: str
) -> tuple[str, dict[str, str]]:
    """The draft and its texts by name; a file goes before what is pasted, as whoever chose one meant it."""
    uploaded = "" if file is None else _content(file)
    texts = {name: _content(one) for one in files if (name := one.filename or "")}
    if text_name.strip() and text:
        texts[text_name.strip()] = text
    said = uploaded or service
    if not said.strip():
        raise UsageError(N_("choose a service.yaml, or paste one"))
    if len(said) + sum(map(len, texts.values())) > MOST_BYTES:
        raise _too_large()
    return said, texts


def _content(file: UploadFile) -> str:
    content = file.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(N_("%(file)s is not written in UTF-8"), file=file.filename or "–") from None


def _too_large() -> TooLarge:
    return TooLarge(N_("a draft of more than %(most)s bytes is not taken"), most=f"{MOST_BYTES:,}")


def _reasons(affected: Sequence[ChangedAnswer]) -> list[tuple[ReasonCode, int]]:
    counts = Counter(reason for one in affected for reason in set(one.reasons))
    return [(reason, counts[reason]) for reason in sorted(counts, key=REASON_ORDER.__getitem__)]
