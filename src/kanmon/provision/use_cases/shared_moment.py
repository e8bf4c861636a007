"""The moment at which it is asked what a client may read."""

from datetime import datetime

from kanmon.application.application import Application
from kanmon.provision.store.received import ReceivedStore


def shared_moment(application: Application, store: ReceivedStore) -> datetime:
    """The moment by the clock that all processes share or, in a replay, the moment to act at."""
    return application.clock.now() if application.clock.is_replay else store.moment()
