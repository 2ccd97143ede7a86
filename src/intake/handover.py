"""From an accepted command to its outcome: handed to the engine, waited for, and sent again while it has none."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from activities.outcomes import Outcome, load_outcome
from intake.asking import Asking, Reply
from intake.denials import EngineUnreachable, KeyReused, RequestInProgress
from intake.engine import Engine
from intake.insisting import Deliver, Insisting
from storage.announcements import Announcements, Listening
from storage.commands import CommandRow, find_command, find_command_by_key, insert_command
from storage.database import Database

LOOK_EVERY_SECONDS = 0.5


class HandOver:
    """Accepts commands and waits for their outcomes. What was accepted is delivered, however long that takes."""

    def __init__(self, database: Database, engine: Engine, announcements: Announcements) -> None:
        """Take the database, the engine, and where outcomes are announced."""
        self._database = database
        self._engine = engine
        self._announcements = announcements
        self._insisting = Insisting("command_id")

    async def keep(self, command: CommandRow, asking: Asking) -> Reply | None:
        """Store a command that has its outcome already; return the earlier reply if the key was used meanwhile."""
        try:
            async with self._database.write_once() as connection:
                await insert_command(connection, command)
        except IntegrityError:
            return await self._attached(asking)
        return None

    async def accept(self, command: CommandRow, asking: Asking, deliver: Deliver) -> Reply:
        """Store the command, hand it over and wait for its outcome.

        Raises:
            EngineUnreachable: before anything was stored.
        """
        if not await self._engine.is_reachable():
            raise EngineUnreachable
        with self._announcements.listening(command.command_id) as told:
            try:
                async with self._database.write_once() as connection:
                    await insert_command(connection, command)
            except IntegrityError:
                if (reply := await self._attached(asking)) is None:
                    raise
                return reply
            await self._deliver(command, deliver)
            outcome = await self._outcome(command, told, asking.wait_seconds)
        return Reply(command_id=command.command_id, outcome=outcome)

    async def again(self, command: CommandRow, asking: Asking, deliver: Deliver) -> Reply:
        """Return what an earlier request with the same key got, or waits for.

        Raises:
            RequestInProgress: the wait ended first.
        """
        outcome = None if command.outcome is None else load_outcome(command.outcome)
        if outcome is None:
            with self._announcements.listening(command.command_id) as told:
                await self._deliver(command, deliver)
                outcome = await self._outcome(command, told, asking.wait_seconds)
        if outcome is None:
            raise RequestInProgress
        return Reply(command_id=command.command_id, outcome=outcome, replayed=True)

    async def resend(self, command: CommandRow, deliver: Deliver) -> None:
        """Deliver a command that was accepted before this process began."""
        await self._deliver(command, deliver)

    async def close(self) -> None:
        """Stop sending again; the next start goes on with it."""
        await self._insisting.close()

    async def _attached(self, asking: Asking) -> Reply | None:
        async with self._database.read() as connection:
            earlier = await earlier_command(connection, asking)
        if earlier is None:
            return None
        return await self.again(earlier, asking, _nothing)

    async def _deliver(self, command: CommandRow, deliver: Deliver) -> None:
        async def has_outcome() -> bool:
            return await self._stored_outcome(command) is not None

        await self._insisting.deliver(command.command_id, deliver, is_needless=has_outcome)

    async def _outcome(self, command: CommandRow, told: Listening, wait_seconds: float) -> Outcome | None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_seconds
        while (left := deadline - loop.time()) > 0:
            with suppress(TimeoutError):  # Another process may have recorded it: look.
                await asyncio.wait_for(told.told.wait(), min(left, LOOK_EVERY_SECONDS))
            told.told.clear()
            if told.news is not None:
                return load_outcome(told.news)
            if (outcome := await self._stored_outcome(command)) is not None:
                return outcome
        return await self._stored_outcome(command)

    async def _stored_outcome(self, command: CommandRow) -> Outcome | None:
        async with self._database.read() as connection:
            found = await find_command(connection, command.subscription_id, command.command_id)
        return load_outcome(found.outcome) if found is not None and found.outcome is not None else None


async def earlier_command(connection: AsyncConnection, asking: Asking) -> CommandRow | None:
    """Return the command that used the key before.

    Raises:
        KeyReused: for another request.
    """
    if asking.key is None or asking.dry_run:
        return None
    earlier = await find_command_by_key(connection, asking.partner_id, asking.key)
    if earlier is not None and earlier.fingerprint != asking.fingerprint:
        raise KeyReused
    return earlier


async def _nothing() -> None:
    """The earlier request delivers its command itself."""
