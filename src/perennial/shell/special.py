"""Commands that are more than one request: following the feed, letting virtual time go by, giving a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perennial.shell.commands import JsonOption, ProfileOption

OPERATIONS = {
    "events": ("GET", "/v1/events"),
    "advance": ("POST", "/v1/sandbox/advance"),
    "bulk give": ("POST", "/v1/bulk"),
}
"""Their names and the operations that they ask for."""


def events(
    *,
    after: Annotated[str | None, typer.Option(help="Go on behind this event; from the beginning unless said.")] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for further ones, until Ctrl-C.")] = False,
    read_all: Annotated[bool, typer.Option("--all", help="Read up to the end of the feed.")] = False,
    limit: Annotated[int | None, typer.Option(help="How many (1 to 200).")] = None,
    every: Annotated[float, typer.Option(help="Seconds between two looks when there is nothing new.", min=0.1)] = 2.0,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """Read the feed of all events, oldest first, each once; with --json one a line when following or reading all."""
    from perennial.shell import feed  # noqa: PLC0415 - heavy to load, and not needed for help and completion

    feed.read(
        feed.Wanted(after=after, follow=follow, all=read_all, limit=limit, every=every),
        as_json=as_json,
        profile=profile,
    )


def advance(
    subscriptions: Annotated[list[str], typer.Argument(metavar="SUBSCRIPTION…", show_default=False)],
    *,
    to: Annotated[str, typer.Option(help="The day (YYYY-MM-DD) to whose first instant they go.", show_default=False)],
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """Let virtual time go by for subscriptions of a sandbox; what is due happens, its mails go out."""
    from perennial.shell import virtual_time  # noqa: PLC0415 - heavy to load, and not needed for help and completion

    virtual_time.advance(subscriptions, to, as_json=as_json, profile=profile)


def give(
    file: Annotated[Path, typer.Argument(help="Commands as CSV (.csv) or JSON Lines (.jsonl).", show_default=False)],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only price every row.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay until every row has its result.")] = False,
    idempotency_key: Annotated[str | None, typer.Option(help="Of an earlier try; made unless given.")] = None,
    as_json: JsonOption = False,
    profile: ProfileOption = None,
) -> None:
    """Give a file of commands, which are carried out row by row whatever becomes of this shell."""
    from perennial.shell import bulk  # noqa: PLC0415 - heavy to load, and not needed for help and completion

    given = bulk.Given(file=file, dry_run=dry_run, watch=watch, idempotency_key=idempotency_key)
    bulk.give(given, as_json=as_json, profile=profile)


def add_special(root: typer.Typer, *, bulk: typer.Typer) -> None:
    """Add them, those of a group to it."""
    bulk.command("give")(give)
    root.command("events")(events)
    root.command("advance")(advance)
