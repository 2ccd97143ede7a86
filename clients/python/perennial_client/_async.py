"""The client for asyncio: what sends and sleeps, as its blocking twin does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Generator
from typing import Self, TypeVar, cast

import httpx2

from perennial_client._calls import Call
from perennial_client._commands import command_done
from perennial_client._exchange import Answer, Lost, Outcome, Pause, Request, Retries, Step, exchange
from perennial_client._options import LOST, Page, answer_of, lost, options_of, read
from perennial_client.generated.models import Command

Answered = TypeVar("Answered")
Found = TypeVar("Found")
Result = TypeVar("Result")


class AsyncClient:
    """What every client for asyncio can do."""

    def __init__(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        retries: Retries | None = None,
        timeout: float | None = None,
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        """Take the key and the address, from `PERENNIAL_API_KEY` and `PERENNIAL_URL` unless given.

        `timeout` are the seconds that one request may take; `http_client` brings proxies and certificates of one's
        own, and is not closed here.

        Raises:
            SettingMissingError: there is no address or no key.
        """
        self._options = options_of(base_url, api_key, retries, timeout)
        self._owned = httpx2.AsyncClient() if http_client is None else None
        self._http = http_client or cast("httpx2.AsyncClient", self._owned)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._options!r})"

    async def close(self) -> None:
        """Close the connections that are its own."""
        if self._owned is not None:
            await self._owned.aclose()

    def with_options(self, *, retries: Retries | None = None, timeout: float | None = None) -> Self:
        """Return a client with other patience, over the same connections."""
        return type(self)(
            api_key=self._options.api_key,
            base_url=self._options.base_url,
            retries=retries or self._options.retries,
            timeout=self._options.timeout if timeout is None else timeout,
            http_client=self._http,
        )

    async def wait_for_command(self, command_id: str, *, within: float = 60.0) -> Command:
        """Wait until an accepted command is done, and return it with its answer.

        Raises:
            ProblemError: it was refused.
            CommandPendingError: it is not done after `within` seconds.
        """
        return await self._carried_out(
            command_done(command_id, within=within, retries=self._options.retries, clock=time.monotonic)
        )

    async def send(self, call: Call[Answered]) -> Answered:
        """Send a call, again if need be, and return what it answers."""
        answer, key = await self._carried_out(exchange(call, self._options.retries, time.monotonic))
        return read(call.answer, answer, key=key)

    async def each(self, call: Call[Page[Found]]) -> AsyncIterator[Found]:
        """Go through a whole list, page by page."""
        page = await self.send(call)
        for item in page.data:
            yield item
        while page.next_cursor is not None:
            page = await self.send(call.from_cursor(page.next_cursor))
            for item in page.data:
                yield item

    async def _carried_out(self, steps: Generator[Step, Outcome, Result]) -> Result:
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                outcome = await (self._paused(step) if isinstance(step, Pause) else self._tried(step))
        except StopIteration as end:
            return cast("Result", end.value)

    async def _paused(self, pause: Pause) -> Outcome:
        await asyncio.sleep(pause.seconds)
        return None

    async def _tried(self, request: Request) -> Answer | Lost:
        try:
            return answer_of(await self._http.request(**self._options.sent(request)))
        except LOST as error:
            return lost(error)
