"""Serving in one process or in several, each with the workspace opened for itself."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn

from kanmon.application.application import Application
from kanmon.application.failures import failure_of, in_words
from kanmon.application.garbage import settle
from kanmon.core.progress import Progress
from kanmon.web.app import create_app
from kanmon.web.bodies import server_config
from kanmon.web.measured import SHARED_FOLDER

_SECONDS_TO_ANSWER = 5.0
"""What a process whose parent is gone has, to answer what it has begun."""
_PAUSE_SECONDS = 1.0
"""Before processes that ended are replaced: one that can't begin must not take the machine."""


def serve(application: Application, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    app = create_app(application)
    settle()
    uvicorn.Server(server_config(app, host=host, port=port)).run()


def serve_in_processes(
    count: int, root: Path, at: datetime | None, progress: Progress, host: str, port: int, begin: Callable[[], None]
) -> None:
    """Serve in `count` processes until this one is told to stop; one that ends, however it ends, is replaced.

    Each calls `begin` first. What they count they add up in a folder that ends with this process.
    """
    with TemporaryDirectory(prefix="kanmon-metrics-") as folder:
        os.environ[SHARED_FOLDER] = folder  # before a child loads prometheus-client, which looks for it once
        _serve_in_processes(count, (root, at, progress, begin), host, port)


def _serve_in_processes(count: int, given: tuple[object, ...], host: str, port: int) -> None:
    bound = uvicorn.Config("", host=host, port=port, log_level="warning").bind_socket()
    # A fork would share connections to the database, and threads that hold locks.
    context = multiprocessing.get_context("spawn")

    def begun() -> BaseProcess:
        process = context.Process(target=_serve_one, args=(*given, bound))
        process.start()
        return process

    children = [begun() for _ in range(count)]
    try:
        while True:
            wait([child.sentinel for child in children])
            time.sleep(_PAUSE_SECONDS)
            children = [child if child.is_alive() else begun() for child in children]
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.join()


def _end_with_parent() -> None:
    """End this process when the one that began it does, however that ends: nobody is to serve unwatched."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_SECONDS_TO_ANSWER)
    os._exit(1)


def _serve_one(
    root: Path, at: datetime | None, progress: Progress, begin: Callable[[], None], bound: socket.socket
) -> None:
    begin()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with Application.open(root, at, progress, alone=False) as application:
            app = create_app(application)
            settle()
            uvicorn.Server(server_config(app)).run(sockets=[bound])
    except Exception as error:
        sys.stderr.write(f"kanmon serve: {in_words(failure_of(error, root))}")
        sys.exit(1)
