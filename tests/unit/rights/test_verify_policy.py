"""`/verify` as it is served: by the hash of its own script, and able to reach nothing."""

import asyncio
import base64
import hashlib
import re
from pathlib import Path

import httpx
from fastapi import FastAPI

import kanmon.rights.answer
from kanmon.rights.answer.web.public import router
from kanmon.web.protection import Protection

PAGE = Path(kanmon.rights.answer.__file__).with_name("verify.html")


def test_the_page_may_run_its_own_script_and_reach_nothing() -> None:
    async def asked() -> httpx.Response:
        app = FastAPI()
        app.include_router(router)
        transport = httpx.ASGITransport(Protection(app, keyed="/api/", cached="/static/", is_https=True))
        async with httpx.AsyncClient(transport=transport, base_url="https://kanmon.example") as client:
            return await client.get("/verify")

    answer = asyncio.run(asked())
    assert answer.content == PAGE.read_bytes()
    policy = answer.headers["content-security-policy"]
    for part in ("script", "style"):
        [held] = re.findall(rf"<{part}>(.*?)</{part}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(held.encode()).digest()).decode()
        assert f"{part}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"\b(src|href)=|fetch\(|XMLHttpRequest|WebSocket|import\(", answer.text)
