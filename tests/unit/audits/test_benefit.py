"""What provisions without valid consent earned: by row, by report, and not known without a price."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.audits.gap.benefit import EarnedBenefit, earned
from kanmon.clients.price import Price, PriceUnit, recorded
from kanmon.core.ids import ClientId

AT = datetime(2028, 8, 1, tzinfo=UTC)
LATER = AT + timedelta(days=31)
ONE, TWO = ClientId("ONE"), ClientId("TWO")


@pytest.mark.parametrize(
    ("price", "benefit"),
    [
        (Price(700, PriceUnit.ROW), 2100),
        (Price(50_000, PriceUnit.DELIVERY), 50_000),
        (Price(0, PriceUnit.ROW), 0),
        (None, None),
    ],
)
def test_a_provision_keeps_what_it_brought(price: Price | None, benefit: int | None) -> None:
    kept = recorded(price, 3)
    assert (None if kept is None else kept["amount"]) == benefit


def test_rows_without_consent_count_by_row_and_a_report_counts_whole_and_once() -> None:
    kept = {
        (ONE, AT): recorded(Price(700, PriceUnit.ROW), 3),
        (TWO, AT): recorded(Price(50_000, PriceUnit.DELIVERY), 9),
        (TWO, LATER): recorded(Price(10, PriceUnit.DELIVERY, "EUR"), 1),
    }
    gone = [(ONE, AT), (ONE, AT), (TWO, AT), (TWO, AT), (TWO, LATER)]
    found = earned(gone, kept)
    assert found == EarnedBenefit(3, (("EUR", 10), ("JPY", 51_400)), 0)
    assert found.is_known


def test_without_a_price_nobody_knows_and_nothing_gone_earned_nothing() -> None:
    found = earned([(ONE, AT), (TWO, AT)], {(ONE, AT): None, (TWO, AT): recorded(Price(5, PriceUnit.ROW), 1)})
    assert (found.amounts, found.unknown, found.is_known) == ((("JPY", 5),), 1, False)
    assert earned([(ONE, LATER)], {}) == EarnedBenefit(1, (), 1)
    assert earned([], {}) == EarnedBenefit()
