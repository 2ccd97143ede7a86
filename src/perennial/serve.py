"""One product process: the doors, the workers, or both."""

from __future__ import annotations

import asyncio
import gc
import signal

import uvicorn

from api.app import create_app
from console.app import Doors, create_console
from perennial.product import Product, assembled, run_with
from perennial.settings import Settings

GRACE_SECONDS = 10
COLLECT_AFTER = (20_000, 20, 50)  # the interpreter's own 700 cost a tenth of a purchase


async def run_doors(settings: Settings, *, works: bool) -> None:
    """Serve until told to end; with `works` also work, so that purchases start on this process's own worker."""
    async with assembled(settings) as product:
        _settle_memory()
        await run_with(product, _server(product).serve(), works=works)


async def run_worker(settings: Settings) -> None:
    """Work until told to end."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with assembled(settings) as product:
        _settle_memory()
        await run_with(product, _until(told), works=True)


def _settle_memory() -> None:
    """Spare the search for garbage what a process keeps to its end, and let it begin less often.

    What is no longer used by now is little, and stays: to search for it takes longer than all the rest of this.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _until(told: asyncio.Event) -> None:
    await told.wait()


def _server(product: Product) -> uvicorn.Server:
    settings = product.settings
    programs = create_app(product.parts())
    config = uvicorn.Config(
        Doors(programs, create_console(product.console_parts(programs))),
        host=settings.host,
        port=settings.port,
        access_log=False,  # addresses carry the tokens of the agreement's links
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return uvicorn.Server(config)
