"""All desks of the privacy owner's portal."""

from kanmon.access.web import accounts
from kanmon.audits.gap import web as gap
from kanmon.audits.overview.web import acts, provisions, refusals, state
from kanmon.audits.use import web as use_audits
from kanmon.clients.papers import web as papers
from kanmon.consent.holds import web as holds
from kanmon.gate.switch import web as stops
from kanmon.incidents import web as incidents
from kanmon.incidents.matters import web as matters
from kanmon.incidents.notices.web import officer as notices
from kanmon.jobs import web as timers
from kanmon.ledger import web as ledger
from kanmon.modelling import web as models
from kanmon.reviews.policies.web import policies, what_if
from kanmon.rights.recall import web as recalls

_DESKS = (
    holds,
    state, acts, gap, policies, provisions, refusals, what_if, models, stops, incidents, matters, notices, recalls,
    papers, use_audits, ledger, accounts, timers,
)  # fmt: skip
ROUTERS = tuple(desk.router for desk in _DESKS)
"""Their routers; nothing else belongs to the portal."""
