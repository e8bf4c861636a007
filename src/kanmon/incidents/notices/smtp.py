"""Mail over SMTP (RFC 5321, RFC 5322): one line for many letters, encrypted wherever it leaves the machine."""

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kanmon.core.clock import Clock
from kanmon.core.errors import MailUnavailable, UsageError
from kanmon.core.language import N_
from kanmon.incidents.notices.addresses import MailAddress
from kanmon.incidents.notices.mail import Deferral, DeliveryResult, Letter, LetterOutcome

TIMEOUT_SECONDS = 30.0
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class MailSettings:
    """Which mail server, as whom, and who the letters are from."""

    host: str
    port: int
    is_tls: bool
    """From the first byte; else STARTTLS, but for a server on this very machine."""
    user: str | None
    password: str | None
    sender: str


def settings_from(environ: Mapping[str, str]) -> MailSettings | None:
    """What `KANMON_SMTP_URL`, `KANMON_SMTP_PASSWORD_FILE` and `KANMON_MAIL_FROM` say.

    None where no server is set. `UsageError` where they don't fit together.
    """
    url = urlsplit(environ.get("KANMON_SMTP_URL", ""))
    if not url.scheme:
        return None
    sender = environ.get("KANMON_MAIL_FROM", "")
    if url.scheme not in _PORTS or not url.hostname or url.password is not None or "@" not in sender:
        raise UsageError(
            N_(
                "KANMON_SMTP_URL is smtp://user@host:587 or smtps://user@host:465 without a password, which stands in "
                "the file KANMON_SMTP_PASSWORD_FILE; KANMON_MAIL_FROM says who writes"
            )
        )
    password = None
    if file := environ.get("KANMON_SMTP_PASSWORD_FILE"):
        try:
            password = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=error.strerror) from None
    user = None if url.username is None else unquote(url.username)
    port = url.port or _PORTS[url.scheme]
    return MailSettings(url.hostname, port, url.scheme == "smtps", user, password, sender)


class SmtpPost:
    """See `incidents.notices.mail.Post`."""

    def __init__(self, line: smtplib.SMTP, settings: MailSettings, clock: Clock) -> None:
        self._line = line
        self._settings = settings
        self._clock = clock

    @classmethod
    @contextmanager
    def open(cls, settings: MailSettings, clock: Clock) -> Iterator["SmtpPost"]:
        """A line to the server; `MailUnavailable` where it can't be had, doesn't encrypt, or refuses us."""
        try:
            line = _connected(settings)
        except (OSError, smtplib.SMTPException) as error:
            raise _unavailable(settings, error) from error
        try:
            yield cls(line, settings, clock)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                line.quit()

    def hand_over(self, letter: Letter) -> DeliveryResult | Deferral:
        """Hand a letter over. A server that doesn't answer to its last byte may have taken it: that is in doubt."""
        address = MailAddress.read(letter.address)
        if address is None:
            return DeliveryResult(LetterOutcome.INVALID_ADDRESS, None)
        if address.needs_utf8 and not self._line.has_extn("smtputf8"):
            return DeliveryResult(LetterOutcome.REFUSED, N_("the mail server takes no address beyond ASCII (SMTPUTF8)"))
        written = self._written(letter, address).as_bytes(policy=SMTPUTF8 if address.needs_utf8 else SMTP)
        try:
            self._begun(address)
        except smtplib.SMTPResponseException as error:
            return self._refused(error)
        except (OSError, smtplib.SMTPException) as error:
            raise _unavailable(self._settings, error) from error
        try:
            code, said = self._line.data(written)
        except smtplib.SMTPDataError as error:  # refused before the first byte of the letter
            return self._refused(error)
        except (OSError, smtplib.SMTPException) as error:
            return DeliveryResult(LetterOutcome.IN_DOUBT, str(error))
        if code == 250:
            return DeliveryResult(LetterOutcome.HANDED_OVER, None)
        return self._refused(smtplib.SMTPDataError(code, said))

    def _begun(self, address: MailAddress) -> None:
        options = ["SMTPUTF8", "BODY=8BITMIME"] if address.needs_utf8 else []
        begun = self._line.mail(self._settings.sender, options)
        for code, said in (begun, self._line.docmd("RCPT", f"TO:<{address}>")):
            if code not in {250, 251}:
                raise smtplib.SMTPResponseException(code, said)

    def _refused(self, error: smtplib.SMTPResponseException) -> DeliveryResult | Deferral:
        """A refusal for good (5yz) ends a letter; another one has it wait."""
        with suppress(OSError, smtplib.SMTPException):
            self._line.rset()
        text = error.smtp_error
        said = f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        return DeliveryResult(LetterOutcome.REFUSED, said) if error.smtp_code >= 500 else Deferral(said)

    def _written(self, letter: Letter, address: MailAddress) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = str(address)
        message["Subject"] = " ".join(letter.subject.split())  # a line end would end the header
        message["Date"] = format_datetime(self._clock.real())
        domain = self._settings.sender.rpartition("@")[2].rstrip(">")
        message["Message-ID"] = f"<{letter.series}.{letter.mail_no}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.body, charset="utf-8", cte="base64")
        return message


def _connected(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    line: smtplib.SMTP
    if settings.is_tls:
        line = smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        line = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_SECONDS)
        line.ehlo()
        if settings.host not in _OWN_MACHINE:
            line.starttls(context=context)
    line.ehlo()
    if settings.user is not None:
        line.login(settings.user, settings.password or "")
    return line


def _unavailable(settings: MailSettings, error: Exception) -> MailUnavailable:
    return MailUnavailable(
        N_("the mail server %(host)s:%(port)s can't be had (%(reason)s); what was not handed over waits: try again"),
        host=settings.host,
        port=settings.port,
        reason=str(error),
    )
