"""A database that takes no notes, as when its disk is full: who is told must not be told again and again."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError
from temporalio.testing import ActivityEnvironment

from activities.delivery_orders import Drained, DrainOrder
from storage.tellings import mail_receiver, pending_of
from support_ledger import Desk, opened_desk
from support_smtp import MailServer, mail_server
from support_webhooks import bought

SQLITE = "CREATE TRIGGER full BEFORE UPDATE ON tellings BEGIN SELECT RAISE(ABORT, 'full'); END"
POSTGRESQL = (
    "CREATE FUNCTION full_disk() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'full'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER full_disk BEFORE UPDATE ON tellings FOR EACH STATEMENT EXECUTE FUNCTION full_disk()",
)


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as opened:
        yield opened


@pytest.fixture
async def desk(database_url: str, server: MailServer) -> AsyncIterator[Desk]:
    async with opened_desk(database_url, smtp_port=server.port) as opened:
        yield opened


@asynccontextmanager
async def taking_no_notes(desk: Desk) -> AsyncGenerator[None]:
    """A database that reads, and refuses to note what became of a telling."""
    await execute(desk, *((SQLITE,) if desk.database.is_sqlite else POSTGRESQL))
    yield
    await execute(desk, "DROP TRIGGER full" if desk.database.is_sqlite else "DROP TRIGGER full_disk ON tellings")


async def execute(desk: Desk, *statements: str) -> None:
    async with desk.database.write() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def drained(desk: Desk, subscription_id: str, *, attempt: int) -> Drained:
    environment = ActivityEnvironment()
    environment.info = replace(environment.info, attempt=attempt)
    order = DrainOrder(receiver=mail_receiver(subscription_id))
    return await environment.run(desk.mailing.drain_mail, order)


async def test_what_could_not_be_noted_is_repeated_once_when_it_can_and_not_at_each_attempt(
    desk: Desk, server: MailServer
) -> None:
    found = await bought(desk)
    async with taking_no_notes(desk):
        with pytest.raises(ExceptionGroup):
            await drained(desk, found, attempt=1)
        assert len(server.taken) == 2
        for attempt in (2, 3, 4):
            with pytest.raises(DBAPIError):
                await drained(desk, found, attempt=attempt)
        assert len(server.taken) == 2
    assert (await drained(desk, found, attempt=5)).sent == 2
    assert len(server.taken) == 4
    assert len(set(server.message_ids)) == 2
    async with desk.database.read() as connection:
        assert await pending_of(connection, [found]) == ()
