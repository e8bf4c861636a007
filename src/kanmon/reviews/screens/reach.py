"""Where the crawler may go: to the origins that a setting names, each at one address that was looked up once."""

import re
import socket
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from kanmon.core.errors import OriginNotNamed
from kanmon.core.language import N_

SETTING = "KANMON_BOARD_ORIGINS"
IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Sequence[IPAddress]]
"""The addresses of a host name; none where it has none."""

_PORTS: Mapping[str, int] = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]{1,255}|\[[0-9a-f:.]+\]")
_NOT_IN_AN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefusal(StrEnum):
    """Why an address is not opened."""

    UNREADABLE = "ADDRESS_UNREADABLE"
    SCHEME = "ADDRESS_SCHEME"
    CREDENTIALS = "ADDRESS_CREDENTIALS"
    INWARD = "ADDRESS_INWARD"
    RESOLVES_INWARD = "ADDRESS_RESOLVES_INWARD"
    NOT_NAMED = "ADDRESS_NOT_NAMED"


REFUSAL_MEANINGS: Mapping[AddressRefusal, str] = {
    AddressRefusal.UNREADABLE: N_("it is no address that is read the same way everywhere"),
    AddressRefusal.SCHEME: N_("only http and https are opened"),
    AddressRefusal.CREDENTIALS: N_("it holds a user name or password"),
    AddressRefusal.INWARD: N_("it leads to this machine or into a private network, and no setting names it"),
    AddressRefusal.RESOLVES_INWARD: N_(
        "the name leads to this machine or into a private network; where that is meant, write the network behind the "
        "origin in KANMON_BOARD_ORIGINS, like http://board:8000=172.16.0.0/12"
    ),
    AddressRefusal.NOT_NAMED: N_("no setting names this origin: neither --base, --board-url nor KANMON_BOARD_ORIGINS"),
}
"""What each means, in words; ids of messages."""


@dataclass(frozen=True)
class WebOrigin:
    """Scheme, host in small letters (IPv6 in brackets) and port, as the standard of URLs has them."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


@dataclass(frozen=True)
class NamedOrigin:
    """An origin that a setting names, and the network in which it may lie, where that is no public one."""

    origin: WebOrigin
    network: IPNetwork | None = None

    def permits(self, address: IPAddress) -> bool:
        """Whether the origin may lie at an address: a name at a public one only, or in the network named with it."""
        written = address_written(self.origin.host)
        if written is not None:
            return address == written
        if is_this_machine(self.origin.host):
            return address.is_loopback
        return not is_inward(address) or (self.network is not None and address in self.network)


@dataclass(frozen=True)
class Reach:
    """The named origins, each with the address at which it is reached; None where there is none, or none permitted."""

    pins: Mapping[WebOrigin, IPAddress | None]
    inward: frozenset[WebOrigin] = frozenset()
    """Origins whose names lead into networks that nobody named."""

    @classmethod
    def of(cls, named: Iterable[NamedOrigin], resolve: Resolve) -> "Reach":
        """Look every name up once; what the name leads to later changes nothing any more."""
        pins: dict[WebOrigin, IPAddress | None] = {}
        inward = set()
        for known in named:
            host, port = known.origin.host, known.origin.port
            written = address_written(host)
            addresses = [written] if written is not None else resolve(host, port)
            permitted = [address for address in addresses if known.permits(address)]
            if is_this_machine(host):  # servers of this machine listen at 127.0.0.1 more often than at ::1
                permitted.sort(key=lambda address: address.version)
            pins[known.origin] = permitted[0] if permitted else pins.get(known.origin)
            if addresses and pins[known.origin] is None:
                inward.add(known.origin)
        return cls(pins, frozenset(origin for origin in inward if pins[origin] is None))

    def refusal(self, address: str) -> AddressRefusal | None:
        """Why an address is not opened; None where it may be."""
        parsed = parse_origin(address)
        if isinstance(parsed, AddressRefusal):
            return parsed
        if parsed in self.inward:
            return AddressRefusal.RESOLVES_INWARD
        if parsed in self.pins:
            return None
        written = address_written(parsed.host)
        is_inside = is_this_machine(parsed.host) if written is None else is_inward(written)
        return AddressRefusal.INWARD if is_inside else AddressRefusal.NOT_NAMED


NOWHERE = Reach({})
"""No origin is named: nothing is opened."""


def parse_origin(address: str) -> WebOrigin | AddressRefusal:
    """The origin of an address; why there is none, where it has none that every program reads alike."""
    if _NOT_IN_AN_ADDRESS.search(address):
        return AddressRefusal.UNREADABLE
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return AddressRefusal.UNREADABLE
    if parts.scheme not in _PORTS:
        return AddressRefusal.SCHEME
    if "@" in parts.netloc:
        return AddressRefusal.CREDENTIALS
    written = f"[{host}]" if ":" in host else host
    if port == 0 or not _HOST.fullmatch(written):
        return AddressRefusal.UNREADABLE
    return WebOrigin(parts.scheme, written, port or _PORTS[parts.scheme])


def named_origins(setting: str, *given: str | None) -> tuple[NamedOrigin, ...]:
    """The origins in the setting, apart by white space or commas, and those that the operator gave by options.

    `OriginNotNamed` where a part of them is no origin, with what is wrong.
    """
    written = [*re.split(r"[\s,]+", setting), *(one for one in given if one)]
    return tuple(_named(one) for one in written if one)


def require_named(base: str | None, named: Collection[NamedOrigin]) -> None:
    """`OriginNotNamed` where screens are to be opened at an origin that no setting names."""
    if base is not None and parse_origin(base) not in {known.origin for known in named}:
        raise OriginNotNamed(
            N_(
                "no setting names %(base)s as the board's origin; name it in KANMON_BOARD_ORIGINS where the worker "
                "runs, or with the worker's --board-url"
            ),
            base=base,
        )


def refusal_told(problem: str) -> AddressRefusal | None:
    """The refusal that a problem of a page begins with (`ADDRESS_...: https://...`), if it is one."""
    code = problem.partition(":")[0]
    return next((refusal for refusal in AddressRefusal if refusal.value == code), None)


def _named(written: str) -> NamedOrigin:
    address, _, network = written.partition("=") if "?" not in written else (written, "", "")
    origin = parse_origin(address)
    if isinstance(origin, AddressRefusal) or not _is_canonical(origin.host):
        raise OriginNotNamed(
            N_(
                "%(origin)s is no origin of a board; write it like https://board.example.jp or http://192.0.2.1:8080, "
                "without user name or password, the host in its ASCII form"
            ),
            origin=written,
        )
    try:
        return NamedOrigin(origin, ip_network(network) if network else None)
    except ValueError:
        raise OriginNotNamed(
            N_("%(network)s, behind %(origin)s, is no network; write it like 10.0.0.0/8"),
            network=network,
            origin=origin,
        ) from None


def _is_canonical(host: str) -> bool:
    address = address_written(host)
    return address is None or (f"[{address}]" if isinstance(address, IPv6Address) else str(address)) == host


def address_written(host: str) -> IPAddress | None:
    """The IP address that a host stands for as it is written: also decimal, octal, hexadecimal or shortened."""
    bare = host.rstrip(".").removeprefix("[").removesuffix("]")
    try:
        return ip_address(bare)
    except ValueError:
        pass
    if not re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", bare):
        return None
    try:
        return IPv4Address(socket.inet_aton(bare))
    except (OSError, ValueError):
        return None


def is_this_machine(host: str) -> bool:
    """Whether a name is kept for the loopback (RFC 6761)."""
    name = host.rstrip(".")
    return name == "localhost" or name.endswith(".localhost")


def is_inward(address: IPAddress) -> bool:
    """Whether an address is no public one: loopback, private, link-local, multicast, unspecified, reserved.

    A mapped or NAT64 address is what the IPv4 address in it is; one of 6to4 or Teredo is inward where either is.
    """
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or address in _NAT64:
            return is_inward(IPv4Address(int(address) & 0xFFFFFFFF))
        carried = [address.sixtofour, *(address.teredo or ())]
        if any(one is not None and is_inward(one) for one in carried):
            return True
    return not address.is_global or address.is_multicast or address.is_reserved


def resolve(host: str, port: int) -> Sequence[IPAddress]:
    """The addresses of a host name by this machine's resolver; none where it has none."""
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ip_address(str(place[0]).partition("%")[0]) for *_, place in known]
