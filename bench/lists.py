"""Every list at its first page and at its ten thousandth, over a million transactions in PostgreSQL.

The door is in this process, so that it can be seen which statements a request needs and how PostgreSQL plans each.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Engine, event, text

from bench.long_lists import MANY, Templates, fill, nth_id
from storage.database import Database
from storage.partners import OPERATOR, find_partner
from storage.wall import EVERYTHING
from support_belongings import owner_of
from support_door import Door, Seat, opened_door
from support_product import Seat as Client
from support_product import start_running
from support_tenants import new_partner
from support_waiting import eventually

LIMIT, LONGEST = 10, 200
DEEP = 10_000  # pages
ROUNDS, NARROWED_ROUNDS = 31, 5
SMALL = 1_000  # rows: reading such a table whole is no fault
Figures = dict[str, dict[str, object]]
Statement = tuple[bool, str, Any]  # whether it is behind the second wall, where it is planned otherwise


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, and the filters that narrow it to something rare; the operator's is one that only the operator has.

    One that has totals adds them up for the page that it is begun with, which is measured by itself.
    """

    path: str
    filters: tuple[str, ...] = ()
    is_operators: bool = False
    has_totals: bool = False

    @property
    def name(self) -> str:
        """Its path as a figure is called."""
        return self.path.removeprefix("/v1/").replace("/", "_").replace("-", "_")


ONE = nth_id("sub", 1)
LISTINGS = (
    Listing("/v1/partners"),
    Listing("/v1/api-keys"),
    Listing("/v1/audit", ("actor=nobody", "action=none", f"subject_id={nth_id('cus', 7)}")),
    Listing(
        "/v1/customers", ("q=company 4711", "q=ny 99999", "q=mpa", "q=zz", f"managing_partner_id={nth_id('ptn', 7)}")
    ),
    Listing(
        "/v1/subscriptions",
        (
            *(f"customer_id={nth_id('cus', 7)}", f"partner_id={nth_id('ptn', 7)}", "state=expired"),
            *("offering=private-pki", "renewal_mode=one_time", "ends_before=2020-01-01", "ends_after=2099-01-01"),
            *("reference_id=PO-1", "ends_within=1", "held=true"),
        ),
    ),
    Listing(f"/v1/subscriptions/{ONE}/timeline"),
    Listing(
        "/v1/transactions",
        (
            *(f"customer_id={nth_id('cus', 7)}", f"subscription_id={nth_id('sub', 7)}", "action=inventory_add"),
            *("refundable=true", "from=2099-01-01", "to=2020-01-01", "reference_id=PO-1"),
        ),
    ),
    Listing("/v1/refunds", (f"customer_id={nth_id('cus', 7)}",)),
    Listing("/v1/invoices", (f"account_id={nth_id('ptn', 7)}", "kind=credit_note"), is_operators=True),
    Listing("/v1/events"),
    Listing("/v1/webhooks"),
    Listing("/v1/webhooks/{webhook}/deliveries", ("status=failed",)),
    Listing("/v1/mails", (f"subscription_id={nth_id('sub', 7)}", "status=failed", "receiver=acceptor")),
    Listing("/v1/sandbox/mailbox", (f"subscription_id={nth_id('sub', 7)}", "to=nobody@example.com")),
    Listing("/v1/reports/subscriptions", (f"customer_id={nth_id('cus', 7)}",), has_totals=True),
    Listing("/v1/reports/transactions", (f"customer_id={nth_id('cus', 7)}", "from=2099-01-01"), has_totals=True),
    Listing("/v1/reports/usage", (f"customer_id={nth_id('cus', 7)}",), has_totals=True),
)


def measured_lists(data: Path, address: str) -> Figures:
    """Return the figures; each is printed, too."""
    running = start_running(data, address, settings={"PERENNIAL_WEBHOOKS_PRIVATE": "true"})
    try:
        of = _templates(running.seat(), running.seat("operator"))
    finally:
        running.end()
    return asyncio.run(_measured(address, of))


def _templates(seat: Client, operator: Client) -> Templates:
    account: str = seat.get("/v1/me")["partner"]["id"]
    things = owner_of(seat, account).things
    eventually(lambda: seat.mails(things["subscription"]))
    month = seat.subscription(things["subscription"])["start_date"][:7]
    operator.done(operator.http.post("/v1/sandbox/invoice-runs", json={"month": month}))
    return Templates(
        account=account,
        operator=operator.get("/v1/me")["partner"]["id"],
        reseller=new_partner(seat)["id"],
        customer=things["customer"],
        subscription=things["subscription"],
        transaction=things["transaction"],
        refund=things["refund"],
        invoice=seat.get("/v1/invoices")["data"][0]["id"],
        webhook=things["webhook"],
    )


async def _measured(address: str, of: Templates) -> Figures:
    database = Database(address, pool_size=1)
    began = time.perf_counter()
    await fill(database, of)
    print(f"  a book of {MANY} of each took {time.perf_counter() - began:.0f} s to fill")
    figures: Figures = {}
    async with opened_door(address, sandbox=True) as door:
        seats = {False: await _seat(door, of.account), True: await _seat(door, of.operator)}
        reseller = await _seat(door, nth_id("ptn", 7))
        for listing in LISTINGS:
            path = listing.path.format(webhook=of.webhook)
            figures |= await _list(door, seats[listing.is_operators], listing, path)
            await _told_of_whole_reads(door, reseller, f"{path}?limit={LIMIT}", who="a reseller's ")
    await database.close()
    for name, figure in figures.items():
        print(f"  {name:48} {figure['value']:>10}   beside {figure['baseline']:>10}   n={figure['n']}")
    return figures


async def _seat(door: Door, partner_id: str) -> Seat:
    async with door.database.read() as connection:
        partner = await find_partner(connection, partner_id)
    assert partner is not None
    return await door.with_key(partner, ("read", "write", "admin"))


async def _list(door: Door, seat: Seat, listing: Listing, path: str) -> Figures:
    opening = f"{path}?limit={LIMIT}"
    first = f"{opening}&cursor={await _cursor(seat, path, pages=1)}" if listing.has_totals else opening
    deep = f"{opening}&cursor={await _cursor(seat, path, pages=DEEP - 1)}"
    seconds: dict[str, list[float]] = {first: [], deep: []}
    for _ in range(ROUNDS):
        for page, taken in seconds.items():
            answer, spent = await _timed(seat, page)
            taken.append(spent)
            assert len(answer.json()["data"]) == LIMIT, answer.text
    narrowed = [f"{opening}&{narrowing}" for narrowing in listing.filters]
    asked = {opening, first, deep, *narrowed}
    most = max([await _told_of_whole_reads(door, seat, page) for page in sorted(asked)])
    for page in narrowed:
        print(f"  {path:34} {page.rpartition('&')[2]:56} {await _ms(seat, page):8.1f} ms")
    shallow, far = (statistics.median(seconds[page]) * 1000 for page in (first, deep))
    totals = {f"list_{listing.name}_totals_ms": _figure(await _ms(seat, opening), shallow)}
    return {
        **(totals if listing.has_totals else {}),
        f"list_{listing.name}_p10000_vs_p1": _figure(far / shallow, 1.0),
        f"list_{listing.name}_ms": _figure(far, shallow),
        f"list_{listing.name}_statements": {"value": most, "baseline": 6, "n": len(asked)},
    }


async def _told_of_whole_reads(door: Door, seat: Seat, page: str, *, who: str = "") -> int:
    """Say which large tables the page reads whole; how many statements it takes."""
    sent = await _statements(door, seat, page)
    for table in await _read_whole(door, seat, sent):
        print(f"  {who}{page.partition('?')[0]} reads {table} whole: {page.partition('?')[2][:60]}")
    return len(sent)


async def _cursor(seat: Seat, path: str, *, pages: int) -> str:
    """The cursor behind so many pages, found as a client finds it, with longer ones."""
    left, cursor = pages * LIMIT, ""
    while left:
        limit = min(LONGEST, left)
        answer = await seat.get(f"{path}?limit={limit}{cursor}")
        cursor = f"&cursor={answer.json()['next_cursor']}"
        left -= limit
    return cursor.removeprefix("&cursor=")


async def _timed(seat: Seat, page: str) -> tuple[httpx2.Response, float]:
    """The answer, and the seconds that it took."""
    began = time.perf_counter()
    answer = await seat.get(page)
    spent = time.perf_counter() - began
    assert answer.status_code == 200, answer.text
    return answer, spent


async def _ms(seat: Seat, page: str) -> float:
    return statistics.median([(await _timed(seat, page))[1] for _ in range(NARROWED_ROUNDS)]) * 1000


async def _statements(door: Door, seat: Seat, page: str) -> list[Statement]:
    with _heard(door) as sent:
        await seat.get(page)
    return sent


@contextmanager
def _heard(door: Door) -> Iterator[list[Statement]]:
    """What is sent to the database meanwhile."""
    sent: list[Statement] = []
    walled = door.database._callers.sync_engine  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - it may look inside.

    def hear(*arguments: Any) -> None:
        sent.append((arguments[0].engine is walled, arguments[2], arguments[3]))

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def _read_whole(door: Door, seat: Seat, sent: list[Statement]) -> list[str]:
    """The large tables that PostgreSQL would read from end to end for these statements."""
    found: list[str] = []
    seer = EVERYTHING if seat.partner.kind == OPERATOR else seat.partner.id
    async with door.database.read() as plain, door.database.read_as(seer) as walled:
        large = set(await plain.scalars(text("SELECT relname FROM pg_class WHERE reltuples > :rows"), {"rows": SMALL}))
        for is_walled, statement, parameters in sent:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                connection = walled if is_walled else plain
                answer = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                found += sorted(large & set(_scanned(answer.scalar_one()[0]["Plan"])))
    return found


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    """The tables of sequential scans; how many rows a plan expects from one says nothing of how many it reads."""
    if plan.get("One-Time Filter") == "false":  # for whoever sees none of them: nothing below is carried out
        return
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from _scanned(below)


def _figure(value: float, baseline: float) -> dict[str, object]:
    return {"value": round(value, 3), "baseline": round(baseline, 3), "n": ROUNDS}
