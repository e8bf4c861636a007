"""What was provided on consents to a policy version."""

from kanmon.application.application import Application
from kanmon.audits.reliance.service import Reliance, provisions_relying_on
from kanmon.audits.reliance.store import RelianceStore
from kanmon.core.ids import PolicyId, PolicyVersionId


def reliance_on(application: Application, policy: PolicyId | None, version: PolicyVersionId) -> Reliance:
    """What was provided on consents to a policy version."""
    with application.transactions.read() as work:
        return provisions_relying_on(RelianceStore(work.session), policy, version)
