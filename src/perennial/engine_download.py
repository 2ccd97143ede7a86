"""A program: lets the SDK download Temporal's development server into the folder that its argument names."""

from __future__ import annotations

import asyncio
import sys

from temporalio.testing import WorkflowEnvironment


async def download(folder: str) -> None:
    """Start the SDK's server once, which downloads it where it is missing, and end it."""
    server = await WorkflowEnvironment.start_local(  # pyright: ignore[reportUnknownMemberType] # It is partly typed.
        download_dest_dir=folder
    )
    await server.shutdown()


if __name__ == "__main__":
    asyncio.run(download(sys.argv[1]))
