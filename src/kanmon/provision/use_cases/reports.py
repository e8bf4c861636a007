"""Reports as clients received them."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.application.application import Application
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, ProvisionId
from kanmon.core.language import N_
from kanmon.provision.files.folder import rendered
from kanmon.provision.received import readable_report
from kanmon.provision.report import Report, file_names
from kanmon.provision.store.received import ReceivedStore


def received_report(application: Application, client: ClientId, provision: ProvisionId) -> Report:
    """A report as a client received it; `NotFound` where it has none of that number, whoever else may.

    Raises as `check_providing`.
    """
    application.check_providing()
    with application.transactions.read() as work:
        store = ReceivedStore(work.session, work.seals)
        return readable_report(store, client, provision, shared_moment(application, store))


def shared_moment(application: Application, store: ReceivedStore) -> datetime:
    """The moment by the clock that all processes share or, in a replay, the moment to act at."""
    return application.clock.now() if application.clock.is_replay else store.moment()


def received_file(application: Application, report: Report, name: str) -> bytes:
    """One of the files of a report, made now from what may be shown now; `NotFound` where there is no such file."""
    if name not in file_names(report):
        raise NotFound(N_("there is nothing here for you under that address"))
    with TemporaryDirectory(dir=application.workspace.root, prefix=".report-") as scratch:
        return rendered(report, name, Path(scratch))
