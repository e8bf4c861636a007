"""The person's portal: was I scored, by whom, why, on what consent, who got it; and the way out."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account, ReadPurpose
from kanmon.access.limits import Limit
from kanmon.access.service import SignIn
from kanmon.application.application import Application
from kanmon.core.clock import day_of
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, EvidenceId, MemberId
from kanmon.core.language import N_, translations
from kanmon.rights.answer.told import facts_of
from kanmon.rights.answer.training import training_in_words, training_states
from kanmon.rights.answer.use_cases.people import consent_words, signed_answer, subject_view, training_proof
from kanmon.rights.answer.web.cards import clients_shown, score_shown
from kanmon.rights.answer.web.log_key import log_key_shown
from kanmon.rights.disclosure.service import ExplainedView
from kanmon.rights.handling import effect_in_words
from kanmon.rights.recall.service import Recall
from kanmon.rights.requests.objection import Word, objected_since
from kanmon.rights.requests.review import contested
from kanmon.rights.requests.service import Request as RightsRequest
from kanmon.rights.requests.service import RequestType
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.withdrawal.service import standing_withdrawal
from kanmon.rights.withdrawal.use_cases import withdraw_consent
from kanmon.rights.words import ACTIONS, RECALL_STATES
from kanmon.scoring.score import Score
from kanmon.web.access import Open, Person
from kanmon.web.doors import doors_of
from kanmon.web.pages import language_of, local, page

router = APIRouter(prefix="/me", include_in_schema=False)
EVERY_CLIENT = ClientId("")
"""No company's ID: only words on every company concern it."""
WITHDRAWN = N_("Your consent is withdrawn. From now on nothing is computed or provided on it.")
WORDS_DONE = {
    RequestType.OBJECTION: N_(
        "Stopped. From now on nothing about you is computed or provided there, until you lift it yourself."
    ),
    RequestType.LIFTING: N_("Your stop is lifted. What your consents allow may be done again."),
    RequestType.TRAINING_OBJECTION: N_(
        "Ended. No model learns from your history any more, until you allow it yourself. Your scores are not affected."
    ),
    RequestType.TRAINING_LIFTING: N_("Allowed again. Models may learn from your history as far as you agreed to it."),
}
"""What a person is told right after a press, from what was recorded of it; ids of messages."""


@router.get("")
def was_i_scored(request: Request, account: Person, application: Open, receipt: int | None = None) -> Response:
    """The one page that answers; `receipt` is the ledger's entry of what was just done, of which the page tells."""
    seen = Rights(application).seen(read_by(request, account))
    explained, view = seen.explained, seen.explained.view
    done = _done(explained, receipt)
    _ = translations(language_of(request)).gettext
    now = application.clock.now()
    today = day_of(now)
    context = {
        "view": view,
        "clients": clients_shown(explained, language_of(request), now),
        "is_scored": any(isinstance(told.answer, Score) for told in view.scores),
        "done": done,
        "withdrawn": done == WITHDRAWN,
        "incidents": [(effect, effect_in_words(effect, local, _)) for effect in view.incidents],
        "withdrawal": standing_withdrawal(view.acts, None, now),
        "receipt": receipt,
        "unread": seen.unread,
        "recalls": _by_client(seen.recalls),
        "today": today,
        "states": RECALL_STATES,
        "waiting": sum(one.decided is None for one in explained.requests),
    }
    return page(request, "student.html", context, account)


@router.get("/companies/{client}")
def one_company(request: Request, account: Person, application: Open, client: str) -> Response:
    """All that one company has to do with the person: scores and what they mean, what it got, what for, the proofs."""
    seen = Rights(application).seen(read_by(request, account))
    now = application.clock.now()
    shown = clients_shown(seen.explained, language_of(request), now)
    card = next((card for card in shown if card.client_id == client), None)
    if card is None:
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    recalls = [recall for recall in seen.recalls if recall.client_id == card.client_id]
    context = {"client": card, "recalls": recalls, "today": day_of(now), "states": RECALL_STATES}
    return page(request, "company.html", context, account)


@router.get("/consents")
def my_consents(request: Request, account: Person, application: Open) -> Response:
    """Every act of consent of the person's, the newest first."""
    acts = Rights(application).seen(member_of(account)).explained.view.acts
    context: dict[str, object] = {"acts": [(act, ACTIONS[act.action]) for act in reversed(acts)]}
    context |= log_key_shown(application, translations(language_of(request)).gettext)
    return page(request, "my_consents.html", context, account)


@router.get("/training")
def my_training(request: Request, account: Person, application: Open, receipt: int | None = None) -> Response:
    """Whose models the person's history trained, on what consent; `receipt` is the entry of what was just done."""
    member, _ = read_by(request, account), translations(language_of(request)).gettext
    explained = Rights(application).seen(member).explained
    now = application.clock.now()
    states = training_states(explained.view.trained, explained.view.acts, explained.words, now)
    words = [word for word in explained.words if word.is_of_training]
    context = {
        "states": [(state, training_in_words(state, local, _)) for state in states],
        "ended_at": objected_since(words, EVERY_CLIENT, is_of_training=True),
        "done": _done(explained, receipt),
        "receipt": receipt,
    }
    return page(request, "my_training.html", context, account)


@router.post("/training/end")
def end_training(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Let no model learn from the person's history any more: one press; scores go on."""
    return _said(account, application, Word.OBJECT, client, is_of_training=True)


@router.post("/training/lift")
def lift_training(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Let models learn from the person's history again, as far as consents allow."""
    return _said(account, application, Word.LIFT, client, is_of_training=True)


@router.post("/training/proof")
def my_training_proof(request: Request, account: Person, application: Open) -> Response:
    """For every model the proof that it learned from the person or did not, which anyone checks offline."""
    return download("training.json", training_proof(application, read_by(request, account)))


@router.get("/scores/{score_no}")
def why_this_score(request: Request, account: Person, application: Open, score_no: int) -> Response:
    """One score with the actions that counted in it, which are read from the lake."""
    explained = Rights(application).explained(read_by(request, account), score_no)
    company, score = score_shown(explained, score_no, language_of(request))
    review = next((one for one in explained.requests if one.decided is None and _is_about(one, score_no)), None)
    return page(request, "score.html", {"company": company, "score": score, "review": review}, account)


@router.get("/consents/{evidence}")
def my_words(request: Request, account: Person, application: Open, evidence: int) -> Response:
    """The very words of one act of consent, and what has changed since."""
    words = consent_words(application, member_of(account), EvidenceId(evidence))
    return page(request, "words.html", {"words": words, "did": ACTIONS[words.act.action]}, account)


@router.post("/withdraw")
def withdraw(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Withdraw for one client or, where none is named, for all: one press, and it counts when the page answers."""
    done = withdraw_consent(application, member_of(account), None if client is None else ClientId(client))
    return RedirectResponse(f"/me?receipt={done.ledger_seq}", 303)


@router.post("/object")
def stop(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Stop scoring and providing for one client or for all: one press, and it counts when the page answers."""
    return _said(account, application, Word.OBJECT, client)


@router.post("/lift")
def lift(account: Person, application: Open, client: Annotated[str | None, Form()] = None) -> Response:
    """Lift the stop, for one client or for all."""
    return _said(account, application, Word.LIFT, client)


@router.get("/data.json")
def my_data(request: Request, account: Person, application: Open) -> Response:
    """Everything on the page and more, for a program of the person's own."""
    view = subject_view(application, read_by(request, account))
    return download("kanmon.json", json.dumps(facts_of(view), ensure_ascii=False, indent=2).encode())


@router.post("/answer")
def my_answer(request: Request, account: Person, application: Open) -> Response:
    """The answer of now, yes or no, as a receipt: it stands in the ledger, which anyone checks with `kanmon verify`."""
    return download("answer.json", signed_answer(application, read_by(request, account)))


@router.get("/receipts/{seq}")
def my_receipt(request: Request, account: Person, application: Open, seq: int) -> Response:
    """The receipt of one act, provision or request, which anyone checks with `kanmon verify`: some hold scores."""
    return download(f"receipt-{seq}.json", Rights(application).receipt(read_by(request, account), seq))


def member_of(account: Account) -> MemberId:
    """The member behind a person's account."""
    assert account.member_id is not None
    return account.member_id


def read_by(request: Request, account: Account) -> MemberId:
    """The member behind a person's account, whose scores are about to be read: that is noted; `TooManyRequests`."""
    doors: SignIn = request.app.state.sign_in
    doors_of(request).limits.take(Limit.OWN_PAGES, account.name)
    member = member_of(account)
    doors.note_read(account, ReadPurpose.OWN_DATA, member)
    return member


def download(name: str, content: bytes, kind: str = "application/json") -> Response:
    """A file to keep."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _said(
    account: Account, application: Application, word: Word, client: str | None, *, is_of_training: bool = False
) -> Response:
    company = None if client is None else ClientId(client)
    said = Rights(application).say(member_of(account), word, company, is_of_training=is_of_training)
    return RedirectResponse(f"/me{'/training' if is_of_training else ''}?receipt={said.request.ledger_seq}", 303)


def _done(explained: ExplainedView, receipt: int | None) -> str | None:
    """What was done by an entry of the ledger, where it is the person's own and still stands; the id of a message."""
    if receipt is None:
        return None
    act = next((act for act in explained.view.acts if act.ledger_seq == receipt), None)
    if act is not None:
        stands = standing_withdrawal(explained.view.acts, act.client_id, act.occurred_at) == act
        return WITHDRAWN if stands else None
    asked = next((one.asked for one in explained.requests if one.ledger_seq == receipt), None)
    if asked is None or asked.type not in WORDS_DONE:
        return None
    is_of_training = asked.type in {RequestType.TRAINING_OBJECTION, RequestType.TRAINING_LIFTING}
    words = [
        word
        for word in explained.words
        if word.is_of_training == is_of_training
        and (asked.client_id is None or word.client_id in {None, asked.client_id})
    ]
    is_last = not any(word.occurred_at > asked.received_at for word in words)
    return WORDS_DONE[asked.type] if is_last else None


def _is_about(request: RightsRequest, score_no: int) -> bool:
    """Whether a request asks that a person looks at a score."""
    return request.asked.type is RequestType.REVIEW and contested(request).score_no == score_no


def _by_client(recalls: Sequence[Recall]) -> Mapping[ClientId, Sequence[Recall]]:
    found: dict[ClientId, list[Recall]] = {}
    for recall in recalls:
        found.setdefault(recall.client_id, []).append(recall)
    return found
