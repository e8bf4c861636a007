"""Small charts as SVG."""

from xml.etree import ElementTree

import pytest

from kanmon.core.charts import Axis, Chart, Look, Words, count_axis, even_ticks, fitting, named_axis, share_axis

SVG = "{http://www.w3.org/2000/svg}"
WORDS = Words("some", "A < B", "Both & more")


def chart() -> Chart:
    axis = Axis(0.0, 2.0, even_ticks(0.0, 2.0))
    made = Chart((170, 144), axis, axis, WORDS)
    made.line([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], Look.MAIN, marked=True)
    made.bar(0.0, 1.0, 2.0, Look.SECOND)
    made.upright(1.0, Look.ALARM)
    made.note(0.0, 0.0, "<here>")
    return made


def test_a_chart_is_the_same_bytes_each_time_and_stands_where_its_values_are() -> None:
    assert chart().svg() == chart().svg() == chart().__html__()
    root = ElementTree.fromstring(chart().svg())
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter(f"{SVG}circle")]
    assert dots == [(52.0, 116.0), (102.0, 66.0), (152.0, 16.0)]
    [bar] = [rect.attrib for rect in root.iter(f"{SVG}rect") if "block" in rect.attrib.get("class", "")]
    assert (bar["x"], bar["y"], bar["width"], bar["height"]) == ("52.0", "16.0", "50.0", "100.0")
    assert bar["fill"] == "url(#some-second)"
    written = [text.text for text in root.iter(f"{SVG}text")]
    assert written == ["<here>", *["0", "0.4", "0.8", "1.2", "1.6", "2"] * 2]


def test_a_chart_says_its_words_to_who_cannot_see_it_and_holds_nothing_that_a_page_refuses() -> None:
    root = ElementTree.fromstring(chart().svg())
    named = {part.attrib["id"]: part.text for part in root.iter() if "id" in part.attrib}
    assert [named[name] for name in root.attrib["aria-labelledby"].split()] == [WORDS.title, WORDS.description]
    assert root.attrib["role"] == "img"
    for part in root.iter():
        assert part.tag not in {f"{SVG}style", f"{SVG}script"}
        assert not {name for name in part.attrib if name == "style" or name.startswith("on")}


def test_looks_differ_without_colour() -> None:
    axis = Axis(0.0, 1.0, [])
    kinds = set()
    for look in Look:
        made = Chart((100, 100), axis, axis, WORDS)
        made.line([(0.0, 0.0), (1.0, 1.0)], look)
        made.bar(0.0, 1.0, 1.0, look)
        shapes = [part.attrib for part in ElementTree.fromstring(made.svg()).iter()]
        dash = next(shape.get("stroke-dasharray") for shape in shapes if "points" in shape)
        fill = next(shape["fill"].startswith("url") for shape in shapes if "block" in shape.get("class", ""))
        kinds.add((dash, fill))
    assert len(kinds) == len(Look)


def test_an_axis_without_length_is_no_fault() -> None:
    assert Axis(1.0, 1.0, []).share(1.0) == 0.0


@pytest.mark.parametrize(
    ("most", "ticks"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (7, [0, 2, 4, 6, 8]), (74_878, [0, 20_000, 40_000, 60_000, 80_000])],
)
def test_counts_have_few_whole_ticks(most: int, ticks: list[int]) -> None:
    axis = count_axis(most)
    assert axis.ticks == ticks
    assert axis.high >= most
    assert axis.high > axis.low


def test_of_many_names_some_are_written() -> None:
    axis = named_axis([str(name) for name in range(100)], 5)
    assert axis.labels == ["0", "20", "40", "60", "80"]
    assert (axis.low, axis.high) == (0, 100)
    assert named_axis([], 5).high == 1


def test_shares_have_round_ticks() -> None:
    assert share_axis(0.29).labels == ["0%", "10%", "20%", "30%"]
    assert share_axis(0.3, in_percent=False).labels == ["0", "0.1", "0.2", "0.3"]
    assert share_axis(0.0).high == 0.01


def test_a_name_is_cut_to_the_room_that_it_has() -> None:
    assert fitting("web-test-2027", 170) == "web-test-2027"
    assert fitting("web_diagnosis_of_personality", 170) == "web_diagnosis_of_per"[:19] + "…"
    assert fitting("対象になりうる全員に対して関門を閉じる", 170) == "対象になりうる全員…"
