"""Do all screens show exactly the words in force? What was seen, judged (APPI-02, POL-01, AC-09 to AC-11, AC-21)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.consent.diff import rewordings
from kanmon.consent.policy import PolicyVersion, normalised, text_sha256
from kanmon.core.ids import PolicyId, ScreenId, TextSha256
from kanmon.core.language import N_
from kanmon.reviews.screens.parity import Detriment, FunctionTrial, detriments
from kanmon.reviews.screens.reach import AddressRefusal, parse_origin
from kanmon.reviews.screens.seen import FormResponse, Page, PolicyFragment, RefusedAddress, ShownPolicy
from kanmon.reviews.screens.visitor import BoardVisitor, Standing


class ScreenOutcome(StrEnum):
    """What a screen was found to show, the worst first."""

    UNREACHABLE = "unreachable"
    NOTHING_IN_FORCE = "nothing_in_force"
    NO_POLICY = "no_policy"
    OTHER_WORDS = "other_words"
    HIDDEN_WORDS = "hidden_words"
    OTHER_LANGUAGE = "other_language"
    """The words in force in another language than was asked for: a consent to them counts."""
    IN_FORCE = "in_force"
    ASKS_NOTHING = "asks_nothing"
    """For this visitor the page asks for no consent, as one without script or who is registered already may find."""

    @property
    def is_right(self) -> bool:
        """Whether nothing but words in force was shown."""
        return self in {ScreenOutcome.IN_FORCE, ScreenOutcome.OTHER_LANGUAGE, ScreenOutcome.ASKS_NOTHING}


OUTCOME_MEANINGS: Mapping[ScreenOutcome, str] = {
    ScreenOutcome.UNREACHABLE: N_("can't be reached"),
    ScreenOutcome.NOTHING_IN_FORCE: N_("no version of its policy is in force"),
    ScreenOutcome.NO_POLICY: N_("shows no policy"),
    ScreenOutcome.OTHER_WORDS: N_("shows other words than those in force"),
    ScreenOutcome.HIDDEN_WORDS: N_("has the words in force, but hides some of them"),
    ScreenOutcome.OTHER_LANGUAGE: N_("shows the words in force, in another language"),
    ScreenOutcome.IN_FORCE: N_("shows the words in force"),
    ScreenOutcome.ASKS_NOTHING: N_("asks this visitor for nothing"),
}
"""What each means, in words; ids of messages."""
_WORST_FIRST = list(ScreenOutcome)


@dataclass(frozen=True)
class TextDifference:
    """Sentences in force and what is shown in their place, either may be empty; and the clauses they belong to."""

    clauses: tuple[str, ...]
    in_force: str
    shown: str


@dataclass(frozen=True)
class ScreenLook:
    """One opening of a screen by a visitor, and the name of the picture taken of it, if one was."""

    page: Page
    picture: str | None
    visitor: BoardVisitor
    asks: bool = True
    """Whether the page takes consent from this visitor, marked or not."""


@dataclass(frozen=True)
class VisitorView:
    """What one look found, and who looked."""

    visitor: BoardVisitor
    outcome: ScreenOutcome
    found: TextSha256 | None


@dataclass(frozen=True)
class LookFinding:
    """What one look found; changes and hidden words are those of the element that is wrong."""

    outcome: ScreenOutcome
    changes: tuple[TextDifference, ...] = ()
    hidden: tuple[PolicyFragment, ...] = ()
    version: str | None = None
    """Which version the page says that it shows."""
    found: TextSha256 | None = None
    """The hash of the words shown; None where no element shows any."""


@dataclass(frozen=True)
class ScreenFinding:
    """One screen in one language: the worst that any of its looks found."""

    screen_id: ScreenId
    language: str
    address: str | None
    worst: LookFinding
    wrong: int
    """Looks that found other than words in force."""
    looks: int
    problem: str | None = None
    pictures: tuple[str, ...] = ()
    expected: TextSha256 | None = None
    """The hash of the words in force in this language."""
    views: tuple[VisitorView, ...] = ()
    """Each look, in their order: who saw what."""

    @property
    def wronged(self) -> tuple[BoardVisitor, ...]:
        """The visitors who were shown other than words in force."""
        return tuple(view.visitor for view in self.views if not view.outcome.is_right)

    @property
    def varies(self) -> bool:
        """Whether some looks found the words in force and others didn't: a variant, or a page kept too long."""
        return 0 < self.wrong < self.looks


@dataclass(frozen=True)
class UnregisteredPage:
    """A page that shows a policy or takes consent, and is no registered screen (UNREGISTERED_CONSENT_SURFACE)."""

    address: str
    linked_from: str
    policies: tuple[str, ...]
    has_consent_form: bool
    visitor: BoardVisitor | None = None
    """To whom it was shown."""


@dataclass(frozen=True)
class ForeignOrigin:
    """An origin that the board's pages lead to or use, and to which the browser was not let go."""

    refusal: AddressRefusal
    address: str
    """The first address of that origin, in the order in which pages were opened."""
    page: str
    """The page that asked for it."""
    addresses: int


class RefusalVerdict(StrEnum):
    """What a refusal does to a function."""

    FREE = "free"
    COSTS = "costs"
    NOT_EXAMINED = "not_examined"


VERDICT_MEANINGS: Mapping[RefusalVerdict, str] = {
    RefusalVerdict.FREE: N_("the function works for those who refuse"),
    RefusalVerdict.COSTS: N_("refusal costs the function"),
    RefusalVerdict.NOT_EXAMINED: N_("what a refusal costs was not examined"),
}
"""What each means, in words; ids of messages."""


@dataclass(frozen=True)
class Trial:
    """One function taken twice, agreeing and refusing; None where there was no form to answer."""

    screen_id: ScreenId
    agreed: FormResponse | None
    refused: FormResponse | None
    later: tuple[Detriment, ...] = ()
    """What was worse afterwards."""

    @property
    def detriments(self) -> tuple[Detriment, ...]:
        """All that a refusal costs, each once; none where agreement brings nothing, since then nothing was learned."""
        if self.agreed is None or not self.agreed.works:
            return ()
        return tuple(dict.fromkeys([*detriments(FunctionTrial(self.agreed, self.refused)), *self.later]))

    @property
    def verdict(self) -> RefusalVerdict:
        """Whether a refusal costs anything."""
        if self.agreed is None or not self.agreed.works:
            return RefusalVerdict.NOT_EXAMINED
        return RefusalVerdict.COSTS if self.detriments else RefusalVerdict.FREE


@dataclass(frozen=True)
class SeenText:
    """The words that one look at a screen found, by their hash."""

    screen_id: ScreenId
    text_sha256: TextSha256


@dataclass(frozen=True)
class BoardCoverage:
    """All that one run found. Its looks count as of one moment, so that a variant among them is no right look."""

    run_id: str
    seen_at: datetime
    findings: tuple[ScreenFinding, ...]
    unregistered: tuple[UnregisteredPage, ...]
    trials: tuple[Trial, ...]
    seen: frozenset[SeenText]
    pages: int
    """Pages opened by following links."""
    is_whole: bool
    """Whether every page that links lead to was opened; False where the bound ended it."""
    seconds: float = 0.0
    """How long the run took."""
    elsewhere: tuple[ForeignOrigin, ...] = ()
    """Where the browser was not let go."""

    @property
    def screens(self) -> int:
        """Screens looked at."""
        return len({found.screen_id for found in self.findings})

    @property
    def looks(self) -> int:
        """How often a screen was opened."""
        return sum(found.looks for found in self.findings)

    @property
    def covered(self) -> int:
        """Screens that showed nothing but words in force, in every language and at every look."""
        wrong = {found.screen_id for found in self.findings if not found.worst.outcome.is_right}
        return self.screens - len(wrong)

    @property
    def share(self) -> float:
        """The share covered, from 0 to 1; 1 only where every screen is."""
        return self.covered / self.screens

    @property
    def costly(self) -> tuple[Trial, ...]:
        """The functions that a refusal costs (AC-21)."""
        return tuple(trial for trial in self.trials if trial.verdict is RefusalVerdict.COSTS)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found that keeps a policy version from being in force."""
        return self.covered == self.screens and not self.unregistered and not self.costly


def finding(
    screen_id: ScreenId,
    policy_id: PolicyId,
    language: str,
    address: str,
    looks: Sequence[ScreenLook],
    right: Sequence[PolicyVersion],
) -> ScreenFinding:
    """Judge all looks at a screen in one language; `right` are the versions of its policy in force."""
    judged = [_judged_for(look, policy_id, language, right) for look in looks]
    worst = min(judged, key=lambda one: _WORST_FIRST.index(one.outcome))
    return ScreenFinding(
        screen_id,
        language,
        address,
        worst,
        wrong=sum(not one.outcome.is_right for one in judged),
        looks=len(looks),
        problem=next((said for look in looks if (said := _problem(look.page))), None),
        pictures=tuple(look.picture for look in looks if look.picture is not None and look.page.status is not None),
        expected=next((version.text_sha256 for version in right if version.language == language), None),
        views=tuple(VisitorView(look.visitor, one.outcome, one.found) for look, one in zip(looks, judged, strict=True)),
    )


def elsewhere(refused: Iterable[tuple[str, RefusedAddress]]) -> Iterator[ForeignOrigin]:
    """What was refused, one for each origin; pairs of the page that asked and the address."""
    by_origin: dict[str, list[tuple[str, RefusedAddress]]] = {}
    for page, one in refused:
        origin = parse_origin(one.address)
        key = one.address if isinstance(origin, AddressRefusal) else str(origin)
        by_origin.setdefault(key, []).append((page, one))
    for asked in by_origin.values():
        page, first = asked[0]
        yield ForeignOrigin(first.refusal, first.address, page, len({one.address for _, one in asked}))


def is_right_view(look: ScreenLook, policy_id: PolicyId, language: str, right: Sequence[PolicyVersion]) -> bool:
    """Whether a look found nothing wrong."""
    return _judged_for(look, policy_id, language, right).outcome.is_right


def asks_nothing(look: ScreenLook) -> bool:
    """Whether the page takes no consent from this visitor: it may be there for others only.

    For a new visitor whose browser runs scripts it is there.
    """
    page, visitor = look.page, look.visitor
    if visitor.is_plain:
        return False
    if visitor.standing is Standing.MEMBER and page.status is not None and page.status >= 400:
        return True
    return page.is_there and not look.asks


def words_seen(page: Page, policy_id: PolicyId) -> frozenset[TextSha256]:
    """The hashes of what a page shows as that policy; that of no words at all where it shows none."""
    if not page.is_there:
        return frozenset()
    words = [shown.visible for shown in _elements(page, policy_id)]
    return frozenset(map(text_sha256, words or [""]))


def _judged_for(look: ScreenLook, policy_id: PolicyId, language: str, right: Sequence[PolicyVersion]) -> LookFinding:
    if asks_nothing(look):
        return LookFinding(ScreenOutcome.ASKS_NOTHING)
    return _judged(look.page, policy_id, language, right)


def _judged(page: Page, policy_id: PolicyId, language: str, right: Sequence[PolicyVersion]) -> LookFinding:
    if not page.is_there:
        return LookFinding(ScreenOutcome.UNREACHABLE)
    judged = [_element_judged(shown, language, right) for shown in _elements(page, policy_id)]
    return min(judged, key=lambda one: _WORST_FIRST.index(one.outcome), default=LookFinding(ScreenOutcome.NO_POLICY))


def _elements(page: Page, policy_id: PolicyId) -> list[ShownPolicy]:
    """The page's elements with that policy; one of which nothing is shown counts only where no other is shown."""
    found = [shown for shown in page.policies if shown.policy_id == policy_id]
    return [shown for shown in found if normalised(shown.visible)] or found[:1]


def _element_judged(shown: ShownPolicy, language: str, right: Sequence[PolicyVersion]) -> LookFinding:
    visible = text_sha256(shown.visible)
    languages = {version.language for version in right if visible in version.text_hashes}
    if languages:
        return LookFinding(
            ScreenOutcome.IN_FORCE if language in languages else ScreenOutcome.OTHER_LANGUAGE, found=visible
        )
    whole = text_sha256(shown.whole)
    wanted = next(version for version in right if version.language == language)
    if not normalised(shown.whole):
        outcome = ScreenOutcome.NO_POLICY
    elif any(whole in version.text_hashes for version in right):
        outcome = ScreenOutcome.HIDDEN_WORDS
    else:
        outcome = ScreenOutcome.OTHER_WORDS
    return LookFinding(outcome, tuple(_changes(wanted, shown)), shown.hidden, shown.version, visible)


def _changes(wanted: PolicyVersion, shown: ShownPolicy) -> Iterator[TextDifference]:
    for changed in rewordings(wanted.text, shown.visible):
        yield TextDifference(tuple(_clauses_of(changed.old, changed.new, wanted, shown)), changed.old, changed.new)


def _clauses_of(in_force: str, visible: str, wanted: PolicyVersion, shown: ShownPolicy) -> list[str]:
    """The clauses whose quotations stand in the words in force, and those marked around the words shown."""
    old, new = normalised(in_force), normalised(visible)
    quoted = {
        clause.clause_id
        for clause in wanted.clauses
        for statement in clause.statements.values()
        if (quote := normalised(statement.quote)) and old and (quote in old or old in quote)
    }
    marked = {piece.clause for piece in shown.pieces if piece.clause and (words := normalised(piece.text)) and new
              and (words in new or new in words)}  # fmt: skip
    return sorted(quoted | marked)


def _problem(page: Page) -> str | None:
    return page.problem or (None if page.is_there else f"HTTP {page.status}")
