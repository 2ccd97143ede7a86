"""Connections and transactions on SQLite and PostgreSQL, with the same promises on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool

from storage import wall

T = TypeVar("T")

SERIALIZATION_FAILURES = frozenset({"40001", "40P01"})
MAX_TRIES = 20
# Compiling a plan to machine code takes longer than any of ours runs, and the wall makes costs look high. A page costs
# about the same wherever it is kept: nobody keeps such a database on turning discs.
PLANNED = {"jit": "off", "random_page_cost": "1.1"}


class Database:
    """One database. `write` transactions are serialised on SQLite and lock rows on PostgreSQL; `read` never writes.

    What is read for a caller is read by `read_as` or `snapshot_as`, behind the wall that `storage.wall` tells of.

    Statements' parameters stay out of error messages, which end up in logs and in the engine: they hold people's data.
    """

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        """Take a `sqlite:///file` or `postgresql://…` address; connects at the first use."""
        self.url = _async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_lock = asyncio.Lock()
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, read_only=False)
            self._readers = _sqlite_engine(self.url, read_only=True, pool_size=pool_size)
            self._callers = self._readers
        else:
            self._writer = _postgresql_engine(self.url, pool_size=pool_size)
            # A read has one snapshot a statement; a transaction around it would cost two rounds more.
            self._readers = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            # Connections of their own, which never had another role: none can be left open behind the wall.
            self._callers = _postgresql_engine(self.url, pool_size=pool_size, role=wall.ROLE)
        self._is_walled: bool | None = False if self.is_sqlite else None

    @asynccontextmanager
    async def write(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction that commits at the end of the block."""
        if not self.is_sqlite:
            async with self._writer.begin() as connection:
                yield connection
            return
        async with self._writer_lock, self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def write_once(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection for one statement, which commits by itself: PostgreSQL is spared two rounds."""
        async with self.write() if self.is_sqlite else self._readers.connect() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection that only reads, with one snapshot a statement."""
        async with self._readers.connect() as connection:
            yield connection

    @asynccontextmanager
    async def read_as(self, seer: str) -> AsyncGenerator[AsyncConnection]:
        """Open a connection that only reads, and on PostgreSQL only what `seer` may see.

        `seer` is a partner's id, or `EVERYTHING`.
        """
        if not await self.is_walled():
            async with self.read() as connection:
                yield connection
            return
        async with self._callers.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await wall.look_as(connection, seer)
            yield connection

    @asynccontextmanager
    async def snapshot_as(self, seer: str) -> AsyncGenerator[AsyncConnection]:
        """Open a connection as `snapshot` does, that is shown what `read_as` shows."""
        if not await self.is_walled():
            async with self.snapshot() as connection:
                yield connection
            return
        async with self._callers.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            await wall.look_for_now(connection, seer)
            yield connection

    async def is_walled(self) -> bool:
        """Return whether the database itself keeps callers to what they may see; SQLite never does."""
        if self._is_walled is None:
            self._is_walled = await wall.is_standing(self._writer)
        return self._is_walled

    @asynccontextmanager
    async def snapshot(self) -> AsyncGenerator[AsyncConnection]:
        """Open a connection that sees the database as it is at its first statement, whatever is written meanwhile."""
        if not self.is_sqlite:
            async with self._writer.connect() as connection:
                yield await connection.execution_options(isolation_level="REPEATABLE READ")
            return
        async with self._readers.connect() as connection:
            await connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                await connection.exec_driver_sql("ROLLBACK")

    async def in_transaction(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in a write transaction, again when PostgreSQL says that it collided with another one."""
        for _ in range(MAX_TRIES - 1):
            try:
                async with self.write() as connection:
                    return await work(connection)
            except DBAPIError as error:
                if _sqlstate(error) not in SERIALIZATION_FAILURES:
                    raise
        async with self.write() as connection:
            return await work(connection)

    async def ping(self) -> None:
        """Raise whatever keeps the database from answering."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._writer.dispose()
        await self._callers.dispose()


def _async_url(url: str) -> URL:
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}.get(parsed.get_backend_name())
    if driver is None:
        message = f"the database must be SQLite or PostgreSQL, not {parsed.get_backend_name()}"
        raise ValueError(message)
    return parsed.set(drivername=driver)


def _json(value: object) -> str:
    return to_json(value).decode()


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _postgresql_engine(url: URL, *, pool_size: int, role: str | None = None) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=role is not None,  # a caller that asks often meets the connection that looks as it does
        connect_args={"server_settings": {**PLANNED, **({} if role is None else {"role": role})}},
        hide_parameters=True,
        json_serializer=_json,
        json_deserializer=from_json,
    )


def _sqlite_engine(url: URL, *, read_only: bool, pool_size: int = 1) -> AsyncEngine:
    if read_only:
        engine = create_async_engine(
            url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=pool_size,
            max_overflow=0,
            pool_reset_on_return=None,
            hide_parameters=True,
            json_serializer=_json,
            json_deserializer=from_json,
        )
    else:
        engine = create_async_engine(
            url, poolclass=StaticPool, hide_parameters=True, json_serializer=_json, json_deserializer=from_json
        )

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's own BEGIN below, not the driver's
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def begin(connection: Any) -> None:
        # SQLite ignores FOR UPDATE, so a writer takes the whole database before it reads what it will change.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", prepare)
    if not read_only:
        event.listen(engine.sync_engine, "begin", begin)
    return engine
