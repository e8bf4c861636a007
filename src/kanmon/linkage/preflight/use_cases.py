"""What an intake file is made of, before anything of it is loaded."""

from pathlib import Path

from kanmon.application.application import Application
from kanmon.clients.contract import Scheme
from kanmon.core.ids import ClientId
from kanmon.engines.browsers import known_cookies
from kanmon.linkage.preflight.files import DuckDBPreflight
from kanmon.linkage.preflight.model import Preflight
from kanmon.linkage.preflight.store import member_base


def examine_intake(application: Application, file: Path, client: ClientId | None) -> tuple[Preflight, Scheme | None]:
    """What an intake file is made of, and the scheme of the client's contract; `UnknownClient`, `UsageError`."""
    scheme = None
    if client is not None:
        with application.transactions.read() as work:
            [found] = work.terms.chosen([client], None)
        scheme = found.contract.scheme
    with application.transactions.read() as work:
        members = member_base(work.session)
        attack = DuckDBPreflight(application.workspace.staging, application.progress)
        return attack.examine(file, members, known_cookies(application.lake)), scheme
