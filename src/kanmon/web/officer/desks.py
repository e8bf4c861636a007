"""All desks of the privacy owner's portal."""

from kanmon.web.officer import gap, ledger, models, policies, provisions, refusals, state, stops, use_audits, what_if

ROUTERS = tuple(
    desk.router for desk in (state, gap, policies, provisions, refusals, what_if, models, stops, use_audits, ledger)
)
"""Their routers; nothing else belongs to the portal."""
