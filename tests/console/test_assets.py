from __future__ import annotations

import hashlib
import re

import httpx2
import pytest

from console.assets import FOLDER
from console.rendering import TEMPLATES
from support_browser import At
from support_product import Running

pytestmark = pytest.mark.xdist_group("console pages")
OWN = {"console.css", "console.js", "mark.svg", "files.sha256"}
MOST_BYTES = 150_000


def test_the_files_of_others_are_those_that_were_looked_at() -> None:
    lines = [line.split() for line in (FOLDER / "files.sha256").read_text().splitlines() if not line.startswith("#")]
    assert {name for _, name in lines} == {file.name for file in FOLDER.iterdir()} - OWN
    for digest, name in lines:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name


def test_no_template_holds_a_script_a_style_or_another_host() -> None:
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text()
        assert not re.search(
            r"""\son\w+=|\sstyle=|<style|<script(?! src=)|javascript:|https?://(?!www\.w3\.org)""", text
        ), file


def test_the_first_page_is_small(running: Running, at_console: At) -> None:
    with at_console() as hand:
        sizes: dict[str, int] = {}
        hand.page.on("response", lambda one: sizes.update({one.url: len(one.body())}) if one.ok else None)
        hand.open("/console")
        hand.page.wait_for_load_state("networkidle")
        names = [
            hand.page.url,
            *(one for one in hand.page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")),
        ]
    total = 0
    for address in dict.fromkeys(names):
        if "/static/" in address:
            with httpx2.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
                total += len(b"".join(answer.iter_raw()))
        else:
            total += sizes[address]
    assert any("tabler" in one for one in names)
    assert total <= MOST_BYTES


@pytest.mark.parametrize("name", ["files.sha256", "htmx.LICENSE.txt", "..%2Fassets.py", "none.js"])
def test_no_other_file_is_served(running: Running, name: str) -> None:
    assert httpx2.get(f"{running.base_url}/console/static/{name}").status_code == 404
