"""`perennial catalog`: load a catalogue file, show what is in force."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.catalog import PriceRow
from perennial.seeding import CLOCK_SHIFT
from perennial.settings import Settings
from storage.catalogue import CatalogueVersion, current_catalogue
from storage.catalogue_file import CatalogueFile, CatalogueRefused, parse_catalogue
from storage.catalogue_loading import LoadSummary, load_catalogue
from storage.database import Database
from storage.installation import get_fact
from storage.migrations import is_current

app = typer.Typer(help="The catalogue: offerings, products, CLM tiers and price lists.", no_args_is_help=True)

_T = TypeVar("_T")


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="A TOML file of new and changed entries and further price rows.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Load a file over the catalogue in force: all of it, or nothing and every reason."""
    try:
        content = parse_catalogue(_text(file))
        summary = _with_database(lambda database: _load(database, content, dry_run=dry_run))
    except CatalogueRefused as refused:
        for problem in refused.problems:
            typer.echo(f"{file}: {problem.place or 'file'}: {problem.code}: {problem.message}", err=True)
        raise typer.Exit(1) from None
    done = "Would load" if dry_run else "Loaded"
    typer.echo(
        f"{done} {summary.new_prices} new price rows ({summary.known_prices} were there)"
        f" and {summary.changed_entries} new or changed entries."
    )


@app.command("show")
def show(
    *,
    on: Annotated[str | None, typer.Option(help="The day (YYYY-MM-DD), today unless said.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every entry and price row, as JSON.")] = False,
) -> None:
    """Show offerings, products and the prices in force on a day."""
    version = _with_database(_read)
    if as_json:
        typer.echo(json.dumps(_as_json(version), indent=2, ensure_ascii=False))
        return
    _print(version, on=_day(on))


async def _load(database: Database, content: CatalogueFile, *, dry_run: bool) -> LoadSummary:
    async def loaded(connection: AsyncConnection) -> LoadSummary:
        # Notice counts on the clock that subscriptions begin with, which in a sandbox may be ahead.
        ahead = timedelta(seconds=int(await get_fact(connection, CLOCK_SHIFT) or 0))
        today = (datetime.now(UTC) + ahead).date()
        return await load_catalogue(connection, content, today=today, dry_run=dry_run)

    return await database.in_transaction(loaded)


async def _read(database: Database) -> CatalogueVersion:
    async with database.read() as connection:
        return await current_catalogue(connection)


def _with_database(work: Callable[[Database], Awaitable[_T]]) -> _T:
    """Do the work on the database of the settings, whose tables must be there."""

    async def connected() -> _T:
        database = Database(Settings().database)
        try:
            if not await is_current(database):
                _stop("The database's tables are not those of this release; run `perennial migrate`.")
            return await work(database)
        except DBAPIError as error:
            _stop(f"The database does not answer: {error.orig}")
        finally:
            await database.close()

    return asyncio.run(connected())


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _stop(f"{file} cannot be read: {error}")


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        _stop(f"{text} is not a day (YYYY-MM-DD).")


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _as_json(version: CatalogueVersion) -> dict[str, object]:
    rows = [row for group in version.catalogue.rows.values() for row in group]
    return {**version.body.model_dump(mode="json"), "prices": [_row(row) for row in rows]}


def _row(row: PriceRow) -> dict[str, object]:
    return {
        "price_list": row.price_list,
        "item": row.item,
        "term_months": row.term_months,
        "amount": row.amount,
        "effective_from": row.effective_from.isoformat(),
    }


def _print(version: CatalogueVersion, *, on: date) -> None:
    catalogue = version.catalogue
    offerings = Table("offering", "ECA", "terms", "products", title="Offerings")
    for offering in catalogue.offerings.values():
        terms = ", ".join(str(months) for months in offering.terms)
        needs = "yes" if offering.eca_required else "no"
        offerings.add_row(offering.code, needs, terms, ", ".join(offering.products))
    prices = Table("list", "item", "months", "amount", "since", title=f"Prices in force on {on}")
    for price_list, item, months in sorted(catalogue.rows):
        row = catalogue.row_in_force(price_list, item, months, on=on)
        if row is not None:
            amount = f"{row.amount} {catalogue.currencies[price_list]}"
            prices.add_row(price_list, item, str(months), amount, row.effective_from.isoformat())
    console = Console()
    console.print(offerings)
    console.print(prices)
