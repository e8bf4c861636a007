"""What `kanmon incident notify`, `incident public-notice` and the commands of `kanmon mail` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class NoticeWords(TypedDict):
    """The words of a letter, or for the public."""

    subject: str
    body: str


class WrittenResult(TypedDict):
    """How many people were written to."""

    written: int
    unreachable: int
    former: int
    """People who are members no more; their check codes tell of it."""
    letters: Mapping[str, int]
    """Letters of this incident, by what became of them."""


NotifyResult = WrittenResult | NoticeWords
"""With --preview the words alone."""

LettersResult = Mapping[str, int]
"""How many letters there are, by what became of them."""


class DoubtfulResult(TypedDict):
    """A letter of which nobody knows whether it was taken."""

    mail_no: int
    incident_id: str
    member_id: str
    address: str
    begun_at: str
    is_settleable: bool
    """Whether it was begun long enough ago to be decided on."""


class DoubtsResult(TypedDict):
    """All letters in doubt."""

    letters: Sequence[DoubtfulResult]


class SettledResult(TypedDict):
    """How many letters were decided on, and how."""

    settled: int
    choice: str
