"""Builds the engine's programs, once, into the user's cache.

An entry of the cache is whole or absent: it is built in a folder beside it and renamed. A lock of the kernel lets one
builder work at a time and ends with its holder, so what a killed build leaves is swept away by the next one.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from perennial.building import Building, shown
from perennial.tether import tethered

SERVER = "temporal-server"
UI = "temporal-ui"
SQL_TOOL = "temporal-sql-tool"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is built: a folder with pinned Go modules, and by their names the programs, each of one package.

    The first program must know `--version`, by which a build is tried.
    """

    source: Path
    packages: Mapping[str, str]


ENGINE = Recipe(
    # In the checkout that this file is part of.
    source=Path(__file__).resolve().parents[2] / "deploy" / "temporal",
    packages={
        SERVER: "go.temporal.io/server/cmd/server",
        UI: "github.com/temporalio/ui-server/v2/cmd/server",
        SQL_TOOL: "go.temporal.io/server/cmd/tools/sql",
    },
)
FLAGS = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
UNFINISHED = "unfinished-"

Say = Callable[[str], None]


class BuildFailed(Exception):
    """The programs could not be built; the message says why."""


def cache_folder() -> Path:
    """The user's cache of built engines."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "perennial" / "engine"


def make_folder(folder: Path) -> None:
    """Make a folder of the cache."""
    folder.mkdir(parents=True, exist_ok=True)


def cached_engine(recipe: Recipe = ENGINE, *, cache: Path | None = None) -> Path | None:
    """The folder of the built programs, if they were built before."""
    if not (recipe.source / "go.mod").is_file():
        return None
    entry = (cache or cache_folder()) / _key(recipe)
    return entry if entry.is_dir() else None


async def built_engine(say: Say, *, recipe: Recipe = ENGINE, cache: Path | None = None) -> Path:
    """The folder of the built programs, building them first where they are not cached; raises BuildFailed."""
    if not (recipe.source / "go.mod").is_file():
        raise BuildFailed(f"{recipe.source} is not there: this Perennial does not run from its checkout")
    cache = cache or cache_folder()
    entry = cache / _key(recipe)
    if not entry.is_dir():
        async with _only_builder(cache, say):
            # Another builder may have made it while this one waited.
            if not entry.is_dir():
                await _build_into(entry, recipe, say)
    return entry


async def _build_into(entry: Path, recipe: Recipe, say: Say) -> None:
    with _unfinished(entry.parent) as folder, shown(say) as building:
        go = Go(_go(), recipe.source, folder / "work")
        go.work.mkdir()
        building.compile(await _count_packages(go, recipe, building))
        for program, package in recipe.packages.items():
            await go.run(*("build", "-v", *FLAGS, "-o", str(folder / program), package), each_line=building.compiled)
        await _try(folder / next(iter(recipe.packages)))
        shutil.rmtree(go.work)
        folder.rename(entry)


@dataclass(frozen=True, slots=True)
class Go:
    """The Go toolchain: its command, the modules it works on, and a folder for what it leaves when it is killed."""

    command: str
    source: Path
    work: Path

    async def run(self, *arguments: str, each_line: Callable[[str], None]) -> None:
        """Run it, handing each line that it prints on; raises BuildFailed with its last lines."""
        settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTMPDIR": str(self.work)}
        command = (self.command, *arguments)
        await _run(command, cwd=self.source, environment={**os.environ, **settings}, each_line=each_line)


async def _try(program: Path) -> None:
    """Run a built program once; raises BuildFailed when it does not run here."""
    await _run((str(program), "--version"), cwd=program.parent, environment=os.environ, each_line=lambda _: None)


def _go() -> str:
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if found is None:
        raise BuildFailed("the Go toolchain (the command `go`) is not on the PATH")
    return found


async def _count_packages(go: Go, recipe: Recipe, building: Building) -> int:
    """How many packages the programs consist of; fetches the modules that are missing on the way."""
    packages = 0

    def count(line: str) -> None:
        nonlocal packages
        if line.startswith("go: downloading"):
            building.fetched(line)
        else:
            packages += 1

    await go.run("list", "-deps", *recipe.packages.values(), each_line=count)
    return packages


async def _run(
    command: tuple[str, ...], *, cwd: Path, environment: Mapping[str, str], each_line: Callable[[str], None]
) -> None:
    """Run a command tied to this process's life; raises BuildFailed with its last lines."""
    process = await asyncio.create_subprocess_exec(
        *tethered(command), cwd=cwd, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT
    )
    last: deque[str] = deque(maxlen=10)
    async for line in _lines(process):
        last.append(line)
        each_line(line)
    if await process.wait() != 0:
        raise BuildFailed("\n".join([f"`{' '.join(command[:2])}` failed:", *last]))


async def _lines(process: Process) -> AsyncIterator[str]:
    if process.stdout is not None:
        async for line in process.stdout:
            yield line.decode(errors="replace").rstrip()


@contextmanager
def _unfinished(cache: Path) -> Generator[Path]:
    """A folder to build in, gone at the end unless it was renamed; sweeps those of killed builds, so hold the lock."""
    for left in cache.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=cache))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _only_builder(cache: Path, say: Say) -> AsyncGenerator[None]:
    make_folder(cache)
    with (cache / "lock").open("w", encoding="utf-8") as lock:
        if not _locked(lock):
            say("another process is building the engine: waiting for it")
            while not _locked(lock):  # noqa: ASYNC110 # What is awaited happens in another process.
                await asyncio.sleep(0.2)
        yield


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _key(recipe: Recipe) -> str:
    """What the programs depend on, in a few letters: other pins, flags or machine make another entry."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        digest.update((recipe.source / name).read_bytes())
    digest.update(repr((sorted(recipe.packages.items()), FLAGS, platform.system(), platform.machine())).encode())
    return digest.hexdigest()[:16]
