"""What keeps the workspace's own database running for as long as the service is up, however it is served."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kanmon.core.errors import KanmonError
from kanmon.core.language import preferred_language, translations
from kanmon.core.workspace import Workspace
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import logins_from

_LOOKS_EVERY_SECONDS = 0.25


@contextmanager
def database_kept(root: Path) -> Iterator[None]:
    """Start the embedded server again when its process is gone, until the block ends; others' servers are let alone."""
    if logins_from(os.environ) is not None:
        yield
        return
    ending = threading.Event()
    keeping = threading.Thread(target=_keep, args=(EmbeddedPostgres(Workspace.find(root).database), ending))
    keeping.start()
    try:
        yield
    finally:
        ending.set()
        keeping.join()


def _keep(server: EmbeddedPostgres, ending: threading.Event) -> None:
    last_words = ""
    while not ending.wait(_LOOKS_EVERY_SECONDS):
        if server.is_running():
            continue
        try:
            server.start()
        except (KanmonError, OSError) as error:
            words = str(error)
            if isinstance(error, KanmonError):
                words = error.told(translations(preferred_language(os.environ)).gettext)
            if words != last_words:  # it is tried again four times a second, and said once
                sys.stderr.write(f"kanmon serve: {words}\n")
            last_words = words
