"""Addresses that people gave: which are some, and how SMTP writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.incidents.notices.addresses import MailAddress


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("taro@example.jp", "taro@example.jp"),
        (" taro@example.jp ", "taro@example.jp"),
        ("taro.yamada+job@Example.JP", "taro.yamada+job@example.jp"),
        ("taro..yamada@docomo.ne.jp", '"taro..yamada"@docomo.ne.jp'),
        ("hanako.@ezweb.ne.jp", '"hanako."@ezweb.ne.jp'),
        (".hanako@ezweb.ne.jp", '".hanako"@ezweb.ne.jp'),
        ("..@docomo.ne.jp", '".."@docomo.ne.jp'),
        ("山田 <ya..mada@docomo.ne.jp>", '"ya..mada"@docomo.ne.jp'),
        ('"taro yamada"@example.jp', '"taro yamada"@example.jp'),
        ("taro@日本語.jp", "taro@xn--wgv71a119e.jp"),
        ("ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "taro@example.jp"),
        ("太郎@example.jp", "太郎@example.jp"),
        ("太..郎@example.jp", '"太..郎"@example.jp'),
        ("山田 <yamada@example.jp>", "yamada@example.jp"),
    ],
)
def test_an_address_is_written_as_smtp_wants_it(written: str, sent: str) -> None:
    address = MailAddress.read(written)
    assert address is not None
    assert str(address) == sent
    assert address.needs_utf8 is not sent.isascii()


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "taro", "@example.jp", "taro@", "taro@example", "taro@@example.jp", "a@b.example;c@d.example",
        "a@b.example, c@d.example", "a@b.example c@d.example", "taro@exa mple.jp", "taro@ex_ample.jp", "taro@-a.jp",
        "taro@example.jp\r\nBcc: x@y.example", "taro\x00@example.jp", "taro@example..jp", "taro@[127.0.0.1]",
        "ta<ro@example.jp", "なし", "######", "a" * 65 + "@example.jp", "taro@" + "a." * 130 + "jp", "taro\u200b@例.jp",
    ],
)  # fmt: skip
def test_what_is_no_address_or_several_is_none(written: str) -> None:
    assert MailAddress.read(written) is None


@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.from_regex(r"[a-z.\"<>@;, \\]{1,20}@[a-z.@]{1,10}"))
def test_whatever_was_written_nothing_but_one_address_comes_of_it(written: str) -> None:
    address = MailAddress.read(written)
    if address is not None:
        sent = str(address)
        assert sent.isprintable()
        assert MailAddress.read(sent) == address
