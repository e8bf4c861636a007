"""Casbin (`pip install casbin`), a model of attributes, asked with the last act (`last_act.py`)."""

import sys
from pathlib import Path
from types import SimpleNamespace

import casbin

sys.path.insert(0, str(Path(__file__).parent))
from last_act import context

MODEL = """
[request_definition]
r = sub
[policy_definition]
p = did
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.sub.did == p.did && r.sub.by != '' && r.sub.could_refuse && r.sub.recipient in r.sub.recipients && \
r.sub.purpose in r.sub.purposes && r.sub.contract_purpose == r.sub.purpose && \
has_all(r.sub.items, r.sub.asked_items) && r.sub.has_contract && r.sub.is_member && r.sub.is_shown_right && \
!r.sub.is_stopped && !r.sub.is_erased && !r.sub.has_expired
"""


def answers(vectors):
    """Whether Casbin allows, by the ID of each vector."""
    model = casbin.Model()
    model.load_model_from_text(MODEL)
    enforcer = casbin.Enforcer(model)
    enforcer.add_function("has_all", lambda items, asked: set(asked) <= set(items))
    enforcer.add_policy("agree")
    return {vector["id"]: enforcer.enforce(SimpleNamespace(**context(vector))) for vector in vectors}
