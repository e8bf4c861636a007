"""All desks of the privacy owner's portal."""

from kanmon.web.officer import (
    accounts,
    gap,
    holds,
    incidents,
    ledger,
    models,
    notices,
    policies,
    provisions,
    recalls,
    refusals,
    state,
    stops,
    use_audits,
    what_if,
)

_DESKS = (
    holds,
    state, gap, policies, provisions, refusals, what_if, models, stops, incidents, notices, recalls, use_audits, ledger,
    accounts,
)  # fmt: skip
ROUTERS = tuple(desk.router for desk in _DESKS)
"""Their routers; nothing else belongs to the portal."""
