"""What provisions without valid consent brought, by the price that stood in the contract when each was made.

A surcharge is measured by the benefit of a violation (Act 56 of 2026, last step); how is open. A price for each row
counts the rows without consent; one for the whole report counts whole as soon as one row lacked consent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kanmon.audits.gap.shapes import BenefitResult
from kanmon.clients.price import PriceUnit
from kanmon.core.ids import ClientId


@dataclass(frozen=True)
class EarnedBenefit:
    """The sum by currency, of how many provisions, and of how many nobody knows it."""

    provisions: int = 0
    amounts: tuple[tuple[str, int], ...] = ()
    unknown: int = 0
    """Provisions under a contract that stated no price."""

    @property
    def is_known(self) -> bool:
        """Whether the sum is all that was earned."""
        return self.unknown == 0

    @property
    def facts(self) -> BenefitResult:
        """As plain values."""
        return {
            "provisions": self.provisions,
            "amounts": dict(self.amounts),
            "provisions_without_price": self.unknown,
            "is_known": self.is_known,
        }


NOTHING_EARNED = EarnedBenefit()


def earned(
    deliveries: Iterable[tuple[ClientId, datetime]],
    recorded: Mapping[tuple[ClientId, datetime], Mapping[str, Any] | None],
) -> EarnedBenefit:
    """What the provisions of those deliveries brought; each is named by its client and moment."""
    rows = Counter(deliveries)
    amounts: Counter[str] = Counter()
    unknown = 0
    for provision, count in rows.items():
        benefit = recorded.get(provision)
        if benefit is None:
            unknown += 1
            continue
        by_row = benefit["per"] == PriceUnit.ROW
        amounts[benefit["currency"]] += benefit["price"] * count if by_row else benefit["amount"]
    return EarnedBenefit(len(rows), tuple(sorted(amounts.items())), unknown)
