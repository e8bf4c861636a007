"""A form that did something leads to a page with an address of its own: loaded again, it does nothing again."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute

from kanmon.core.errors import KanmonError
from kanmon.web.app import ROUTERS
from kanmon.web.pages import ask_again, page

WITHOUT_ADDRESS = {
    "/client/applicants": "what became of a file's rows is kept nowhere but in the file to mend",
    "/client/reports/{provision}/password": "a password is told once, at no address",
    "/officer/gap": "an audit's figures are in the ledger by their hash alone",
}
"""Forms that did something and show it at once, each with the reason."""


def posts() -> Iterator[APIRoute]:
    routes = (route for router in ROUTERS for route in router.routes)
    return (route for route in routes if isinstance(route, APIRoute) and "POST" in (route.methods or ()))


def changes_nothing(route: APIRoute) -> bool:
    """Whether it only answers a question, and may be asked again."""
    return any(dependency.dependency is ask_again for dependency in route.dependencies)


def shows_page(function: Callable[..., Any], above: frozenset[str] = frozenset()) -> bool:
    """Whether it answers with a page where nothing was refused, by itself or by a function whose answer it returns."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    handlers = [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler)]
    refusals = {node for handler in handlers for node in ast.walk(handler)}
    kept = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and node not in refusals
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Return) or node in refusals:
            continue
        answer = kept.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
        if isinstance(answer, ast.Call) and isinstance(answer.func, ast.Name):
            name = answer.func.id
            called = inspect.unwrap(function).__globals__.get(name)
            if called is page or (
                inspect.isfunction(called) and name not in above and shows_page(called, above | {name})
            ):
                return True
    return False


def test_every_form_that_does_something_leads_to_an_address() -> None:
    doing = [route for route in posts() if not changes_nothing(route)]
    assert len(doing) > 50
    assert {route.path for route in doing if shows_page(inspect.unwrap(route.endpoint))} == set(WITHOUT_ADDRESS)


def test_what_shows_a_page_is_found_behind_a_name_and_a_function() -> None:
    assert shows_page(_answered)
    assert shows_page(_answered_by_another)
    assert not shows_page(_led_away)


def _answered(request: Request) -> Response:
    response = page(request, "x.html", {})
    response.delete_cookie("x")
    return response


def _answered_by_another(request: Request) -> Response:
    return _answered(request)


def _led_away(request: Request) -> Response:
    try:
        response = RedirectResponse("/x", 303)
    except KanmonError:
        return _answered(request)
    return response
