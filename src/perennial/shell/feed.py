"""`perennial events`: the feed once, to its end, or for as long as one listens."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import typer

from perennial.shell.asking import pages
from perennial.shell.door import Door, Json
from perennial.shell.exits import Exit, Failed
from perennial.shell.manner import Manner, telling
from perennial.shell.places import chosen_place, patience
from perennial.shell.showing import cell, console, show_rows

FEED = "/v1/events"
COLUMNS = ("id", "at", "kind", "subscription_id", "version", "transaction_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the feed."""

    after: str | None
    follow: bool
    all: bool
    limit: int | None
    every: float


def read(wanted: Wanted, *, as_json: bool, profile: str | None) -> None:
    """Show events; returns at the end of the page, of the feed, or of one's patience (Ctrl-C)."""
    manner = Manner(as_json=as_json, profile=profile)
    with telling(manner), Door(chosen_place(profile), patience=patience()) as door:
        if wanted.follow:
            _follow(door, wanted, _print_json if as_json else _print_line)
        elif wanted.all and as_json:
            for page in pages(door, FEED, _query(wanted.after)):
                _print_each(page, _print_json)
        elif wanted.all:
            show_rows([event for page in pages(door, FEED, _query(wanted.after)) for event in page], COLUMNS)
        else:
            _page(door, wanted, as_json=as_json)


def _page(door: Door, wanted: Wanted, *, as_json: bool) -> None:
    limit = {} if wanted.limit is None else {"limit": str(wanted.limit)}
    answer = door.ask("GET", FEED, query={**_query(wanted.after), **limit})
    if as_json:
        typer.echo(answer.text)
    else:
        show_rows(answer.json()["data"], COLUMNS)


def _follow(door: Door, wanted: Wanted, show: Callable[[Json], None]) -> None:
    after = wanted.after
    try:
        while True:
            found = _found(door, after)
            for event in found:
                show(event)
                after = event["id"]  # Only what was shown counts: whoever goes on after it misses nothing.
            if not found:
                time.sleep(wanted.every)
    except KeyboardInterrupt:
        if after is not None:
            typer.echo(f"to go on: --after {after}", err=True)


def _found(door: Door, after: str | None) -> list[Json]:
    """Return what is new; a door that is out of reach for a while is waited for."""
    try:
        found: list[Json] = door.ask("GET", FEED, query={"limit": "200", **_query(after)}).json()["data"]
    except Failed as failed:
        if failed.code is not Exit.UNREACHABLE:
            raise
        typer.echo(f"{failed}; trying on", err=True)
        return []
    return found


def _query(after: str | None) -> dict[str, str]:
    return {} if after is None else {"after": after}


def _print_each(events: list[Json], show: Callable[[Json], None]) -> None:
    for event in events:
        show(event)


def _print_json(event: Json) -> None:
    typer.echo(json.dumps(event, ensure_ascii=False))


def _print_line(event: Json) -> None:
    line = f"{event['at']}  {event['kind']:<24}  {event['subscription_id']}  v{event['version']}  {event['id']}"
    console().print(cell(line))
