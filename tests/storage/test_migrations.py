from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Inspector, inspect, text

from counts import ran_on
from storage.database import Database
from storage.migrations import is_current, migrate
from storage.tables import metadata
from support_postgres import PostgresServer

WORDS = "ix_customers_words"  # of PostgreSQL, and only where it has pg_trgm


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


async def test_on_postgresql_words_of_customers_have_an_index(
    request: pytest.FixtureRequest, postgres: PostgresServer
) -> None:
    ran_on(request, "PostgreSQL")
    address = postgres.create_database("words")
    assert await _indexes_of_words(address) == [WORDS]
    postgres.drop_database(address)


async def test_who_may_not_create_the_extension_goes_without_that_index(
    request: pytest.FixtureRequest, postgres: PostgresServer
) -> None:
    ran_on(request, "PostgreSQL")
    address, plain = postgres.create_database("no_words"), f"plain_{secrets.token_hex(5)}"
    with psycopg.connect(address, autocommit=True) as connection:
        for statement in (f"CREATE ROLE {plain} LOGIN", f"GRANT ALL ON SCHEMA public TO {plain}"):
            connection.execute(statement.encode())

    assert await _indexes_of_words(address.replace("postgres@", f"{plain}@")) == []

    postgres.drop_database(address)
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP ROLE {plain}".encode())


async def _indexes_of_words(address: str) -> list[str]:
    database = Database(address)
    await migrate(database)
    assert await is_current(database)
    async with database.read() as connection:
        found = await connection.scalars(
            text("SELECT indexname FROM pg_indexes WHERE indexname = :name"), {"name": WORDS}
        )
    await database.close()
    return list(found)


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"include_object": lambda *what: what[1] != WORDS})
    return list(compare_metadata(context, metadata))


def _made_anew(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # With their policies, which look into one another's tables.
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    else:
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
            "indexes": [{**index, "dialect_options": _texts(index)} for index in _indexes(found, table)],
        }
        for table in metadata.tables
    }


def _indexes(found: Inspector, table: str) -> list[Any]:
    return sorted((index for index in found.get_indexes(table) if _name(index) != WORDS), key=_name)


def _texts(index: dict[str, Any]) -> dict[str, str]:
    # Conditions are SQL elements, which compare by identity.
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def _name(constraint: Any) -> str:
    return str(constraint["name"])
