"""Small charts as SVG."""

from xml.etree import ElementTree

from kanmon.core.charts import Axis, Chart, even_ticks

SVG = "{http://www.w3.org/2000/svg}"


def chart() -> Chart:
    axis = Axis(0.0, 2.0, even_ticks(0.0, 2.0))
    made = Chart(192, 192, axis, axis)
    made.line([(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)], "#111111", marked=True)
    made.bar(0.0, 1.0, 2.0, "#222222")
    made.upright(1.0, "#333333")
    return made


def test_a_chart_is_the_same_bytes_each_time_and_stands_where_its_values_are() -> None:
    assert chart().svg() == chart().svg()
    root = ElementTree.fromstring(chart().svg())
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter(f"{SVG}circle")]
    assert dots == [(46.0, 146.0), (96.0, 96.0), (146.0, 46.0)]
    [bar] = [rect.attrib for rect in root.iter(f"{SVG}rect") if rect.attrib.get("fill") == "#222222"]
    assert (bar["x"], bar["y"], bar["width"], bar["height"]) == ("46.0", "46.0", "50.0", "100.0")
    assert [text.text for text in root.iter(f"{SVG}text")] == ["0", "0.4", "0.8", "1.2", "1.6", "2"] * 2


def test_an_axis_without_length_is_no_fault() -> None:
    assert Axis(1.0, 1.0, []).share(1.0) == 0.0
