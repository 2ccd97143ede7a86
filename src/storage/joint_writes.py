"""Small writes that come at the same time go into one transaction: on SQLite each commit waits for the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database

WINDOW_SECONDS = 0.002

Work = Callable[[AsyncConnection], Awaitable[None]]


class JointWrites:
    """Writes what is asked for while another write runs together, in the order of asking; all of it or none."""

    def __init__(self, database: Database) -> None:
        """Take the database; nothing is open between writes."""
        self._database = database
        self._waiting: list[tuple[Work, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, work: Work) -> None:
        """Return when `work` is committed; it may run more than once and raises what the transaction raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        await done

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(WINDOW_SECONDS)  # whoever is about to ask as well saves a commit
            together, self._waiting = self._waiting, []
            try:
                await self._database.in_transaction(_all_of([work for work, _ in together]))
            except Exception as error:  # noqa: BLE001 - whoever asked gets it
                _settle([done for _, done in together], error)
            else:
                _settle([done for _, done in together], None)


def _all_of(works: list[Work]) -> Work:
    async def run(connection: AsyncConnection) -> None:
        for work in works:
            await work(connection)

    return run


def _settle(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    for done in waiting:
        if done.done():
            continue  # its asker was cancelled
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
