"""The picture of a key is of that key alone, keeps its colours, and takes nobody's words for markup."""

from xml.etree import ElementTree

import segno

from kanmon.web.qr import qr

KEY = "kanmon.example/log+12ab34cd+AZnF1"


def test_it_is_one_picture_with_a_title_and_its_quiet_zone() -> None:
    drawn = ElementTree.fromstring(str(qr(KEY, "The key")))
    title = drawn.find("title")
    assert (drawn.tag, drawn.get("class"), None if title is None else title.text) == ("svg", "qr", "The key")
    modules = segno.make(KEY, error="m", micro=False).symbol_size(border=4)
    assert drawn.get("viewBox") == f"0 0 {modules[0]} {modules[1]}"
    assert {path.get("fill") or path.get("stroke") for path in drawn.findall("path")} == {"#fff", "#000"}


def test_another_key_is_another_picture() -> None:
    assert qr(KEY, "x") != qr(KEY + "2", "x")


def test_a_title_is_no_markup() -> None:
    assert "<script" not in qr(KEY, "<script>")


def test_the_same_picture_is_drawn_once() -> None:
    assert qr(KEY, "once") is qr(KEY, "once")
