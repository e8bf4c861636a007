"""What a browser saw on a page of the board, and the port by which one is asked to look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kanmon.core.language import N_
from kanmon.reviews.screens.reach import AddressRefusal
from kanmon.reviews.screens.visitor import Arm, BoardVisitor


class Hiding(StrEnum):
    """Why words that stand on a page are not shown to a person."""

    STYLE = "style"
    COVERED = "covered"
    TINY = "tiny"
    LOW_CONTRAST = "low_contrast"
    CLIPPED = "clipped"
    OFF_SCREEN = "off_screen"


HIDING_MEANINGS: Mapping[Hiding, str] = {
    Hiding.STYLE: N_("hidden by style: display, visibility, opacity or a filter"),
    Hiding.COVERED: N_("covered by something else"),
    Hiding.TINY: N_("smaller than 9 pixels"),
    Hiding.LOW_CONTRAST: N_("contrast under 3:1"),
    Hiding.CLIPPED: N_("cut off or without size"),
    Hiding.OFF_SCREEN: N_("outside the page"),
}
"""What each means, in words; ids of messages."""


@dataclass(frozen=True)
class PolicyFragment:
    """Words that stand together in a policy element; `clause` is the marked clause around them, if any."""

    text: str
    clause: str | None = None
    hiding: Hiding | None = None


@dataclass(frozen=True)
class ShownPolicy:
    """One policy element with all its words in their order, shown or not; `version` is what it calls itself."""

    policy_id: str
    version: str | None
    pieces: tuple[PolicyFragment, ...]

    @property
    def visible(self) -> str:
        """The words that a person can read."""
        return "".join(piece.text for piece in self.pieces if piece.hiding is None)

    @property
    def whole(self) -> str:
        """All words, as if nothing were hidden."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def hidden(self) -> tuple[PolicyFragment, ...]:
        """The words that a person can't read."""
        return tuple(piece for piece in self.pieces if piece.hiding is not None and piece.text.strip())


@dataclass(frozen=True)
class RefusedAddress:
    """An address to which the browser was not let go."""

    address: str
    refusal: AddressRefusal

    def __str__(self) -> str:
        return f"{self.refusal.value}: {self.address}"


@dataclass(frozen=True)
class Page:
    """A page as it was opened; `status` is None where there was no answer, and `problem` then says why."""

    address: str
    """Where the browser ended, redirections followed."""
    status: int | None
    policies: tuple[ShownPolicy, ...] = ()
    has_consent_form: bool = False
    """Whether a form is marked as one that takes consent."""
    can_post: bool = False
    """Whether any form sends something."""
    controls: tuple[str | None, ...] = ()
    """What else may be pressed to answer, by its words; None for a tick box."""
    text: str = ""
    """All words, those too that are folded away or stand in fields and frames."""
    links: tuple[str, ...] = ()
    kept: tuple[Arm, ...] = ()
    """What the board made the browser keep: cookies and storage."""
    problem: str | None = None
    refused: tuple[RefusedAddress, ...] = ()
    """What the page asked for outside the named origins, and did not get."""

    @property
    def is_there(self) -> bool:
        """Whether the page came, whatever it shows."""
        return self.status is not None and self.status < 400


@dataclass(frozen=True)
class ControlView:
    """One of the two controls of a consent form, as it is drawn: in CSS pixels, contrasts as WCAG has them."""

    words: str
    width: float
    height: float
    top: float
    """From the top of the page."""
    font: float
    contrast: float
    """Of its words against what is behind them."""
    fill: float
    """Of its ground against what is around it; 1 where it has none."""
    has_border: bool
    is_shown: bool
    is_enabled: bool
    is_reached_by_key: bool

    @property
    def area(self) -> float:
        """How much of the page it takes."""
        return self.width * self.height


@dataclass(frozen=True)
class FormView:
    """A consent form before it is answered: both controls, and the page's words outside the policy."""

    agreeing: ControlView | None
    refusing: ControlView | None
    text: str


@dataclass(frozen=True)
class FormResponse:
    """What followed an answer given in a consent form: the HTTP status, and whether the function's outcome came."""

    status: int | None
    is_done: bool
    refused: tuple[RefusedAddress, ...] = ()
    """What was asked for on the way outside the named origins."""
    seconds: float = 0.0
    """From the press, or the wish to press, until the outcome came."""
    dialogs: int = 0
    """Questions that the page asked before it sent the answer."""
    text: str = ""
    """The words of the page that followed."""
    form: FormView | None = None

    @property
    def works(self) -> bool:
        """Whether the function did what it is there for."""
        return self.is_done and (self.status is None or self.status < 400)


@dataclass(frozen=True)
class LaterPage:
    """A page as it is for somebody who has answered: what can be done on it."""

    address: str
    status: int | None
    text: str
    links: frozenset[str]
    controls: int
    """Forms' controls that can be pressed."""
    overlays: int
    """Windows that the page lays over itself."""


class ScreenBrowser(Protocol):
    """A browser in which anybody may look at a board."""

    def look(self, address: str, visitor: BoardVisitor, picture: Callable[[Page], str | None] | None = None) -> Page:
        """Open a page as a visitor, and say what it shows.

        `picture` is given the page and says under which name a picture of it is kept, if any. A member is whoever
        `join` made one; without one, a member's look is that of somebody who returns.
        """

    def join(self, address: str, language: str) -> bool:
        """Become a member by the page's form, without agreeing; whether it worked."""

    def answer(self, address: str, language: str, *, agrees: bool) -> FormResponse | None:
        """Answer the page's consent form and use the function; None where the page has no such form."""

    def afterwards(self, addresses: Sequence[str], language: str, *, agrees: bool) -> Sequence[LaterPage]:
        """The pages as they are for somebody who answered all their forms so."""
