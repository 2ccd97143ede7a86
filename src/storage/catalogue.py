"""The catalogue in force: the newest version of its entries and every price row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.catalog import Catalogue, ClmTier, Offering, PriceRow, Product, rows_by_key
from storage.catalogue_file import CatalogueBody, ValidityEntry
from storage.tables import catalogues, price_rows


class NoCatalogue(LookupError):
    """The database has no catalogue yet; every start seeds one."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Which countries' addresses need a state or province, and which have no postal code (ISO 3166-1 alpha-2)."""

    state_required: frozenset[str] = frozenset()
    no_postal_code: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueVersion:
    """One version of the catalogue: what the rules need of it, and what is only shown."""

    catalogue: Catalogue
    body: CatalogueBody
    addresses: AddressRules

    def longest_validity(self, product: str, *, on: date) -> int | None:
        """Return the longest validity in days of a certificate made on a day, None where nothing limits it."""
        named = next((entry.validity for entry in self.body.products if entry.code == product), None)
        limits = next((entry for entry in self.body.validities if entry.code == named), None)
        return None if limits is None else _days_on(limits, on)


async def current_catalogue(connection: AsyncConnection) -> CatalogueVersion:
    """Return the newest version.

    Raises:
        NoCatalogue: none was loaded.
    """
    newest = (await connection.execute(_NEWEST)).one_or_none()
    return await catalogue_version(connection, *((None, None) if newest is None else newest))


async def catalogue_version(
    connection: AsyncConnection, catalogue_id: int | None, loaded_at: datetime | None
) -> CatalogueVersion:
    """Return the version that a query found to be the newest; built once a process, since versions never change.

    Raises:
        NoCatalogue: the query found none.
    """
    if catalogue_id is None or loaded_at is None:
        raise NoCatalogue
    identity = (catalogue_id, loaded_at)
    known = _built.get(connection.engine.sync_engine)
    if known is not None and known[0] == identity:
        return known[1]
    version = await _build(connection, catalogue_id)
    _built[connection.engine.sync_engine] = (identity, version)
    return version


async def insert_catalogue(
    connection: AsyncConnection, body: CatalogueBody, rows: Iterable[PriceRow], *, loaded_at: datetime
) -> None:
    """Store a new version and its new price rows; every load stores one, so its id stands for the rows as well."""
    await connection.execute(insert(catalogues).values(loaded_at=loaded_at, body=body.model_dump(mode="json")))
    values = [asdict(row) for row in rows]
    if values:
        await connection.execute(insert(price_rows), values)


async def _build(connection: AsyncConnection, catalogue_id: int) -> CatalogueVersion:
    stored: Mapping[str, Any] = (
        await connection.execute(select(catalogues.c.body).where(catalogues.c.id == catalogue_id))
    ).scalar_one()
    found = await connection.execute(select(price_rows).order_by(price_rows.c.effective_from))
    return version_of(CatalogueBody.model_validate(stored), (PriceRow(**row) for row in found.mappings()))


def version_of(body: CatalogueBody, rows: Iterable[PriceRow]) -> CatalogueVersion:
    """Return the version that these entries and rows make."""
    catalogue = Catalogue(
        offerings={
            entry.code: Offering(
                code=entry.code,
                name=entry.name,
                eca_required=entry.eca_required,
                products=tuple(entry.products),
                terms=tuple(entry.terms),
                withdrawn_from=entry.withdrawn_from,
            )
            for entry in body.offerings
        },
        products={
            entry.code: Product(code=entry.code, name=entry.name, withdrawn_from=entry.withdrawn_from)
            for entry in body.products
        },
        tiers={
            entry.code: ClmTier(code=entry.code, name=entry.name, benefits=tuple(entry.benefits))
            for entry in body.clm_tiers
        },
        currencies={entry.code: entry.currency for entry in body.price_lists},
        rows=rows_by_key(tuple(rows)),
    )
    return CatalogueVersion(catalogue=catalogue, body=body, addresses=_address_rules(body))


def _address_rules(body: CatalogueBody) -> AddressRules:
    if body.addresses is None:
        return AddressRules()
    return AddressRules(frozenset(body.addresses.state_required), frozenset(body.addresses.no_postal_code))


def _days_on(limits: ValidityEntry, day: date) -> int | None:
    known = [step for step in limits.steps if step.since <= day]
    return max(known, key=lambda step: step.since).days if known else None


_NEWEST = select(catalogues.c.id, catalogues.c.loaded_at).order_by(catalogues.c.id.desc()).limit(1)
# By engine, since another database has another catalogue under the same id.
_built: WeakKeyDictionary[Engine, tuple[tuple[int, datetime], CatalogueVersion]] = WeakKeyDictionary()
