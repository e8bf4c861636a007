"""Reports as clients received them."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.application.application import Application
from kanmon.core.errors import NotFound
from kanmon.core.ids import ClientId, ProvisionId
from kanmon.core.language import N_
from kanmon.provision.files.folder import rendered
from kanmon.provision.files.report import FileNotPromised
from kanmon.provision.receipt import DeliveryReceipt
from kanmon.provision.received import readable_report
from kanmon.provision.report import ENCRYPTED_FILE, Report, file_names
from kanmon.provision.store.client_statements import ClientRecords
from kanmon.provision.store.received import ReceivedStore
from kanmon.provision.use_cases.shared_moment import shared_moment


def received_report(application: Application, client: ClientId, provision: ProvisionId) -> Report:
    """A report as a client received it; `NotFound` where it has none of that number, whoever else may.

    Raises as `check_providing`.
    """
    application.check_providing()
    with application.transactions.read() as work:
        store = ReceivedStore(work.session, work.seals)
        return readable_report(store, client, provision, shared_moment(application, store))


def deliveries_to(application: Application, client: ClientId) -> Sequence[DeliveryReceipt]:
    """What a client received, the newest first, whether it may read it now or not; `UnknownClient`."""
    with application.transactions.read() as work:
        work.terms.chosen([client], None)
        return ClientRecords(work.session, client).deliveries()


def shown_report(application: Application, client: ClientId, provision: ProvisionId | None) -> Report:
    """A report, or the newest one, as its client may read it now; raises as `newest_readable`, `NotFound`."""
    report = (
        newest_readable(application, client)
        if provision is None
        else _not_encrypted(received_report(application, client, provision))
    )
    if report is None:
        raise NotFound(N_("nothing was provided to client %(client)s yet"), client=client)
    return report


def newest_readable(application: Application, client: ClientId) -> Report | None:
    """The newest report that a client received and may read now; None where there is none.

    `FileNotPromised` where the words agreed to let its rows go in an encrypted file alone. Raises as `received_report`,
    and `UnknownClient`.
    """
    application.check_providing()
    with application.transactions.read() as work:
        work.terms.chosen([client], None)
        store = ReceivedStore(work.session, work.seals)
        delivered = ClientRecords(work.session, client).deliveries()
        if not delivered:
            return None
        report = readable_report(store, client, delivered[0].provision_id, shared_moment(application, store))
    return _not_encrypted(report)


def _not_encrypted(report: Report) -> Report:
    if report.is_encrypted:
        raise FileNotPromised(
            N_("the words that people agreed to promise an encrypted file: the rows are in %(name)s alone"),
            name=ENCRYPTED_FILE,
        )
    return report


def received_file(application: Application, report: Report, name: str) -> bytes:
    """One of the files of a report, made now from what may be shown now; `NotFound` where there is no such file."""
    if name not in file_names(report):
        raise NotFound(N_("this page does not exist, or your account may not see it"))
    with TemporaryDirectory(dir=application.workspace.root, prefix=".report-") as scratch:
        return rendered(report, name, Path(scratch))
