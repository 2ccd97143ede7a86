"""Take the pictures of `docs/images`: a sandbox of its own, the sample book, a browser; or `--url` of one that runs.

The sandbox begins on the same day each time, so that the pictures differ only where the pages do.
"""
# ruff: noqa: INP001, T201 - a program that starts the product and says how far it is, not a package

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx2
from playwright.sync_api import Browser, Page, sync_playwright

from perennial.ports import free_ports

IMAGES = Path(__file__).parents[1] / "docs" / "images"
DAY = "2026-11-22"
USER = "admin@distributor.example"
WIDE, NARROW, HEIGHT = 1280, 360, 800
READY_WITHIN_S, FILLED_WITHIN_MS = 600, 240_000  # the engine may have to be built first
LINK = re.compile(r"/eca/[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, by its address and its data folder."""

    url: str
    data: Path

    def get(self, path: str, **query: str) -> Any:
        """What the API answers the distributor."""
        key = json.loads((self.data / "keys.json").read_text())["distributor"]
        headers = {"Authorization": f"Bearer {key}"}
        answer = httpx2.get(f"{self.url}{path}", params=query, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer.json()


@dataclass(frozen=True)
class Picture:
    """A picture: how wide and how lit its window is, and how its page is come to."""

    name: str
    width: int
    scheme: Literal["light", "dark"]
    come: Callable[[Page, Sandbox], None]


def main() -> int:
    """Take all of them, or those whose names are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="the address of a running sandbox; without it one is started")
    parser.add_argument("--data", type=Path, default=Path("var"), help="the data folder of that sandbox")
    parser.add_argument("--images", type=Path, default=IMAGES, help="where the pictures go")
    parser.add_argument("names", nargs="*", help="some of the pictures only")
    given = parser.parse_args()
    given.images.mkdir(parents=True, exist_ok=True)
    pictures = [one for one in PICTURES if one.name in given.names or not given.names]
    if given.url:
        _take(Sandbox(given.url, given.data), given.images, pictures)
    else:
        with tempfile.TemporaryDirectory(prefix="perennial-pictures-") as folder, _running(Path(folder)) as sandbox:
            _take(sandbox, given.images, pictures)
    return 0


@contextmanager
def _running(data: Path) -> Iterator[Sandbox]:
    """The whole product on a data folder of its own, ended as by Ctrl-C."""
    port, engine, ui = free_ports(3)
    settings = {"DATA": data, "PORT": port, "TEMPORAL_PORT": engine, "TEMPORAL_UI_PORT": ui, "SANDBOX_DAY": DAY}
    environment = {**os.environ, **{f"PERENNIAL_{name}": str(value) for name, value in settings.items()}}
    with subprocess.Popen((sys.executable, "-m", "perennial", "up"), env=environment, stdout=sys.stderr) as process:
        try:
            yield Sandbox(_ready(f"http://127.0.0.1:{port}", process), data)
        finally:
            process.send_signal(signal.SIGINT)


def _ready(url: str, process: subprocess.Popen[bytes]) -> str:
    """The address, once the product answers there."""
    until = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/readyz", timeout=5).is_success:
                return url
        except httpx2.HTTPError:
            pass
        time.sleep(0.5)
    raise SystemExit("the product did not become ready")


def _take(sandbox: Sandbox, images: Path, pictures: list[Picture]) -> None:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("a browser is needed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with _window(browser, sandbox, WIDE, "light") as page:
            _fill_book(page, sandbox)
        for picture in pictures:
            with _window(browser, sandbox, picture.width, picture.scheme) as page:
                picture.come(page, sandbox)
                path = images / f"{picture.name}.png"
                page.screenshot(path=path, animations="disabled", caret="hide")
                print(f"{path}  {path.stat().st_size // 1000} kB")
        browser.close()


@contextmanager
def _window(browser: Browser, sandbox: Sandbox, width: int, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    """A window in which the distributor's administrator is signed in."""
    context = browser.new_context(
        color_scheme=scheme, locale="en-US", reduced_motion="reduce", viewport={"width": width, "height": HEIGHT}
    )
    passwords: Mapping[str, str] = json.loads((sandbox.data / "sign-ins.json").read_text())
    page = context.new_page()
    page.goto(f"{sandbox.url}/console/sign-in")
    page.get_by_label("E-mail address").fill(USER)
    page.get_by_label("Password").fill(passwords[USER])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile(r"/console$"))
    yield page
    context.close()


def _fill_book(page: Page, sandbox: Sandbox) -> None:
    """Fill the sample book; what is there already stays as it is."""
    page.goto(f"{sandbox.url}/console/sandbox/book")
    page.get_by_role("button", name=re.compile("^Fill")).click()
    page.get_by_text("The sample book is ready.").wait_for(timeout=FILLED_WITHIN_MS)


def _at(path: str) -> Callable[[Page, Sandbox], None]:
    def come(page: Page, sandbox: Sandbox) -> None:
        page.goto(f"{sandbox.url}{path}")

    return come


def _shown_subscription(sandbox: Sandbox) -> Any:
    """The active subscription of the most products, the first of them by its customer's name."""
    names = {one["id"]: one["company_name"] for one in sandbox.get("/v1/customers", limit="200")["data"]}
    found = sandbox.get("/v1/subscriptions", state="active", limit="200")["data"]
    return min(found, key=lambda one: (-len(one["inventory"]), names[one["customer_id"]], one["start_date"]))


def _subscription(page: Page, sandbox: Sandbox) -> None:
    page.goto(f"{sandbox.url}/console/subscriptions/{_shown_subscription(sandbox)['id']}")


def _review(page: Page, sandbox: Sandbox) -> None:
    """The last step of a purchase, with its prices."""
    customer = _shown_subscription(sandbox)["customer_id"]
    page.goto(f"{sandbox.url}/console/customers/{customer}/subscriptions/new")
    page.get_by_role("button", name="Begin a subscription").click()
    go_on = page.get_by_role("button", name="Next", exact=True)
    for label in ("DV Automation", "12 months"):
        page.get_by_label(re.compile(f"^{label}")).check()
        go_on.click()
    page.get_by_label(re.compile("^Professional")).check()
    page.get_by_role("button", name="Add Products & Services").click()
    products = ("Domain-validated certificate", "Domain-validated wildcard certificate")
    for product in products:
        page.get_by_role("checkbox", name=re.compile(f"^{product}")).first.check()
    page.get_by_role("button", name="Apply").click()
    for product, quantity in zip(products, ("25", "5"), strict=True):
        page.get_by_label(f"Number of certificates: {product}", exact=True).fill(quantity)
    go_on.click()
    page.get_by_label(re.compile("^Auto-Renewal")).check()
    go_on.click()
    page.wait_for_url(re.compile(r"/review$"))


def _refund(page: Page, sandbox: Sandbox) -> None:
    """What a refund of an order of today's gives back, before it is confirmed."""
    _review(page, sandbox)
    page.get_by_role("button", name="Confirm & Purchase").click()
    page.get_by_text("The subscription is purchased.").wait_for()
    (bought,) = sandbox.get("/v1/transactions", limit="1", action="purchase")["data"]
    page.goto(f"{sandbox.url}/console/customers/{bought['customer_id']}/transactions")
    page.locator(f'input[name="transaction"][value="{bought["id"]}"]').check()
    page.get_by_role("button", name="Process Refund").click()
    page.get_by_role("heading", name="Confirm Refund Details").wait_for()


def _acceptance(page: Page, sandbox: Sandbox) -> None:
    """The page that the newest mail to an acceptor leads to."""
    for mail in sandbox.get("/v1/sandbox/mailbox", kind="eca_request", limit="50")["data"]:
        link = LINK.search(mail["text"])
        page.goto(f"{sandbox.url}{link[0] if link else ''}")
        if page.get_by_role("button", name=re.compile("^Accept")).count():
            return
    raise SystemExit("no agreement is waited for")


PICTURES = (
    Picture("home", WIDE, "light", _at("/console")),
    Picture("home-narrow", NARROW, "dark", _at("/console")),
    Picture("customers", WIDE, "dark", _at("/console/customers?sort=company_name")),
    Picture("review", WIDE, "light", _review),
    Picture("subscription", WIDE, "light", _subscription),
    Picture("subscription-narrow", NARROW, "light", _subscription),
    Picture("refund", WIDE, "dark", _refund),
    Picture("acceptance-narrow", NARROW, "light", _acceptance),
)


if __name__ == "__main__":
    sys.exit(main())
