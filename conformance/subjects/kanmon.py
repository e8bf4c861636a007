"""Kanmon, by its commands: a workspace for each law, in it a season for each vector (`kanmon_folder.py`), and `gate`.

A question that can't be put to Kanmon, such as one for another purpose than the contract's, counts as denied.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from kanmon_folder import Folder

LOADED_AT = "2030-01-01T00:00:00+09:00"


def answers(vectors):
    """Whether Kanmon allows, by the ID of each vector."""
    by_law, allowed = defaultdict(list), {}
    for vector in vectors:
        by_law[law_of(vector)].append(vector)
    for law, group in by_law.items():
        if law is not None:
            with tempfile.TemporaryDirectory() as folder:
                allowed |= asked_under(law, group, Path(folder))
    return {vector["id"]: allowed.get(vector["id"], False) for vector in vectors}


def law_of(vector):
    """The law of the day in Japan, which an operator names in `service.yaml`; None where there is none."""
    asked = datetime.fromisoformat(vector["question"]["at"])
    day = asked.astimezone(timezone(timedelta(hours=9))).date().isoformat()
    laws = vector["facts"]["laws"]
    return next((law["id"] for law in laws if law["from"] <= day <= (law["to"] or day)), None)


def asked_under(law, vectors, root):
    """The answers under one law: everything is loaded, then stopped and erased in order, then asked at each moment."""
    folder = Folder(law)
    for vector in vectors:
        folder.add(vector)
    folder.write(root)
    work = ("--workspace", root / "work")
    kanmon("init", root / "work", "--replay")
    kanmon("load", root, *work, "--at", LOADED_AT)
    for at, words in sorted(deed for vector in vectors for deed in deeds(vector)):
        kanmon(*words, *work, "--at", at)
    allowed, clients = {}, {client["id"] for client in folder.terms["clients"]}
    for at in {vector["question"]["at"] for vector in vectors}:
        group = [vector for vector in vectors if vector["question"]["at"] == at]
        asked = {vector["id"]: f"{vector['id']}.{vector['question']['recipient']}" for vector in group}
        named = [word for client in asked.values() if client in clients for word in ("--client", client)]
        rows = json.loads(kanmon("gate", *named, *work, "--at", at, "--json"))["rows"]
        cleared = {row["client_id"] for row in rows if row["decision"] == "allow"}
        allowed |= {name: client in cleared for name, client in asked.items()}
    return allowed


def deeds(vector):
    """What was done to the service: stops, resumptions and erasures, each with its moment."""
    name, said = vector["id"], ("--reason", "a vector", "--as", "privacy owner")
    for stop in vector["facts"]["stops"]:
        whom = ("--client", f"{name}.{stop['recipient']}") if stop["recipient"] else ("--season", name)
        doubt = "--consents-doubted" if stop["doubts_agreements"] else "--consents-stand"
        yield stop["at"], ("stop", *whom, doubt, *said)
        if stop["resumed"]:
            yield stop["resumed"], ("resume", *whom, *said)
    for erased in vector["facts"]["erasures"]:
        yield erased["at"], ("subject", "erase", f"{name}.{erased['person']}")


def kanmon(*words):
    """What a command prints; rows that are refused (3) are what some vectors are about."""
    ran = subprocess.run(["kanmon", *map(str, words)], capture_output=True, text=True, check=False)
    if ran.returncode not in (0, 3):
        raise RuntimeError(f"kanmon {words}: {ran.stderr}")
    return ran.stdout
