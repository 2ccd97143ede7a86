"""Drains of mail in processes that a test kills.

Run as a program, `python support_drainer.py DATABASE SMTP_PORT`, it forks a process for each line that it reads; that
one drains whatever is owed by mail, again and again, until it is killed. Each is told of by two lines: its pid, and its
wait status once it is dead. Forking a program that has everything imported makes two hundred deaths affordable.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from temporalio.testing import ActivityEnvironment

from activities.delivery_orders import DrainOrder
from activities.notices import Mailing
from perennial.tether import die_with_parent
from storage.database import Database
from storage.tellings import mail_receivers
from support_ledger import mailing_to

PAUSE_SECONDS = 0.01


@dataclass
class Drainer:
    """The program, as the test sees it."""

    process: asyncio.subprocess.Process

    async def begin(self) -> int:
        """Let a process drain; its pid."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"drain\n")
        return await self._number()

    async def death(self) -> int:
        """Wait until that process is dead; its wait status."""
        return await self._number()

    async def _number(self) -> int:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        return int(line)


@asynccontextmanager
async def drainer(database_url: str, smtp_port: int) -> AsyncGenerator[Drainer]:
    """The program for the length of the block."""
    command = (sys.executable, str(Path(__file__)), database_url, str(smtp_port))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        yield Drainer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _drain_all(mailing: Mailing) -> None:
    await asyncio.gather(
        *(ActivityEnvironment().run(mailing.drain_mail, DrainOrder(receiver=receiver)) for receiver in mail_receivers())
    )


async def _drain_until_killed(database_url: str, smtp_port: int) -> None:
    mailing = mailing_to(smtp_port, Database(database_url))
    while True:
        await _drain_all(mailing)
        await asyncio.sleep(PAUSE_SECONDS)


async def _warm_up(database_url: str, smtp_port: int) -> None:
    """What a first drain loads, each fork has then."""
    database = Database(database_url)
    await _drain_all(mailing_to(smtp_port, database))
    await database.close()


def main(database_url: str, smtp_port: int) -> None:
    """Fork for each line; each process dies with this one, and this one at the end of its input."""
    die_with_parent(signal.SIGKILL)
    asyncio.run(_warm_up(database_url, smtp_port))
    while sys.stdin.buffer.readline():
        pid = os.fork()
        if not pid:
            die_with_parent(signal.SIGKILL)
            asyncio.run(_drain_until_killed(database_url, smtp_port))
        os.write(1, f"{pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"{status}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
