"""Events over HTTP, each batch on disk when it is answered, against appending the same bytes to a file, batch by batch.

python -m benchmarks.intake [--events N] [--batch N]
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from kanmon.application.application import stop_database


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=40_000)
    asked.add_argument("--batch", type=int, default=200)
    args = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        kanmon("init", str(workspace))
        key = json.loads(kanmon("key", "add", "benchmark", "--json", "--workspace", str(workspace)))["key"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(workspace)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(port)
                for senders in (1, 4):
                    bodies = batches(f"{senders} ", args.events, args.batch)
                    floor = append(Path(folder) / f"floor-{senders}", bodies)
                    with ThreadPoolExecutor(senders) as pool:
                        start = time.perf_counter()
                        list(pool.map(lambda part: send(port, key, part), [bodies[n::senders] for n in range(senders)]))
                        seconds = time.perf_counter() - start
                    told = {"senders": senders, "events_per_second": round(args.events / seconds)}
                    told |= {"appended_per_second": round(args.events / floor), "to_floor": round(seconds / floor, 1)}
                    sys.stdout.write(json.dumps(told) + "\n")
            finally:
                server.terminate()
        stop_database(workspace)


def batches(prefix: str, events: int, size: int) -> list[bytes]:
    """Bodies of requests, each of `size` events."""
    return [
        json.dumps({"events": [event(f"{prefix}{number}") for number in range(start, start + size)]}).encode()
        for start in range(0, events, size)
    ]


def event(name: str) -> dict[str, object]:
    return {
        "event_id": name, "occurred_at": "2026-04-01T09:00:00+09:00", "kind": "view", "target": "AOBA",
        "page": "company/AOBA", "cookie_id": f"cookie-{name}",
    }  # fmt: skip


def append(file: Path, bodies: list[bytes]) -> float:
    """Seconds to append the bodies, each of them on disk before the next."""
    start = time.perf_counter()
    with file.open("ab") as opened:
        for body in bodies:
            opened.write(body)
            opened.flush()
            os.fsync(opened.fileno())
    return time.perf_counter() - start


def send(port: int, key: str, bodies: list[bytes]) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/api/v1/events", body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status != 200:
            raise RuntimeError(answer)
    connection.close()


def wait_for(port: int) -> None:
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return
        except URLError:
            time.sleep(0.1)


def kanmon(*arguments: str) -> str:
    command = [sys.executable, "-m", "kanmon", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
