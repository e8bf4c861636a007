"""Moments of events, as expressions of a query. Apart from `event`, which is loaded without the engine."""

import ibis.expr.types as ir

from kanmon.lake.event import DAY_MS, TOKYO_OFFSET_MS


def earliest(t: ir.IntegerColumn) -> ir.IntegerValue:
    """The first moment at which an event may have happened, which the lake has at its last possible one.

    The last millisecond of a day in Japan stands for a date alone; all others are as exact as they are (ADR 32).
    """
    is_a_day = (t + TOKYO_OFFSET_MS + 1) % DAY_MS == 0
    return t - is_a_day.ifelse(DAY_MS - 1, 0)
