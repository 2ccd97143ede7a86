"""Falling asleep and being woken, with a purchase in the middle of its transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from storage.database import Database
from storage.ids import new_id
from storage.tellings import (
    PENDING,
    SKIPPED,
    Telling,
    fall_asleep,
    insert_tellings,
    list_awake,
    mail_receiver,
    mail_receivers,
    wake,
)
from support_door import NOW
from support_ledger import Desk, opened_desk


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """The same database, as another process has it."""
    database = Database(database_url)
    yield database
    await database.close()


def telling(subscription_id: str, *, status: str = PENDING) -> Telling:
    return Telling(
        id=new_id("tel"),
        receiver=mail_receiver(subscription_id),
        subscription_id=subscription_id,
        version=9,
        kind="suspended",
        key=new_id("key"),
        role="partner",
        command_id="c",
        at=NOW,
        created_at=NOW,
        body={},
        status=status,
    )


async def slept(database: Database, receiver: str) -> bool:
    async with database.write() as connection:
        return await fall_asleep(connection, receiver)


async def test_a_delivery_never_falls_asleep_over_a_telling_that_is_being_written(desk: Desk, other: Database) -> None:
    found = (await desk.purchase())["id"]
    receiver = mail_receiver(found)
    await desk.drain()
    async with desk.database.write() as connection:
        await wake(connection, receiver)
    async with desk.database.write() as connection:
        assert await insert_tellings(connection, [telling(found)]) == ()
        falling = asyncio.create_task(slept(other, receiver))
        await asyncio.sleep(0.2)
        assert not falling.done()
    assert await falling is False


async def test_a_telling_that_is_written_while_the_delivery_falls_asleep_wakes_it(desk: Desk, other: Database) -> None:
    found = (await desk.purchase())["id"]
    receiver = mail_receiver(found)
    await desk.drain()

    async def written() -> tuple[str, ...]:
        async with other.write() as connection:
            return await insert_tellings(connection, [telling(found)])

    async with desk.database.write() as connection:
        assert await fall_asleep(connection, receiver)
        writing = asyncio.create_task(written())
        await asyncio.sleep(0.2)
        assert not writing.done()
    assert await writing == (receiver,)


async def test_of_many_tellings_at_once_exactly_one_signals_the_delivery(desk: Desk, other: Database) -> None:
    found = (await desk.purchase())["id"]
    await desk.drain()

    async def written(database: Database) -> tuple[str, ...]:
        async with database.write() as connection:
            return await insert_tellings(connection, [telling(found)])

    signalled = await asyncio.gather(*(written(database) for database in (desk.database, other) * 4))
    assert sorted(signalled) == [()] * 7 + [(mail_receiver(found),)]


async def test_a_skipped_telling_wakes_nobody(desk: Desk) -> None:
    found = (await desk.purchase())["id"]
    await desk.drain()
    async with desk.database.write() as connection:
        assert await insert_tellings(connection, [telling(found, status=SKIPPED)]) == ()
        assert await list_awake(connection) == ()
        await insert_tellings(connection, [telling(found)])
        assert await list_awake(connection) == (mail_receiver(found),)


def test_every_subscription_has_one_of_the_deliveries_for_its_whole_life() -> None:
    ids = [new_id("sub") for _ in range(400)]
    found = [mail_receiver(one) for one in ids]
    assert found == [mail_receiver(one) for one in ids]
    assert set(found) == set(mail_receivers())
    assert mail_receiver("sub_01a203ae02e174fdaa9b0a34f664f196") == "mail/0"
