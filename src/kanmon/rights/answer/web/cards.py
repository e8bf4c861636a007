"""The answer to "was I scored?" as a page shows it: one card for each company, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kanmon.clients.categories import SCALE, ScoreScale
from kanmon.consent.evidence import ConsentAct
from kanmon.core.ids import ClientId
from kanmon.core.language import Language, translations
from kanmon.provision.first_page import Translate, in_a_row, prohibited_use_in_words, purpose_in_words
from kanmon.rights.answer.counted import days_with_actions, kinds_counted
from kanmon.rights.answer.history import DailyActions
from kanmon.rights.answer.reasons import alike_in_words, foreseen_in_words, reasons_in_words, sites_in_words
from kanmon.rights.answer.told import ReportedScore
from kanmon.rights.disclosure.service import ExplainedView, category_told, scheme_told
from kanmon.rights.handling import HANDLING_WORDS
from kanmon.rights.provided import ITEMS, ReportedProvision
from kanmon.rights.requests.objection import objected_since
from kanmon.rights.withdrawal.service import standing_withdrawal
from kanmon.rights.words import kind_in_words
from kanmon.scoring.explanation import Explanation
from kanmon.scoring.score import NOT_SCORABLE_MEANINGS, NotScorable, Score
from kanmon.web.pages import local


@dataclass(frozen=True)
class CategoryView:
    """What a category means: its symbol, from which score to below which, and the whole scheme with its date."""

    symbol: str
    begins: str
    below: str | None
    scheme: Sequence[tuple[str, str]]
    of: datetime | None
    """When the report was provided whose scheme it is; None for the contract in force."""


@dataclass(frozen=True)
class CountedActionsView:
    """Actions of one kind that counted."""

    is_own: bool
    what: str
    site: str | None
    """The partner site; None for the board itself."""
    events: int
    days: int
    first_on: date
    last_on: date


@dataclass(frozen=True)
class ActionsView:
    """The actions that counted in one score."""

    own_days: int
    other_days: int
    partner_sites: str
    """Those on which actions counted, as a list; empty where there are none."""
    kinds: Sequence[CountedActionsView]


@dataclass(frozen=True)
class ScoreView:
    """A score as its person reads it."""

    score_no: int
    value: str
    place: int
    """Where it stands on a line of 0 to 100, for the picture."""
    computed_at: datetime
    as_of: datetime
    stale_at: datetime | None
    meaning: Sequence[str]
    """What the value says, in words."""
    category: CategoryView | None
    reasons: Sequence[str]
    """What counted, in words, strongest first: what, its value, where that stands and what it did to this score."""
    actions: ActionsView | None
    """The actions that counted; None where the page only leads to them."""
    consent: ConsentAct | None


@dataclass(frozen=True)
class ProvisionView:
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
class ClientView:
    """All that one client has to do with the person."""

    client_id: ClientId
    name: str
    scores: Sequence[ScoreView]
    unscored: Sequence[tuple[datetime, str]]
    provisions: Sequence[ProvisionView]
    objected_at: datetime | None
    withdrawn_at: datetime | None
    """When the person withdrew; None where nothing is withdrawn for this company now."""
    handed_over: Sequence[tuple[datetime, str]]
    """What the company handed over of the person: when it came in, and what came of it, in words."""


def clients_shown(explained: ExplainedView, language: Language, now: datetime) -> list[ClientView]:
    """A card for each company that handed the person over, asked about them or got anything."""
    _ = translations(language).gettext
    view = explained.view
    names: dict[ClientId, str] = {row.client_id: row.client_name for row in view.handed_over}
    names |= {told.client_id: told.client_name for told in view.scores}
    for told in view.provisions:
        recipient = told.record["recipient"]
        names[ClientId(recipient["client_id"])] = recipient["legal_name"]
    return [
        ClientView(
            client,
            name,
            [_score(told, explained, language) for told in reversed(view.scores) if _is_score_for(told, client)],
            [
                (told.computed_at, _(NOT_SCORABLE_MEANINGS[told.answer]))
                for told in view.scores
                if told.client_id == client and isinstance(told.answer, NotScorable)
            ],
            [_provision(told, _) for told in reversed(view.provisions) if _recipient(told) == client],
            objected_since(explained.words, client),
            None if (act := standing_withdrawal(view.acts, client, now)) is None else act.occurred_at,
            [(row.applied_at, _(HANDLING_WORDS[row.handling])) for row in view.handed_over if row.client_id == client],
        )
        for client, name in sorted(names.items())
    ]


def score_shown(explained: ExplainedView, score_no: int, language: Language) -> tuple[str, ScoreView]:
    """The company's name and one score of the person's with the actions that counted in it."""
    told = next(told for told in explained.view.scores if told.score_no == score_no)
    return told.client_name, _score(told, explained, language)


def _is_score_for(told: ReportedScore, client: ClientId) -> bool:
    return told.client_id == client and isinstance(told.answer, Score)


def _recipient(told: ReportedProvision) -> str:
    return str(told.record["recipient"]["client_id"])


def _score(told: ReportedScore, explained: ExplainedView, language: Language) -> ScoreView:
    assert isinstance(told.answer, Score)
    did = explained.counted.get(told.score_no)
    return ScoreView(
        told.score_no,
        str(told.answer),
        told.answer.ten_thousandths * 100 // SCALE,
        told.computed_at,
        told.as_of,
        told.stale_at,
        _meaning(told, told.answer, language),
        _category(told, explained),
        reasons_in_words(told.explanation, language),
        None if did is None else _actions(did, told.explanation, language),
        next((act for act in explained.view.acts if act.evidence_id == told.evidence_id), None),
    )


def _actions(did: Sequence[DailyActions], explanation: Explanation | None, language: Language) -> ActionsView:
    kinds = [
        CountedActionsView(
            one.is_own, kind_in_words(one.kind, language), one.site, one.events, one.days, one.first_on, one.last_on
        )
        for one in kinds_counted(did)
    ]
    sites = () if explanation is None else explanation.partner_sites
    own_days, other_days = days_with_actions(did, is_own=True), days_with_actions(did, is_own=False)
    return ActionsView(own_days, other_days, sites_in_words(sites, language), kinds)


def _category(told: ReportedScore, explained: ExplainedView) -> CategoryView | None:
    reached = category_told(told, explained)
    if reached is None:
        return None
    scheme = scheme_told(told, explained)
    place = list(scheme.categories).index(reached)
    above = [one.cut_off for one in scheme.categories[:place] if one.cut_off is not None]
    return CategoryView(
        reached.symbol,
        f"{reached.cut_off:.4f}",
        f"{min(above):.4f}" if above else None,
        [(one.symbol, "–" if one.cut_off is None else f"{one.cut_off:.4f}") for one in scheme.categories],
        scheme.of,
    )


def _meaning(told: ReportedScore, score: Score, language: Language) -> list[str]:
    """What the score says, on its own scale."""
    _ = translations(language).gettext
    if score.scale is ScoreScale.RISK:
        return [_("This score is an older one: an index from 0 to 1 that only orders, and no percentage.")]
    foreseen = foreseen_in_words(told.explanation, language)
    said = [
        *([foreseen] if foreseen else []),
        _(
            "Your behaviour was more like that of those who left than the behaviour of %(count)s of 100 of last year's "
            "applicants."
        )
        % {"count": score.ten_thousandths * 100 // SCALE},
    ]
    if told.alike is not None:
        said.append(alike_in_words(told.alike, told.explanation, language))
    return said


def _provision(told: ReportedProvision, _: Translate) -> ProvisionView:
    record: Mapping[str, Any] = told.record
    consent = record.get("consent")
    return ProvisionView(
        told.ledger_seq,
        datetime.fromisoformat(record["provided_at"]),
        datetime.fromisoformat(record["real_at"]) if record["real_at"] else None,
        record["recipient"],
        in_a_row((f"{_(ITEMS[item])} {value}" for item, value in record["items"].items() if value is not None), _),
        purpose_in_words(record["purpose"], _),
        in_a_row((prohibited_use_in_words(use, _) for use in record["prohibited_uses"]), _),
        None if consent is None else local(datetime.fromisoformat(consent["occurred_at"])),
    )
