"""Finds a Temporal server, or a way to run one, in a fixed order; remembers why each way before was passed over."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perennial.bootstrap import EngineNotUsable, answers, bootstrap
from perennial.children import Child, end, last_lines, start
from perennial.engine_build import BuildFailed, built_engine, cache_folder, cached_engine, make_folder
from perennial.engine_config import EngineSettings, built_server, built_ui, command_server, start_dev
from perennial.ports import LOOPBACK, free_ports

DOWNLOAD_WITHIN = 20.0
"""Seconds that the SDK's own download is given."""
TRIAL_WITHIN = 15.0
"""Seconds in which a server on trial must show what it can do."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A way to a server that was not taken, and why."""

    way: str
    reason: str


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """The server to use: where it answers, and the children that have to run for it (none when it runs already).

    `found` says in words which way was taken. `ui_port` is that of Temporal's UI, None when the server is not ours.
    """

    address: str
    namespace: str
    found: str
    children: tuple[Child, ...]
    ui_port: int | None
    passed_over: tuple[PassedOver, ...] = ()


class NoEngine(Exception):
    """No way leads to a Temporal server; the message lists each that was tried, and why it failed."""

    def __init__(self, tried: Sequence[PassedOver]) -> None:
        lines = (f"- {passed.way}: {passed.reason}" for passed in tried)
        super().__init__("\n".join(["no Temporal server was found. Tried:", *lines]))
        self.tried = tuple(tried)


class NotThisWay(Exception):
    """A way to a server is passed over; the message is the reason."""


Way = Callable[[EngineSettings, Say], Awaitable[EnginePlan]]


async def ensure_engine(
    settings: EngineSettings, say: Say, *, ways: Sequence[tuple[str, Way]] | None = None
) -> EnginePlan:
    """The first way that leads to a server which can do what is needed; raises NoEngine.

    A server that runs already is prepared here; one of our own is prepared when its child gets ready.
    """
    passed_over: list[PassedOver] = []
    for name, way in ways or WAYS:
        try:
            plan = await way(settings, say)
        except NotThisWay as reason:
            passed_over.append(PassedOver(name, str(reason)))
        else:
            return replace(plan, passed_over=tuple(passed_over))
    raise NoEngine(passed_over)


async def at_address(settings: EngineSettings, say: Say) -> EnginePlan:
    """The server whose address was given."""
    address = settings.address
    if address is None:
        raise NotThisWay("not set")
    if not await answers(address):
        say(f"nothing answers at {address} (PERENNIAL_TEMPORAL_ADDRESS): looking for another engine")
        raise NotThisWay(f"nothing answers at {address}")
    await _prepared(address, settings)
    return EnginePlan(address, settings.namespace, f"the server at {address}", children=(), ui_port=None)


async def on_path(settings: EngineSettings, _say: Say) -> EnginePlan:
    """The `temporal` command, if it is on the PATH."""
    temporal = shutil.which("temporal")
    if temporal is None:
        raise NotThisWay("there is none")
    return await by_command(settings, Path(temporal))


async def by_download(settings: EngineSettings, say: Say) -> EnginePlan:
    """The `temporal` command that the SDK downloads, within 20 seconds.

    Passed over once a build is in the cache: the download had failed then, and should not hold up every start.
    """
    folder = cache_folder() / "download"
    make_folder(folder)
    if not (downloaded := _downloaded(folder)) and cached_engine() is not None:
        raise NotThisWay("not tried: an engine built earlier is in the cache")
    return await by_command(settings, downloaded or await _download(folder, say))


async def by_build(settings: EngineSettings, say: Say) -> EnginePlan:
    """The server and the UI, built from the pinned modules unless the cache has them."""
    try:
        programs = await built_engine(say)
    except BuildFailed as failure:
        raise NotThisWay(str(failure)) from failure
    children = (built_server(settings, programs=programs), built_ui(settings, programs=programs))
    return EnginePlan(settings.own_address, settings.namespace, f"the engine in {programs}", children, settings.ui_port)


WAYS: tuple[tuple[str, Way], ...] = (
    ("the address in PERENNIAL_TEMPORAL_ADDRESS", at_address),
    ("the command `temporal` on the PATH", on_path),
    ("the SDK's own download of that command", by_download),
    ("a build of the modules in deploy/temporal", by_build),
)


async def by_command(settings: EngineSettings, temporal: Path) -> EnginePlan:
    """The server of a `temporal` command, once a trial has shown that it is fit."""
    await _try_command(temporal, settings)
    child = command_server(settings, temporal=temporal)
    return EnginePlan(settings.own_address, settings.namespace, f"the command {temporal}", (child,), settings.ui_port)


async def _prepared(address: str, settings: EngineSettings) -> None:
    try:
        await bootstrap(address, namespace=settings.namespace, virtual_time=settings.sandbox, patience=TRIAL_WITHIN)
    except EngineNotUsable as reason:
        raise NotThisWay(str(reason)) from reason


async def _try_command(temporal: Path, settings: EngineSettings) -> None:
    """Run the command's server for a moment, on ports and in memory of its own, and ask what it can do."""
    port, ui_port = free_ports(2)
    trial = replace(settings, port=port, ui_port=ui_port)
    child = Child("trial", (*start_dev(trial, temporal=temporal), "--ui-port", str(ui_port)))
    with tempfile.TemporaryDirectory(prefix="perennial-trial-") as folder:
        process = await start(child, logs=Path(folder))
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(_prepared(f"{LOOPBACK}:{port}", trial))
        try:
            await asyncio.wait({ended, ready}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                return ready.result()
            said = last_lines(child, logs=Path(folder), count=2) or "it says nothing"
            raise NotThisWay(f"{temporal} does not run: {said}")
        finally:
            ready.cancel()
            await end(process, within=5)


async def _download(folder: Path, say: Say) -> Path:
    """Let the SDK download the command, in a process that can be killed; keep it in the cache."""
    say("looking for Temporal's development server: downloading it, for 20 seconds at most")
    child = Child("download", (sys.executable, "-m", "perennial.engine_download", str(folder)))
    with tempfile.TemporaryDirectory(prefix="perennial-download-") as logs:
        process = await start(child, logs=Path(logs))
        try:
            async with asyncio.timeout(DOWNLOAD_WITHIN):
                await process.wait()
        except TimeoutError:
            await end(process, within=1)
            raise NotThisWay(f"not there after {DOWNLOAD_WITHIN:g} s") from None
        if (downloaded := _downloaded(folder)) is None:
            raise NotThisWay(last_lines(child, logs=Path(logs), count=1) or "it left nothing")
    return downloaded


def _downloaded(folder: Path) -> Path | None:
    # The SDK gives the file its name when it is whole.
    whole = (path for path in sorted(folder.glob("temporal-*")) if path.suffix != ".downloading")
    return next((path for path in whole if os.access(path, os.X_OK)), None)
