"""Every table is behind the second wall, or said to be the same for everybody, or nobody's."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from counts import ran_on
from storage.database import Database
from storage.migrations import migrate
from storage.tables import metadata
from storage.wall import CLOSED, EVERYTHING, OPEN, ROLE
from support_postgres import PostgresServer

NOT_PERMITTED = "permission denied"


@pytest.fixture
async def database(request: pytest.FixtureRequest, postgres: PostgresServer) -> AsyncIterator[Database]:
    ran_on(request, "PostgreSQL")
    address = postgres.create_database("wall")
    database = Database(address)
    await migrate(database)
    yield database
    await database.close()
    postgres.drop_database(address)


async def test_every_table_is_walled_or_named(database: Database) -> None:
    async with database.read() as connection:
        walled = set(await connection.scalars(text("SELECT tablename FROM pg_policies WHERE policyname = 'callers'")))
        on = set(await connection.scalars(text("SELECT relname FROM pg_class WHERE relrowsecurity")))
    assert walled == on
    assert walled | OPEN | CLOSED == set(metadata.tables)
    assert not walled & (OPEN | CLOSED)


async def test_a_caller_s_connection_reads_what_is_shown_and_nothing_else(database: Database) -> None:
    async with database.read_as("ptn_1") as connection:
        assert await connection.scalar(text("SELECT current_user")) == ROLE
        for table in sorted(set(metadata.tables) - CLOSED):
            assert list(await connection.execute(text(f"SELECT * FROM {table}"))) == [], table  # noqa: S608 - ours
    for table in sorted(CLOSED):
        with pytest.raises(DBAPIError, match=NOT_PERMITTED):
            async with database.read_as(EVERYTHING) as connection:
                await connection.execute(text(f"SELECT * FROM {table}"))  # noqa: S608 - ours


async def test_it_writes_nothing(database: Database) -> None:
    for statement in ("DELETE FROM customers", "UPDATE users SET state = 'enabled'", "TRUNCATE events"):
        with pytest.raises(DBAPIError, match=NOT_PERMITTED):
            async with database.read_as(EVERYTHING) as connection:
                await connection.execute(text(statement))


async def test_each_takes_its_own_eyes_along(database: Database) -> None:
    seen = text("SELECT current_setting('perennial.caller', true)")
    for seer in ("ptn_1", "ptn_2", "ptn_2", EVERYTHING, "ptn_1"):
        async with database.read_as(seer) as connection, database.snapshot_as(f"{seer}x") as other:
            assert await connection.scalar(seen) == seer
            assert await other.scalar(seen) == f"{seer}x"
    async with database.read() as connection:
        assert await connection.scalar(seen) in {None, ""}
        assert await connection.scalar(text("SELECT current_user")) != ROLE


async def test_an_owner_who_may_make_no_role_has_no_wall_until_it_is_let_in(
    database: Database, postgres: PostgresServer
) -> None:
    address = postgres.create_database("plain")
    name, owner = make_url(address).database, f"owner_{secrets.token_hex(4)}"
    async with database.write() as connection:
        await connection.execute(text(f"CREATE ROLE {owner} LOGIN"))
        await connection.execute(text(f"ALTER DATABASE {name} OWNER TO {owner}"))
    owned = address.replace("postgres@", f"{owner}@")
    before, after = Database(owned), Database(owned)
    await migrate(before)
    assert not await before.is_walled()
    async with before.read_as("ptn_1") as connection:
        assert await connection.scalar(text("SELECT current_user")) == owner
    async with database.write() as connection:
        await connection.execute(text(f"GRANT {ROLE} TO {owner}"))
    assert await after.is_walled()
    async with after.read_as("ptn_1") as connection:
        assert await connection.scalar(text("SELECT current_user")) == ROLE
    await before.close()
    await after.close()
    postgres.drop_database(address)


async def test_sqlite_has_none(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    ran_on(request, "SQLite")
    database = Database(f"sqlite:///{tmp_path}/plain.db")
    await migrate(database)
    assert not await database.is_walled()
    async with database.read_as("ptn_1") as connection:
        assert list(await connection.execute(text("SELECT * FROM partners"))) == []
    await database.close()
