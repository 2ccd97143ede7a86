"""Carries a book out through the API: customers side by side, the orders of one customer after one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from perennial.demo_acts import act
from perennial.demo_book import ActionEntry, Book, CustomerEntry, OrderEntry
from perennial.demo_door import Door, Refused
from perennial.demo_foresight import Foresight, Foresights
from perennial.demo_rows import BadCell, BadRow, Row

AT_ONCE = 8
"""So many customers at once."""


@dataclass(slots=True)
class Carried:
    """What came of a book: ids by the book's names, the forecasts, the rows that could not be carried out."""

    customers: dict[str, str] = field(default_factory=dict[str, str])
    subscriptions: dict[str, str] = field(default_factory=dict[str, str])
    foresights: dict[str, Foresight] = field(default_factory=dict[str, Foresight])
    bad_rows: list[BadRow] = field(default_factory=list[BadRow])
    spoilt: set[str] = field(default_factory=set[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a book is carried out with. `suffix` ends the companies' names; `tick` is called after each step."""

    door: Door
    foresights: Foresights
    suffix: str
    tick: Callable[[], None]


async def carry_out(book: Book, means: Means) -> Carried:
    """Carry the book out, as far as the product lets it be.

    Raises:
        Unreachable: the product is gone.
    """
    work = _Work(book, means)
    await work.create_partners()
    limit = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for customer in book.customers.values():
            group.create_task(work.follow(customer, limit))
    return work.carried


class _Work:
    """A book being carried out."""

    def __init__(self, book: Book, means: Means) -> None:
        self._book = book
        self._means = means
        self._door = means.door
        self._partners: dict[str, str] = {}
        self.carried = Carried()

    async def create_partners(self) -> None:
        """Create the resellers."""
        for partner in self._book.partners.values():
            async with self._reporting(partner.row):
                created = await self._door.post("/v1/partners", partner.fields, step=f"partner/{partner.name}")
                self._partners[partner.name] = created["id"]

    async def follow(self, customer: CustomerEntry, limit: asyncio.Semaphore) -> None:
        """Create a customer and carry its orders out."""
        async with limit:
            async with self._reporting(customer.row):
                self.carried.customers[customer.name] = await self._customer(customer)
            for order in self._book.orders_of(customer.name):
                async with self._reporting(order.row, order.name):
                    await self._order(order)

    async def _customer(self, customer: CustomerEntry) -> str:
        body: dict[str, str] = {**customer.fields}
        body["company_name"] = body.get("company_name", "") + self._means.suffix
        if customer.partner is not None:
            body["managing_partner_id"] = self._id(self._partners, customer.partner)
        created = await self._door.post("/v1/customers", body, step=f"customer/{customer.name}")
        found: str = created["id"]
        return found

    async def _order(self, order: OrderEntry) -> None:
        body = {"customer_id": self._id(self.carried.customers, order.customer), **order.fields}
        bought = await self._door.post("/v1/subscriptions", body, step=f"{order.name}/purchase")
        subscription_id: str = bought["id"]
        self.carried.subscriptions[order.name] = subscription_id
        self._means.tick()
        for action in order.actions:
            async with self._reporting(action.row, order.name):
                await self._act(action, order, subscription_id)
            self._means.tick()
        self.carried.foresights[order.name] = await self._means.foresights.take(
            self._door,
            order.name,
            subscription_id=subscription_id,
            until=order.end,
            from_purchase=not order.actions,
        )
        await self._door.advance(subscription_id, order.end)

    async def _act(self, action: ActionEntry, order: OrderEntry, subscription_id: str) -> None:
        await self._door.advance(subscription_id, action.day)
        await act(self._door, action, subscription_id, step=f"{order.name}/{action.number}/{action.kind}")

    @asynccontextmanager
    async def _reporting(self, row: Row, order: str | None = None) -> AsyncGenerator[None]:
        """Report the row when the product, or its own content, says no; the others go on without it."""
        try:
            yield
        except (Refused, BadCell) as no:
            self.carried.bad_rows.append(row.bad(str(no)))
            if order is not None:
                self.carried.spoilt.add(order)

    @staticmethod
    def _id(ids: dict[str, str], name: str) -> str:
        if name not in ids:
            raise BadCell(f"{name} could not be created")
        return ids[name]
