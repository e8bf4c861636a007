"""What was provided on consents to a policy version."""

from kanmon.bootstrap.application import Application
from kanmon.ids import PolicyId, PolicyVersionId
from kanmon.oversight.reliance import Reliance, provisions_relying_on


def reliance_on(application: Application, policy: PolicyId | None, version: PolicyVersionId) -> Reliance:
    """What was provided on consents to a policy version."""
    with application.transactions.begin_reliance() as store:
        return provisions_relying_on(store, policy, version)
