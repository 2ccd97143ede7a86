"""Where the demo's product runs: a stack of its own on its own data folder, or one that runs already."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from perennial.claim import NAME as CLAIM
from perennial.claim import claimed
from perennial.ports import free_ports
from perennial.secrets import write_private
from perennial.seeding import KEYS_FILE
from perennial.settings import Settings
from perennial.stack import Say, run_stack
from perennial.up import engine_settings, is_ready, product_children

FOLDER, SHARED_FOLDER = "demo", "demo-elsewhere"
RUN_FILE = "run.json"
NAMESPACE = "perennial-demo"
STOPPED = 130

Work = Callable[[], Awaitable[int]]


class KeyMissing(Exception):
    """There is no key to ask with; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """A demo that can be gone on with: the mark that its keys carry, and the day on which it began."""

    mark: str
    today: str


def own_settings(settings: Settings, *, day: date) -> Settings:
    """The settings of the demo's own sandbox: its own data, and free ports where none was chosen."""
    chosen = settings.model_fields_set
    names = ("port", "temporal_port", "temporal_ui_port")
    ports = {name: port for name, port in zip(names, free_ports(len(names)), strict=True) if name not in chosen}
    own = {
        "url": None,
        "key": None,
        "sandbox": True,
        "data": settings.data / FOLDER,
        "database_url": None,
        "public_url": None,
        "temporal_namespace": settings.temporal_namespace or NAMESPACE,
        "sandbox_day": day.isoformat(),
    }
    return settings.model_copy(update={**ports, **own})


def key_of(settings: Settings) -> str:
    """The key to ask with: the one that was set, else the distributor's of the data folder; raises KeyMissing."""
    if settings.key is not None:
        return settings.key.get_secret_value()
    path = settings.data / KEYS_FILE
    try:
        keys: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise KeyMissing(f"{path}: {error.strerror}; set PERENNIAL_KEY to a key of the product") from error
    return keys["distributor"]


def emptied(folder: Path) -> None:
    """Empty a data folder; raises AlreadyRunning when a stack runs on it."""
    with claimed(folder):
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != CLAIM:
                entry.unlink()


def kept_run(folder: Path) -> Run | None:
    """The run that was stopped on this data folder, None when there is none."""
    try:
        return Run(**json.loads((folder / RUN_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def begun_run(folder: Path, *, today: date) -> Run:
    """A new run, noted in the data folder before it changes anything."""
    run = Run(uuid.uuid4().hex[:8], today.isoformat())
    write_private(folder / RUN_FILE, json.dumps(asdict(run)) + "\n")
    return run


def run_on_own_stack(settings: Settings, work: Work, *, say: Say) -> int:
    """Run the sandbox, do the work once it is ready, and end it; answers the work's exit code.

    The work is done in the supervisor's own loop, so that it lives exactly as long as the stack. Call it from the main
    thread.
    """
    begun: list[asyncio.Task[int]] = []

    def begin(_plan: object) -> None:
        say(f"a sandbox of its own is ready: {settings.base_url}, Temporal's UI {settings.ui_url}")
        begun.append(asyncio.get_running_loop().create_task(_done(work)))
        begun[0].add_done_callback(_end)

    code = run_stack(
        engine_settings(settings),
        lambda plan: product_children(settings, plan),
        ready=lambda: is_ready(settings),
        on_ready=begin,
        say=say,
    )
    if begun and not begun[0].cancelled():
        return code or begun[0].result()
    if begun:
        say("stopped; `make demo ARGS=--resume` goes on")
    return code or STOPPED


async def _done(work: Work) -> int:
    return await work()


def _end(task: asyncio.Task[int]) -> None:
    """Tell the supervisor to end, as a person would; one that is ending already has cancelled the task."""
    if not task.cancelled():
        signal.raise_signal(signal.SIGTERM)
