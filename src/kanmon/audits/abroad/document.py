"""Technical documentation (EU AI Act, Annex IV) and impact assessment (Art. 27, GDPR 35), written from live objects.

Each statement names the object of the workspace that it rests on; what no object says is "not known", never made up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kanmon.audits.abroad.model import AbroadFacts, Source, SourceKind
from kanmon.clients.contract import Client, Platform, ScoreTarget
from kanmon.core.clock import day_of
from kanmon.core.language import N_
from kanmon.modelling.card_parts import parts_on, target_on

NINETY_FIVE = 1.96
"""Standard errors on either side of a figure within which it lies 95 times of 100."""


class DocumentKind(StrEnum):
    """What is written; the values stand in the ledger."""

    ANNEX_IV = "annex_iv"
    IMPACT_ASSESSMENT = "impact_assessment"


TITLES: Mapping[DocumentKind, str] = {
    DocumentKind.ANNEX_IV: N_("Technical documentation of the scores for %(client)s (EU AI Act, Annex IV)"),
    DocumentKind.IMPACT_ASSESSMENT: N_(
        "Impact assessment of the scores for %(client)s (EU AI Act, Art. 27; GDPR, Art. 35)"
    ),
}
"""What each document is called; ids of messages."""
NOT_KNOWN = N_("%(what)s: not known. No object of this workspace says it.")


_ORDERED: Mapping[ScoreTarget, str] = {
    ScoreTarget.BOTH: N_("In validation the area under the ROC curve was %(auc)s, 95 %% interval %(low)s to %(high)s."),
    ScoreTarget.SELECTION_WITHDRAWAL: N_(
        "In validation the area under the ROC curve was %(auc)s for withdrawals from the selection, 95 %% interval "
        "%(low)s to %(high)s."
    ),
    ScoreTarget.OFFER_DECLINE: N_(
        "In validation the area under the ROC curve was %(auc)s for declined offers, 95 %% interval %(low)s to "
        "%(high)s."
    ),
}


@dataclass(frozen=True)
class Sentence:
    """One statement; `text` is the id of a message. Without a source it says what is not known."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)
    source: Source | None = None


@dataclass(frozen=True)
class DocumentSection:
    """A part of a document; `heading` is the id of a message."""

    heading: str
    sentences: Sequence[Sentence]


@dataclass(frozen=True)
class LegalDocument:
    """A whole document."""

    kind: DocumentKind
    client: Client
    facts: AbroadFacts
    sections: Sequence[DocumentSection]

    @property
    def sources(self) -> Sequence[Source]:
        """Every object that a statement rests on, once, in the order of the statements."""
        found = (one.source for section in self.sections for one in section.sentences)
        return list(dict.fromkeys(source for source in found if source is not None))

    @property
    def unknown(self) -> int:
        """How many statements say that something is not known."""
        return sum(one.source is None for section in self.sections for one in section.sentences)


def document(kind: DocumentKind, client: Client, platform: Platform, facts: AbroadFacts) -> LegalDocument:
    """A document about the scores of one client, of what is known now."""
    if kind is DocumentKind.ANNEX_IV:
        sections = [
            DocumentSection(N_("1. General description"), [*_parties(client, platform), *_release(facts)]),
            DocumentSection(N_("2. How it was made"), [*_training(facts)]),
            DocumentSection(N_("3. Accuracy and its limits"), [*_accuracy(facts)]),
            DocumentSection(N_("4. Human oversight"), [*_oversight(facts)]),
            DocumentSection(N_("5. Risks and how they are managed"), [*_risks(facts), *_bias(facts), *_use(facts)]),
            DocumentSection(N_("6. Records"), [*_records(facts)]),
            DocumentSection(
                N_("7. Standards, declaration of conformity, monitoring after release"),
                [
                    _not_known(N_("harmonised standards that were applied")),
                    _not_known(N_("the EU declaration of conformity")),
                    _not_known(N_("the plan of monitoring after release")),
                ],
            ),
        ]
    else:
        sections = [
            DocumentSection(N_("1. What scores are used for"), [*_parties(client, platform)]),
            DocumentSection(N_("2. For how long, and how often"), [*_period(client, facts)]),
            DocumentSection(N_("3. Whom it affects"), [*_people(client, facts), *_bias(facts)]),
            DocumentSection(N_("4. Risks of harm"), [*_risks(facts), *_students(facts), *_use(facts)]),
            DocumentSection(N_("5. Human oversight"), [*_oversight(facts)]),
            DocumentSection(N_("6. What is done when a risk comes true"), [*_rights(facts), *_records(facts)]),
        ]
    return LegalDocument(kind, client, facts, sections)


def _not_known(what: str) -> Sentence:
    return Sentence(what)


def _parties(client: Client, platform: Platform) -> Iterator[Sentence]:
    contract, of_contract = client.contract, Source(SourceKind.CONTRACT, client.client_id)
    yield Sentence(
        N_("%(provider)s provides the scores; %(client)s receives them."),
        {"provider": platform.legal_name, "client": client.legal_name},
        of_contract,
    )
    yield Sentence(N_("They are for this purpose: %(purpose)s."), {"purpose": contract.purpose}, of_contract)
    uses = ", ".join(sorted(contract.prohibited_uses))
    if uses:
        yield Sentence(N_("These uses are prohibited: %(uses)s."), {"uses": uses}, of_contract)
    else:
        yield _not_known(N_("prohibited uses"))
    if contract.necessity:
        yield Sentence(N_("Why the items are needed: %(words)s"), {"words": contract.necessity}, of_contract)
    else:
        yield _not_known(N_("why the items are needed"))


def _release(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.release_id is None:
        yield _not_known(N_("the release of the service"))
        return
    release = Source(SourceKind.RELEASE, facts.release_id)
    yield Sentence(N_("Release %(release)s of the service computes them."), {"release": facts.release_id}, release)
    if facts.description is None:
        yield _not_known(N_("what the release changed"))
    else:
        said = facts.description.said
        yield Sentence(N_("What the release is: %(words)s"), {"words": said.get("summary", "")}, release)


def _training(facts: AbroadFacts) -> Iterator[Sentence]:
    model = facts.model
    if model is None:
        yield _not_known(N_("the model in use"))
        return
    source, card = Source(SourceKind.MODEL, model.model_id), model.card
    yield Sentence(N_("Model %(model)s is in use."), {"model": model.model_id}, source)
    if "rows" in card and "positives" in card:
        values = {"season": model.season, "rows": card["rows"], "positives": card["positives"]}
        yield Sentence(
            N_("It learned from season %(season)s: %(rows)s people, of whom %(positives)s left."), values, source
        )
    else:
        yield _not_known(N_("what the model learned from"))
    looked_at = (one for part in parts_on(card) for one in part.get("inputs") or ())
    inputs = ", ".join(dict.fromkeys(str(one["feature"]) for one in looked_at))
    if inputs:
        yield Sentence(N_("Its inputs are: %(inputs)s."), {"inputs": inputs}, source)
    else:
        yield _not_known(N_("the inputs of the model"))
    yield Sentence(
        N_("It was approved by %(person)s: %(because)s"),
        {"person": model.approved_by, "because": model.approved_because},
        source,
    )


def _accuracy(facts: AbroadFacts) -> Iterator[Sentence]:
    card = {} if facts.model is None else facts.model.card
    for part in parts_on(card):
        tried = (part.get("tried") or [{}])[0]
        if facts.model is None or tried.get("auc") is None or tried.get("auc_standard_error") is None:
            yield _not_known(N_("how well the scores order people"))
            continue
        auc, spread = float(tried["auc"]), float(tried["auc_standard_error"])
        values = {
            "auc": f"{auc:.3f}",
            "low": f"{max(0.0, auc - NINETY_FIVE * spread):.3f}",
            "high": f"{min(1.0, auc + NINETY_FIVE * spread):.3f}",
        }
        yield Sentence(_ORDERED[target_on(part)], values, Source(SourceKind.MODEL, facts.model.model_id))
    if card.get("group_differences") is None:
        yield _not_known(N_("how well they order people of each group"))


def _oversight(facts: AbroadFacts) -> Iterator[Sentence]:
    stated = facts.overseer
    if stated is None or not stated.said.get("overseer"):
        yield _not_known(N_("who at the client oversees the use"))
        return
    yield Sentence(
        N_("%(person)s oversees the use at the client, as stated on %(day)s."),
        {"person": stated.said["overseer"], "day": day_of(stated.at).isoformat()},
        Source(SourceKind.ENTRY, str(stated.seq)),
    )


def _risks(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.description is None or facts.release_id is None:
        yield _not_known(N_("the foreseeable misuse, its measure and its threshold"))
        return
    said, release = facts.description.said, Source(SourceKind.RELEASE, facts.release_id)
    values = {"misuse": said.get("misuse", ""), "metric": said.get("metric", ""), "limit": said.get("threshold", "")}
    yield Sentence(
        N_("The foreseeable misuse: %(misuse)s It shows by %(metric)s; from %(limit)s on the service is stopped."),
        values,
        release,
    )
    yield Sentence(N_("It is covered by the assessment %(dpia)s."), {"dpia": said.get("dpia", "")}, release)


def _students(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.student_view is None:
        yield _not_known(N_("the worst that can happen to a student, as a student advocate sees it"))
        return
    yield Sentence(
        N_("A student advocate sees this as the worst that can happen: %(words)s"),
        {"words": facts.student_view.said.get("harm", "")},
        Source(SourceKind.ENTRY, str(facts.student_view.seq)),
    )


def _bias(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.fairness is None:
        yield _not_known(N_("whether groups of applicants get other scores"))
        return
    yield Sentence(
        N_("Groups of applicants were compared on %(day)s; %(scored)s people were scored."),
        {"day": day_of(facts.fairness.at).isoformat(), "scored": facts.fairness.said.get("scored")},
        Source(SourceKind.ENTRY, str(facts.fairness.seq)),
    )


def _use(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.use_audit is None:
        yield _not_known(N_("whether decisions depend on scores"))
        return
    said = facts.use_audit.said
    yield Sentence(
        N_(
            "Whether decisions depend on scores was tested on %(day)s at stage %(stage)s: %(verdict)s, with "
            "%(readable)s scores readable and %(withheld)s held back."
        ),
        {"day": day_of(facts.use_audit.at).isoformat(), **said},
        Source(SourceKind.ENTRY, str(facts.use_audit.seq)),
    )


def _period(client: Client, facts: AbroadFacts) -> Iterator[Sentence]:
    contract = client.contract
    yield Sentence(
        N_("The contract runs from %(begins)s to %(ends)s and covers season %(season)s."),
        {
            "begins": day_of(contract.starts_at).isoformat(),
            "ends": day_of(contract.ends_at).isoformat(),
            "season": contract.scores,
        },
        Source(SourceKind.CONTRACT, client.client_id),
    )
    if facts.people.provided:
        yield Sentence(
            N_("Scores of %(count)s people were provided so far."),
            {"count": facts.people.provided},
            Source(SourceKind.SCORES, client.client_id),
        )
    else:
        yield _not_known(N_("how many people's scores were provided"))


def _people(client: Client, facts: AbroadFacts) -> Iterator[Sentence]:
    people = facts.people
    if not people.scored:
        yield _not_known(N_("how many people are scored"))
        return
    values = {"scored": people.scored, "agreed": people.agreed, "informed": people.informed}
    yield Sentence(
        N_("%(scored)s people are scored: %(agreed)s on an agreement, %(informed)s were told beforehand by a notice."),
        values,
        Source(SourceKind.SCORES, client.client_id),
    )


def _rights(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.rights_told is None:
        yield _not_known(N_("where people are told their rights"))
    else:
        yield Sentence(
            N_("People are told their rights in text %(text)s."),
            {"text": facts.rights_told},
            Source(SourceKind.POLICY, facts.rights_told),
        )
    for kind in ("review", "objection"):
        if kind in facts.requests:
            count = facts.requests[kind]
            yield Sentence(
                _ASKED[kind],
                {"asked": count.asked, "answered": count.answered, "late": len(count.overdue)},
                Source(SourceKind.REQUESTS, kind),
            )


_ASKED: Mapping[str, str] = {
    "review": N_("Review by a person: %(asked)s asked, %(answered)s answered, %(late)s late."),
    "objection": N_("Stop of scoring and providing: %(asked)s asked, %(answered)s answered, %(late)s late."),
}


def _records(facts: AbroadFacts) -> Iterator[Sentence]:
    if facts.checkpoint is None:
        yield _not_known(N_("records of what was done"))
        return
    yield Sentence(
        N_("What was done is recorded in the ledger; %(count)s entries stand under its newest signed checkpoint."),
        {"count": facts.checkpoint},
        Source(SourceKind.CHECKPOINT, str(facts.checkpoint)),
    )
