"""One limit, several processes on one database: what each counts, and how seldom it asks the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import pytest

from intake.denials import RateLimited
from intake.lending import LOAN, share_of
from intake.rates import KeyRates
from storage.allowances import find_allowance, replace_allowance
from storage.database import Database
from support_door import NOW
from support_statements import statements

SECOND = timedelta(seconds=1)


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """The same database as four processes have it, each by connections of its own."""
    async with AsyncExitStack() as stack:
        opened = [Database(database_url) for _ in range(4)]
        for database in opened:
            stack.push_async_callback(database.close)
        yield opened


async def let_in(rates: KeyRates, times: int = 1, *, of: str = "key_1", at: datetime = NOW) -> int:
    """How many of so many requests are let in."""
    found = 0
    for _ in range(times):
        try:
            await rates.count(of, at=at)
        except RateLimited:
            continue
        found += 1
    return found


async def test_processes_share_one_limit(databases: list[Database]) -> None:
    first, second = (KeyRates(database, 23) for database in databases[:2])
    found = [await let_in(one) for _ in range(40) for one in (first, second)]
    assert sum(found) == 23
    assert found[:20] == [1] * 20


@pytest.mark.parametrize("limit", [20, 32])
async def test_many_at_once_through_several_processes_are_let_in_up_to_the_limit(
    databases: list[Database], limit: int
) -> None:
    several = [KeyRates(database, limit) for database in databases]
    found = await asyncio.gather(*(let_in(several[number % 4]) for number in range(64)))
    assert limit - 3 * (share_of(limit) - 1) <= sum(found) <= limit
    # What was not spent lies with one of them.
    assert sum(found) + sum([await let_in(one, limit) for one in several]) == limit


async def test_one_key_s_exhaustion_is_no_other_s(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 10)
    assert await let_in(rates, 20) == 10
    assert await let_in(rates, 20, of="key_2") == 10


async def test_as_time_passes_requests_come_back_wherever_they_are_asked(databases: list[Database]) -> None:
    first, second = (KeyRates(database, 20) for database in databases[:2])
    assert await let_in(first, 40) == 20
    assert await let_in(second, 5, at=NOW + SECOND / 4) == 5
    assert await let_in(second, 5, at=NOW + SECOND / 4) == 0
    assert await let_in(first, 40, at=NOW + 60 * SECOND) == 20


async def test_a_loan_that_was_kept_too_long_is_given_up(databases: list[Database]) -> None:
    first, second = (KeyRates(database, 40) for database in databases[:2])
    assert await let_in(first) == 1
    later = NOW + 2 * LOAN
    assert await let_in(second, 50, at=later) == 40
    assert await let_in(first, 50, at=later) == 0


async def test_a_new_process_gets_no_new_allowance(databases: list[Database]) -> None:
    found = [await let_in(KeyRates(database, 40), 7) for database in databases for _ in range(4)]
    # Each took two shares of four, and what the dead ones did not spend of the second is lost for a while.
    assert found == [7, 7, 7, 7, 7, *[0] * 11]
    again = [await let_in(KeyRates(database, 40), 40, at=NOW + 20 * SECOND) for database in databases]
    assert again == [40, 0, 0, 0]


async def test_who_is_refused_is_told_when_to_come_back_and_is_let_in_then(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 3)
    assert await let_in(rates, 3) == 3
    with pytest.raises(RateLimited) as refused:
        await rates.count("key_1", at=NOW)
    assert (refused.value.limit, refused.value.retry_after) == (3, SECOND)
    assert await let_in(rates, at=NOW + refused.value.retry_after) == 1


async def test_what_is_left_is_told(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 50)
    told = [await rates.count("key_1", at=NOW) for _ in range(50)]
    assert [standing.left for standing in told] == list(range(49, -1, -1))
    assert (await rates.count("key_1", at=NOW + SECOND)).left == 49


async def test_a_thousand_requests_cost_ten_statements_and_a_look(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 1000)
    with statements() as asked:
        assert await let_in(rates, 1000) == 1000
    about = [statement for statement in asked if "allowances" in statement]
    assert len(about) == 11


async def test_two_processes_that_take_turns_look_before_they_borrow(databases: list[Database]) -> None:
    both = [KeyRates(database, 1000) for database in databases[:2]]
    with statements() as asked:
        assert sum([await let_in(both[number % 2]) for number in range(1000)]) == 1000
    about = [statement for statement in asked if "allowances" in statement]
    # Ten loans of a look and a change; the first of each is made once more, because it did not know of the other.
    assert len(about) <= 2 * 10 + 2 * 2


async def test_the_refused_cost_no_statement(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 10)
    assert await let_in(rates, 11) == 10
    with statements() as asked:
        assert await let_in(rates, 100) == 0
    assert asked == []


async def test_a_clock_that_is_set_back_keeps_nobody_out(databases: list[Database]) -> None:
    rates = KeyRates(databases[0], 10)
    assert await let_in(rates, 20, at=NOW + timedelta(days=1)) == 10
    assert await let_in(rates, 1) == 0
    assert await let_in(rates, 1, at=NOW + SECOND) == 1


async def test_of_two_that_saw_the_same_one_is_stored(databases: list[Database]) -> None:
    await let_in(KeyRates(databases[0], 50))
    async with databases[1].read() as connection:
        seen = await find_allowance(connection, "key_1")
    assert seen is not None
    stored = []
    for database in databases[:2]:
        async with database.write_once() as connection:
            stored.append(await replace_allowance(connection, "key_1", seen))
    assert [one is not None for one in stored] == [True, False]
