"""Pictures of pages for `docs/screens`, small enough to keep: `make screens` takes them."""

import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from tests.journey.portals.walk import Visited

FOLDER = os.environ.get("KANMON_SCREENS")
"""Where to put pictures; none are taken where it is not set."""
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1024, "height": 740}
TALLEST = 3000
COLOURS = 48


def take_picture(page: Page, visited: Visited) -> None:
    """A page as a person sees it: at a desk for those who work there, on a phone for everyone else."""
    if FOLDER is None:
        return
    is_at_work = visited.kind.startswith(("/client", "/officer", "/review"))
    page.set_viewport_size(DESK if is_at_work else PHONE)
    content = page.screenshot(full_page=True, animations="disabled")
    page.set_viewport_size(PHONE)
    with Image.open(BytesIO(content)) as picture:
        shown = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, TALLEST)))
        path = Path(FOLDER) / picture_name(visited.kind, visited.language)
        path.parent.mkdir(parents=True, exist_ok=True)
        shown.quantize(COLOURS).save(path, optimize=True)


def picture_name(kind: str, language: str) -> str:
    """The file of a route's picture: `/me/consents/{evidence}` is `me-consents-evidence.ja.png`."""
    words = kind.strip("/").replace("/", "-").replace("{", "").replace("}", "")
    return f"{words or 'front-door'}.{language}.png"
