"""Bringing a database's tables up to what this release needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import Database

MIGRATIONS = Path(__file__).parent
_ONE_MIGRATOR = 4_101_966  # the advisory lock of whoever migrates


async def migrate(database: Database) -> None:
    """Run what is missing, in one transaction; of two processes that start at once, the second finds it done."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_MIGRATOR})
        await connection.run_sync(_upgrade)


async def is_current(database: Database) -> bool:
    """Return whether the database's tables are those of this release."""
    async with database.read() as connection:
        return await connection.run_sync(_revision) == _scripts().get_current_head()


def _upgrade(connection: Connection) -> None:
    if _revision(connection) == _scripts().get_current_head():
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
