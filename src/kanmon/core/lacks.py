"""A step that is refused with all that it lacks, each in words: of revisions and of reviews alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from kanmon.core.errors import RuleRefused

Code = TypeVar("Code", bound=StrEnum)


@dataclass(frozen=True)
class StepLack(Generic[Code]):
    """One reason why a step is refused; of `values`, those that are ids of messages are named in `translated`."""

    texts: ClassVar[Mapping[Any, str]]
    """What each code means, in words; ids of messages."""
    code: Code
    values: Mapping[str, str] = field(default_factory=dict)
    translated: frozenset[str] = frozenset()

    def told(self, translate: Callable[[str], str]) -> str:
        """The code, and what it means in the language of `translate`."""
        values = {name: translate(said) if name in self.translated else said for name, said in self.values.items()}
        return f"[{self.code.value}] {translate(self.texts[self.code]) % values}"


class StepRefused(RuleRefused):
    """A step is refused, with all that is lacking; `because` is the id of the message before the reasons."""

    http_status = 409
    because: ClassVar[str]

    def __init__(self, lacks: Sequence[StepLack[Code]]) -> None:
        self.lacks = tuple(lacks)
        super().__init__(self.because)

    def __str__(self) -> str:
        return self.told(str)

    def told(self, translate: Callable[[str], str]) -> str:
        """The message, and a line for each reason."""
        return "\n  ".join([super().told(translate), *(lack.told(translate) for lack in self.lacks)])
