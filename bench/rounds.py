"""One stack under measurement, beside the bare engine: pairs of rounds, with the CPU that each took.

Mail goes to a server that is a process of its own, as mail servers are; its CPU is counted with the product's.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvloop
from sqlalchemy import make_url

from bench.load import Target, run
from perennial.ports import free_ports
from storage.database import Database
from storage.tellings import count_pending, mail_receivers
from support_product import Running, start_running

LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one repetition took; `cpu_ms` a purchase is of engine, database, mail server and product (or client)."""

    count: int
    elapsed: float
    seconds: list[float]
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Purchases a second."""
        return self.count / self.elapsed

    @property
    def p50_ms(self) -> float:
        """Median of a purchase."""
        return statistics.median(self.seconds) * 1000

    @property
    def p95_ms(self) -> float:
        """95th percentile of a purchase."""
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def cpu_ms(self) -> float:
        """CPU a purchase."""
        return self.cpu_seconds / self.count * 1000


class Bench:
    """A running product with its mail server, and the bare client on the same engine."""

    def __init__(self, running: Running, mail_server: int, bare: subprocess.Popen[str]) -> None:
        """Take them, the mail server by its pid, and make the customer that buys."""
        self.running = running
        self._mail_server = mail_server
        self._bare = bare
        seat = running.seat()
        key = str(seat.http.headers["Authorization"]).removeprefix("Bearer ")
        self._target = Target(running.port, key, seat.new_customer()["id"])
        self.engine_name = f"one process, pid {running.engine.pid}"

    def pair(self, count: int, concurrency: int) -> tuple[Round, Round]:
        """Return a round of ours and one of the bare engine."""
        return self._ours(count, concurrency), self._theirs(count, concurrency)

    def _ours(self, count: int, concurrency: int) -> Round:
        before = self._cpu(self.running.processes["serve"].pid, self._mail_server)
        began = time.perf_counter()
        seconds = uvloop.run(_bought_and_told(self._target, self.running.database_url, count, concurrency))
        elapsed = time.perf_counter() - began
        after = self._cpu(self.running.processes["serve"].pid, self._mail_server)
        return Round(count=count, elapsed=elapsed, seconds=seconds, cpu_seconds=after - before)

    def _theirs(self, count: int, concurrency: int) -> Round:
        before = self._cpu(self._bare.pid)
        if self._bare.stdin is None or self._bare.stdout is None:
            message = "the bare client has no pipes"
            raise RuntimeError(message)
        self._bare.stdin.write(f"{count} {concurrency}\n")
        self._bare.stdin.flush()
        answer = json.loads(self._bare.stdout.readline())
        cpu = self._cpu(self._bare.pid) - before
        return Round(count=count, elapsed=answer["elapsed"], seconds=answer["seconds"], cpu_seconds=cpu)

    def _cpu(self, *pids: int) -> float:
        """Seconds of these processes, of the engine, and of the database's server if it has one."""
        own = [psutil.Process(pid) for pid in (*pids, self.running.engine.pid)]
        return sum(_own_cpu(process) for process in (*own, *_servers_of(self.running.database_url)))


def _servers_of(database_url: str) -> list[psutil.Process]:
    """Return the processes of the PostgreSQL server behind an address."""
    port = make_url(database_url).port
    if port is None:
        return []
    found = [process for process in psutil.process_iter(["name", "cmdline"]) if process.info["name"] == "postgres"]
    mains = [process for process in found if str(port) in (process.info["cmdline"] or ())]
    return [relative for main in mains for relative in (main, *main.children())]


def _own_cpu(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


async def _bought_and_told(target: Target, database_url: str, count: int, concurrency: int) -> list[float]:
    """Return each purchase's seconds, once every mail that they owe was delivered."""
    _, seconds = await run(target, count, concurrency)
    database = Database(database_url, pool_size=1)
    while True:
        async with database.read() as connection:
            if not sum([await count_pending(connection, receiver) for receiver in mail_receivers()]):
                break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    await database.close()
    return seconds


@contextmanager
def opened(data: Path, database_url: str) -> Generator[Bench]:
    """Run a stack, the mail server that it hands its mail to, and the bare client beside it."""
    (smtp_port,) = free_ports(1)
    mail_server = subprocess.Popen(
        (sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{smtp_port}", "-c", "aiosmtpd.handlers.Sink")
    )
    settings = {"PERENNIAL_RATE_LIMIT_PER_SECOND": "100000", "PERENNIAL_SMTP_PORT": str(smtp_port)}
    running = start_running(data, database_url, settings=settings)
    engine = running.engine
    bare = subprocess.Popen(
        (sys.executable, str(Path(__file__).with_name("baseline.py")), engine.address, engine.namespace),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Bench(running, mail_server.pid, bare)
    finally:
        for process in (bare, mail_server):
            process.kill()
            process.wait()
        running.end()
