"""`perennial advance`: subscriptions of a sandbox go on to a day, some at a time, with a bar for those who look on."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer
from rich.progress import Progress

from perennial.shell.door import Door, Json
from perennial.shell.manner import Manner, telling
from perennial.shell.places import chosen_place, patience
from perennial.shell.showing import console, show_rows

ADVANCE = "/v1/sandbox/advance"
AT_ONCE = 20
WITHIN = 1800.0
"""Seconds for some subscriptions; years of many reminders take their time, and to ask again goes on where it was."""


def advance(subscriptions: Sequence[str], to: str, *, as_json: bool, profile: str | None) -> None:
    """Move them, and show where each is now; what an end half-way leaves is moved by asking again."""
    moved: list[Json] = []
    out = console(stderr=True)
    with telling(Manner(as_json=as_json, profile=profile)), Door(chosen_place(profile), patience=patience()) as door:
        with Progress(console=out, transient=True, disable=not out.is_terminal) as progress:
            bar = progress.add_task(f"to {to}", total=len(subscriptions))
            for start in range(0, len(subscriptions), AT_ONCE):
                some = list(subscriptions[start : start + AT_ONCE])
                body = {"subscription_ids": some, "to": to}
                moved += door.ask("POST", ADVANCE, body=body, within=WITHIN).json()["subscriptions"]
                progress.update(bar, advance=len(some))
        if as_json:
            typer.echo(json.dumps({"subscriptions": moved}, ensure_ascii=False))
        else:
            show_rows(moved, ("id", "today", "state"))
