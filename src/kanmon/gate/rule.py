"""What a rule of the gate declares: its code, its source, since when the law asks for it, and how it judges what.

Each module of `gate/rules` declares one, `RULE`. The gate, `docs/reasons.md` and the tests that hold the decision
tables, `docs/law.md` and the mutants to the rules read these declarations, and no list of names beside them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from kanmon.gate.decision import Agreement, DenialReason, PersonFacts, ReasonCode
from kanmon.gate.question import Terms

TermsJudge = Callable[[Terms], DenialReason | None]
PersonJudge = Callable[[Terms, PersonFacts], DenialReason | None]
AgreementJudge = Callable[[Terms, PersonFacts, Agreement], DenialReason | None]
Judging = TypeVar("Judging", bound=Callable[..., DenialReason | None])


class PersonStage(StrEnum):
    """When a rule about a person is asked."""

    ROW = "row"
    """First, and where it denies, nothing else is asked of the person."""
    PERSON = "person"
    """Whatever the person agreed to."""
    BROWSER = "browser"
    """Of a row of scheme A that brings a browser and no person: nobody here can be asked or told."""
    ABSENCE = "absence"
    """Where the person has no standing agreement."""


@dataclass(frozen=True, kw_only=True)
class GateRule(Generic[Judging]):
    """What every rule declares; `judge` is pure and answers `code` or nothing."""

    about: str | None
    """The module's docstring: first the rule in one sentence."""
    code: ReasonCode
    citation: str
    """The law or promise that it rests on, and the numbers of the requirements."""
    in_force_from: date
    """The first day of the oldest law profile under which it denies."""
    judge: Judging

    @property
    def name(self) -> str:
        """The name of its module."""
        return self.judge.__module__.rpartition(".")[2]

    @property
    def title(self) -> str:
        """The rule in one sentence."""
        return " ".join((self.about or "").partition("\n\n")[0].split())

    @property
    def remark(self) -> str:
        """What else is to be known of it; empty where there is nothing."""
        return " ".join((self.about or "").partition("\n\n")[2].split())


@dataclass(frozen=True, kw_only=True)
class TermsRule(GateRule[TermsJudge]):
    """A rule about the switch, the client, the release or the season: asked once for a batch."""


@dataclass(frozen=True, kw_only=True)
class PersonRule(GateRule[PersonJudge]):
    """A rule about one person or row, asked at each of its stages."""

    stages: tuple[PersonStage, ...]


@dataclass(frozen=True, kw_only=True)
class AgreementRule(GateRule[AgreementJudge]):
    """A rule that one and the same agreement must pass, together with all others of its kind."""


Rule = TermsRule | PersonRule | AgreementRule
