from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

from intake.changing import Setting
from intake.customers import create_customer, edit_customer
from intake.partners import create_partner, edit_partner
from intake.scope import Caller
from lifecycle.catalog import PriceBook
from storage.catalogue_file import parse_catalogue
from storage.catalogue_loading import load_catalogue
from storage.database import Database
from storage.ids import new_id
from storage.partners import OPERATOR, Partner, insert_partner
from storage.price_lists import customer_price_books, find_party_and_prices, partner_price_book
from support_parties import partner_row

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()
LISTS = "".join(f'[[price_lists]]\ncode = "{code}"\ncurrency = "USD"\n' for code in ("gold", "silver", "bronze"))
COMPANY = {
    "company_name": "Acme",
    "contact_name": "Erika",
    "contact_email": "erika@acme.example",
    "address_line1": "Street 1",
    "city": "Ulm",
    "postal_code": "89073",
    "country": "DE",
}
PARTNER = {"name": "Nordlicht", "billing_contact_email": "billing@nordlicht.example", "country": "DE"}


@dataclass
class World:
    """A distributor with resellers and a customer, changed on any day."""

    database: Database
    caller: Caller
    operator: Caller
    customer_id: str = ""

    def on(self, day: date, caller: Caller | None = None) -> Setting:
        at = datetime.combine(day, NOW.timetz())
        return Setting(caller=caller or self.caller, at=at, request_id="test")

    async def reseller(self, price_list: str | None = None) -> Partner:
        async with self.database.write() as connection:
            return await create_partner(connection, self.on(TODAY), {**PARTNER, "price_list": price_list})

    async def customer(self, reseller: Partner | None = None) -> None:
        managed = {} if reseller is None else {"managing_partner_id": reseller.id}
        async with self.database.write() as connection:
            self.customer_id = (await create_customer(connection, self.on(TODAY), {**COMPANY, **managed})).id

    async def move(self, reseller: Partner | None, *, on: date) -> None:
        change = {"managing_partner_id": None if reseller is None else reseller.id}
        async with self.database.write() as connection:
            await edit_customer(connection, self.on(on), self.customer_id, change)

    async def change_list(self, partner: Partner, price_list: str | None, *, on: date) -> None:
        async with self.database.write() as connection:
            setting = self.on(on, self.operator)
            await edit_partner(connection, setting, partner.id, {"price_list": price_list})

    async def lists(self, start: date) -> tuple[str, ...]:
        return (await self.book()).lists_for_term(start)

    async def book(self) -> PriceBook:
        """The customer's book, which is the same when it is read among those of its account."""
        async with self.database.read() as connection:
            found = (await find_party_and_prices(connection, self.customer_id))[1]
            among = await customer_price_books(connection, self.caller.partner, (self.customer_id,))
        assert among == {self.customer_id: found}
        return found


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    database = Database(database_url)
    distributor = partner_row(NOW)
    operator = replace(distributor, id=new_id("ptn"), kind=OPERATOR)
    async with database.write() as connection:
        await insert_partner(connection, distributor)
        await insert_partner(connection, operator)
        await load_catalogue(connection, parse_catalogue(LISTS), today=TODAY)
    caller = Caller(partner=distributor, actor="key_0", scopes=frozenset())
    yield World(database, caller, Caller(partner=operator, actor="key_1", scopes=frozenset()))
    await database.close()


async def test_without_a_list_prices_are_those_of_the_default(world: World) -> None:
    await world.customer()

    assert await world.lists(TODAY) == ("default",)


async def test_the_resellers_list_comes_first_then_its_distributors_then_the_default(world: World) -> None:
    await world.change_list(world.caller.partner, "silver", on=TODAY - timedelta(days=90))
    await world.customer(await world.reseller("gold"))

    assert await world.lists(TODAY) == ("gold", "silver", "default")


async def test_a_reseller_without_a_list_has_its_distributors(world: World) -> None:
    await world.change_list(world.caller.partner, "silver", on=TODAY - timedelta(days=90))
    await world.customer(await world.reseller())

    assert await world.lists(TODAY) == ("silver", "default")


@pytest.mark.parametrize(("days", "expected"), [(0, "default"), (89, "default"), (90, "gold"), (400, "gold")])
async def test_a_changed_list_counts_for_terms_that_start_ninety_days_later(
    world: World, days: int, expected: str
) -> None:
    await world.customer()
    await world.change_list(world.caller.partner, "gold", on=TODAY)

    assert (await world.lists(TODAY + timedelta(days=days)))[0] == expected


@pytest.mark.parametrize(("days", "expected"), [(89, "gold"), (90, "bronze")])
async def test_a_moved_customer_has_its_new_resellers_list_ninety_days_later(
    world: World, days: int, expected: str
) -> None:
    await world.customer(await world.reseller("gold"))
    await world.move(await world.reseller("bronze"), on=TODAY)

    assert (await world.lists(TODAY + timedelta(days=days)))[0] == expected


async def test_a_customer_taken_from_its_reseller_falls_back_ninety_days_later(world: World) -> None:
    await world.customer(await world.reseller("gold"))
    await world.move(None, on=TODAY)

    assert await world.lists(TODAY + timedelta(days=89)) == ("gold", "default")
    assert await world.lists(TODAY + timedelta(days=90)) == ("default",)


async def test_changes_one_after_another_count_one_after_another(world: World) -> None:
    reseller = await world.reseller("gold")
    await world.customer(reseller)
    await world.change_list(reseller, "silver", on=TODAY + timedelta(days=10))
    await world.move(None, on=TODAY + timedelta(days=20))
    await world.move(reseller, on=TODAY + timedelta(days=30))

    starts = (99, 100, 109, 110, 119, 120)
    first = [(await world.lists(TODAY + timedelta(days=days)))[0] for days in starts]
    assert first == ["gold", "silver", "silver", "default", "default", "silver"]


async def test_the_last_change_of_a_day_is_the_one_that_counts(world: World) -> None:
    reseller = await world.reseller("gold")
    await world.customer(reseller)
    for price_list in ("silver", "bronze"):
        await world.change_list(reseller, price_list, on=TODAY)

    assert [(await world.lists(TODAY + timedelta(days=days)))[0] for days in (0, 90)] == ["gold", "bronze"]


async def test_pointing_to_the_default_list_is_having_none(world: World) -> None:
    await world.change_list(world.caller.partner, "silver", on=TODAY - timedelta(days=90))
    reseller = await world.reseller("gold")
    await world.customer(reseller)
    await world.change_list(reseller, "default", on=TODAY)

    assert await world.lists(TODAY + timedelta(days=90)) == ("silver", "default")


async def test_a_partner_sees_the_lists_that_its_next_customer_would_have(world: World) -> None:
    reseller = await world.reseller("gold")

    async with world.database.read() as connection:
        book = await partner_price_book(connection, reseller)
        own = await partner_price_book(connection, world.caller.partner)

    assert book.lists_for_term(TODAY) == ("gold", "default")
    assert own.lists_for_term(TODAY) == ("default",)


async def test_a_loaded_price_is_seen_at_once_by_readers(world: World) -> None:
    await world.customer()
    before = (await world.book()).price_of("device-seat", 12, on=TODAY, lists=("default",))
    text = 'prices = [{ item = "device-seat", term_months = 12, amount = 250, effective_from = 2026-11-22 }]'
    async with world.database.write() as connection:
        await load_catalogue(connection, parse_catalogue(text), today=TODAY)

    after = (await world.book()).price_of("device-seat", 12, on=TODAY, lists=("default",))
    assert (before, after) == (300, 250)
