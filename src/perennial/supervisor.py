"""Keeps the children of a stack running, and ends all of them when it ends."""

from __future__ import annotations

import asyncio
import signal
import time
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn

from perennial import parent
from perennial.children import Child, end, how_it_ended, last_lines, roll_log, start
from perennial.claim import Claim
from perennial.ports import BusyPort, await_free

DEATHS = 5
"""So many deaths of one child…"""
DEATHS_WITHIN = 60.0
"""… within so many seconds end the stack."""
LONGEST_PAUSE = 5.0
"""The longest wait before a dead child is started again, in seconds."""
PRODUCT_READY_WITHIN = 60.0
"""Seconds for the whole stack to be ready once its last child runs."""

Say = Callable[[str], None]
Ready = Callable[[], Awaitable[bool]]


class StackFailed(Exception):
    """The stack cannot go on; the message says why, for the person at the terminal."""


def supervise(children: Sequence[Child], *, claim: Claim, ready: Ready, on_ready: Callable[[], None], say: Say) -> int:
    """Run the children, in this order, until SIGINT or SIGTERM; answers the exit code of the stack.

    Call it from the main thread. `on_ready` is called once, when all children run and `ready` has answered True. A
    child that dies is started again; one that keeps dying, or is not ready in time, ends the stack: `say` is told why,
    and the code is 1. Children end in the opposite order.
    """
    parent.die_with_make()
    for child in children:
        roll_log(child, logs=claim.logs)
    try:
        for child in children:
            await_free(child.ports)
        return asyncio.run(_run([_Keeper(child, claim.logs, say) for child in children], ready, on_ready, say))
    except BusyPort as busy:
        say(str(busy))
        return 1


async def _run(keepers: Sequence[_Keeper], ready: Ready, on_ready: Callable[[], None], say: Say) -> int:
    told = asyncio.create_task(_told_to_end())
    life = asyncio.create_task(_live(keepers, ready, on_ready))
    try:
        await asyncio.wait({told, life}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
        say("ending")
    except* StackFailed as failures:
        say("\n".join(str(failure) for failure in failures.exceptions))
    finally:
        failed = life.done()
        await _end(life, told, keepers)
    return int(failed)


async def _live(keepers: Sequence[_Keeper], ready: Ready, on_ready: Callable[[], None]) -> None:
    """Start the children one after the other, say when all is ready, and keep them for good."""
    async with asyncio.TaskGroup() as group:
        for keeper in keepers:
            group.create_task(keeper.keep())
            await keeper.until_ready()
        await _until(ready, within=PRODUCT_READY_WITHIN, failure=lambda how: f"the stack {how}")
        on_ready()


async def _end(life: asyncio.Task[None], told: asyncio.Task[None], keepers: Sequence[_Keeper]) -> None:
    life.cancel()
    told.cancel()
    await asyncio.gather(life, told, return_exceptions=True)
    for keeper in reversed(keepers):
        await keeper.end()


async def _told_to_end() -> None:
    """Wait for SIGINT or SIGTERM, also for a SIGINT that reached only the `make` that runs this process."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    interrupted = parent.make_interrupted()
    while not told.is_set() and not interrupted():
        try:
            await asyncio.wait_for(told.wait(), 0.5)
        except TimeoutError:
            continue


async def _until(ready: Ready, *, within: float, failure: Callable[[str], str]) -> None:
    until = time.monotonic() + within
    while not await ready():
        if time.monotonic() > until:
            raise StackFailed(failure(f"did not become ready within {within:g} s"))
        await asyncio.sleep(0.05)


class _Keeper:
    """One child and the process that is it at present."""

    def __init__(self, child: Child, logs: Path, say: Say) -> None:
        self._child = child
        self._logs = logs
        self._say = say
        self._process: Process | None = None
        self._deaths: deque[float] = deque(maxlen=DEATHS)

    async def keep(self) -> NoReturn:
        """Start the child, and again whenever it dies; raises StackFailed when it dies too often."""
        while True:
            self._process = await start(self._child, logs=self._logs)
            how = how_it_ended(await self._process.wait())
            pause = self._pause_after_death(how)
            self._say(f"{self._child.name} {how}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)

    async def until_ready(self) -> None:
        """Wait until the child can be used; raises StackFailed when that takes too long."""
        if self._child.ready is not None:
            await _until(
                self._child.ready,
                within=self._child.ready_within,
                failure=lambda how: self._with_log(f"{self._child.name} {how}"),
            )

    async def end(self) -> None:
        """End the child's process if there is one."""
        if self._process is not None:
            await end(self._process, within=self._child.ends_within)

    def _pause_after_death(self, how: str) -> float:
        now = time.monotonic()
        self._deaths.append(now)
        recent = sum(now - death < DEATHS_WITHIN for death in self._deaths)
        if recent == DEATHS:
            raise StackFailed(self._with_log(f"{self._child.name} {how}, {DEATHS} times within {DEATHS_WITHIN:g} s"))
        return min(0.1 * (1 << recent), LONGEST_PAUSE)

    def _with_log(self, message: str) -> str:
        lines = last_lines(self._child, logs=self._logs)
        return f"{message}\nthe last lines of {self._logs / self._child.name}.log:\n{lines}" if lines else message
