"""IDs in arguments and options: read by the rule of `kanmon.core.canonical`, when a command is loaded."""

from typing import Any

from typer.core import TyperArgument, TyperOption

from kanmon.cli.help_texts import help_bearers
from kanmon.core.canonical import canonical_id

NAMED = frozenset({"M", "MEMBER", "C", "S", "SCREEN", "APPLICANT", "ID"})
"""How arguments and options are shown that take the ID of a person, or of something in `service.yaml`."""


def read_ids(command: object) -> None:
    """Let every argument and option of a tree of commands that takes an ID read it by the rule."""
    for bearer in help_bearers(command):
        if isinstance(bearer, TyperArgument | TyperOption) and (bearer.metavar or "").strip("[]") in NAMED:
            bearer.callback = read_id


def read_id(_context: object, _param: object, value: Any) -> Any:
    """An ID, or each of several, in its canonical form; `IdRefused` where one is none."""
    if isinstance(value, list | tuple):
        return [canonical_id(one) for one in value]
    return canonical_id(value) if isinstance(value, str) else value
