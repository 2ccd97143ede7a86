"""What the engine cannot take now is handed to it again and again, until it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from intake.engine import EngineLost

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 15.0

Deliver = Callable[[], Awaitable[None]]
log = structlog.get_logger(__name__)


async def _never() -> bool:
    return False


class Insisting:
    """Delivers each thing once at a time; `named` is what the log calls a thing's id."""

    def __init__(self, named: str) -> None:
        """Begin with nothing to deliver again."""
        self._named = named
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def deliver(
        self, thing_id: str, deliver: Deliver, *, is_needless: Callable[[], Awaitable[bool]] = _never
    ) -> None:
        """Deliver a thing; while the engine is lost, that is tried again beside the caller, unless it `is_needless`."""
        try:
            await deliver()
        except EngineLost as error:
            log.warning("engine_lost", **{self._named: thing_id}, error=repr(error.__cause__))
            if thing_id not in self._tasks:
                task = asyncio.create_task(_until_delivered(deliver, is_needless))
                self._tasks[thing_id] = task
                task.add_done_callback(lambda _: self._tasks.pop(thing_id, None))

    async def close(self) -> None:
        """Stop trying; the next start goes on with it."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


async def _until_delivered(deliver: Deliver, is_needless: Callable[[], Awaitable[bool]]) -> None:
    pause = FIRST_PAUSE_SECONDS
    while True:
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
        if await is_needless():
            return
        try:
            await deliver()
        except EngineLost:
            continue
        return
