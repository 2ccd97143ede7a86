from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date

import pytest
from sqlalchemy import delete, func, select

from oracle.price_table import PRODUCTS, TIERS
from storage.catalogue import NoCatalogue, current_catalogue
from storage.catalogue_file import CatalogueRefused, parse_catalogue
from storage.catalogue_loading import DEFAULT_CATALOGUE, LoadSummary, load_catalogue, seed_catalogue
from storage.database import Database
from storage.tables import catalogues, price_rows

TODAY = date(2026, 11, 22)
NOTICE_DAY = "2027-02-20"  # today and 90 days
LIST = '[[price_lists]]\ncode = "{}"\ncurrency = "{}"\n'


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


def row(item: str = "device-seat", months: int = 12, *, amount: int, since: str, more: str = "") -> str:
    return f'{{ item = "{item}", term_months = {months}, amount = {amount}, effective_from = {since}{more} }}'


def prices(*rows: str, after: str = "") -> str:
    return f"prices = [\n{','.join(rows)}\n]\n{after}"


async def loaded(database: Database, text: str, *, today: date = TODAY, dry_run: bool = False) -> LoadSummary:
    file = parse_catalogue(text)
    return await database.in_transaction(
        lambda connection: load_catalogue(connection, file, today=today, dry_run=dry_run)
    )


async def problems(database: Database, text: str, *, today: date = TODAY) -> list[tuple[str, str]]:
    with pytest.raises(CatalogueRefused) as refused:
        await loaded(database, text, today=today)
    return [(problem.place, problem.code) for problem in refused.value.problems]


async def amount_of(database: Database, item: str, *, on: date, price_list: str = "default") -> int:
    async with database.read() as connection:
        catalogue = (await current_catalogue(connection)).catalogue
    found = catalogue.row_in_force(price_list, item, 12, on=on)
    assert found is not None
    return found.amount


async def test_the_default_catalogue_has_every_price_of_the_rules(database: Database) -> None:
    for item, amounts in PRODUCTS.items():
        assert await amount_of(database, item, on=TODAY) == amounts[0]
    for tier, uplift in TIERS.items():
        assert await amount_of(database, tier, on=TODAY) == uplift


async def test_a_database_is_seeded_once_even_by_two_processes_at_once(database: Database, database_url: str) -> None:
    async with database.write() as connection:
        await connection.execute(delete(catalogues))
        await connection.execute(delete(price_rows))
    with pytest.raises(NoCatalogue):
        await amount_of(database, "device-seat", on=TODAY)
    other = Database(database_url)

    await asyncio.gather(*(seed_catalogue(one, today=TODAY) for one in (database, other)))

    async with database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(catalogues))).scalar_one() == 1
    assert await amount_of(database, "device-seat", on=TODAY) == 300
    await other.close()


async def test_loading_the_same_file_again_changes_nothing(database: Database) -> None:
    summary = await loaded(database, DEFAULT_CATALOGUE.read_text("utf-8"))

    assert summary == LoadSummary(new_prices=0, known_prices=47, changed_entries=0)


async def test_a_new_price_counts_from_its_day(database: Database) -> None:
    summary = await loaded(database, prices(row(amount=350, since=NOTICE_DAY)))

    assert summary == LoadSummary(new_prices=1, known_prices=0, changed_entries=0)
    assert await amount_of(database, "device-seat", on=date(2027, 2, 19)) == 300
    assert await amount_of(database, "device-seat", on=date(2027, 2, 20)) == 350


async def test_a_dry_run_says_what_would_change_and_changes_nothing(database: Database) -> None:
    text = prices(row(amount=250, since="2026-11-22"))

    dry, real = await loaded(database, text, dry_run=True), None
    assert await amount_of(database, "device-seat", on=TODAY) == 300
    real = await loaded(database, text)

    assert dry == real
    assert await amount_of(database, "device-seat", on=TODAY) == 250


async def test_a_rise_needs_ninety_days_notice(database: Database) -> None:
    early = prices(row(amount=301, since="2027-02-19"))

    assert await problems(database, early) == [("prices[0].effective_from", "price_notice_too_short")]


async def test_a_lower_price_needs_no_notice(database: Database) -> None:
    await loaded(database, prices(row(amount=299, since="2026-11-22")))

    assert await amount_of(database, "device-seat", on=TODAY) == 299


async def test_a_rise_after_a_lower_price_of_the_same_file_needs_notice_too(database: Database) -> None:
    text = prices(row(amount=200, since="2026-12-01"), row(amount=250, since="2026-12-02"))

    assert await problems(database, text) == [("prices[1].effective_from", "price_notice_too_short")]


async def test_a_tiers_uplift_is_a_price_as_well(database: Database) -> None:
    text = prices(row("professional", amount=2500, since="2027-01-01"))

    assert await problems(database, text) == [("prices[0].effective_from", "price_notice_too_short")]


async def test_a_list_that_begins_to_price_an_item_above_its_fallback_raises_it(database: Database) -> None:
    await loaded(database, LIST.format("gold", "USD"))
    dearer = row(amount=301, since="2026-11-22", more=', price_list = "gold"')
    cheaper = row(amount=299, since="2026-11-22", more=', price_list = "gold"')

    assert await problems(database, prices(dearer)) == [("prices[0].effective_from", "price_notice_too_short")]
    await loaded(database, prices(cheaper))

    assert await amount_of(database, "device-seat", on=TODAY, price_list="gold") == 299


async def test_a_list_that_nobody_can_have_yet_begins_with_any_prices(database: Database) -> None:
    first = row(amount=400, since="2026-11-22", more=', price_list = "gold"')

    await loaded(database, prices(first, after=LIST.format("gold", "USD")))

    assert await amount_of(database, "device-seat", on=TODAY, price_list="gold") == 400


async def test_a_row_never_changes(database: Database) -> None:
    text = prices(row(amount=299, since="2020-01-01"), row(amount=300, since="2020-01-01"))

    assert await problems(database, text) == [("prices[0]", "price_row_immutable"), ("prices[1]", "duplicate_row")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (prices(row("no-such", amount=1, since=NOTICE_DAY)), ("prices[0].item", "unknown_item")),
        (prices(row(months=18, amount=1, since=NOTICE_DAY)), ("prices[0].term_months", "term_not_offered")),
        (prices(row("essentials", 24, amount=1, since=NOTICE_DAY)), ("prices[0].term_months", "term_not_offered")),
        (prices(row(amount=-1, since=NOTICE_DAY)), ("prices[0].amount", "negative_amount")),
        (
            prices(row(amount=1, since=NOTICE_DAY, more=', price_list = "gold"')),
            ("prices[0].price_list", "unknown_price_list"),
        ),
        (
            prices(row(amount=1, since=NOTICE_DAY, more=', currency = "EUR"')),
            ("prices[0].currency", "currency_mismatch"),
        ),
        (LIST.format("default", "EUR"), ("price_lists[0].currency", "currency_mismatch")),
        (LIST.format("a", "USD") * 2, ("price_lists[1].code", "duplicate_code")),
        (
            '[[offerings]]\ncode="new"\nname="New"\neca_required=false\nproducts=["no-such"]\nterms=[12]',
            ("offerings[0].products[0]", "unknown_product"),
        ),
        (
            (
                '[[offerings]]\ncode="private-pki"\nname="P"\neca_required=false\n'
                'products=["device-seat"]\nterms=[12,24,36,60]'
            ),
            ("offerings[0].products", "never_removed"),
        ),
        (
            (
                '[[offerings]]\ncode="private-pki"\nname="P"\neca_required=false\n'
                'products=["device-seat","private-ca"]\nterms=[12,24,36]'
            ),
            ("offerings[0].terms", "never_removed"),
        ),
        (
            '[[products]]\ncode="new"\nname="New"\nwhat="one"\nvalidity="no-such"',
            ("products[0].validity", "unknown_validity"),
        ),
        (
            '[[clm_tiers]]\ncode="device-seat"\nname="Tier"\nbenefits=["None"]',
            ("clm_tiers[0].code", "duplicate_code"),
        ),
        ("prices = [", ("", "malformed_toml")),
        ("discounts = []", ("discounts", "unknown_field")),
        ('prices = [{ item = "a", amount = 1 }]', ("prices[0].term_months", "required")),
        (prices(row(amount=1, since='"2027-01-01"')), ("prices[0].effective_from", "invalid_value")),
        ('prices = [{ item = "a", term_months = 12, amount = 1.5 }]', ("prices[0].amount", "invalid_value")),
    ],
)
async def test_what_is_wrong_with_a_file_is_named_with_its_place(
    database: Database, text: str, found: tuple[str, str]
) -> None:
    assert found in await problems(database, text)
    assert await amount_of(database, "device-seat", on=TODAY) == 300


async def test_what_is_sold_needs_a_price(database: Database) -> None:
    product = '[[products]]\ncode="new"\nname="New"\nwhat="one"\n'
    offering = '[[offerings]]\ncode="news"\nname="N"\neca_required=false\nproducts=["new"]\nterms=[12, 24]\n'
    tier = '[[clm_tiers]]\ncode="extra"\nname="Extra"\nbenefits=["All"]\n'
    late = prices(row("new", amount=1, since="2026-11-22"), row("new", 24, amount=1, since="2026-11-23"))

    assert await problems(database, product + offering) == [
        ("prices (default, new, 12)", "price_missing"),
        ("prices (default, new, 24)", "price_missing"),
    ]
    assert await problems(database, tier) == [("prices (default, extra, 12)", "price_missing")]
    assert await problems(database, late + product + offering) == [("prices (default, new, 24)", "price_missing")]


async def test_what_is_not_sold_any_more_needs_none(database: Database) -> None:
    product = '[[products]]\ncode="new"\nname="New"\nwhat="one"\nwithdrawn_from = 2026-11-22\n'
    offering = '[[offerings]]\ncode="news"\nname="N"\neca_required=false\nproducts=["new"]\nterms=[12]\n'

    await loaded(database, product + offering)


async def test_a_list_in_another_currency_must_price_everything(database: Database) -> None:
    found = await problems(database, LIST.format("euro", "EUR"))

    assert len(found) == 47
    assert ("prices (euro, device-seat, 60)", "price_missing") in found


async def test_every_problem_of_a_file_is_told_at_once(database: Database) -> None:
    text = prices(row(amount=-1, since=NOTICE_DAY), row("no-such", amount=1, since=NOTICE_DAY))

    assert await problems(database, text) == [
        ("prices[0].amount", "negative_amount"),
        ("prices[1].item", "unknown_item"),
    ]
