"""Generated cases for both judges: people, texts, screens, switches and dealings drawn by chance, wrong ones often.

Time is a day on a small calendar, so that things often happen at one instant. The same case is told to the gate in its
own types, and to the re-judgement as the rows that the control plane would hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

from pydantic import TypeAdapter

from kanmon.audits.rejudgement.faults import ProvisionFault
from kanmon.audits.rejudgement.papers import (
    AuditDraw,
    AwaitedRow,
    ClientHistory,
    DecisionEvent,
    DeclaredConsent,
    DisplayedLook,
    HouseCheck,
    IncidentHold,
    PersonEvent,
    ProvisionCase,
    Receipt,
    Registers,
    ReviewStatement,
    SwitchEvent,
    Version,
)
from kanmon.audits.rejudgement.waiting import WaitingList
from kanmon.audits.rejudgement.walk import Judge
from kanmon.clients.confirmation import Confirmation
from kanmon.clients.contract import (
    Approval,
    Client,
    Contract,
    LegalBasis,
    ProductRelease,
    ReviewRole,
    Scheme,
    ScoreCategory,
    Season,
)
from kanmon.clients.decision import ApplicantStanding, Draw, Withholding
from kanmon.clients.papers.model import CheckFinding, ClientPaper, PaperFile, PaperKind, UseCheck
from kanmon.consent.law import JP_APPI_2017, JP_APPI_2022
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.core.clock import day_of
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, CookieId, PolicyId, PolicyVersionId, RunId, SeasonId
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.releases import ANSWERED_BY, ReviewAct, ReviewedAct, Viewpoint
from kanmon.gate.service import Decisions, Gate
from kanmon.gate.switch.model import SwitchAct
from tests.decisions.cases import question, statements
from tests.unit.gate.test_histories import (
    C1,
    C2,
    CLIENTS,
    FULL,
    HELD_OUT,
    INCIDENTS,
    KINDS,
    LAST_DAY,
    LOOKS,
    REGISTERED,
    REVISED,
    SHORT,
    SHOWN_FROM_TO,
    SWITCHED,
    TEXTS,
    WORDS,
    day,
    numbered,
)
from tests.unit.gate.worlds import Act, Notice, Person, World

CONTRACT, RELEASE, CLAUSES = TypeAdapter(Contract), TypeAdapter(ProductRelease | None), TypeAdapter(tuple[Clause, ...])
DRAWN = (20, 21, 22)
"""Numbers of the texts that are drawn clause by clause."""
LIKELY = [
    kind
    for kind in KINDS
    if kind.do == "accept" and kind.text_no in {FULL, SHORT, REVISED} and kind.refusable and kind.client != C2
]
"""What most people do; without them, a yes would be too seldom to be tried."""


@dataclass(frozen=True)
class Drawn:
    """A world, and one question about providing to everybody in it."""

    world: World
    terms: Terms
    computed_at: datetime
    previous_at: datetime | None = None
    """When a score of each person had gone to the client before."""
    handed: "HandedOver | None" = None
    """What the client decided, and how the report went; None where it was never asked."""

    @property
    def in_replays(self) -> bool:
        """Whether any law is taken, whatever the day."""
        return self.terms.law_on is None

    def disagreements(self) -> list[int]:
        """The places of the people on whom the two disagree, be it only on the evidence of a yes."""
        said = self.platform_says
        found = self.judged_afresh([evidence for _, evidence in said])
        return [
            place
            for place, ((is_allowed, _), faults) in enumerate(zip(said, found, strict=True))
            if is_allowed == bool(set(faults) - (set() if is_allowed else {ProvisionFault.OTHER_EVIDENCE}))
        ]

    @cached_property
    def gate_says(self) -> list[tuple[bool, int | None]]:
        """The gate's answers, person by person: yes or no, and the evidence of a yes."""
        return [
            (one.is_allowed, one.clearance.evidence_id if one.clearance else None) for one in self._decisions.decisions
        ]

    @property
    def platform_says(self) -> list[tuple[bool, int | None]]:
        """The same after what providing itself asks: no score that waits, and none in the open that may not go so."""
        if self.handed is None:
            return self.gate_says
        handed, contract = self.handed, self.terms.client.contract
        withholding = Withholding(contract.decision_lock, handed.draw if contract.withheld_share else None)
        return [
            (
                is_allowed
                and not withholding.withholds(ApplicantId(f"A{number}"), standing.among(contract.opening_stages))
                and not (handed.is_plain and decision.clearance is not None and decision.clearance.is_encrypted),
                evidence,
            )
            for number, (is_allowed, evidence), decision, standing in zip(
                range(1, len(self.world.persons) + 1), self.gate_says, self._decisions.decisions, handed.standings,
                strict=True,
            )
        ]  # fmt: skip

    @cached_property
    def _decisions(self) -> Decisions:
        numbers = [ApplicantNo(number) for number in range(1, len(self.world.persons) + 1)]
        computed = dict.fromkeys(numbers, self.computed_at)
        previous = dict.fromkeys(numbers, self.previous_at) if self.previous_at else {}
        gate = Gate(self.world, self.world)
        return gate.ask(self.terms, RunId("run"), computed, provided_at=previous)

    def judged_afresh(self, evidence: Sequence[int | None]) -> list[list[ProvisionFault]]:
        """What the re-judgement finds wrong, person by person, if each had been provided on that evidence."""
        judge, dealings = (
            Judge(registers(self.world), receipts(self.world), self._waiting, in_replays=self.in_replays),
            dealings_of(self.terms, self.world.client_papers),
        )
        found: list[list[ProvisionFault]] = []
        for number, (person, act) in enumerate(zip(self.world.persons, evidence, strict=True), start=1):
            case = case_of(number, person, self.terms.asked_at, self.computed_at, act)
            held = person.is_linked and not {None, self.terms.client.client_id}.isdisjoint(person.holds)
            is_plain = self.handed is not None and self.handed.is_plain
            case = case._replace(
                is_in_doubt=held, previous_at=self.previous_at, applicant_no=number, is_plain=is_plain,
                real_at=self.terms.asked_at,
            )  # fmt: skip
            events = [*events_of(person, self.terms.client.client_id), *hits_of(self.world, number, person)]
            found += [faults for _, faults in judge.walk(events, [(case, dealings)])]
        return found

    @property
    def _waiting(self) -> WaitingList:
        """What the client handed over and decided, as rows: the first row of a person has the lowest number."""
        if self.handed is None:
            return WaitingList((), (), {})
        rows, decisions = [], []
        at, season = self.terms.asked_at, str(self.terms.client.contract.scores)
        for number, standing in enumerate(self.handed.standings, start=1):
            known = [(number, standing)]
            if standing.first_row is not None:
                known.append((number - len(self.handed.standings), standing.first_row))
            for own, row in known:
                rows.append(AwaitedRow(own, season, number, row.stage, at - timedelta(days=9)))
                decisions += [DecisionEvent(own, stage, "pass", at, at) for stage in sorted(row.decided)]
        draw = AuditDraw(self.handed.draw.seed, self.handed.draw.share)
        return WaitingList(rows, [*decisions, *self.handed.beside], {season: draw})


@dataclass(frozen=True)
class HandedOver:
    """What a client decided about each person, and how the report went."""

    standings: Sequence[ApplicantStanding]
    draw: Draw
    is_plain: bool
    beside: Sequence[DecisionEvent]
    """What opens nothing: decisions that came too late, are of a day before the application, or are none."""

    @classmethod
    def drawn(cls, random: Random, people: int, at: datetime) -> "HandedOver":
        """By chance; half of the people were handed over once before."""

        def standing(first: ApplicantStanding | None = None) -> ApplicantStanding:
            decided = random.sample(STAGES, random.choice((0, 1, 2)))
            return ApplicantStanding(random.choice((None, *STAGES)), frozenset(decided), first)

        standings = [standing(standing() if random.random() < 0.5 else None) for _ in range(people)]
        late, early, hour = at + timedelta(microseconds=1), at - timedelta(days=10, hours=1), timedelta(hours=1)
        others = (("pass", late, at), ("pass", at, late), ("fail", early, at - hour), ("held", at, at - hour))
        beside = []
        for number, one in enumerate(standings, start=1):
            undecided = [stage for stage in STAGES if stage not in one.decided]
            for stage in random.sample(undecided, 1):
                beside.append(DecisionEvent(number, stage, *random.choice(others)))
        return cls(standings, Draw(random.randbytes(32), random.random()), random.random() < 0.3, beside)


STAGES = ("s1", "s2", "s3")


def cases(random: Random, people: int) -> Iterator[Drawn]:
    """Worlds without end, each with so many people, and a question about it."""
    while True:
        texts = {**TEXTS, **{number: _text(random, number) for number in DRAWN}}
        aside = _aside(random)
        papers, kept = _aside(random, "papers"), _aside(random, "kept")
        texts = {number: _timed(aside, version) for number, version in texts.items()}
        texts = {number: _encrypted(kept, version) for number, version in texts.items()}
        world = World(
            [_person(random) for _ in range(people)],
            texts,
            list(dict.fromkeys(random.sample(LOOKS, random.choice((0, 0, 0, 1, 2, 4))))),
            [_receipt(random) for _ in range(random.choice((0, 0, 0, 0, 0, 1, 2)))],
            sorted(random.sample(SWITCHED, random.choice((0, 0, 0, 0, 1, 3))), key=lambda act: act.at),
            random.sample(INCIDENTS, random.choice((0, 0, 0, 0, 1, 2))),
            _review(random) if random.random() < 0.25 else (),
            SHOWN_FROM_TO,
        )
        for _ in range(2):
            terms = _terms(random)
            computed_at = random.choice((day(random.randint(0, LAST_DAY)), terms.asked_at))
            before = terms.asked_at - timedelta(days=aside.choice((1, 6, 7, 28, 31, 400)))
            terms = replace(terms, law_on=aside.choice((*[None] * 9, day_of(terms.asked_at))))
            filed = replace(world, client_papers=_papers(papers, terms))
            terms = _kept_back(kept, terms)
            handed = HandedOver.drawn(kept, people, terms.asked_at)
            yield Drawn(filed, terms, min(computed_at, terms.asked_at), aside.choice((None, None, before)), handed)


def _person(random: Random) -> Person:
    done = [
        (
            random.randint(0, LAST_DAY),
            random.choice(random.choice((KINDS, LIKELY))),
            random.randint(0, 9),
            random.choice(HELD_OUT),
        )
        for _ in range(random.randint(0, 6))
    ]
    texts = [random.choice(DRAWN) if random.random() < 0.3 else None for _ in done]
    is_linked = random.random() < 0.9
    return Person(
        acts=tuple(replace(act, text_no=texts[act.number % 100] or act.text_no) for act in numbered(done)),
        notices=tuple(
            {
                Notice(day(random.randint(0, LAST_DAY)), random.choice(CLIENTS)): None
                for _ in range(random.choice((0, 1, 1, 2)))
            }
        ),
        is_linked=is_linked,
        cookie_id=CookieId("b") if random.random() < 0.6 else None,
        confirmation=_confirmation(random) if random.random() < 0.6 else None,
        confirmation_withdrawn_at=day(random.randint(0, LAST_DAY)) if random.random() < 0.2 else None,
        words=tuple(random.sample(WORDS, random.choice((0, 0, 0, 1, 2)))),
        registered_at=day(random.choice(REGISTERED)),
        holds=_holds(random),
    )


def _aside(random: Random, of: str = "") -> Random:
    """Draws beside the others, so that everything else stays as it was drawn before."""
    state = random.getstate()[1]
    return Random(f"{state[0]} {state[-1]}{of}")


def _timed(aside: Random, version: PolicyVersion) -> PolicyVersion:
    """The text as it is or, one in eight, with a promise of how often a score goes."""
    if aside.random() < 0.875:
        return version
    said = Statement("…", aside.choice(("once_a_day", "once_a_week", "once_a_month", "once_a_year", "now and then")))
    clauses = [replace(clause, statements={**clause.statements, Element.TIMING: said}) for clause in version.clauses]
    return replace(version, clauses=tuple(clauses))


def _encrypted(kept: Random, version: PolicyVersion) -> PolicyVersion:
    """The text as it is or, one in eight, with a promise of an encrypted file, or of what nobody can read."""
    if kept.random() < 0.875:
        return version
    said = Statement("…", kept.choice(("encrypted_file", "encrypted_file", "by pigeon")))
    clauses = [replace(clause, statements={**clause.statements, Element.MEANS: said}) for clause in version.clauses]
    return replace(version, clauses=tuple(clauses))


def _kept_back(kept: Random, terms: Terms) -> Terms:
    """The terms with a contract that, one in four, keeps scores back until the client has decided."""
    if kept.random() < 0.75:
        return terms
    stages = kept.choice(((), STAGES[:2], STAGES))
    contract = replace(
        terms.client.contract, stages=stages, decision_lock=kept.random() < 0.5, withheld_share=kept.choice((None, 0.5))
    )
    return replace(terms, client=replace(terms.client, contract=contract))


def _holds(random: Random) -> tuple[ClientId | None, ...]:
    """For which clients the person is on hold."""
    aside = _aside(random)
    return (aside.choice(CLIENTS),) if aside.random() < 0.1 else ()


def _confirmation(random: Random) -> Confirmation:
    obtained_at = random.choice((None, day(random.randint(0, LAST_DAY))))
    return Confirmation(day(random.randint(0, LAST_DAY)), "list", obtained_at, covers_training=True)


def _receipt(random: Random) -> tuple[datetime, datetime | None]:
    acknowledged_at = day(random.choice((-40, -25, -20, 1, 5)))
    return acknowledged_at, random.choice((None, day(random.randint(-3, LAST_DAY))))


def _review(random: Random) -> list[ReviewedAct]:
    """The review of the release that runs, of another one sometimes, in order or with something wrong about it."""
    release = "2026.1" if random.random() < 0.9 else "2"
    people = {role: role.value for role in ReviewRole}
    if random.random() < 0.15:
        people[random.choice(list(ReviewRole))] = people[random.choice(list(ReviewRole))]
    words: list[tuple[ReviewAct, Viewpoint | None, ReviewRole]] = [
        (ReviewAct.DESCRIBE, None, ReviewRole.AUTHOR),
        *((ReviewAct.ANSWER, point, ANSWERED_BY[point]) for point in Viewpoint),
        (ReviewAct.APPROVE, None, ReviewRole.PRIVACY_OWNER),
    ]
    match random.choice(("right",) * 4 + ("less", "again", "late", "anew")):
        case "less":
            words.pop(random.randrange(len(words)))
        case "again":
            words.insert(random.randrange(len(words)), words[0])
        case "late":
            words.append(words[random.randint(1, 5)])
        case "anew":
            words += [words[0], *words[random.randint(1, 6) :]]
    acts, content = [], ""
    days = sorted(random.randint(-30, LAST_DAY) for _ in words)
    for on, (act, point, role) in zip(days, words, strict=True):
        content = random.choice("ab") if act is ReviewAct.DESCRIBE else content
        about = content if random.random() < 0.97 else "c"
        passes = act is ReviewAct.DESCRIBE or random.random() < 0.97
        acts.append(
            ReviewedAct(release, act, point, role, people[role], day(on), about, is_research=False, passes=passes)
        )
    return acts


def _text(random: Random, number: int) -> PolicyVersion:
    """A text of a few clauses, each with some of what has to be said, some of it said of something else."""
    clauses = []
    names = [f"c{place}" for place in range(random.randint(1, 3))]
    for name in names:
        lost = random.sample(list(Element), random.choice((0, 0, 0, 1, 2, 12)))
        said = {element: value for element, value in statements().items() if element not in lost}
        for element, values in _OTHERWISE.items():
            if element in said and random.random() < 0.15:
                said[element] = Statement("…", random.choice(values))
        bound = tuple(random.sample([*names, "c9"], random.choice((0, 0, 1, 2))))
        clauses.append(Clause(name, said, bound))
    version, since = PolicyVersionId(f"drawn {number}"), day(random.randint(-40, LAST_DAY))
    language = random.choice(("ja", "ja", "en"))
    days = random.choice((None, None, 2, 5))
    return PolicyVersion(PolicyId("privacy"), version, language, since, str(number), tuple(clauses), days)


_OTHERWISE: Mapping[Element, Sequence[Any]] = {
    Element.RECIPIENTS: (
        True,
        Recipients(),
        Recipients(frozenset({C2})),
        Recipients(open_class="etc"),
    ),
    Element.ITEMS: (True, frozenset({"applicant_id"}), frozenset({"applicant_id", "score"})),
    Element.PURPOSE: (True, "recruiting_support", "marketing"),
    Element.PROHIBITED_USES: (True, frozenset(), frozenset({"selection", "credit"})),
    Element.PARTNER_SITES: (None, True, frozenset({"partner"})),
    Element.IDENTIFIED: (False, None),
    Element.DEFINITE: (False,),
}


LAWS = (JP_APPI_2017.profile_id, JP_APPI_2022.profile_id)
"""The laws that ask each in their own way: that of 2026 asks of words and agreements what that of 2022 does."""


def _terms(random: Random) -> Terms:
    asked_at = day(random.choice((random.randint(1, LAST_DAY), LAST_DAY)))
    law = random.choice(LAWS)
    terms = question({"use": Use.PROVIDE.value, "law": law})
    company = replace(terms.client, client_id=random.choice((C1, C1, C2)))

    def seldom(*wrong: Any) -> Any:
        return random.choice(wrong)

    contract = replace(
        company.contract,
        scheme=random.choice((Scheme.PERSONAL_DATA, Scheme.PERSONAL_DATA, Scheme.HASHED_NAMES, Scheme.COOKIE)),
        pre_use_check_at=asked_at - timedelta(days=random.choice((0, 1, 30))),
        categories=random.choice(((), (ScoreCategory("★", 0.5),))),
        trains_on=SeasonId(random.choice(("2025", "2026"))),
    )
    contract = replace(contract, trains_on=contract.scores)
    release, season = terms.release, terms.season
    assert release is not None
    assert season is not None
    match random.choice(("none",) * 15 + _WRONGS):
        case "signed":
            contract = replace(contract, use_agreement_signed_at=seldom(None, asked_at))
        case "checked":
            late = asked_at + timedelta(microseconds=1)
            contract = replace(contract, pre_use_check_at=seldom(None, late, asked_at - timedelta(days=30, seconds=1)))
        case "published":
            contract = replace(contract, client_notice_published_at=seldom(None, asked_at))
        case "necessity":
            contract = replace(contract, necessity=seldom(None, ""))
        case "purpose":
            contract = replace(contract, purpose=seldom("selection", "marketing", "credit", "recruiting_support"))
        case "prohibited":
            contract = replace(contract, prohibited_uses=seldom(frozenset(), frozenset({"selection", "credit"})))
        case "basis":
            contract = replace(contract, legal_basis=LegalBasis.ENTRUSTMENT)
        case "ends":
            contract = replace(contract, ends_at=seldom(asked_at, asked_at + timedelta(microseconds=1)))
        case "starts":
            contract = replace(contract, starts_at=seldom(asked_at, asked_at + timedelta(microseconds=1)))
        case "recipient":
            company = replace(company, address=seldom("", "  "))
        case "season":
            season = seldom(None, replace(season, opens_at=asked_at), replace(season, closes_at=asked_at))
        case "release":
            release = seldom(None, _release(random, release, asked_at))
    company = Client(company.client_id, company.legal_name, company.address, company.representative, contract)
    return replace(terms, asked_at=asked_at, client=company, season=season, release=release)


def _papers(random: Random, terms: Terms) -> list[ClientPaper]:
    """Papers around the moment asked, some put in too late, some dated ahead of their own filing."""
    instant, a_day, at = timedelta(microseconds=1), timedelta(days=1), terms.asked_at
    ages = (30 * a_day + instant, 30 * a_day, a_day, 2 * instant, instant, timedelta(0), -instant)
    papers = []
    for number in range(random.choice((0, 0, 1, 2, 3))):
        kind = random.choice([*PaperKind, PaperKind.CHECK_BEFORE_USE])
        dated_at = at - random.choice(ages)
        recorded_at = random.choice((dated_at, dated_at + instant, dated_at + a_day, dated_at - instant))
        season = random.choice((terms.client.contract.scores, terms.client.contract.scores, SeasonId("2025")))
        finding = random.choice((CheckFinding.MAY_USE, CheckFinding.WITH_CONDITIONS, CheckFinding.MAY_NOT_USE))
        check = UseCheck(season, "1", {}, finding) if kind.is_check else None
        people = ("answers", (PaperFile("p", "0", 1),), check, "asks", "privacy_owner")
        papers.append(
            ClientPaper(terms.client.client_id, kind, dated_at, *people, recorded_at, recorded_at, -1 - number)
        )
    return sorted(papers, key=lambda paper: paper.recorded_at)


_WRONGS = (
    "signed", "checked", "published", "necessity", "purpose", "prohibited", "basis", "ends", "starts", "recipient",
    "season", "release",
)  # fmt: skip


def _release(random: Random, release: ProductRelease, asked_at: datetime) -> ProductRelease:
    approvals = list(release.approvals)
    place = random.randrange(len(approvals))
    other = random.choice(approvals)
    approvals[place] = random.choice(
        (
            replace(approvals[place], approved_at=asked_at),
            replace(approvals[place], person=other.person),
            replace(approvals[place], role=other.role),
        )
    )
    if random.random() < 0.3:
        approvals.append(Approval(random.choice(list(ReviewRole)), other.person, other.approved_at))
    return replace(release, approvals=tuple(approvals))


# The same, as rows


def registers(world: World) -> Registers:
    """What is registered, as the control plane tells it."""
    return Registers(
        versions=[version_row(version) for version in world.texts.values()],
        text_hashes={number: version.text_sha256 for number, version in world.texts.items()},
        looks=[DisplayedLook(look.screen_id, look.policy_id, look.seen_at, look.text_no) for look in world.looks],
        presses=[
            SwitchEvent(act.at, act.act is SwitchAct.STOP, act.scope.client_id, act.scope.season, act.consents_doubted)
            for act in world.switched
        ],
        held=[
            IncidentHold(one.hold.since, one.hold.until, one.hold.scope.client_id, one.hold.scope.season)
            for one in world.incidents
        ],
        said=[
            ReviewStatement(one.at, one.release_id, one.act, one.viewpoint, one.person, one.content_sha256, one.passes)
            for one in world.reviews
        ],
        first_told_at=min((note.at for person in world.persons for note in person.notices), default=None),
    )


def version_row(version: PolicyVersion) -> Version:
    """A policy version as it lies in its table."""
    clauses = CLAUSES.dump_python(version.clauses, mode="json")
    known = version.consent_valid_days
    return Version(version.policy_id, version.language, version.effective_from, version.text_sha256, clauses, known)


def receipts(world: World) -> list[Receipt]:
    """Reports that were acknowledged."""
    return [Receipt(*receipt) for receipt in world.receipts]


def dealings_of(terms: Terms, papers: Sequence[ClientPaper] = ()) -> ClientHistory:
    """What a client had agreed, as JSON, and what staff put on record of it."""
    company = terms.client
    loaded = {
        "legal_name": company.legal_name,
        "address": company.address,
        "representative": company.representative,
        "contract": CONTRACT.dump_python(company.contract, mode="json"),
    }
    release = RELEASE.dump_python(terms.release, mode="json")
    season = None if terms.season is None else _season(terms.season)
    on_record = [
        HouseCheck(
            paper.kind.value,
            None if paper.check is None else paper.check.season,
            paper.dated_at,
            paper.recorded_at,
            None if paper.check is None else paper.check.finding.value,
        )
        for paper in papers
    ]
    law = terms.profile.profile_id
    return ClientHistory(company.client_id, company.contract.scores, law, loaded, release, season, on_record)


def _season(season: Season) -> dict[str, str]:
    return {"opens_at": season.opens_at.isoformat(), "closes_at": season.closes_at.isoformat()}


def events_of(person: Person, client: ClientId) -> list[PersonEvent]:
    """What a person did that concerns the client."""
    mine = {None, client}
    acts = [
        _event(act, person)
        for act in sorted(person.acts, key=lambda act: act.number)
        if act.client in mine and not (act.is_corrected and act.do == "accept")
    ]
    of_use = [word for word in person.words if word.client in mine and not word.is_of_training]
    words = [PersonEvent(word.at, word.do) for word in of_use]
    return [*acts, *words, *(PersonEvent(note.at, "told") for note in person.notices if note.client in mine)]


def _event(act: Act, person: Person) -> PersonEvent:
    if act.do != "accept":
        reaches_to = act.ends_until(person.acts)
        return PersonEvent(
            act.counts_from, act.do, act.number, act.text_no, act.screen, act.refusable, reaches_to=reaches_to
        )
    shown = SHOWN_FROM_TO[act.screen]
    return PersonEvent(
        act.latest, act.do, act.number, act.text_no, act.screen, act.refusable, given_from=act.at,
        registered_at=person.registered_at - timedelta(days=1 if shown.is_registration else 0),
        is_at_odds=act.at < shown.begins_at
        or (shown.ends_at is not None and act.latest >= shown.ends_at)
        or (act.known_at is not None and act.at > act.known_at),
    )  # fmt: skip


def hits_of(world: World, number: int, person: Person) -> list[PersonEvent]:
    """The incidents that affect a person."""
    return [
        PersonEvent(one.hold.since, "affected") for one in world.incidents if person.is_linked and number in one.persons
    ]


def case_of(number: int, person: Person, at: datetime, computed_at: datetime, evidence: int | None) -> ProvisionCase:
    """The record of having provided this person."""
    declared = person.confirmation
    withdrawn_at = person.confirmation_withdrawn_at
    return ProvisionCase(
        record_no=number,
        provision_id="run-C1",
        applicant_id=f"A{number}",
        member_no=number if person.is_linked else None,
        at=at,
        computed_at=computed_at,
        stale_at=None,
        evidence_no=evidence,
        confirmed_at=None if declared is None else declared.confirmed_at,
        declared=None
        if declared is None
        else DeclaredConsent(declared.confirmed_at, declared.obtained_at, withdrawn_at),
        is_browser=person.cookie_id is not None and not person.is_linked,
        erased_at=None,
    )
