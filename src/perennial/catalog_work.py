"""What `perennial catalog` does on the database: load a catalogue file, show what is in force."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.catalog import PriceRow
from perennial.local_database import day_of, text_of, today_of, with_database
from storage.catalogue import CatalogueVersion, current_catalogue
from storage.catalogue_file import CatalogueFile, CatalogueRefused, parse_catalogue
from storage.catalogue_loading import LoadSummary, load_catalogue
from storage.database import Database


def load(file: Path, *, dry_run: bool) -> None:
    """Load a file over the catalogue in force: all of it, or nothing and every reason."""
    try:
        content = parse_catalogue(text_of(file))
        summary = with_database(lambda database: _load(database, content, dry_run=dry_run))
    except CatalogueRefused as refused:
        for problem in refused.problems:
            typer.echo(f"{file}: {problem.place or 'file'}: {problem.code}: {problem.message}", err=True)
        raise typer.Exit(1) from None
    done = "Would load" if dry_run else "Loaded"
    typer.echo(
        f"{done} {summary.new_prices} new price rows ({summary.known_prices} were there)"
        f" and {summary.changed_entries} new or changed entries."
    )


def show(*, on: str | None, as_json: bool) -> None:
    """Show offerings, products and the prices in force on a day."""
    version = with_database(_read)
    if as_json:
        typer.echo(json.dumps(_as_json(version), indent=2, ensure_ascii=False))
        return
    _print(version, on=datetime.now(UTC).date() if on is None else day_of(on))


async def _load(database: Database, content: CatalogueFile, *, dry_run: bool) -> LoadSummary:
    async def loaded(connection: AsyncConnection) -> LoadSummary:
        return await load_catalogue(connection, content, today=await today_of(connection), dry_run=dry_run)

    return await database.in_transaction(loaded)


async def _read(database: Database) -> CatalogueVersion:
    async with database.read() as connection:
        return await current_catalogue(connection)


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
