"""All desks of the privacy owner's portal."""

from kanmon.web.officer import gap, ledger, models, policies, provisions, recalls, refusals, state, stops, what_if

ROUTERS = tuple(
    desk.router for desk in (state, gap, policies, provisions, refusals, what_if, models, stops, recalls, ledger)
)
"""Their routers; nothing else belongs to the portal."""
