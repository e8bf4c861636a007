"""How far a long query of DuckDB is, told while it runs."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

_EVERY_SECONDS = 0.5


@contextmanager
def followed(con: duckdb.DuckDBPyConnection, size: int, advance: Callable[[int], None]) -> Iterator[None]:
    """Let `advance` have `size` in all by the end of the block, bit by bit while its first long query runs.

    What `advance` raises ends the query, and is raised out of the block.
    """
    con.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
    watch = _ProgressPoller(con, size, advance)
    try:
        yield
    except duckdb.InterruptException:
        if watch.raised is None:
            raise
    finally:
        watch.end()
        con.execute("SET enable_progress_bar = false")
    if watch.raised is not None:
        raise watch.raised
    advance(size - watch.told)


class _ProgressPoller:
    """Asks a connection again and again how far its query is; it never goes back."""

    def __init__(self, con: duckdb.DuckDBPyConnection, size: int, advance: Callable[[int], None]) -> None:
        self.told = 0
        self.raised: BaseException | None = None
        self._con, self._size, self._advance = con, size, advance
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._ended.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            done = int(self._size * min(99.0, self._con.query_progress()) / 100)
            if done <= self.told:
                continue
            try:
                self._advance(done - self.told)
            except BaseException as raised:
                self.raised = raised
                self._con.interrupt()
                return
            self.told = done
