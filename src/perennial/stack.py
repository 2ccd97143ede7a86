"""Runs a whole stack on one data folder: finds the engine, then supervises it and the product."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence

from perennial.children import Child
from perennial.claim import AlreadyRunning, claimed
from perennial.engine import EnginePlan, NoEngine, Way, ensure_engine
from perennial.engine_config import EngineSettings
from perennial.supervisor import supervise

Say = Callable[[str], None]


def run_stack(
    settings: EngineSettings,
    product: Callable[[EnginePlan], Sequence[Child]],
    *,
    ready: Callable[[], Awaitable[bool]],
    on_ready: Callable[[EnginePlan], None],
    say: Say,
    ways: Sequence[tuple[str, Way]] | None = None,
) -> int:
    """Run the stack until it is told to end; answers its exit code, and tells `say` what is wrong.

    `product` names the children that start after the engine's. Call it from the main thread: it takes SIGINT, SIGTERM.
    """
    _heed_signals()
    try:
        with claimed(settings.data) as claim:
            plan = asyncio.run(ensure_engine(settings, say, ways=ways))
            children = (*plan.children, *product(plan))
            return supervise(children, claim=claim, ready=ready, on_ready=lambda: on_ready(plan), say=say)
    except (AlreadyRunning, NoEngine) as refusal:
        say(str(refusal))
        return 1
    except KeyboardInterrupt:
        say("ended before it was ready")
        return 0


def _heed_signals() -> None:
    """Let both signals raise KeyboardInterrupt until the supervisor takes them, also where a shell had them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
