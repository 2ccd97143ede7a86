"""One child process of a stack: how it is started, logged, looked at and ended."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from perennial.tether import tethered

LOG_LIMIT = 10_000_000
"""Bytes after which a log is put aside, once, when its stack starts."""


@dataclass(frozen=True, slots=True)
class Child:
    """A program of the stack, as data.

    `environment` is added to this process's own. `ports` are looked at before anything starts, by the setting that
    names each. `prepare` is called before each start of the program, the first and every later one. The next child
    starts when `ready` has answered True, for which it has `ready_within` seconds; to end it has `ends_within` seconds
    after SIGTERM.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    prepare: Callable[[], None] | None = None
    ready: Callable[[], Awaitable[bool]] | None = None
    ready_within: float = 60.0
    ends_within: float = 8.0


async def start(child: Child, *, logs: Path) -> Process:
    """Start it, tied to this process's life, in a session of its own: no Ctrl-C reaches it past the supervisor."""
    if child.prepare is not None:
        child.prepare()
    with log_of(child, logs=logs).open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *tethered(child.command),
            env={**os.environ, **child.environment},
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def end(process: Process, *, within: float) -> None:
    """Ask the process to end, kill it if it has not in so many seconds, and kill what it left running."""
    with suppress(ProcessLookupError):  # It ended by itself just now.
        process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), within)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def log_of(child: Child, *, logs: Path) -> Path:
    """The file to which the child's output goes."""
    return logs / f"{child.name}.log"


def roll_log(child: Child, *, logs: Path) -> None:
    """Put a grown log of earlier runs aside, in place of the one put aside before."""
    logs.mkdir(parents=True, exist_ok=True)
    log = log_of(child, logs=logs)
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))


def last_lines(child: Child, *, logs: Path, count: int = 15) -> str:
    """The end of the child's log, for an error."""
    log = log_of(child, logs=logs)
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64_000))
        lines = file.read().decode(errors="replace").splitlines()
    return "\n".join(line[:400] for line in lines[-count:])


def how_it_ended(code: int) -> str:
    """An exit code in words."""
    if code < 0:
        return f"was killed by signal {-code} ({signal.strsignal(-code)})"
    return f"ended with exit code {code}"
