"""As whom the browser runs: it opens pages of strangers, so never with the rights of who looks after the ledger.

Begun by root, it becomes a user that owns nothing, in Chromium's own sandbox where the machine permits one. Begun by
anybody else, it runs in Chromium's own sandbox, or not at all.
"""

import os
import pwd
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.core.durable import replace

_UNPRIVILEGED = Path(__file__).with_name("unprivileged.py")
_NUMBERS = range(64_000, 61_000, -1)
"""Numbers among which one belongs to nobody: not to `nobody` either, whom the embedded database may run as."""
_KEPT = ("PATH", "LANG", "TZ")


def environment() -> Mapping[str, str]:
    """What of our environment the browser sees: no setting of Kanmon's, no password, no proxy."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def is_root() -> bool:
    """Whether this process would have to give up its rights."""
    return os.geteuid() == 0


@contextmanager
def program_as_nobody(program: str) -> Iterator[str]:
    """A program that becomes a user without rights and then `program`; for anybody but root, `program` itself."""
    if not is_root():
        yield program
        return
    command = [sys.executable, "-I", str(_UNPRIVILEGED), str(unused_number()), program]
    with TemporaryDirectory(prefix="kanmon-browser-") as folder:
        script = Path(folder) / "browser"
        replace(script, f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n'.encode(), private=True)
        script.chmod(0o700)
        yield str(script)


def unused_number() -> int:
    """A user's number that no account of this machine has."""
    known = {account.pw_uid for account in pwd.getpwall()}
    return next(number for number in _NUMBERS if number not in known)
