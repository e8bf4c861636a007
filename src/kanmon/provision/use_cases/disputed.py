"""Scores that a client may read and that their people ask a human to look at again."""

from datetime import datetime

from kanmon.application.application import Application
from kanmon.core.errors import NotFound, ProvidingStopped
from kanmon.core.ids import ApplicantId, ClientId, ProvisionId
from kanmon.provision.received import DisputedScore, readable_report
from kanmon.provision.store.received import ReceivedStore
from kanmon.provision.use_cases.shared_moment import shared_moment


def disputed_scores(application: Application, client: ClientId) -> list[DisputedScore]:
    """The disputed scores that a client may read now.

    A row that the client can't read any more is left out, whatever hid it: the client learns nothing from it. Raises as
    `check_providing`.
    """
    application.check_providing()
    with application.transactions.read() as work:
        store = ReceivedStore(work.session, work.seals)
        at, found = shared_moment(application, store), store.disputed(client)
        scored = {number: _scored(store, client, number, at) for number in {one.provision_id for one in found}}
        return [one for one in found if one.applicant_id in scored[one.provision_id]]


def _scored(store: ReceivedStore, client: ClientId, provision: ProvisionId, at: datetime) -> frozenset[ApplicantId]:
    """Whose scores a report shows its client at a moment; nobody's while it is closed."""
    try:
        report = readable_report(store, client, provision, at)
    except (NotFound, ProvidingStopped):
        return frozenset()
    return frozenset(row.applicant_id for row in report.rows if row.score is not None)
