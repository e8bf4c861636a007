"""Whether a client uses scores in its decisions: a test on a draw, not on what can only be watched (EMP-05, AC-24).

Who is good in an interview may act otherwise on the board as well, so that decisions and scores go together at an
honest client too, and watching that accuses it. But whose score is held back is drawn by lot: an honest client decides
alike about readable and withheld applicants. Drawing the lots anew, again and again, therefore shows how far apart the
two may lie by chance, whatever interviewers see that we don't.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kanmon.clients.decision import Draw
from kanmon.clients.use_plan import Analysis, UsePlan
from kanmon.core.ids import ApplicantId, ClientId, SeasonId
from kanmon.ledger.entry import EntryType, NewEntry, instant

_DRAWN_AT_ONCE = 500
_RANK_VARIANCE = 1 / 12
"""Of ranks that are spread evenly from 0 to 1."""


class UseFinding(StrEnum):
    """What a look at one client's stage says; there is no word for "clean"."""

    MISUSE_FOUND = "misuse_found"
    NOTHING_FOUND = "nothing_found"
    """The planted use would most likely have been found, and was not."""
    TOO_FEW_TO_TELL = "too_few_to_tell"
    NOT_AUDITABLE = "not_auditable"
    """Nothing was held back by lot, or nothing was readable."""


class DecidedCase(NamedTuple):
    """An applicant who was watched, and whom the client has decided about since."""

    applicant_id: ApplicantId
    stage: str
    is_withheld: bool
    score: int
    """In ten-thousandths."""
    has_passed: bool


@dataclass(frozen=True)
class WatchedSeason:
    """All that is known of one client's season; `looks` counts earlier tests of each stage, on other cases."""

    plan: UsePlan | None
    client_id: ClientId
    season: SeasonId
    cases: Sequence[DecidedCase]
    undecided: int
    """Applicants who are watched and not decided about."""
    unread: int
    """Decisions that are neither a pass nor a fail."""
    looks: Mapping[str, int]


@dataclass(frozen=True)
class UseLookResult:
    """What was found of one client's stage."""

    client_id: ClientId
    season: SeasonId
    stage: str
    readable: int
    withheld: int
    p: float | None
    """Of the test as registered, after the multiplicity of clients, stages and looks; None where nothing was tested."""
    power: float | None
    """The chance that the planted use had been found; None without a plan."""
    finding: UseFinding

    def entry(self, at: datetime) -> NewEntry:
        """What the ledger keeps of the look."""
        payload: dict[str, object] = {
            "audit": "use",
            "client_id": self.client_id,
            "season": self.season,
            "stage": self.stage,
            "looked_at": instant(at),
            "readable": self.readable,
            "withheld": self.withheld,
            "p": None if self.p is None else f"{self.p:.6f}",
            "power": None if self.power is None else f"{self.power:.4f}",
            "finding": self.finding.value,
        }
        return NewEntry(EntryType.AUDIT, at, payload)


@dataclass(frozen=True)
class _Cell:
    """One client's stage on its way to a finding."""

    watch: WatchedSeason
    stage: str
    cases: Sequence[DecidedCase]

    @property
    def withheld(self) -> NDArray[np.bool_]:
        return np.array([case.is_withheld for case in self.cases], dtype=bool)

    @property
    def analysis(self) -> Analysis:
        assert self.watch.plan is not None
        return self.watch.plan.analysis

    @property
    def products(self) -> NDArray[np.float64]:
        scores = np.array([case.score for case in self.cases], dtype=float)
        return association(scores, np.array([case.has_passed for case in self.cases], dtype=float))

    def power(self, tests: int) -> float:
        """The chance to find the planted use, were this one of so many tests that all have to be passed."""
        level = self.analysis.level / tests / 2 ** (self.watch.looks.get(self.stage, 0) + 1)
        held = int(self.withheld.sum())
        passed = float(np.mean([case.has_passed for case in self.cases]))
        return power(self.products, passed, held, level, float(self.analysis.planted))

    def p(self) -> float:
        """Of the test alone, times 2 for the first look, 4 for the second, and so on."""
        assert self.watch.plan is not None
        share = self.watch.plan.draw.share
        seed = hmac.digest(self.watch.plan.draw.seed, b"randomisation\0" + self.stage.encode(), hashlib.sha256)
        draws = randomised(len(self.cases), share, self.analysis.randomisations, int.from_bytes(seed, "big"))
        found = float(p_values(self.products[None], self.withheld[None], draws)[0])
        return min(1.0, found * 2.0 ** (self.watch.looks.get(self.stage, 0) + 1))


def judge(watches: Sequence[WatchedSeason]) -> list[UseLookResult]:
    """The looks at every client and stage, by the plans; those that are tested share the level by Holm's method."""
    cells = [cell for watch in watches for cell in _cells(watch)]
    powers = {}
    for number, cell in enumerate(cells):
        held = int(cell.withheld.sum())
        least = min(held, len(cell.cases) - held)
        if cell.watch.plan is not None and least > 0:
            powers[number] = cell.power(len(cells)) if least >= cell.analysis.least_in_each_arm else 0.0
    tested = [number for number, found in powers.items() if found >= float(cells[number].analysis.least_power)]
    adjusted = holm({number: cells[number].p() for number in tested})
    return [_look(cell, powers.get(number), adjusted.get(number)) for number, cell in enumerate(cells)]


def _cells(watch: WatchedSeason) -> Iterator[_Cell]:
    for stage in sorted({case.stage for case in watch.cases}):
        yield _Cell(watch, stage, [case for case in watch.cases if case.stage == stage])


def _look(cell: _Cell, chance: float | None, p: float | None) -> UseLookResult:
    if chance is None:
        finding = UseFinding.NOT_AUDITABLE
    elif p is None:
        finding = UseFinding.TOO_FEW_TO_TELL
    else:
        finding = UseFinding.MISUSE_FOUND if p <= cell.analysis.level else UseFinding.NOTHING_FOUND
    held = int(cell.withheld.sum())
    watch = cell.watch
    return UseLookResult(watch.client_id, watch.season, cell.stage, len(cell.cases) - held, held, p, chance, finding)


def association(scores: NDArray[np.float64], passed: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each applicant, how much score and decision go together: the product of centred rank (0 to 1) and pass.

    Applicants lie along the last axis; whoever has the same score has the same rank.
    """
    count = scores.shape[-1]
    ordered = np.sort(scores, axis=-1)
    flat, sorted_flat = scores.reshape(-1, count), ordered.reshape(-1, count)
    ranks = np.stack(
        [
            (np.searchsorted(line, row, "left") + np.searchsorted(line, row, "right") - 1) / (2 * max(count - 1, 1))
            for row, line in zip(flat, sorted_flat, strict=True)
        ]
    ).reshape(scores.shape)
    centred: NDArray[np.float64] = (ranks - 0.5) * (passed - passed.mean(axis=-1, keepdims=True))
    return centred


def randomised(count: int, share: float, times: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """Draws like the registered one, `times` rows of `count` in parts: 1 where an applicant is withheld, else 0."""
    chance = np.random.default_rng(seed)
    for done in range(0, times, _DRAWN_AT_ONCE):
        lots = chance.random((min(_DRAWN_AT_ONCE, times - done), count), dtype=np.float32)
        yield (lots < share).astype(np.float32)


def p_values(
    products: NDArray[np.float64], withheld: NDArray[np.bool_], draws: Iterable[NDArray[np.float32]]
) -> NDArray[np.float64]:
    """Two-sided: how often a new draw sets the arms as far apart as the real one did; rows are independent audits.

    Valid by design, for the draw was random in truth: (1 + as far) / (1 + draws) (Phipson and Smyth, 2010).
    """
    observed = np.abs(_apart(np.einsum("sn,sn->s", products, withheld), withheld.sum(axis=1), products))
    as_far, times = np.zeros(len(products)), 0
    for drawn in draws:
        sums = products @ drawn.T.astype(float)
        apart = np.abs(_apart(sums, drawn.sum(axis=1)[None], products[:, None]))
        as_far += (apart >= observed[:, None] * (1 - 1e-9)).sum(axis=1)
        times += len(drawn)
    return (1 + as_far) / (1 + times)


def _apart(held_sum: NDArray[np.float64], held: NDArray[Any], products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean over the readable minus mean over the withheld; 0 where either are nobody."""
    count = products.shape[-1]
    total = products.sum(axis=-1)
    both = (held > 0) & (held < count)
    safe = np.where(both, held, 1)
    apart: NDArray[np.float64] = np.where(both, (total - held_sum) / (count - safe) - held_sum / safe, 0.0)
    return apart


def power(products: NDArray[np.float64], passed: float, held: int, level: float, planted: float) -> float:
    """The chance that the test finds the planted use at this level, with this spread of the products at least.

    The planted use lowers the pass rate by `planted` from the lowest score to the highest, as far as the pass rate of
    all, `passed`, leaves room for that. The two arms' means are taken as normal, which they are from 20 on.
    """
    count = len(products)
    effect = min(planted, 2 * passed, 2 * (1 - passed)) * _RANK_VARIANCE
    unrelated = (_RANK_VARIANCE * passed * (1 - passed)) ** 0.5
    spread = max(float(products.std()), unrelated) * (1 / held + 1 / (count - held)) ** 0.5
    if effect <= 0 or spread <= 0:
        return 0.0
    normal = NormalDist()
    bound = normal.inv_cdf(1 - level / 2)
    return normal.cdf(effect / spread - bound) + normal.cdf(-effect / spread - bound)


def holm(p: Mapping[int, float]) -> dict[int, float]:
    """Adjusted values: those at or below a level are accused falsely with that chance at most, over all together."""
    adjusted, least = {}, 0.0
    for place, (number, value) in enumerate(sorted(p.items(), key=lambda one: one[1])):
        least = max(least, min(1.0, value * (len(p) - place)))
        adjusted[number] = least
    return adjusted


def is_drawn_as_registered(draw: Draw, cases: Sequence[DecidedCase]) -> bool:
    """Whether just those are withheld whom the seed draws: what an auditor with the seed checks first."""
    return all(draw.is_drawn(case.applicant_id) == case.is_withheld for case in cases)
