"""Vectors as a dataset folder of Kanmon: `service.yaml` and tables, each name preceded by the ID of its vector."""

import csv
import json
from collections import defaultdict
from datetime import datetime, timedelta

STATED = (
    *("operator", "trigger", "identified", "registered_information", "own_history", "partner_sites"),
    *("history_before_login", "training", "match_with_client_data", "prediction", "third_party_provision"),
    *("prohibited_uses", "means", "timing", "withdrawal", "refusal_has_no_disadvantage", "rights", "version"),
    *("consequences", "definite"),
)
VALUES = {"trigger": "login_and_use", "prohibited_uses": ["selection"], "partner_sites": []}
LONG_AGO, FAR_AHEAD = "2015-01-01T00:00:00+09:00", "2032-01-01T00:00:00+09:00"
COMPANY = {"legal_name": "A company", "address": "Tokyo", "representative": "Its head"}
ROLES = ("author", "operator", "privacy_owner", "student_advocate", "legal")
RELEASE = {"id": "1", "approvals": [{"role": role, "person": role, "at": LONG_AGO} for role in ROLES]}
TABLES = {
    "members": "member_id season registered_at birth_date",
    "consents": "member_id occurred_at screen_id text_sha256 action client_id refusable given_by relation",
    "renderings": "screen_id occurred_at text_sha256",
    "applicants": "client_id applicant_id season applied_at as_of member_id",
    "events": "occurred_at member_id kind",
}


class Folder:
    """What will be written under one law."""

    def __init__(self, law):
        self.terms = {"law": law, "platform": COMPANY, "release": RELEASE}
        self.terms |= {part: [] for part in ("seasons", "clients", "policies", "screens")}
        self.rows = defaultdict(list)

    def add(self, vector):
        """Describe one vector: a season, its recipients, one policy with a version for each notice, and the facts."""
        name, facts, question = vector["id"], vector["facts"], vector["question"]
        self.terms["seasons"].append({"id": name, "opens": LONG_AGO, "closes": FAR_AHEAD})
        contracts = {recipient["id"]: recipient["contract"] for recipient in facts["recipients"]}
        for recipient, contract in contracts.items():
            if contract and contract["purpose"] == question["purpose"]:
                terms = contract_terms(name, contract, question)
                self.terms["clients"].append({"id": f"{name}.{recipient}", **COMPANY, "contract": terms})
        self.terms["policies"].append({"id": name, "versions": [version(name, notice) for notice in facts["notices"]]})
        for screen in facts["screens"]:
            shown = {key: screen[key] for key in ("from", "to") if screen[key]}
            shown |= {"season": name, "function": "registration", "policy": name}
            self.terms["screens"].append({"id": f"{name}.{screen['id']}", **shown})
        for person in facts["people"]:
            self.rows["members"].append((f"{name}.{person['id']}", name, person["registered"], person["born"]))
        for act in facts["acts"]:
            whom = act["recipient"] and f"{name}.{act['recipient']}"
            shown = (f"{name}.{act['screen']}", act["sha256"], "accept" if act["do"] == "agree" else act["do"])
            given = (*shown, whom, act["could_refuse"], act["by"], act["right"])
            self.rows["consents"].append((f"{name}.{act['person']}", act["at"], *given))
        for look in facts["looks"]:
            self.rows["renderings"].append((f"{name}.{look['screen']}", look["at"], look["sha256"]))
        row = (f"{name}.{question['recipient']}", "1", name, before(question["at"]), question["at"])
        self.rows["applicants"].append((*row, f"{name}.{question['person']}"))

    def write(self, folder):
        """Write `service.yaml`, which may be JSON, and the tables."""
        (folder / "service.yaml").write_text(json.dumps(self.terms), encoding="utf-8")
        for table, columns in TABLES.items():
            with (folder / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([columns.split(), *self.rows[table]])


def contract_terms(name, contract, question):
    """A contract that lacks nothing but what the vector is about."""
    categories = {"categories": [{"symbol": "*", "from": 0.0}]} if "category" in question["items"] else {}
    kept = {"use_agreement_signed_at": LONG_AGO, "client_notice_published_at": LONG_AGO, "necessity": "it helps"}
    kept |= {"pre_use_check_at": before(question["at"]), "prohibited_uses": ["selection"], **categories}
    span = {"starts": contract["from"], "ends": contract["to"], "purpose": contract["purpose"]}
    return {"scheme": "B", "trains_on": name, "scores": name, **span, **kept}


def version(name, notice):
    """A notice as a version of the policy: what a clause doesn't omit, it states."""
    clauses = [{"id": f"c{n}", "elements": elements(name, said, notice)} for n, said in enumerate(notice["clauses"])]
    lasts = {"consent_valid_days": notice["valid_days"]} if notice["valid_days"] else {}
    words = {"language": "ja", "effective_from": notice["from"], "text": notice["words"], "clauses": clauses}
    return {"id": notice["id"], **words, **lasts}


def elements(name, clause, notice):
    """The elements of a clause, each quoting the whole notice."""
    said = {key: {"value": VALUES.get(key, True)} for key in STATED if key not in clause["omits"]}
    said["retention"] = {"platform_days": 9000, "recipient_days": 9000}
    said["items"] = {"value": ["applicant_id", *clause["items"]]}
    said |= {"purpose": {"value": clause["purpose"]}} if clause["purpose"] else {}
    named = [f"{name}.{recipient}" for recipient in clause["recipients"] or ()]
    said |= {"recipients": {"named": named}} if named else {}
    return {key: {**value, "quote": notice["words"]} for key, value in said.items()}


def before(at):
    """An hour earlier."""
    return (datetime.fromisoformat(at) - timedelta(hours=1)).isoformat()
