"""What an application usually looks up before it asks a policy engine: the last act of the person, and its words.

Engines that can't go through a list of acts are asked with this; what the lookup misses counts as the engine's answer,
since its documentation leaves it to the application.
"""

from datetime import datetime, timedelta


def context(vector):
    """The attributes of a request: about the last act that concerns the recipient, its words, screen and contract."""
    facts, question = vector["facts"], vector["question"]
    asked = datetime.fromisoformat(question["at"])
    acts = [
        (moment, act)
        for act in facts["acts"]
        if act["person"] == question["person"]
        and act["recipient"] in (None, question["recipient"])
        and (moment := read(act["at"])) is not None
        and moment < asked
    ]
    act = max(acts, key=lambda pair: pair[0], default=(None, None))[1] or {}
    notice = found(facts["notices"], "sha256", act.get("sha256"))
    recipient = found(facts["recipients"], "id", question["recipient"])
    contract = recipient.get("contract") or {}
    clauses = [clause for clause in notice.get("clauses", ()) if not clause["omits"]]
    looks = sorted(facts["looks"], key=lambda look: read(look["at"]))
    looks = [look for look in looks if look["screen"] == act.get("screen") and read(look["at"]) <= asked]
    stopped = [stop for stop in facts["stops"] if stop["recipient"] in (None, question["recipient"])]
    given = read(act.get("at", ""))
    return {
        "did": act.get("do", ""),
        "by": act.get("by") or "",
        "could_refuse": act.get("could_refuse") is not False,
        "recipients": sorted({name for clause in clauses for name in clause["recipients"] or ()}),
        "purposes": sorted({clause["purpose"] for clause in clauses if clause["purpose"]}),
        "items": sorted({item for clause in clauses for item in clause["items"]}),
        "asked_items": question["items"],
        "recipient": question["recipient"],
        "purpose": question["purpose"],
        "contract_purpose": contract.get("purpose", ""),
        "has_contract": bool(contract) and read(contract["from"]) <= asked < read(contract["to"]),
        "is_stopped": any(
            read(stop["at"]) <= asked and not (stop["resumed"] and read(stop["resumed"]) <= asked) for stop in stopped
        ),
        "is_erased": any(
            gone["person"] == question["person"] and read(gone["at"]) <= asked for gone in facts["erasures"]
        ),
        "is_member": bool(found(facts["people"], "id", question["person"])),
        "is_shown_right": bool(looks) and looks[-1]["sha256"] == act.get("sha256"),
        "has_expired": bool(
            given and notice.get("valid_days") and given + timedelta(days=notice["valid_days"]) <= asked
        ),
    }


def found(records, key, value):
    """The first record with that value; an empty one where there is none."""
    return next((record for record in records if record[key] == value), {})


def read(written):
    """A moment; None where it can't be read."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.astimezone()
