"""`kanmon-witness`: a witness of logs as a program of its own."""

import argparse
import os
import signal
import sys
import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanmon_witness.notes import LogKey, Malformed, WitnessKey
from kanmon_witness.server import WitnessServer
from kanmon_witness.state import State, StateInvalid
from kanmon_witness.witness import Witness

CONFIG = "witness.toml"
_KNOWN = {"key", "state", "listen", "log"}
_KNOWN_OF_LOG = {"origin", "keys"}
_TEMPLATE = """\
# A witness of logs: `kanmon-witness serve --config {config}`. Paths are seen from this file's folder.
key = "witness.key"
state = "witness.sqlite"
listen = "127.0.0.1:8600"

# Each log that is to be cosigned, by the public keys that it publishes (`kanmon ledger keys`):
# [[log]]
# keys = ["name+id+base64"]
"""


class ConfigInvalid(Exception):
    """The configuration, or what it names, can't be used."""


@dataclass(frozen=True)
class Config:
    """What `witness.toml` says."""

    key: Path
    state: Path
    listen: tuple[str, int]
    logs: Mapping[str, Sequence[LogKey]]

    @classmethod
    def read(cls, path: Path) -> "Config":
        """The configuration that a file holds; `ConfigInvalid`."""
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigInvalid(f"{path} can't be read: {error}") from None
        if unknown := written.keys() - _KNOWN:
            raise ConfigInvalid(f"{path}: {', '.join(sorted(unknown))} is no setting")
        logs: dict[str, Sequence[LogKey]] = {}
        for log in _tables(path, written.get("log", [])):
            origin, keys = _log(path, log)
            if origin in logs:
                raise ConfigInvalid(f"{path}: {origin} stands there twice")
            logs[origin] = keys
        return cls(
            path.parent / _text(path, written, "key", "witness.key"),
            path.parent / _text(path, written, "state", "witness.sqlite"),
            address_of(_text(path, written, "listen", "127.0.0.1:8600")),
            logs,
        )


def address_of(text: str) -> tuple[str, int]:
    """The host and port of `host:port`; `ConfigInvalid`."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigInvalid(f"{text!r} is not written like 127.0.0.1:8600")
    return host.strip("[]"), int(port)


def main(arguments: Sequence[str] | None = None) -> None:
    """Do one command; exit status 2 where the configuration can't be used."""
    options = _parser().parse_args(arguments)
    try:
        options.do(options)
    except (ConfigInvalid, StateInvalid, Malformed, OSError) as fault:
        sys.stderr.write(f"kanmon-witness: {fault}\n")
        raise SystemExit(2) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kanmon-witness",
        description="Cosign checkpoints of logs that only ever grow (C2SP tlog-witness), so that nobody is shown "
        "another log than everybody else.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    init = commands.add_parser("init", help="make a key, an empty state and a configuration in a folder")
    init.add_argument("folder", type=Path, metavar="DIR")
    init.add_argument("--name", required=True, help="like witness.example/w1: neither spaces nor plus")
    init.set_defaults(do=_init)
    key = commands.add_parser("key", help="print the public key, which others trust")
    serve = commands.add_parser("serve", help="answer requests until Ctrl-C")
    serve.add_argument("--listen", metavar="HOST:PORT", help="instead of what the configuration says; port 0 takes any")
    shown = commands.add_parser("list", help="print what was cosigned last of each log, and what contradicted it")
    for command, do in ((key, _key), (serve, _serve), (shown, _list)):
        command.add_argument("--config", type=Path, default=Path(CONFIG), metavar="FILE", help=f"default: {CONFIG}")
        command.set_defaults(do=do)
    return parser


def _init(options: argparse.Namespace) -> None:
    folder: Path = options.folder
    key = WitnessKey.generate(options.name)
    folder.mkdir(parents=True, exist_ok=True)
    _make(folder / "witness.key", key.secret(), 0o600)
    State.make(folder / "witness.sqlite", key.vkey)
    _make(folder / CONFIG, _TEMPLATE.format(config=folder / CONFIG), 0o644)
    _print(key.vkey)


def _key(options: argparse.Namespace) -> None:
    _print(WitnessKey.read(Config.read(options.config).key).vkey)


def _list(options: argparse.Namespace) -> None:
    config = Config.read(options.config)
    state = State(config.state, WitnessKey.read(config.key).vkey)
    for cosigned in state.newest():
        _print(f"cosigned:\n{cosigned.note}")
    for _origin, seen_at, note in state.conflicts():
        _print(f"refused at {seen_at} (POSIX), since it was not shown to extend what was cosigned:\n{note}")


def _serve(options: argparse.Namespace) -> None:
    config = Config.read(options.config)
    key = WitnessKey.read(config.key)
    address = config.listen if options.listen is None else address_of(options.listen)
    server = WitnessServer(address, Witness(key, config.logs, State(config.state, key.vkey)))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    host, port = server.server_address[:2]
    sys.stderr.write(f"kanmon-witness: {key.name} serves {len(config.logs)} logs at http://{host!s}:{port}/\n")
    sys.stderr.flush()
    with server:
        server.serve_forever(poll_interval=0.2)


def _log(path: Path, log: Mapping[str, Any]) -> tuple[str, Sequence[LogKey]]:
    if unknown := log.keys() - _KNOWN_OF_LOG:
        raise ConfigInvalid(f"{path}: {', '.join(sorted(unknown))} is no setting of a log")
    written = log.get("keys")
    if not isinstance(written, list) or not written or not all(isinstance(key, str) for key in written):
        raise ConfigInvalid(f"{path}: a log has keys, a list of at least one text")
    keys = [LogKey.parse(key) for key in written]
    return _text(path, log, "origin", keys[0].name), keys


def _tables(path: Path, value: object) -> Sequence[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ConfigInvalid(f"{path}: write each log below a line [[log]]")
    return value


def _text(path: Path, written: Mapping[str, Any], name: str, default: str) -> str:
    value = written.get(name, default)
    if not isinstance(value, str) or not value:
        raise ConfigInvalid(f"{path}: {name} is a text")
    return value


def _make(path: Path, content: str, mode: int) -> None:
    """Make a file that isn't there, on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
