"""Loading a catalogue file: all of it, or nothing and every reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.catalogue import CatalogueVersion, NoCatalogue, current_catalogue, insert_catalogue, version_of
from storage.catalogue_file import CatalogueBody, CatalogueFile, CatalogueRefused, parse_catalogue
from storage.catalogue_rules import (
    Load,
    entry_problems,
    merged,
    missing_prices,
    new_rows,
    notice_problems,
    price_problems,
)
from storage.database import Database
from storage.tables import catalogues

DEFAULT_CATALOGUE = Path(__file__).parent / "catalogues" / "default.toml"
_ONE_LOADER = 4_101_967  # the advisory lock of whoever loads a catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSummary:
    """What a load changed: the number of new price rows, and of offerings, products, tiers and lists that differ."""

    new_prices: int
    known_prices: int
    changed_entries: int


async def load_catalogue(
    connection: AsyncConnection, file: CatalogueFile, *, today: date, dry_run: bool = False
) -> LoadSummary:
    """Load the file over the catalogue that is there; `dry_run` only says what would happen.

    Raises:
        CatalogueRefused: something in the file breaks a rule; nothing was written.
    """
    await _one_at_a_time(connection)
    before = await _present(connection)
    load = Load(file=file, before=before.body, after=merged(before.body, file), prices=before.catalogue, today=today)
    _check(load)
    rows = new_rows(load)
    changed = _changed_entries(before.body, load.after)
    if not dry_run and (rows or changed):
        await insert_catalogue(connection, load.after, rows, loaded_at=datetime.now(UTC))
    return LoadSummary(new_prices=len(rows), known_prices=len(file.prices) - len(rows), changed_entries=changed)


async def seed_catalogue(database: Database, *, today: date) -> None:
    """Give a database without a catalogue the default one; does nothing to any other."""

    async def seed(connection: AsyncConnection) -> None:
        await _one_at_a_time(connection)
        if (await connection.execute(select(func.count()).select_from(catalogues))).scalar_one() == 0:
            await load_catalogue(connection, parse_catalogue(DEFAULT_CATALOGUE.read_text("utf-8")), today=today)

    await database.in_transaction(seed)


def _check(load: Load) -> None:
    problems = [*entry_problems(load), *price_problems(load)]
    if not problems:
        rows = tuple(row for group in load.prices.rows.values() for row in group)
        after = version_of(load.after, (*rows, *new_rows(load))).catalogue
        problems = [*notice_problems(load), *missing_prices(load, after)]
    if problems:
        raise CatalogueRefused(problems)


async def _present(connection: AsyncConnection) -> CatalogueVersion:
    try:
        return await current_catalogue(connection)
    except NoCatalogue:
        return version_of(CatalogueBody(), ())


async def _one_at_a_time(connection: AsyncConnection) -> None:
    # SQLite's write transactions are alone anyway.
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _ONE_LOADER})


def _changed_entries(before: CatalogueBody, after: CatalogueBody) -> int:
    changed = sum(
        entry not in getattr(before, section)
        for section in ("offerings", "products", "clm_tiers", "price_lists", "validities")
        for entry in getattr(after, section)
    )
    return changed + (before.addresses != after.addresses)
