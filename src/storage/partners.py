"""Partners: the operator, distributors and the resellers under them, and which price list each had since when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import partner_price_lists, partners

OPERATOR, DISTRIBUTOR, RESELLER = "operator", "distributor", "reseller"
ENABLED, DISABLED = "enabled", "disabled"
NO_TAX = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An account that sells.

    `price_list` is None when it has none of its own; `tax_rate_bp` is in hundredths of a percent.
    """

    id: str
    kind: str
    parent_id: str | None
    state: str
    name: str
    currency: str
    price_list: str | None
    billing_contact_email: str
    country: str
    tax_id: str | None
    tax_rate_bp: int
    tax_note: str
    created_at: datetime
    updated_at: datetime

    @property
    def account_id(self) -> str:
        """The partner that is billed: a reseller's distributor, else the partner itself."""
        return self.parent_id or self.id


def partner_of(row: RowMapping) -> Partner:
    """Return the partner in a row that has all its columns."""
    return Partner(**{column.name: row[column] for column in partners.c})


async def insert_partner(connection: AsyncConnection, partner: Partner) -> None:
    """Store a new partner."""
    await connection.execute(insert(partners).values(**asdict(partner)))


async def update_partner(connection: AsyncConnection, partner: Partner) -> None:
    """Store a partner's new values."""
    await connection.execute(update(partners).where(partners.c.id == partner.id).values(**asdict(partner)))


async def find_partner(
    connection: AsyncConnection, partner_id: str, *, visible: ColumnElement[bool] | None = None, lock: bool = False
) -> Partner | None:
    """Return a partner, None when there is none that is `visible`; `lock` keeps others from changing it."""
    query = select(partners).where(partners.c.id == partner_id)
    if visible is not None:
        query = query.where(visible)
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else partner_of(row)


async def find_first_of_kind(connection: AsyncConnection, kind: str) -> Partner | None:
    """Return the oldest partner of a kind, such as the one operator; None in an installation that has none yet."""
    query = select(partners).where(partners.c.kind == kind).order_by(partners.c.id).limit(1)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else partner_of(row)


async def list_partners(
    connection: AsyncConnection, visible: ColumnElement[bool], *, before: str | None, limit: int
) -> tuple[Partner, ...]:
    """Return partners, newest first, those whose id sorts before `before`."""
    query = select(partners).where(visible).order_by(partners.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(partners.c.id < before)
    return tuple(partner_of(row) for row in (await connection.execute(query)).mappings())


async def insert_partner_price_list(
    connection: AsyncConnection, partner_id: str, *, since: date, price_list: str | None
) -> None:
    """Remember that the partner has this list since a day; a second change on one day replaces the first."""
    history = partner_price_lists
    same_day = (history.c.partner_id == partner_id) & (history.c.since == since)
    await connection.execute(delete(history).where(same_day))
    await connection.execute(insert(history).values(partner_id=partner_id, since=since, price_list=price_list))
