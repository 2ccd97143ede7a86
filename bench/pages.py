"""Every page of the console beside the API calls that it stands for, over the sample book.

Both are asked over HTTP in turns, of one server in this process, by a client that does little: a page as a browser
asks for it, and as a program would the calls that the page makes, one after another with an API key. The server is
seen from inside, for what a page asks the API and which statements reach the database.
"""

from __future__ import annotations

import asyncio
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.page_rounds import Measured, Recorder, measured_at, served
from perennial.settings import Settings
from perennial.telemetry import configure_logs
from support_belongings import owner_of
from support_places import addresses_of, page_routes
from support_product import Running, Seat, start_running
from support_visitors import signed_in
from support_waiting import eventually

BOOK = "/console/sandbox/book"
FILL_SECONDS = 400
AIM = 1.5
# Begun only at a browser: what these show are one or two calls about a draft.
DRAFTS = ("{draft}", "{draft_id}")
ID = re.compile(r"\b([a-z]{3})_[0-9A-Za-z]+")
# Beside the pages of the routes: the lists with the longest answers.
LONG = ("/console/subscriptions?state=active", "/console/customers?q=a")

Figures = dict[str, dict[str, object]]


def measured_pages(data: Path, address: str, suffix: str) -> Figures:
    """Return the figures; each is printed, too."""
    running = start_running(data, address, settings={"PERENNIAL_WEBHOOKS_PRIVATE": "true"})
    try:
        _fill(running)
        things = _things(running.seat())
        running.kill9("serve")
        found = asyncio.run(_measured(running, _pages(things)))
    finally:
        running.end()
    _print(found)
    return _figures(found, suffix)


def _fill(running: Running) -> None:
    """Fill the sample book as the distributor's administrator does."""
    with signed_in(running) as client:
        token = re.search(r'name="form_token" value="(\w+)"', client.get(BOOK).text)
        assert token is not None
        client.post(BOOK, data={"form_token": token[1]})
        eventually(lambda: "The sample book is ready" in client.get(BOOK).text, within=FILL_SECONDS)


def _things(seat: Seat) -> dict[str, str]:
    """One of everything; of what the book has, the one with the most on its page."""
    most = Counter(one["subscription_id"] for one in seat.get("/v1/transactions", limit=200)["data"])
    subscription = seat.get(f"/v1/subscriptions/{most.most_common(1)[0][0]}")
    last = seat.get("/v1/transactions", subscription_id=subscription["id"])["data"][0]
    invoices = seat.get("/v1/invoices", limit=200)["data"]
    partner: str = seat.get("/v1/me")["partner"]["id"]
    resellers = (one["id"] for one in seat.get("/v1/partners")["data"] if one["id"] != partner)
    return {
        **owner_of(seat, partner).things,
        "customer": subscription["customer_id"],
        "subscription": subscription["id"],
        "awaiting": subscription["id"],
        "transaction": last["id"],
        "invoice": max(invoices, key=lambda one: one["total"]["amount"])["id"],
        "reseller": next(resellers),
    }


def _pages(things: Mapping[str, str]) -> list[str]:
    routes = [route for route in page_routes() if not any(draft in route.path for draft in DRAFTS)]
    return list(dict.fromkeys([page for route in routes for page in addresses_of(route, things)])) + list(LONG)


async def _measured(running: Running, pages: Sequence[str]) -> list[Measured]:
    configure_logs()
    settings = Settings(
        sandbox=True,
        data=running.data,
        database_url=running.database_url,
        temporal_address=running.engine.address,
        webhooks_private=True,
        rate_limit_per_second=100_000,
        port=running.port,
    )
    async with served(settings) as recorder:
        return await asyncio.to_thread(_all, recorder, running, pages)


def _all(recorder: Recorder, running: Running, pages: Iterable[str]) -> list[Measured]:
    with signed_in(running) as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    found = [measured_at(page, recorder, running.port, cookie=cookie, key=running.key()) for page in pages]
    return [one for one in found if one is not None]


def name_of(page: str) -> str:
    """An address as its figure is called: an id in it is said by its kind."""
    words = re.findall(r"\w+", ID.sub(r"\1", page.removeprefix("/console")))
    return "_".join(words) or "home"


def _print(found: Iterable[Measured]) -> None:
    print(f"  {'page':44} {'calls':>5} {'page ms':>8} {'API ms':>8} {'ratio':>6} {'statements':>10}")
    for one in sorted(found, key=lambda one: -one.ratio):
        mark = "" if one.ratio <= AIM else "  misses the aim"
        print(
            f"  {name_of(one.page):44} {one.calls:5} {one.page_ms:8.1f} {one.api_ms:8.1f} {one.ratio:6.2f}"
            f" {one.statements:10}{mark}"
        )


def _figures(found: Sequence[Measured], suffix: str) -> Figures:
    figures: Figures = {
        f"page_vs_api_{name_of(one.page)}{suffix}": {"value": round(one.ratio, 3), "baseline": 1.0, "n": one.rounds}
        for one in found
    }
    ratios = [one.ratio for one in found]
    print(f"  {len(ratios)} pages, median ratio {statistics.median(ratios):.2f}, worst {max(ratios):.2f}")
    worst: dict[str, object] = {"value": round(max(ratios), 3), "baseline": 1.0, "n": len(ratios)}
    return figures | {f"page_vs_api_worst{suffix}": worst}
