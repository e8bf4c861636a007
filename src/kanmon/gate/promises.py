"""Which check keeps what a text states, element by element: what people agree to binds what the program does.

`KEEPERS` is data. A check is a function of the program, `module:name`, that refuses or prevents the breach; it counts
only while it is there. What no machine can see is a person's promise, with who confirms it and when. A text that states
something that nothing keeps is not published (`consent.publication`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.abc import InspectLoader
from importlib.util import find_spec
from types import CodeType

from kanmon.consent.policy import Element, Statement
from kanmon.consent.promises import VALUES, Frequency, Means
from kanmon.core.language import N_
from kanmon.gate.decision import ReasonCode

E = Element
_COVERS = "kanmon.gate.rules.text_covers:judge"
_PRIVACY_OWNER = N_("the privacy owner")
_EACH_REVISION = N_("before each revision takes effect")


@dataclass(frozen=True)
class PromiseKeeper:
    """What keeps a promise: checks, or a person."""

    element: Element
    refusal: str
    """The code with which a breach is refused."""
    checks: tuple[str, ...] = ()
    """Functions of the program, `module:name`; all of them must be there."""
    confirmed_by: str = ""
    """Who keeps it where no machine can; a message id, as the next. Empty where checks do."""
    confirmed_when: str = ""
    value: str | None = None
    """The value of the element that it is for; None: for any that no other is for."""

    @property
    def is_there(self) -> bool:
        """Whether somebody or something keeps it."""
        return all(map(exists, self.checks)) if self.checks else bool(self.confirmed_by)


def _rule(name: str) -> str:
    return f"kanmon.gate.rules.{name}:judge"


def _promised(element: Element) -> PromiseKeeper:
    refusal = "REVISION_REFUSED"
    return PromiseKeeper(element, refusal, confirmed_by=_PRIVACY_OWNER, confirmed_when=_EACH_REVISION)


def _checked(element: Element, code: ReasonCode, *checks: str, value: str | None = None) -> PromiseKeeper:
    return PromiseKeeper(element, code.value, checks, value=value)


KEEPERS: tuple[PromiseKeeper, ...] = (
    _checked(E.OPERATOR, ReasonCode.NOT_COVERED, _COVERS),
    _checked(E.TRIGGER, ReasonCode.NO_CONSENT, _rule("consent_given"), _COVERS),
    _checked(E.IDENTIFIED, ReasonCode.NOT_LINKED, _rule("row_linked"), _COVERS),
    _checked(E.REGISTERED_INFORMATION, ReasonCode.BANNED_FEATURE, "kanmon.features.banned:refuse_banned", _COVERS),
    _checked(E.OWN_HISTORY, ReasonCode.NOT_COVERED, _COVERS, "kanmon.lake.query:subjects_of"),
    _checked(
        E.PARTNER_SITES,
        ReasonCode.NOT_COVERED,
        _COVERS,
        "kanmon.gate.decision:PersonFacts.sites_covered",
        "kanmon.lake.query:covered_sites",
    ),
    _checked(E.HISTORY_BEFORE_LOGIN, ReasonCode.NOT_COVERED, _COVERS, "kanmon.lake.query:subjects_of"),
    _checked(E.MATCH_WITH_CLIENT_DATA, ReasonCode.ENTRUSTMENT_OWN_DATA, _rule("own_data_not_entrusted"), _COVERS),
    _checked(E.PREDICTION, ReasonCode.COMPUTED_BEFORE_CONSENT, _rule("computed_after_consent"), _COVERS),
    _checked(E.ITEMS, ReasonCode.ITEMS_NOT_COVERED, _rule("items_covered"), "kanmon.provision.wording:check_ordinal"),
    _checked(E.THIRD_PARTY_PROVISION, ReasonCode.RECORD_INCOMPLETE, _rule("record_complete"), _COVERS),
    _checked(E.RECIPIENTS, ReasonCode.RECIPIENT_NOT_COVERED, _rule("recipient_covered"), _COVERS),
    _checked(E.PURPOSE, ReasonCode.PURPOSE_NOT_COVERED, _rule("purpose_covered")),
    _checked(
        E.PROHIBITED_USES,
        ReasonCode.PURPOSE_PROHIBITED,
        _rule("purpose_permitted"),
        _rule("pre_use_check_fresh"),
        "kanmon.audits.use.service:UseAudit.look",
    ),
    _promised(E.MEANS),
    PromiseKeeper(
        E.MEANS,
        "FILE_NOT_PROMISED",
        ("kanmon.provision.files.report:file_of", "kanmon.provision.files.encrypted:encrypted_zip"),
        value=Means.ENCRYPTED_FILE.value,
    ),
    _checked(E.TIMING, ReasonCode.SEASON_CLOSED, _rule("season_open")),
    *(
        _checked(
            E.TIMING,
            ReasonCode.PROVIDED_TOO_SOON,
            _rule("not_provided_too_soon"),
            _rule("season_open"),
            value=frequency.value,
        )
        for frequency in Frequency
    ),
    _promised(E.RETENTION),
    _checked(
        E.WITHDRAWAL,
        ReasonCode.CONSENT_WITHDRAWN,
        _rule("consent_not_withdrawn"),
        "kanmon.rights.recall.service:Recalls.ask_for_withdrawn",
    ),
    _checked(E.REFUSAL_HAS_NO_DISADVANTAGE, ReasonCode.NO_CONSENT, _rule("consent_free")),
    _checked(
        E.RIGHTS,
        ReasonCode.CONSENT_WITHDRAWN,
        _rule("no_objection_stands"),
        "kanmon.rights.disclosure.service:disclosure_facts",
    ),
    _checked(E.VERSION, ReasonCode.LOG_INCONSISTENT, _rule("consent_plausible"), _rule("consent_current")),
    _checked(E.CONSEQUENCES, ReasonCode.POSTCHECK_OVERDUE, _rule("post_use_stated"), _COVERS),
    _checked(E.DEFINITE, ReasonCode.NOT_COVERED, _COVERS),
    _checked(E.TRAINING, ReasonCode.NOT_COVERED, _COVERS, "kanmon.consent.coverage:cover_training"),
)
"""Who keeps each element. Nobody keeps what a text says of a foreign recipient (E22): the service provides to none."""


def keeper_of(element: Element, said: Statement) -> PromiseKeeper | None:
    """Who keeps what a clause states of an element, whether it is there or not; None where nobody is named."""
    value = str(said.value) if element in VALUES and not isinstance(said.value, bool) else None
    return next((keeper for keeper in KEEPERS if keeper.element is element and keeper.value == value), None)


def is_kept(element: Element, said: Statement) -> bool:
    """Whether somebody or something keeps what a clause states of an element."""
    keeper = keeper_of(element, said)
    return keeper is not None and keeper.is_there


@cache
def exists(check: str) -> bool:
    """Whether a function, `module:name`, is part of the program; its module is looked at and not run."""
    module, _, name = check.partition(":")
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        return False
    code = spec.loader.get_code(module) if spec and isinstance(spec.loader, InspectLoader) else None
    return code is not None and name in _functions(code)


def _functions(code: CodeType) -> Iterator[str]:
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part.co_qualname
            yield from _functions(part)
