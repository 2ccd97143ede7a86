from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Request, sync_playwright

from api.docs_page import FOLDER
from api.problem_texts import PROBLEM_TEXTS
from support_contract import document
from support_door import Door, problem_code

NAMED = re.compile(r'(?:src|href)="([^"]+)"')
PATIENCE_MS = 240_000  # of a browser that shares its machine


async def test_the_page_and_everything_it_names_is_served_here(door: Door) -> None:
    page = await door.client().get("/docs")
    assert page.status_code == 200
    named = NAMED.findall(page.text)
    assert len(named) == 5
    for address in named:
        assert address.startswith("/")
        assert not address.startswith("//")
        assert (await door.client().get(address)).status_code == 200, address


async def test_nothing_may_come_from_another_host(door: Door) -> None:
    policy = (await door.client().get("/docs")).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert not re.search(r"https?:|\*", policy)


@pytest.mark.parametrize("name", ["files.sha256", "swagger-ui.LICENSE.txt", "..%2Fdocs_page.py", "none.js"])
async def test_no_other_file_is_served(door: Door, name: str) -> None:
    assert problem_code(await door.client().get(f"/docs/assets/{name}"), 404) == "not_found"


def test_the_files_are_those_that_were_looked_at() -> None:
    lines = [line.split() for line in (FOLDER / "files.sha256").read_text().splitlines() if not line.startswith("#")]
    assert {name for _, name in lines} == {file.name for file in FOLDER.iterdir()} - {"files.sha256", "start.js"}
    for digest, name in lines:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name


async def test_every_problem_has_its_page(door: Door) -> None:
    for code in PROBLEM_TEXTS:
        page = await door.client().get(f"/problems/{code}")
        assert (page.status_code, code in page.text) == (200, True)


@pytest.fixture
def served(door: Door) -> Iterator[str]:
    """The door on a real port, in a thread of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(door.app, log_level="error", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


async def test_a_browser_shows_every_operation_and_asks_no_other_host(served: str) -> None:
    asked, complaints, shown = await asyncio.to_thread(_looked_at, served)
    operations = [one for methods in _production().values() for one in methods.values()]
    assert shown == len(operations)
    assert complaints == []
    assert asked
    assert all(address.startswith((served, "data:")) for address in asked), asked


def _production() -> dict[str, dict[str, object]]:
    paths: dict[str, dict[str, object]] = document()["paths"]
    return {path: methods for path, methods in paths.items() if not path.startswith("/v1/sandbox/")}


def _looked_at(address: str) -> tuple[list[str], list[str], int]:
    """Which addresses the page asks, what the browser complains about, and how many operations it shows."""
    asked: list[str] = []
    complaints: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.on("request", note)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/docs")
        page.wait_for_selector(".opblock-tag", timeout=PATIENCE_MS)
        for tag in page.query_selector_all(".opblock-tag"):
            tag.click()
        count = len(page.query_selector_all(".opblock"))
        browser.close()
    return asked, complaints, count
