"""What commands that work on the database itself share: the way to it, and how they end when it is not usable."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from perennial.seeding import CLOCK_SHIFT
from perennial.settings import Settings
from storage.database import Database
from storage.installation import get_fact
from storage.migrations import is_current

_T = TypeVar("_T")


def with_database(work: Callable[[Database], Awaitable[_T]]) -> _T:
    """Do the work on the database of the settings, whose tables must be there; else say so and end."""

    async def connected() -> _T:
        database = Database(Settings().database)
        try:
            if not await is_current(database):
                stop("The database's tables are not those of this release; run `perennial migrate`.")
            return await work(database)
        except DBAPIError as error:
            stop(f"The database does not answer: {error.orig}")
        finally:
            await database.close()

    return asyncio.run(connected())


async def today_of(connection: AsyncConnection) -> date:
    """Return the day on the clock that subscriptions begin with, which in a sandbox may be ahead."""
    ahead = timedelta(seconds=int(await get_fact(connection, CLOCK_SHIFT) or 0))
    return (datetime.now(UTC) + ahead).date()


def text_of(file: Path) -> str:
    """Return the text of a file; say so and end when it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{file} cannot be read: {error}")


def day_of(text: str) -> date:
    """Return a day; say so and end when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(f"{text} is not a day (YYYY-MM-DD).")


def stop(message: str) -> NoReturn:
    """Say why and end with 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
