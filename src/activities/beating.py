"""Signs of life of a long activity."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from temporalio import activity


@asynccontextmanager
async def beating(every_seconds: float) -> AsyncGenerator[None]:
    """Let the engine know that the activity lives, so that another worker takes over when it does not."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(every_seconds)

    beats = asyncio.create_task(beat())
    try:
        yield
    finally:
        beats.cancel()
