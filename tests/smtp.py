"""A real mail server on this machine, which takes letters, refuses them, has them wait, or breaks the line."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import socket

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SENDER = "privacy@example.jp"


class Mailboxes:
    """What was taken, by address; addresses that begin with `refused`, `later` or `broken` are treated as they say."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        """Of the letters taken, as the header `To` names them to the letter."""
        self.deferred = 0
        self.port = 0

    async def handle_RCPT(  # noqa: N802 - as the library names it
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("refused"):
            return "550 no such mailbox"
        if address.startswith("later") and not self.deferred:
            self.deferred += 1
            return "450 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        header, _, _ = envelope.content.decode().partition("\r\n\r\n")
        self.recipients += [line.removeprefix("To: ") for line in header.split("\r\n") if line.startswith("To: ")]
        if envelope.rcpt_tos[0].startswith("broken"):
            assert server.transport is not None
            server.transport.close()
        return "250 taken"

    def by_address(self) -> Counter[str]:
        """How many letters each address got."""
        return Counter(str(message["To"]) for message in self.taken)

    def environ(self) -> dict[str, str]:
        """What the environment sets to hand letters over here."""
        return {"KANMON_SMTP_URL": f"smtp://127.0.0.1:{self.port}", "KANMON_MAIL_FROM": SENDER}


@contextmanager
def mail_server(takes_utf8: bool = False) -> Iterator[Mailboxes]:
    """A server at a port of its own, until the block ends; whether it takes addresses beyond ASCII."""
    mailboxes = Mailboxes()
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        mailboxes.port = free.getsockname()[1]
    controller = Controller(mailboxes, hostname="127.0.0.1", port=mailboxes.port, enable_SMTPUTF8=takes_utf8)
    controller.start()
    try:
        yield mailboxes
    finally:
        controller.stop()
