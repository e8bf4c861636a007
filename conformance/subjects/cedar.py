"""Cedar, by its own engine (`pip install cedarpy`). It has no loop over acts: it is asked with the last one."""

import sys
from pathlib import Path

from cedarpy import is_authorized

sys.path.insert(0, str(Path(__file__).parent))
from last_act import context

POLICY = """
permit (principal, action == Action::"provide", resource)
when {
  context.did == "agree" && context.by != "" && context.could_refuse
  && context.recipients.contains(context.recipient)
  && context.purposes.contains(context.purpose) && context.contract_purpose == context.purpose
  && context.items.containsAll(context.asked_items)
  && context.has_contract && context.is_member && context.is_shown_right
};
forbid (principal, action, resource) when { context.is_stopped || context.is_erased || context.has_expired };
"""


def answers(vectors):
    """Whether Cedar allows, by the ID of each vector."""
    request = {"principal": 'Recipient::"r"', "action": 'Action::"provide"', "resource": 'Person::"p"'}
    return {
        vector["id"]: is_authorized({**request, "context": context(vector)}, POLICY, []).allowed for vector in vectors
    }
