"""The witness over HTTP: one POST, one GET, and bounds on what a stranger may cost."""

import re
import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from kanmon_witness.state import StateInvalid
from kanmon_witness.witness import Answer, Witness

MOST_BODY_BYTES = 128 * 1024
"""63 lines of proof and 16 signatures of the largest kind take less."""
MOST_CONNECTIONS = 64
SECONDS_TO_WAIT = 10.0
"""For the next bytes of a request, or the next request."""
SECONDS_A_CONNECTION = 60.0
"""However slowly its bytes come."""
_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")
_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Serves a witness at an address of this machine; a connection beyond `MOST_CONNECTIONS` is closed at once."""

    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.witness = witness
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Begin a thread for a connection, where there is room."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be begun
            self._room.release()
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client_address: object
    ) -> None:
        """Serve a connection, and make room again."""
        assert isinstance(request, socket.socket)
        deadline = threading.Timer(SECONDS_A_CONNECTION, _shut, (request,))
        deadline.daemon = True
        deadline.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            deadline.cancel()
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the library calls it so
        """A caller that hangs up is no fault of ours; any other is told in a line."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            sys.stderr.write(f"kanmon-witness: {type(error).__name__}: {error}\n")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "kanmon-witness"
    sys_version = ""
    timeout = SECONDS_TO_WAIT

    def do_POST(self) -> None:
        """`add-checkpoint`."""
        length = self.headers.get_all("Content-Length") or []
        if self.headers.get("Transfer-Encoding") or len(length) != 1 or not _DIGITS.fullmatch(length[0]):
            self._answer_and_close(HTTPStatus.LENGTH_REQUIRED, "say how long the body is")
        elif int(length[0]) > MOST_BODY_BYTES:
            self._answer_and_close(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MOST_BODY_BYTES} bytes")
        elif self.path != "/add-checkpoint":
            self._answer_and_close(HTTPStatus.NOT_FOUND, "there is /add-checkpoint here")
        else:
            body = self.rfile.read(int(length[0]))
            if len(body) != int(length[0]):
                self.close_connection = True
                return
            self._judge(body)

    def do_GET(self) -> None:
        """The newest checkpoint cosigned of a log."""
        path = _CHECKPOINT.fullmatch(self.path)
        if path is None:
            self._answer_and_close(HTTPStatus.NOT_FOUND, "there is /<SHA-256 of the origin>/checkpoint here")
            return
        try:
            self._answer(self._witness.checkpoint(path[1]))
        except StateInvalid as fault:
            self._fail(fault)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are told once they are judged; see `_judge`."""

    @property
    def _witness(self) -> Witness:
        assert isinstance(self.server, WitnessServer)
        return self.server.witness

    def _judge(self, body: bytes) -> None:
        try:
            answer = self._witness.add_checkpoint(body)
        except StateInvalid as fault:
            self._fail(fault)
            return
        if answer.status is not HTTPStatus.OK:
            sys.stderr.write(f"kanmon-witness: {answer.status.value} {answer.body}")
        self._answer(answer)

    def _fail(self, fault: StateInvalid) -> None:
        sys.stderr.write(f"kanmon-witness: {fault}\n")
        self._answer_and_close(HTTPStatus.INTERNAL_SERVER_ERROR, "the witness can't keep what it cosigns")

    def _answer_and_close(self, status: HTTPStatus, because: str) -> None:
        self.close_connection = True
        self._answer(Answer(status, f"{because}\n"))

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
