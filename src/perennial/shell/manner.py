"""How a command is carried out, whatever it does, and how it ends when it fails."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from perennial.shell.exits import Failed
from perennial.shell.showing import show_failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a command is to be carried out, whatever it does."""

    as_json: bool = False
    profile: str | None = None
    idempotency_key: str | None = None
    if_match: str | None = None
    dry_run: bool = False
    wait: int = 60
    limit: int | None = None
    cursor: str | None = None
    all: bool = False
    output: Path | None = None
    clear: tuple[str, ...] = ()


@contextmanager
def telling(manner: Manner, *, key: str | None = None) -> Generator[None]:
    """Tell of a failure inside the block and end with its exit code."""
    try:
        yield
    except Failed as failed:
        show_failure(failed, as_json=manner.as_json, key=key)
        raise typer.Exit(failed.code) from None
