"""PostgreSQL's notices of outcomes recorded by other processes, passed on to whoever waits in this one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
import structlog

from storage.announcements import CHANNEL, Announcements
from storage.database import Database

PAUSE_SECONDS = 1.0
log = structlog.get_logger(__name__)


@asynccontextmanager
async def listening_to_notices(database: Database, announcements: Announcements) -> AsyncGenerator[None]:
    """Listen for the length of the block; on SQLite there is nobody to listen to."""
    if database.is_sqlite:
        yield
        return
    task = asyncio.create_task(_listen(database, announcements))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(database: Database, announcements: Announcements) -> None:
    """A lost connection is made anew; meanwhile waiters look by themselves now and then."""
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen_once(address, announcements)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("notices_lost", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


async def _listen_once(address: str, announcements: Announcements) -> None:
    lost = asyncio.Event()
    connection = await asyncpg.connect(address)
    try:
        connection.add_termination_listener(partial(_lost, lost))
        await connection.add_listener(CHANNEL, partial(_heard, announcements))
        await lost.wait()
    finally:
        connection.terminate()
    log.warning("notices_lost", error="the server hung up")


def _heard(announcements: Announcements, _connection: object, _pid: int, _channel: str, payload: object) -> None:
    announcements.hear(str(payload))


def _lost(lost: asyncio.Event, _connection: object) -> None:
    lost.set()
