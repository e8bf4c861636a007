"""The webhook that takes alerts: one address that a setting names, under the rule for every address we call."""

import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import ip_network
from urllib.parse import urlsplit

from kanmon.core.deadline import cut_after
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.language import N_
from kanmon.reviews.screens.reach import AddressRefusal, IPAddress, NamedOrigin, Reach, parse_origin, resolve

SETTING = "KANMON_ALERT_WEBHOOK"
TIMEOUT_SECONDS = 10.0
"""For one alert and its answer in all, however slowly its bytes come."""


class WebhookUnavailable(KanmonError):
    """The webhook can't be reached, may not be, or did not take an alert; the alert waits."""

    code = "WEBHOOK_UNAVAILABLE"
    http_status = 503


@dataclass(frozen=True)
class Webhook:
    """An address that takes alerts as JSON, and the network in which its name may lie, where that is no public one."""

    address: str
    named: NamedOrigin

    @classmethod
    def read(cls, setting: str) -> "Webhook":
        """As the setting names it: `https://host/path`, and behind a space a network like `10.0.0.0/8`.

        `UsageError` where it can't be read.
        """
        address, _, network = setting.strip().partition(" ")
        origin = parse_origin(address)
        try:
            within = ip_network(network.strip()) if network else None
        except ValueError:
            within, origin = None, AddressRefusal.UNREADABLE
        if isinstance(origin, AddressRefusal):
            raise UsageError(
                N_("%(setting)s is https://host/path without user name or password, and behind a space a network"),
                setting=SETTING,
            )
        return cls(address, NamedOrigin(origin, within))

    def post(self, message: Mapping[str, object]) -> None:
        """Hand a message over; its name is looked up once, and the connection goes to that address alone.

        No redirect is followed, no proxy used, and plain HTTP goes to no public address. `WebhookUnavailable` where no
        2xx answer comes back.
        """
        origin = self.named.origin
        reached = Reach.of([self.named], resolve).pins[origin]
        if reached is None:
            raise _unavailable(self, "ADDRESS_NOT_PERMITTED")
        if origin.scheme != "https" and reached.is_global:
            raise _unavailable(self, "NOT_ENCRYPTED")
        parts = urlsplit(self.address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"kanmon-alert-{message['alert']}"}
        try:
            status = self._status(reached, path, body, headers)
        except (OSError, HTTPException) as error:
            raise _unavailable(self, type(error).__name__) from error
        if not 200 <= status < 300:
            raise _unavailable(self, str(status))

    def _status(self, address: IPAddress, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        origin = self.named.origin
        connection = HTTPConnection(origin.host, origin.port)
        line = socket.create_connection((str(address), origin.port), TIMEOUT_SECONDS)
        with cut_after(line, TIMEOUT_SECONDS):
            try:
                context = ssl.create_default_context() if origin.scheme == "https" else None
                name = origin.host.strip("[]")
                connection.sock = context.wrap_socket(line, server_hostname=name) if context else line
                connection.request("POST", path, body, dict(headers))
                return connection.getresponse().status
            finally:
                connection.close()


def _unavailable(webhook: Webhook, reason: str) -> WebhookUnavailable:
    """The address itself may hold a secret, so the origin alone is told."""
    return WebhookUnavailable(
        N_("the webhook at %(origin)s did not take an alert (%(reason)s); it waits: try again"),
        origin=webhook.named.origin,
        reason=reason,
    )
