from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from counts import ran_on
from storage.database import Database
from storage.migrations import is_current, migrate
from storage.tables import metadata
from support_postgres import PostgresServer


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table, on each kind of database."""
    ran_on(request, request.param)
    if request.param == "SQLite":
        yield f"sqlite:///{tmp_path}/new.db"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.create_database("new")
    yield address
    server.drop_database(address)


async def test_the_migrations_make_the_tables_that_the_code_knows(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    await migrate(database)

    async with database.write() as connection:
        differences = await connection.run_sync(_differences)
        migrated = await connection.run_sync(_structure)
        await connection.run_sync(_made_anew)
        made = await connection.run_sync(_structure)
    await database.close()

    assert differences == []
    assert migrated == made


async def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    assert not await is_current(database)
    await migrate(database)
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO installation (name, value) VALUES ('kept', 'yes')"))

    await migrate(database)

    assert await is_current(database)
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT value FROM installation"))).scalar_one() == "yes"
    await database.close()


async def test_two_processes_that_start_at_once_migrate_once(empty_database_url: str) -> None:
    first, second = Database(empty_database_url), Database(empty_database_url)

    await asyncio.gather(migrate(first), migrate(second))

    assert await is_current(first)
    await first.close()
    await second.close()


def _differences(connection: Connection) -> list[Any]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def _made_anew(connection: Connection) -> None:
    metadata.drop_all(connection)
    metadata.create_all(connection)


def _structure(connection: Connection) -> dict[str, Any]:
    """What compare_metadata leaves out too: check constraints and the conditions of indexes."""
    found = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)
            ],
            "key": found.get_pk_constraint(table),
            "unique": sorted(found.get_unique_constraints(table), key=_name),
            "foreign": sorted(found.get_foreign_keys(table), key=_name),
            "checks": sorted(found.get_check_constraints(table), key=_name),
            "indexes": [{**index, "dialect_options": _texts(index)} for index in _sorted(found.get_indexes(table))],
        }
        for table in metadata.tables
    }


def _sorted(indexes: list[Any]) -> list[Any]:
    return sorted(indexes, key=_name)


def _texts(index: dict[str, Any]) -> dict[str, str]:
    # Conditions are SQL elements, which compare by identity.
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def _name(constraint: Any) -> str:
    return str(constraint["name"])
