"""A connection that is cut when its time is over, however slowly its bytes come."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def cut_after(line: socket.socket, seconds: float) -> Iterator[None]:
    """Shut a connection after so many seconds, if the block has not ended by then; it is closed when the block ends.

    The time-out of a socket is for each read alone: whoever sends a byte now and then is waited for without end.
    """
    with line, line.dup() as handle:
        deadline = threading.Timer(seconds, _shut, (handle,))
        deadline.daemon = True
        deadline.start()
        try:
            yield
        finally:
            deadline.cancel()


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
