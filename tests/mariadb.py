"""A MariaDB server of the tests' own, on loopback, and thrown away."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

LOGIN = ("board", "hushhush")
_TABLES = Path("/usr/share/mysql")
"""Where Debian puts what the server's own tables are made of."""


@contextmanager
def mariadb(folder: Path) -> Iterator[str]:
    """A running server with the database `board`; the address by which its reader logs in, who may write as well."""
    data, user = folder / "data", f"--user={getpass.getuser()}"
    common = ("--no-defaults", f"--datadir={data}", user, "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0")
    data.mkdir()
    tables = "".join((_TABLES / f"mysql_system_tables{part}.sql").read_text() for part in ("", "_data"))
    bootstrap = f"CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket = NULL;\n{tables}"
    subprocess.run(
        [_program("mariadbd"), *common, "--bootstrap"], input=bootstrap, text=True, check=True, capture_output=True
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    places = (f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--port={port}", "--bind-address=127.0.0.1")
    with subprocess.Popen([_program("mariadbd"), *common, *places], stderr=subprocess.DEVNULL) as server:
        try:
            name, password = LOGIN
            with _connected(server, folder / "s") as connection, connection.cursor() as cursor:
                cursor.execute("CREATE DATABASE board CHARACTER SET utf8mb4")
                cursor.execute(f"CREATE USER {name}@'127.0.0.1' IDENTIFIED BY '{password}'")
                cursor.execute(f"GRANT ALL ON board.* TO {name}@'127.0.0.1'")
            yield f"mysql://{name}:{password}@127.0.0.1:{port}/board"
        finally:
            server.terminate()


def _connected(server: "subprocess.Popen[bytes]", place: Path) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    while not place.exists():
        assert server.poll() is None, "the server ended"
        time.sleep(0.05)
    return pymysql.connect(unix_socket=str(place), user="root")


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")
    assert found, f"{name} is missing: apt-get install mariadb-server-core"
    return found
