"""Clients in the privacy owner's portal: what is on record of each, and a form for a check or a paper."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.clients.papers.model import MOST_BYTES, CheckFinding, PaperDraft, PaperFile, PaperKind
from kanmon.clients.papers.questions import QUESTIONS, questions_of
from kanmon.clients.papers.use_cases import ClientPapers
from kanmon.clients.papers.words import DUE, FINDINGS, KINDS
from kanmon.core.clock import day_of
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, translations
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page
from kanmon.web.periods import beginning_of

router = APIRouter(prefix="/officer/clients", include_in_schema=False)
WORDS = {"kinds": KINDS, "findings": FINDINGS, "due_names": DUE, "questions": QUESTIONS}


class PaperForm:
    """A form as it was sent: its fields, and the files with a name."""

    def __init__(self, fields: Mapping[str, str], files: list[tuple[str, bytes]]) -> None:
        self.fields = fields
        self.files = files

    def draft(self) -> PaperDraft:
        """The paper that it describes; `UsageError` for a kind, a finding, a day or a file that is none."""
        kind, finding, day = self.fields.get("kind", ""), self.fields.get("finding", ""), self.fields.get("day", "")
        if kind not in set(PaperKind):
            raise UsageError(N_("choose what the paper is"))
        of = PaperKind(kind)
        return PaperDraft(
            kind=of,
            dated_on=_day(day),
            client_person=self.fields.get("client_person", ""),
            files=tuple(PaperFile.of(name, content) for name, content in self.files),
            answers={name: self.fields.get(name, "") for name in questions_of(of)},
            finding=CheckFinding(finding) if of.is_check and finding in set(CheckFinding) else None,
            conditions=self.fields.get("conditions", ""),
        )


async def _form(request: Request) -> PaperForm:
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    async with request.form() as sent:
        for name, value in sent.multi_items():
            if isinstance(value, str):
                fields[name] = value.strip()
            elif value.filename:
                files.append((value.filename, await value.read(MOST_BYTES + 1)))
    return PaperForm(fields, files)


Form = Annotated[PaperForm, Depends(_form)]


@router.get("")
def clients(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every client with what is due of it."""
    context = {**WORDS, "files": ClientPapers(application).files()}
    return page(request, "officer_clients.html", context, account)


@router.get("/{client}")
def client(request: Request, account: PrivacyOwner, application: Open, client: str) -> Response:
    """One client: what is due, what is on record, and the forms."""
    return _client(request, account, application, ClientId(client))


@router.post("/{client}/papers")
def record_paper(request: Request, account: PrivacyOwner, application: Open, client: str, sent: Form) -> Response:
    """Put a paper or a check on record; what is missing is told above the form."""
    try:
        ClientPapers(application).record(ClientId(client), sent.draft(), account)
    except KanmonError as refused:
        return _client(request, account, application, ClientId(client), refused, sent.fields)
    return RedirectResponse(f"{router.prefix}/{quote(client, safe='')}", 303)


def _client(
    request: Request,
    account: Account,
    application: Application,
    client: ClientId,
    refused: KanmonError | None = None,
    said: Mapping[str, str] | None = None,
) -> Response:
    desk = ClientPapers(application)
    told = None if refused is None else refused.told(translations(language_of(request)).gettext).splitlines()
    context = {
        **WORDS,
        "file": desk.file(client),
        "forms": {kind: questions_of(kind) for kind in PaperKind if kind.is_check},
        "papers_only": [kind for kind in PaperKind if not kind.is_check],
        "said": said or {},
        "today": day_of(application.clock.now()).isoformat(),
        "refused": told,
        "refusal": refused,
    }
    return page(request, "officer_client.html", context, account, 200 if refused is None else refused.http_status)


def _day(written: str) -> date | None:
    return day_of(beginning_of(written)) if written else None
