"""Witnesses over HTTP: to the addresses that settings name and nowhere else, bounded in time and size."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import urlsplit

from kanmon.core.deadline import cut_after
from kanmon.core.language import N_
from kanmon.ledger.witnesses.model import Witness, WitnessReply, WitnessSilent

MOST_BYTES = 64 * 1024
"""Of an answer: a checkpoint with as many signatures as C2SP asks for has less."""
SECONDS = 15.0
"""For one question and its answer in all, however slowly its bytes come."""


class HttpWitnesses:
    """See `witnesses.model.WitnessPort`. Neither redirects nor proxies are followed."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds

    def add_checkpoint(self, witness: Witness, body: bytes) -> WitnessReply:
        """See `WitnessPort`."""
        return self._asked(witness, "POST", "add-checkpoint", body)

    def newest(self, witness: Witness, origin: str) -> WitnessReply:
        """See `WitnessPort`."""
        return self._asked(witness, "GET", f"{sha256(origin.encode()).hexdigest()}/checkpoint", None)

    def _asked(self, witness: Witness, method: str, path: str, body: bytes | None) -> WitnessReply:
        headers = {} if body is None else {"Content-Type": "text/plain; charset=utf-8"}
        try:
            with self._connected(witness.url) as connection:
                connection.request(method, f"{urlsplit(witness.url).path}/{path}", body, headers)
                answer = connection.getresponse()
                content = answer.read(MOST_BYTES + 1)
                is_whole = len(content) <= MOST_BYTES and not answer.length
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _silent(witness) from error
        if not is_whole:
            raise _silent(witness)
        return WitnessReply(answer.status, content)

    @contextmanager
    def _connected(self, url: str) -> Iterator[http.client.HTTPConnection]:
        """A connection that is cut when its time is over, wherever it is then: in the greeting of TLS as well."""
        parts = urlsplit(url)
        host, is_secret = parts.hostname or "", parts.scheme == "https"
        connection = http.client.HTTPConnection(host, parts.port or (443 if is_secret else 80))
        raw = socket.create_connection((connection.host, connection.port), self._seconds)
        with cut_after(raw, self._seconds):
            try:
                context = ssl.create_default_context() if is_secret else None
                connection.sock = context.wrap_socket(raw, server_hostname=host) if context else raw
                yield connection
            finally:
                connection.close()


def _silent(witness: Witness) -> WitnessSilent:
    return WitnessSilent(N_("witness %(name)s gives no answer"), name=witness.key.name)
