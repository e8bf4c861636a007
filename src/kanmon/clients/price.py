"""What a client pays: the benefit of a provision, by which a surcharge is measured (Act 56 of 2026)."""

from dataclasses import dataclass
from enum import StrEnum


class PriceUnit(StrEnum):
    """What a price is for."""

    DELIVERY = "delivery"
    ROW = "row"
    """Each person of whom a score went."""


@dataclass(frozen=True)
class Price:
    """A price in whole units of a currency."""

    amount: int
    unit: PriceUnit
    currency: str = "JPY"

    def benefit(self, rows: int) -> int:
        """What a provision of so many rows brings."""
        return self.amount * rows if self.unit is PriceUnit.ROW else self.amount


def recorded(price: Price | None, rows: int) -> dict[str, object] | None:
    """The benefit of a provision as its record keeps it; None where the contract states no price."""
    if price is None:
        return None
    return {
        "amount": price.benefit(rows),
        "currency": price.currency,
        "per": price.unit.value,
        "price": price.amount,
        "rows": rows,
    }
