"""How a command that works until it is told to stop is told."""

import signal
import threading


def stopped_by_signals() -> threading.Event:
    """What SIGTERM and Ctrl-C set from now on, in place of ending the process."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping
