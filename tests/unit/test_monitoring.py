"""Rules and the board of `deploy/` ask for metrics that there are, and each alert leads to an act of the runbook."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
SOURCES = (
    "audits/overview/web/health.py", "audits/overview/web/work_metrics.py", "web/measured.py",
)  # fmt: skip
RULES = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
BOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/kanmon.json").read_text(encoding="utf-8"))
NAME = re.compile(r"\bkanmon_[a-z_]+")
SELECTED = re.compile(r"\b(kanmon_[a-z_]+)\{([^}]*)\}")


def exported() -> set[str]:
    """The names under which the source declares families, as they are asked for."""
    declared = {
        name
        for source in SOURCES
        for name in re.findall(r'"(kanmon_[a-z_]+)"', (ROOT / "src/kanmon" / source).read_text(encoding="utf-8"))
    }
    counters = {"kanmon_http_requests", "kanmon_gate_answers"}
    histogram = "kanmon_http_request_seconds"
    assert declared >= {*counters, histogram, "kanmon_build"}
    shown = {f"{name}_total" for name in counters} | {f"{histogram}_{part}" for part in ("bucket", "count", "sum")}
    return (declared - counters - {histogram, "kanmon_build"}) | shown | {"kanmon_build_info"}


def queries() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in BOARD["panels"] for target in panel["targets"])


def test_every_query_asks_for_metrics_that_there_are() -> None:
    asked = [NAME.findall(query) for query in queries()]
    assert {name for names in asked for name in names} <= exported()
    assert sum(not names for names in asked) == 1  # `up`, which is Prometheus' own


def test_the_page_of_metrics_names_those_that_there_are() -> None:
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    named = set(NAME.findall(page))
    histogram = "kanmon_http_request_seconds"
    assert {name for name in exported() if not name.startswith(histogram)} | {histogram} == named


def test_every_alert_leads_to_its_act() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", runbook, re.MULTILINE)}
    assert {rule["annotations"]["runbook"] for rule in RULES} == {f"docs/runbook.md#{one}" for one in headings}
    assert all(rule["annotations"]["runbook"].endswith(f"#{rule['alert'].lower()}") for rule in RULES)


def test_panels_of_the_board_do_not_cover_each_other() -> None:
    places = [tuple(panel["gridPos"][side] for side in "xywh") for panel in BOARD["panels"]]
    cells = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]
    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(places)
