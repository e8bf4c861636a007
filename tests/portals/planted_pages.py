"""Pages to plant that ask for consent and are no registered screens."""

import json
from collections.abc import Callable, Mapping
from html import escape

from tests.portals.generated_board import GeneratedBoard, Reply, Visit
from tests.portals.planting import Plant

Pages = Callable[[GeneratedBoard, str], Mapping[str, Callable[[Visit], str | Reply]]]
Leads = Callable[[Visit, str], str]
AGREE = {"ja": "同意する", "en": "I agree"}
SEND = {"ja": "登録する", "en": "Sign up"}


def _page(content: Callable[[GeneratedBoard, Visit], str]) -> Plant:
    """A page that is no screen, linked from all."""

    def plant(board: GeneratedBoard, path: str) -> None:
        board.pages[path] = lambda visit: content(board, visit)
        board.links.append(path)

    return plant


def _plain(words: Mapping[str, str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in words.values())


def _edited(text: str) -> str:
    for before, after in (("当社は", "弊社は"), ("提供します", "ご提供いたします"), ("利用しません", "用いません"),
                          ("We ", "Our company may "), ("score", "index")):  # fmt: skip
        text = text.replace(before, after)
    return text


def _old(board: GeneratedBoard, visit: Visit) -> str:
    return _plain(board.old[visit.language])


def _button(visit: Visit) -> str:
    return f"<button>{AGREE[visit.language]}</button>"


POST = '<form method="post">{}</form>'


def _posted(visit: Visit) -> str:
    return POST.format(_button(visit))


def _landing(board: GeneratedBoard, visit: Visit) -> str:
    return _old(board, visit) + _posted(visit)


def _listed(visit: Visit, path: str) -> Reply:
    page = f"<url><loc>http://{visit.headers['Host']}{path}</loc></url>"
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return Reply(
        f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{namespace}">{page}</urlset>',
        content_type="application/xml",
    )


def _site(pages: Pages, leads: Leads | None = None) -> Plant:
    """Several pages; `leads` is what the screens have to lead there, a link in all pages where it is left out."""

    def plant(board: GeneratedBoard, path: str) -> None:
        board.pages.update(pages(board, path))
        if leads is None:
            board.links.append(path)
        else:
            board.changes.append(lambda visit, screen, page: page + leads(visit, path))

    return plant


PAGES: Mapping[str, Plant] = {
    "old words, form": _page(lambda board, visit: _old(board, visit) + POST.format(_button(visit))),
    "old words in the form": _page(lambda board, visit: POST.format(_old(board, visit) + _button(visit))),
    "form by GET": _page(lambda board, visit: f"{_old(board, visit)}<form>{_button(visit)}</form>"),
    "form by GET, a hidden field": _page(
        lambda board, visit: f'{_old(board, visit)}<form action="/go"><input type="hidden" name="agree" value="1">'
        f"<input type=submit value={SEND[visit.language]!r}></form>"
    ),
    "by script": _page(
        lambda board, visit: f"{_old(board, visit)}<button type=button onclick=\"fetch('/agree')\">{AGREE[visit.language]}</button>"
    ),
    "by script, no button": _page(
        lambda board, visit: f"{_old(board, visit)}<div id=go tabindex=0>{AGREE[visit.language]}</div>"
        "<script>go.addEventListener('click', () => fetch('/agree'))</script>"
    ),
    "tick box": _page(
        lambda board, visit: f"{_old(board, visit)}<label><input type=checkbox> {AGREE[visit.language]}</label>"
    ),
    "tick box, set": _page(
        lambda board, visit: POST.format(f"{_old(board, visit)}<label><input type=checkbox checked>OK</label>{_button(visit)}")
    ),
    "one clause": _page(
        lambda board, visit: f"<p>{escape(list(board.old[visit.language].values())[-1])}</p>{POST.format(_button(visit))}"
    ),
    "edited words": _page(
        lambda board, visit: f"<p>{escape(_edited(' '.join(board.old[visit.language].values())))}</p>{POST.format(_button(visit))}"
    ),
    "words in a text field": _page(
        lambda board, visit: POST.format(
            f"<textarea readonly>{escape(' '.join(board.old[visit.language].values()))}</textarea>{_button(visit)}"
        )
    ),
    "words in pieces": _page(
        lambda board, visit: "".join(f"<span>{letter}</span>" for letter in " ".join(board.old[visit.language].values()))
        + POST.format(_button(visit))
    ),
    "words folded away": _page(
        lambda board, visit: f"<details><summary>…</summary>{_old(board, visit)}</details>{POST.format(_button(visit))}"
    ),
    "words in a frame": _site(
        lambda board, path: {
            path: lambda visit: f'<iframe src="{path}-words" width=300 height=200></iframe>{_posted(visit)}',
            f"{path}-words": lambda visit: _old(board, visit),
        }
    ),
    "marked, no form": _page(lambda board, visit: board.policy(board.old[visit.language])),
    "marked, right words": _page(lambda board, visit: board.policy(board.words[visit.language]) + POST.format(_button(visit))),
    "right words, unmarked": _page(lambda board, visit: _plain(board.words[visit.language]) + POST.format(_button(visit))),
    "late by script": _page(
        lambda board, visit: "<div id=app></div><script>setTimeout(() => app.innerHTML = "
        f"{json.dumps(_old(board, visit) + POST.format(_button(visit)))}, 400)</script>"
    ),
    "only on phones": _site(
        lambda board, path: {path: lambda visit: _landing(board, visit) if visit.device == "phone" else "<h1>特集</h1>"}
    ),
    "only for members": _site(
        lambda board, path: {
            path: lambda visit: _landing(board, visit) if visit.session.is_member else Reply("", 302, {}, "/")
        }
    ),
    "linked for members": _site(
        lambda board, path: {path: lambda visit: _landing(board, visit)},
        leads=lambda visit, path: f'<a href="{path}">!</a>' if visit.session.is_member else "",
    ),
    "linked by script": _site(
        lambda board, path: {path: lambda visit: _landing(board, visit)},
        leads=lambda visit, path: f"<button type=button onclick=\"location.href='{path}'\">特集</button>",
    ),
    "in the site's list": _site(
        lambda board, path: {path: lambda visit: _landing(board, visit), "/sitemap.xml": lambda visit: _listed(visit, path)},
        leads=lambda visit, path: "",
    ),
    "two pages deep": _site(
        lambda board, path: {
            path: lambda visit: _landing(board, visit),
            "/about": lambda visit: f'<a href="{path}?from=about#now">!</a>',
        },
        leads=lambda visit, path: '<a href="/about">!</a>',
    ),
}  # fmt: skip
