"""How the use of scores will be audited, fixed before the first score is provided: EMP-05, AC-24.

The seed of the draw and every choice of the analysis stand in the ledger before anything can be known of its result.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime

from kanmon.clients.decision import Draw
from kanmon.core.ids import ClientId, SeasonId
from kanmon.ledger.entry import EntryType, NewEntry, instant


@dataclass(frozen=True)
class Analysis:
    """The analysis; every number is a text, as the ledger takes no floats."""

    statistic: str = (
        "mean over readable minus mean over withheld applicants of (rank of the score, centred) * (pass, centred)"
    )
    test: str = "re-randomised draw, two-sided"
    randomisations: int = 49_999
    alpha: str = "0.01"
    multiplicity: str = "Holm over every client and stage that is tested; the k-th look at one multiplies p by 2^k"
    planted: str = "0.6"
    """The use that must be found: how much lower the pass rate is at the highest score than at the lowest."""
    least_power: str = "0.8"
    """Below it nothing is tested: too few to tell."""
    least_in_each_arm: int = 20

    @property
    def level(self) -> float:
        """The chance of accusing anybody falsely, over everything tested."""
        return float(self.alpha)


@dataclass(frozen=True)
class UsePlan:
    """The plan of one client's season as it was registered."""

    client_id: ClientId
    season: SeasonId
    draw: Draw
    analysis: Analysis
    registered_at: datetime

    @classmethod
    def drawn(cls, client: ClientId, season: SeasonId, share: float, at: datetime) -> "UsePlan":
        """A plan with a seed of its own."""
        return cls(client, season, Draw(secrets.token_bytes(32), share), Analysis(), at)

    def entry(self) -> NewEntry:
        """The pre-registration; it holds the seed's hash, and the seed not."""
        payload: dict[str, object] = {
            "client_id": self.client_id,
            "season": self.season,
            "seed_sha256": self.draw.seed_sha256,
            "draw": "HMAC-SHA-256(seed, applicant_id), first 8 bytes over 2^64 below the share: withheld",
            "withheld_share": str(self.draw.share),
            "registered_at": instant(self.registered_at),
            "analysis": asdict(self.analysis),
        }
        return NewEntry(EntryType.USE_AUDIT_PLAN, self.registered_at, payload)
