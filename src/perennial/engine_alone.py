"""Runs one built engine without a stack around it, for tests and measurements."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from perennial.children import Child, last_lines, log_of, roll_log
from perennial.engine_build import built_engine
from perennial.engine_config import EngineSettings, built_server
from perennial.ports import free_ports
from perennial.tether import tethered

STARTS_WITHIN = 60.0
ENDS_WITHIN = 10.0
PORT_CHOICES = 3
"""How often free ports are chosen: another program may take one before the engine does."""


class EngineDied(Exception):
    """The engine ended, or said nothing, while it should have started; the message ends with its log."""


@dataclass(slots=True)
class LoneEngine:
    """A running engine; it dies with the process that started it."""

    settings: EngineSettings
    child: Child
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Host and port of its door; the same after `start_again`."""
        return self.settings.own_address

    @property
    def namespace(self) -> str:
        """The namespace that is ready in it."""
        return self.settings.namespace

    @property
    def pid(self) -> int:
        """The server's process."""
        return self.process.pid

    def stop(self) -> None:
        """End it as an operator would, by SIGTERM; by SIGKILL after ten seconds."""
        self.process.terminate()
        try:
            self.process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill9()

    def kill9(self) -> None:
        """End it by SIGKILL."""
        self.process.kill()
        self.process.wait()

    async def start_again(self) -> None:
        """Start it on the same data and port, and wait until it is ready."""
        self.process = _spawn(self.child, self.settings)
        await _until_ready(self)


async def start_engine(
    data: Path,
    *,
    namespace: str = "perennial-sandbox",
    sandbox: bool = True,
    durable: bool = False,
    say: Callable[[str], None] = print,
) -> LoneEngine:
    """Start an engine on the data folder, on free ports, building it first where it was never built; wait until ready.

    Unless `durable`, a loss of power may lose its last commits, which makes it faster. Call it from the main thread.
    """
    programs = await built_engine(say)
    for _ in range(PORT_CHOICES - 1):
        try:
            return await _started(data, programs, namespace, sandbox=sandbox, durable=durable)
        except EngineDied as death:
            say(f"{death}\ntrying again on other ports")
    return await _started(data, programs, namespace, sandbox=sandbox, durable=durable)


async def _started(data: Path, programs: Path, namespace: str, *, sandbox: bool, durable: bool) -> LoneEngine:
    port, ui_port = free_ports(2)
    settings = EngineSettings(data, port, ui_port, None, namespace, sandbox=sandbox, durable=durable)
    child = built_server(settings, programs=programs)
    engine = LoneEngine(settings, child, _spawn(child, settings))
    await _until_ready(engine)
    return engine


def _spawn(child: Child, settings: EngineSettings) -> subprocess.Popen[bytes]:
    if child.prepare is not None:
        child.prepare()
    roll_log(child, logs=settings.folder)
    with log_of(child, logs=settings.folder).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 # The engine's own command, as a list.
            tethered(child.command),
            env={**os.environ, **child.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


async def _until_ready(engine: LoneEngine) -> None:
    if engine.child.ready is None:
        return
    try:
        async with asyncio.timeout(STARTS_WITHIN):
            while not await engine.child.ready():
                _check_alive(engine)
                await asyncio.sleep(0.05)
    except TimeoutError:
        engine.kill9()
        raise EngineDied(_log(engine, f"the engine was not ready within {STARTS_WITHIN:g} s")) from None


def _check_alive(engine: LoneEngine) -> None:
    code = engine.process.poll()
    if code is not None:
        raise EngineDied(_log(engine, f"the engine ended with {code}"))


def _log(engine: LoneEngine, message: str) -> str:
    return f"{message}:\n{last_lines(engine.child, logs=engine.settings.folder)}"
