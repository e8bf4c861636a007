"""What was provided on consents to a policy version."""

from kanmon.application.application import Application
from kanmon.audits.reliance.service import Reliance, provisions_relying_on
from kanmon.core.ids import PolicyId, PolicyVersionId


def reliance_on(application: Application, policy: PolicyId | None, version: PolicyVersionId) -> Reliance:
    """What was provided on consents to a policy version."""
    with application.transactions.begin_reliance() as store:
        return provisions_relying_on(store, policy, version)
