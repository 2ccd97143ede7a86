"""Long answers: written to disk as fast as the database gives them, sent as fast as their reader takes them.

So a slow reader holds no connection and no snapshot, and no length needs more memory.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import IO

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

CHUNK = 65_536


class Streamed(StreamingResponse):
    """An answer whose source is closed however it ends: sent whole, left by its reader, or failed."""

    def __init__(
        self, first: bytes, source: AsyncGenerator[bytes], *, media_type: str, headers: Mapping[str, str]
    ) -> None:
        """Take what was read of the source already, and the source."""
        super().__init__(_continued(first, source), media_type=media_type, headers=headers)
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._source.aclose()


async def streamed(source: AsyncGenerator[bytes], *, media_type: str, headers: Mapping[str, str]) -> Streamed:
    """Return the answer that sends a source; what is wrong with its beginning is a problem, not an answer cut off."""
    try:
        first = await anext(source)
    except BaseException:
        await source.aclose()
        raise
    return Streamed(first, source, media_type=media_type, headers=headers)


async def spooled(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the bytes of the chunks, which are taken without waiting for the reader, from a file without a name."""
    with tempfile.TemporaryFile(prefix="perennial-report-") as file:
        grown = asyncio.Event()
        filling = asyncio.create_task(_fill(file, chunks, grown))
        filling.add_done_callback(lambda _: grown.set())
        place = 0
        try:
            while True:
                # Whether it is whole is asked first: what comes after the asking is read in the next turn.
                whole = filling.done()
                piece = os.pread(file.fileno(), CHUNK, place)
                if piece:
                    place += len(piece)
                    yield piece
                elif whole:
                    filling.result()  # a failure goes on to the reader
                    return
                else:
                    await grown.wait()
                    grown.clear()
        finally:
            filling.cancel()
            await asyncio.wait((filling,))


async def _fill(file: IO[bytes], chunks: AsyncIterator[bytes], grown: asyncio.Event) -> None:
    async for chunk in chunks:
        file.write(chunk)
        file.flush()
        grown.set()


async def _continued(first: bytes, source: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in source:
        yield piece
