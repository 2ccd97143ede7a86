"""A whole stack with the real, built engine and a stand-in for the product, in a process of its own.

Run as a program, with a data folder and three ports (engine, UI, product), it is that process.
"""

from __future__ import annotations

import sys
from pathlib import Path

from perennial.children import Child
from perennial.engine import EnginePlan, by_build
from perennial.engine_config import EngineSettings
from perennial.ports import is_free
from perennial.stack import run_stack


def main(data: Path, port: int, ui_port: int, product_port: int) -> int:
    """Run the stack; answers its exit code."""

    def product(_plan: EnginePlan) -> tuple[Child, ...]:
        serve = (sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(product_port))
        return (Child("product", serve, ports={"PERENNIAL_PORT": product_port}),)

    async def ready() -> bool:
        return not is_free(product_port) and not is_free(ui_port)

    return run_stack(
        EngineSettings(data, port, ui_port, None, "perennial-sandbox", sandbox=True),
        product,
        ready=ready,
        on_ready=lambda plan: say(f"all is ready at {plan.address}"),
        say=say,
        ways=(("a build", by_build),),
    )


def say(line: str) -> None:
    """Print what the test reads."""
    print(line, flush=True)  # noqa: T201 # What the test reads.


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
