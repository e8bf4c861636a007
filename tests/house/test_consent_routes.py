"""Only a registered screen can ask for consent: one template asks, and one function shows it, of a registry's screen.

What the rendered pages then carry is looked at over a running service, in tests/journey/portals/test_board.py.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "kanmon"
WEB = PACKAGE / "web"
DOORS = sorted(path for path in PACKAGE.rglob("*.py") if {"web", "board"} & {*path.parts, path.stem})
MARKS = re.compile(r"data-consent|data-policy-id|kanmon_token")
TEMPLATES = {"board/consent.html", "board/function.html"}
"""Templates that ask for consent; they are shown by `_form` of the board, which is given a screen of the registry."""
SHOWN_BY = ("board/web.py", "_form")


def asking(templates: Mapping[str, str]) -> set[str]:
    return {name for name, text in templates.items() if MARKS.search(text)}


def shown_elsewhere(module: str, source: str) -> Iterator[int]:
    """Lines of a module of the web that show such a template, or write such a mark, outside the one function."""
    for top in ast.parse(source).body:
        if (module, getattr(top, "name", None)) == SHOWN_BY:
            continue
        for node in ast.walk(top):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                is_shown = node.value in TEMPLATES or re.search(r"<[^>]*(data-consent|data-policy-id)", node.value)
                if is_shown:
                    yield node.lineno


def test_one_template_asks_for_consent() -> None:
    folder = WEB / "templates"
    found = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}
    assert asking(found) == TEMPLATES


@pytest.mark.parametrize("path", DOORS, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_but_the_screen_of_a_registry_shows_it(path: Path) -> None:
    assert list(shown_elsewhere(str(path.relative_to(PACKAGE)), path.read_text(encoding="utf-8"))) == []


def test_a_template_and_a_route_that_ask_are_found() -> None:
    assert asking({"scout.html": "<form method=post data-consent>"}) == {"scout.html"}
    planted = '@router.get("/scout")\ndef scout(request):\n    return page(request, "board/function.html", {})\n'
    assert list(shown_elsewhere("scout.py", planted)) == [3]
    written = 'def scout():\n    return HTMLResponse("<form data-consent>")\n'
    assert list(shown_elsewhere("scout.py", written)) == [2]
