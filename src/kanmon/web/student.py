"""The person's portal: was I scored, by whom, why, on what consent, who got it; and the way out."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account, ReadPurpose
from kanmon.access.service import SignIn
from kanmon.errors import NotFound
from kanmon.ids import ClientId, EvidenceId, MemberId
from kanmon.language import N_, translations
from kanmon.provision.first_page import prohibited_use_in_words, purpose_in_words
from kanmon.rights.told import ProvisionTold, ScoreTold, SubjectView, facts_of
from kanmon.rights.wording import ACTIONS, ITEMS, feature_in_words
from kanmon.scoring.score import NOT_SCORABLE_MEANINGS, SCALE, Score
from kanmon.web.access import Open, Person
from kanmon.web.pages import language_of, local, page

router = APIRouter(prefix="/me", include_in_schema=False)


@dataclass(frozen=True)
class ScoreShown:
    """A score as its person reads it."""

    value: str
    place: int
    """Where it stands on a line of 0 to 100, for the picture."""
    computed_at: datetime
    reasons: Sequence[tuple[str, bool]]
    """What counted, in words, strongest first, and whether it raised the score."""
    evidence_id: EvidenceId | None


@dataclass(frozen=True)
class ProvisionShown:
    """What one recipient got, as its person reads it."""

    ledger_seq: int
    provided_at: datetime
    made_at: datetime | None
    """The machine's own moment where this was a replay, else None."""
    recipient: Mapping[str, str]
    items: str
    purpose: str
    prohibited: str
    consented: str | None


@dataclass(frozen=True)
class ClientShown:
    """All that one client has to do with the person."""

    client_id: ClientId
    name: str
    scores: Sequence[ScoreShown]
    unscored: Sequence[tuple[datetime, str]]
    provisions: Sequence[ProvisionShown]


@router.get("")
def was_i_scored(request: Request, account: Person, application: Open, withdrawn: int | None = None) -> Response:
    """The one page that answers."""
    view = application.subject(_read(request, account))
    context = {
        "view": view,
        "clients": _by_client(request, view),
        "is_scored": any(isinstance(told.answer, Score) for told in view.scores),
        "acts": [(act, ACTIONS[act.action]) for act in reversed(view.acts)],
        "withdrawn": withdrawn if withdrawn in {act.ledger_seq for act in view.acts} else None,
    }
    return page(request, "student.html", context, account)


@router.get("/consents/{evidence}")
def my_words(request: Request, account: Person, application: Open, evidence: int) -> Response:
    """The very words of one act of consent, and what has changed since."""
    words = application.consent_words(_member(account), EvidenceId(evidence))
    return page(request, "words.html", {"words": words, "did": ACTIONS[words.act.action]}, account)


@router.post("/withdraw")
def withdraw(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Withdraw for one client or, where none is named, for all: one press, and it counts when the page answers."""
    done = application.withdraw(_member(account), None if client is None else ClientId(client))
    return RedirectResponse(f"/me?withdrawn={done.ledger_seq}", 303)


@router.get("/data.json")
def my_data(request: Request, account: Person, application: Open) -> Response:
    """Everything on the page and more, for a program of the person's own."""
    view = application.subject(_read(request, account))
    return _download("kanmon.json", json.dumps(facts_of(view), ensure_ascii=False, indent=2).encode())


@router.post("/answer")
def my_answer(request: Request, account: Person, application: Open) -> Response:
    """The answer of now, yes or no, as a receipt: it stands in the ledger, which anyone checks with `kanmon verify`."""
    return _download("answer.json", application.answer(_read(request, account)))


@router.get("/receipts/{seq}")
def my_receipt(request: Request, account: Person, application: Open, seq: int) -> Response:
    """The receipt of one act or provision, which anyone checks with `kanmon verify`; that of a provision has scores."""
    receipt = application.receipts(_read(request, account)).get(seq)
    if receipt is None:
        raise NotFound(N_("there is nothing here for you under that address"))
    return _download(f"receipt-{seq}.json", receipt)


def _member(account: Account) -> MemberId:
    assert account.member_id is not None
    return account.member_id


def _read(request: Request, account: Account) -> MemberId:
    doors: SignIn = request.app.state.sign_in
    member = _member(account)
    doors.note_read(account, ReadPurpose.OWN_DATA, member)
    return member


def _download(name: str, content: bytes) -> Response:
    return Response(
        content, media_type="application/json", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _by_client(request: Request, view: SubjectView) -> list[ClientShown]:
    names = {told.client_id: told.client_name for told in view.scores}
    names |= {told.record["recipient"]["client_id"]: told.record["recipient"]["legal_name"] for told in view.provisions}
    return [
        ClientShown(
            client,
            name,
            [_score(request, told) for told in reversed(view.scores) if told.client_id == client and _has_score(told)],
            [_unscored(request, told) for told in view.scores if told.client_id == client and not _has_score(told)],
            [
                _provision(request, told)
                for told in reversed(view.provisions)
                if told.record["recipient"]["client_id"] == client
            ],
        )
        for client, name in sorted(names.items())
    ]


def _has_score(told: ScoreTold) -> bool:
    return isinstance(told.answer, Score)


def _score(request: Request, told: ScoreTold) -> ScoreShown:
    assert isinstance(told.answer, Score)
    language = language_of(request)
    reasons = [(feature_in_words(name, language), value > 0) for name, value in told.contributions.items()]
    place = told.answer.ten_thousandths * 100 // SCALE
    return ScoreShown(str(told.answer), place, told.computed_at, reasons, told.evidence_id)


def _unscored(request: Request, told: ScoreTold) -> tuple[datetime, str]:
    assert not isinstance(told.answer, Score)
    return told.computed_at, translations(language_of(request)).gettext(NOT_SCORABLE_MEANINGS[told.answer])


def _provision(request: Request, told: ProvisionTold) -> ProvisionShown:
    _ = translations(language_of(request)).gettext
    record: Mapping[str, Any] = told.record
    consent = record.get("consent")
    return ProvisionShown(
        told.ledger_seq,
        datetime.fromisoformat(record["provided_at"]),
        datetime.fromisoformat(record["real_at"]) if record["real_at"] else None,
        record["recipient"],
        _(", ").join(f"{_(ITEMS[item])} {value}" for item, value in record["items"].items() if value is not None),
        purpose_in_words(record["purpose"], _),
        _(", ").join(prohibited_use_in_words(use, _) for use in record["prohibited_uses"]),
        None if consent is None else local(datetime.fromisoformat(consent["occurred_at"])),
    )
