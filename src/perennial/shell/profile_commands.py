"""`perennial profile`: which API, with which key, by a name."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from perennial.shell.commands import JsonOption
from perennial.shell.exits import wrong_usage
from perennial.shell.manner import Manner, telling
from perennial.shell.places import Profiles, new_place, profile_file, read_profiles, write_profiles
from perennial.shell.showing import show_rows

app = typer.Typer(help="Profiles: which API, with which key, by a name.", no_args_is_help=True)


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(show_default=False)],
    *,
    url: Annotated[str, typer.Option(help="The API's address.", show_default=False)],
) -> None:
    """Add a profile, or replace it; the key is asked for, or read from a pipe, so that no history keeps it."""
    with telling(Manner()):
        key = typer.prompt("API key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
        place, known = new_place(name, url, key.strip()), read_profiles()
        write_profiles(Profiles({**known.places, name: place}, known.used or name))
    typer.echo(f"{name} is kept in {profile_file()}", err=True)


@app.command("list")
def list_(*, as_json: JsonOption = False) -> None:
    """List the profiles, without their keys."""
    with telling(Manner(as_json=as_json)):
        known = read_profiles()
        rows = [
            {"name": name, "url": place.url, "used": name == known.used} for name, place in sorted(known.places.items())
        ]
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        show_rows(rows, ("name", "url", "used"))


@app.command("use")
def use(name: Annotated[str, typer.Argument(show_default=False)]) -> None:
    """Use a profile whenever nothing else is said."""
    with telling(Manner()):
        write_profiles(Profiles(_known(name).places, name))


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(show_default=False)]) -> None:
    """Forget a profile and its key."""
    with telling(Manner()):
        known = _known(name)
        left = {other: place for other, place in known.places.items() if other != name}
        write_profiles(Profiles(left, known.used if known.used in left else None))


def _known(name: str) -> Profiles:
    known = read_profiles()
    if name not in known.places:
        raise wrong_usage(f"There is no profile {name}.")
    return known
