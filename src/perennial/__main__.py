"""The `perennial` command, which is `python -m perennial` too."""

from __future__ import annotations

import gc

# What is loaded is kept to the end: to search it for garbage meanwhile takes an eighth of every start.
COLLECT_AFTER = (200_000, 20, 50)


def main() -> None:
    """Load the command line and run it."""
    gc.set_threshold(*COLLECT_AFTER)
    from perennial.cli import main as run  # noqa: PLC0415 # Loading it is what the line above is for.

    run()


if __name__ == "__main__":
    main()
