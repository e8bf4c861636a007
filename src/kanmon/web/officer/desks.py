"""All desks of the privacy owner's portal."""

from kanmon.web.officer import gap, incidents, ledger, models, policies, provisions, refusals, state, stops, what_if

ROUTERS = tuple(
    desk.router for desk in (state, gap, policies, provisions, refusals, what_if, models, stops, incidents, ledger)
)
"""Their routers; nothing else belongs to the portal."""
