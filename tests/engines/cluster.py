"""A standalone cluster of the installed Spark, a master and two workers, for the tests of this folder.

python -m tests.engines.cluster
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyspark

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
DEPLOY = "org.apache.spark.deploy"
HOST = "127.0.0.1"


@contextmanager
def standalone(workers: int = 2) -> Iterator[str]:
    """A master with its workers, each a process, and its address; their logs are told where it doesn't come up."""
    port = _free_port()
    master = f"spark://{HOST}:{port}"
    at = ("--host", HOST, "--webui-port", "0")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        logs = [folder / "master.log", *(folder / f"worker-{number}.log" for number in range(workers))]
        stack.enter_context(_running([f"{DEPLOY}.master.Master", *at, "--port", str(port)], logs[0]))
        _wait(logs[0], "Starting Spark master at")
        for number, log in enumerate(logs[1:]):
            own = ("--cores", "1", "--memory", "1500m", "--work-dir", str(folder / f"work-{number}"))
            stack.enter_context(_running([f"{DEPLOY}.worker.Worker", *at, *own, master], log))
            _wait(log, "Successfully registered with master")
        yield master


@contextmanager
def _running(arguments: Sequence[str], log: Path) -> Iterator[None]:
    with log.open("w") as out, subprocess.Popen([SPARK_CLASS, *arguments], stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.terminate()


def _wait(log: Path, words: str) -> None:
    for _ in range(1200):
        if words in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    with standalone() as address:
        tests = [sys.executable, "-m", "pytest", "-q", str(Path(__file__).parent), "-k", "spark"]
        sys.exit(subprocess.run(tests, env={**os.environ, "KANMON_SPARK_MASTER": address}, check=False).returncode)
