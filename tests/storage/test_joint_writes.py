"""Small writes that come together."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.joint_writes import JointWrites, Work
from storage.tables import receivers


def sleeper(name: str) -> Work:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(insert(receivers).values(id=name, asleep=True))

    return work


async def names(database: Database) -> list[str]:
    async with database.read() as connection:
        return sorted(await connection.scalars(select(receivers.c.id)))


async def test_all_that_is_asked_for_at_once_is_written_when_each_returns(database_url: str) -> None:
    database = Database(database_url)
    writes = JointWrites(database)
    await asyncio.gather(*(writes.write(sleeper(f"r{number}")) for number in range(9)))
    assert await names(database) == [f"r{number}" for number in range(9)]
    await database.close()


async def test_a_write_that_fails_says_so_and_later_ones_go_on(database_url: str) -> None:
    database = Database(database_url)
    writes = JointWrites(database)
    await writes.write(sleeper("r1"))
    with pytest.raises(IntegrityError):
        await writes.write(sleeper("r1"))
    await writes.write(sleeper("r2"))
    assert await names(database) == ["r1", "r2"]
    await database.close()
