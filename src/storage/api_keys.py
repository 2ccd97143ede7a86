"""API keys as stored: a keyed hash, never the key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import Partner, partner_of
from storage.tables import api_keys, partners

USED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of one partner. `prefix` is its recognisable beginning, `scopes` what it may do.

    `last_used_at` is right to `USED_EVERY`: a busy key costs no write a request.
    """

    id: str
    partner_id: str
    hash: str
    prefix: str
    name: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Return whether the key may be used at an instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def is_use_news(self, at: datetime) -> bool:
        """Return whether a use at an instant is worth writing down."""
        return self.last_used_at is None or at - self.last_used_at >= USED_EVERY


async def insert_api_key(connection: AsyncConnection, key: ApiKey) -> None:
    """Store a key."""
    await connection.execute(insert(api_keys).values(**{**asdict(key), "scopes": list(key.scopes)}))


async def find_key_and_partner(connection: AsyncConnection, key_hash: str) -> tuple[ApiKey, Partner] | None:
    """Return the key with this hash and its partner, None when there is none."""
    row = (await connection.execute(_KEY_AND_PARTNER, {"hash": key_hash})).mappings().one_or_none()
    if row is None:
        return None
    return _key_of(row), partner_of(row)


async def find_api_key(
    connection: AsyncConnection, key_id: str, visible: ColumnElement[bool], *, lock: bool = False
) -> ApiKey | None:
    """Return a key, None when there is none that is `visible`; `lock` keeps others from changing it."""
    query = select(api_keys).where(api_keys.c.id == key_id, visible)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else _key_of(row)


async def list_api_keys(
    connection: AsyncConnection, visible: ColumnElement[bool], *, before: str | None, limit: int
) -> tuple[ApiKey, ...]:
    """Return keys, newest first, revoked and expired ones too."""
    query = select(api_keys).where(visible).order_by(api_keys.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(api_keys.c.id < before)
    return tuple(_key_of(row) for row in (await connection.execute(query)).mappings())


async def revoke_api_key(connection: AsyncConnection, key_id: str, *, at: datetime) -> None:
    """End a key at once."""
    await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(revoked_at=at))


async def note_use(connection: AsyncConnection, key_id: str, *, at: datetime) -> None:
    """Write down that a key was used."""
    await connection.execute(update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=at))


def _key_of(row: RowMapping) -> ApiKey:
    values: dict[str, Any] = {name: row[api_keys.c[name]] for name in ApiKey.__dataclass_fields__}
    values["scopes"] = tuple(values["scopes"])
    return ApiKey(**values)


# Built once: every request asks it.
_KEY_AND_PARTNER = (
    select(api_keys, partners)
    .join(partners, partners.c.id == api_keys.c.partner_id)
    .where(api_keys.c.hash == bindparam("hash"))
)
