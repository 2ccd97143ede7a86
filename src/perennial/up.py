"""`perennial up`: the whole sandbox under one supervisor."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import httpx2
from rich.console import Console

from perennial.children import Child
from perennial.engine import EnginePlan
from perennial.engine_config import EngineSettings
from perennial.seeding import KEYS_FILE
from perennial.settings import Settings
from perennial.sign_ins import SIGN_INS_FILE, read_sign_ins
from perennial.stack import run_stack

PORT_SETTING = "PERENNIAL_PORT"
SANDBOX_RATE = 1000
OK = 200

console = Console(stderr=True, highlight=False)


def run_up(settings: Settings) -> int:
    """Run the sandbox until it is told to end; return the exit code."""
    is_new = not (settings.data / SIGN_INS_FILE).exists()
    return run_stack(
        engine_settings(settings),
        lambda plan: product_children(settings, plan),
        ready=lambda: is_ready(settings),
        on_ready=lambda plan: _tell(settings, plan, console.print, is_new=is_new),
        say=lambda line: console.print(line, soft_wrap=True),
    )


def engine_settings(settings: Settings) -> EngineSettings:
    """What a sandbox asks of the engine."""
    return EngineSettings(
        data=settings.data,
        port=settings.temporal_port,
        ui_port=settings.temporal_ui_port,
        address=settings.temporal_address,
        namespace=settings.namespace,
        sandbox=True,
    )


def product_children(settings: Settings, plan: EnginePlan) -> Sequence[Child]:
    """The sandbox's one product process, with these settings whatever this process's environment says."""
    environment = {
        "PERENNIAL_SANDBOX": "true",
        "PERENNIAL_DATA": str(settings.data.resolve()),
        "PERENNIAL_DATABASE_URL": settings.database,
        "PERENNIAL_PORT": str(settings.port),
        "PERENNIAL_TEMPORAL_ADDRESS": plan.address,
        "PERENNIAL_TEMPORAL_NAMESPACE": settings.namespace,
        "PERENNIAL_TEMPORAL_UI_PORT": str(settings.temporal_ui_port),
        "PERENNIAL_RATE_LIMIT_PER_SECOND": str(SANDBOX_RATE),
        **({} if settings.sandbox_day is None else {"PERENNIAL_SANDBOX_DAY": settings.sandbox_day}),
    }
    return (
        Child(
            name="product",
            command=(sys.executable, "-m", "perennial", "serve", "--with-worker"),
            environment=environment,
            ports={PORT_SETTING: settings.port},
            ready=lambda: is_ready(settings),
            ready_within=60.0,
            ends_within=15.0,
        ),
    )


async def is_ready(settings: Settings) -> bool:
    """Whether `/readyz` of the sandbox answers 200."""
    try:
        async with httpx2.AsyncClient(timeout=5) as client:
            answer = await client.get(f"http://{settings.host}:{settings.port}/readyz")
    except httpx2.HTTPError:
        return False
    return answer.status_code == OK


def _tell(settings: Settings, plan: EnginePlan, say: Callable[[str], None], *, is_new: bool) -> None:
    say(f"engine: {plan.found}")
    say(f"[bold]console[/bold]      {settings.base_url}/console")
    say(f"[bold]API[/bold]          {settings.base_url}")
    if plan.ui_port is not None:
        say(f"[bold]Temporal UI[/bold]  http://127.0.0.1:{plan.ui_port}")
    say(f"[bold]keys[/bold]         {settings.data / KEYS_FILE}")
    say(f"[bold]sign-ins[/bold]     {settings.data / SIGN_INS_FILE}")
    if is_new:
        # Once: whoever comes later finds them in the file, which only its owner can read.
        for email, password in read_sign_ins(settings).items():
            say(f"             {email}  {password}")
    say("ready, until Ctrl-C")
