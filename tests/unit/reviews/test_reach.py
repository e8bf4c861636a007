"""Where the crawler may go: only to what a setting names, and inward only where it names just that."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.core.errors import OriginNotNamed
from kanmon.reviews.screens.reach import (
    NOWHERE,
    REFUSAL_MEANINGS,
    AddressRefusal,
    IPAddress,
    Reach,
    WebOrigin,
    address_written,
    is_inward,
    named_origins,
    parse_origin,
    refusal_told,
    require_named,
)

BOARD = "https://board.example.jp"
INSIDE = [
    "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1",
    "169.254.169.254", "224.0.0.1", "239.1.1.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fc00::1", "fd12::1",
    "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:7f00:1::",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "172.32.0.1", "11.0.0.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


def nobody(host: str, port: int) -> list[IPAddress]:
    raise AssertionError(f"{host} was looked up")


def at(*addresses: str) -> "list[IPAddress]":
    return [ip_address(one) for one in addresses]


@pytest.mark.parametrize("address", INSIDE)
def test_inward(address: str) -> None:
    assert is_inward(ip_address(address))


@pytest.mark.parametrize("address", OUTSIDE)
def test_public(address: str) -> None:
    assert not is_inward(ip_address(address))


@pytest.mark.parametrize(
    ("address", "refusal"),
    [
        ("http://127.0.0.1/", AddressRefusal.INWARD),
        ("http://127.0.0.1./", AddressRefusal.INWARD),
        ("http://2130706433/", AddressRefusal.INWARD),
        ("http://0x7f.1/", AddressRefusal.INWARD),
        ("http://0X7F000001/", AddressRefusal.INWARD),
        ("http://0177.0.0.1/", AddressRefusal.INWARD),
        ("http://127.1/", AddressRefusal.INWARD),
        ("http://0/", AddressRefusal.INWARD),
        ("http://169.254.169.254/latest/meta-data/", AddressRefusal.INWARD),
        ("http://[::ffff:7f00:1]/", AddressRefusal.INWARD),
        ("http://[::ffff:169.254.169.254]/", AddressRefusal.INWARD),
        ("http://[fe80::1]/", AddressRefusal.INWARD),
        ("http://localhost:5432/", AddressRefusal.INWARD),
        ("http://LOCALHOST./", AddressRefusal.INWARD),
        ("http://db.localhost/", AddressRefusal.INWARD),
        ("http://board.example.jp@169.254.169.254/", AddressRefusal.CREDENTIALS),
        ("https://u:p@board.example.jp/", AddressRefusal.CREDENTIALS),
        ("https://@board.example.jp/", AddressRefusal.CREDENTIALS),
        ("https://board.example.jp\\@127.0.0.1/", AddressRefusal.UNREADABLE),
        ("https://board.example.jp\t/", AddressRefusal.UNREADABLE),
        (" https://board.example.jp/", AddressRefusal.UNREADABLE),
        ("https://board.example.jp:0/", AddressRefusal.UNREADABLE),
        ("https://board.example.jp:99999/", AddressRefusal.UNREADABLE),
        ("https://[fe80::1%25eth0]/", AddressRefusal.UNREADABLE),
        ("https://[::1/", AddressRefusal.UNREADABLE),
        ("https://１２７.0.0.1/", AddressRefusal.UNREADABLE),
        ("https:///screen", AddressRefusal.UNREADABLE),
        ("file:///etc/passwd", AddressRefusal.SCHEME),
        ("data:text/html,<p>", AddressRefusal.SCHEME),
        ("ftp://board.example.jp/", AddressRefusal.SCHEME),
        ("javascript:alert(1)", AddressRefusal.SCHEME),
        ("view-source:https://board.example.jp/", AddressRefusal.SCHEME),
        ("chrome://version", AddressRefusal.SCHEME),
        ("/screen", AddressRefusal.SCHEME),
        ("", AddressRefusal.SCHEME),
        ("http://board.example.jp/", AddressRefusal.NOT_NAMED),
        ("https://board.example.jp:8443/", AddressRefusal.NOT_NAMED),
        ("https://board.example.jp./", AddressRefusal.NOT_NAMED),
        ("https://board.example.jp.evil.example/", AddressRefusal.NOT_NAMED),
        ("https://evil.example/https://board.example.jp/", AddressRefusal.NOT_NAMED),
        ("https://8.8.8.8/", AddressRefusal.NOT_NAMED),
        ("https://board.example.jp/screen?a=1#b", None),
        ("HTTPS://Board.Example.JP:443/", None),
    ],
)
def test_what_is_opened(address: str, refusal: AddressRefusal | None) -> None:
    reach = Reach.of(named_origins(BOARD), lambda host, port: at("203.0.114.5"))
    assert reach.refusal(address) is refusal
    if refusal is None:
        assert NOWHERE.refusal(address) is AddressRefusal.NOT_NAMED


def test_an_address_that_the_setting_names_is_opened_at_that_port_only() -> None:
    reach = Reach.of(named_origins("http://127.0.0.1:8000", "http://[::1]:8001/board/"), nobody)
    assert reach.pins == {
        WebOrigin("http", "127.0.0.1", 8000): IPv4Address("127.0.0.1"),
        WebOrigin("http", "[::1]", 8001): IPv6Address("::1"),
    }
    assert reach.refusal("http://127.0.0.1:8000/x") is None
    assert reach.refusal("http://127.0.0.1:8001/x") is AddressRefusal.INWARD
    assert reach.refusal("http://localhost:8000/x") is AddressRefusal.INWARD


@pytest.mark.parametrize(
    ("setting", "resolved", "pin", "refusal"),
    [
        (BOARD, ["8.8.8.8"], "8.8.8.8", None),
        (BOARD, ["10.0.0.5"], None, AddressRefusal.RESOLVES_INWARD),
        (BOARD, ["169.254.169.254"], None, AddressRefusal.RESOLVES_INWARD),
        (BOARD, ["::ffff:127.0.0.1"], None, AddressRefusal.RESOLVES_INWARD),
        (BOARD, ["127.0.0.1", "8.8.8.8"], "8.8.8.8", None),
        (BOARD, [], None, None),
        (f"{BOARD}=10.0.0.0/8", ["10.0.0.5"], "10.0.0.5", None),
        (f"{BOARD}=10.0.0.0/8", ["192.168.0.5"], None, AddressRefusal.RESOLVES_INWARD),
        (f"{BOARD}=10.0.0.0/8", ["8.8.8.8"], "8.8.8.8", None),
        (f"{BOARD}, {BOARD}=10.0.0.5", ["10.0.0.5"], "10.0.0.5", None),
        (f"{BOARD}=10.0.0.5\n{BOARD}", ["10.0.0.5"], "10.0.0.5", None),
    ],
)
def test_a_name_is_looked_up_once_and_leads_inward_only_into_the_network_named(
    setting: str, resolved: list[str], pin: str | None, refusal: AddressRefusal | None
) -> None:
    reach = Reach.of(named_origins(setting), lambda host, port: at(*resolved))
    assert reach.pins == {WebOrigin("https", "board.example.jp", 443): None if pin is None else ip_address(pin)}
    assert reach.refusal(f"{BOARD}/screen") is refusal


def test_localhost_is_named_by_its_name_and_lies_on_this_machine() -> None:
    named = named_origins("http://localhost:8000")
    assert Reach.of(named, lambda host, port: at("127.0.0.1")).refusal("http://localhost:8000/") is None
    both = Reach.of(named, lambda host, port: at("::1", "127.0.0.1"))
    assert both.pins == {WebOrigin("http", "localhost", 8000): IPv4Address("127.0.0.1")}
    refusal = Reach.of(named, lambda host, port: at("10.0.0.1")).refusal("http://localhost:8000/")
    assert refusal is AddressRefusal.RESOLVES_INWARD


@pytest.mark.parametrize(
    "written",
    ["board.example.jp", "https://u:p@board.example.jp", "http://2130706433", "http://127.1", "http://[::0:1]",
     "https://日本.example", "ftp://a.example", "https://*.example.jp", "https://a.example=10", "https://a.example=x"],
)  # fmt: skip
def test_a_setting_that_names_no_origin_is_told(written: str) -> None:
    with pytest.raises(OriginNotNamed):
        named_origins(f"{BOARD} {written}")


def test_nothing_is_named_by_an_empty_setting() -> None:
    assert named_origins(" ", None, "") == ()


SPELLINGS = [
    str,
    lambda address: str(int(address)),
    lambda address: hex(int(address)),
    lambda address: ".".join(f"0{int(part):o}" for part in str(address).split(".")),
    lambda address: ".".join(hex(int(part)) for part in str(address).split(".")),
    lambda address: f"{str(address).split('.')[0]}.{int(address) & 0xFFFFFF}",
    lambda address: f"[::ffff:{address}]",
    lambda address: f"{address}.",
]
INWARD_NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]


@given(
    st.sampled_from(INWARD_NETWORKS).map(IPv4Network), st.integers(0, 2**32), st.sampled_from(SPELLINGS),
    st.sampled_from(["http://{}/", "https://{}:8443/x", "http://{}:5432?q", "http://{}#f"]),
)  # fmt: skip
def test_no_spelling_leads_inward(network: IPv4Network, number: int, spelling: "object", form: str) -> None:
    address = network[number % network.num_addresses]
    written = spelling(address)  # type: ignore[operator]
    assert is_inward(address_written(written) or IPv4Address("8.8.8.8"))
    reach = Reach.of(named_origins(f"{BOARD} http://127.0.0.1:8000"), lambda host, port: at("8.8.8.8"))
    assert reach.refusal(form.format(written)) is AddressRefusal.INWARD


@given(st.text(max_size=40) | st.from_regex(r"https?://[^/]{0,30}(/.*)?"))
def test_whatever_is_written_only_named_origins_are_opened(address: str) -> None:
    origin = parse_origin(address)
    reach = Reach.of(named_origins(BOARD), lambda host, port: at("8.8.8.8"))
    assert (reach.refusal(address) is None) == (origin == WebOrigin("https", "board.example.jp", 443))


def test_an_origin_to_look_at_has_to_be_named() -> None:
    named = named_origins(BOARD)
    require_named(None, named)
    require_named(f"{BOARD}/screens/", named)
    for base in ("http://127.0.0.1:8000", "http://board.example.jp", "board", "", "https://u@board.example.jp"):
        with pytest.raises(OriginNotNamed, match="KANMON_BOARD_ORIGINS"):
            require_named(base, named)


def test_a_refusal_is_known_again_from_what_was_kept() -> None:
    assert refusal_told("ADDRESS_INWARD: http://127.0.0.1/") is AddressRefusal.INWARD
    assert refusal_told("HTTP 500") is None
    assert set(REFUSAL_MEANINGS) == set(AddressRefusal)
