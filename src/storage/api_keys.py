"""API keys as stored: a keyed hash, never the key."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import Partner, partner_of
from storage.tables import api_keys, partners


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of one partner. `prefix` is its recognisable beginning, `scopes` what it may do."""

    id: str
    partner_id: str
    hash: str
    prefix: str
    name: str | None
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_valid(self, at: datetime) -> bool:
        """Return whether the key may be used at an instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


async def insert_api_key(connection: AsyncConnection, key: ApiKey) -> None:
    """Store a key."""
    await connection.execute(insert(api_keys).values(**{**asdict(key), "scopes": list(key.scopes)}))


async def find_key_and_partner(connection: AsyncConnection, key_hash: str) -> tuple[ApiKey, Partner] | None:
    """Return the key with this hash and its partner, None when there is none."""
    row = (await connection.execute(_KEY_AND_PARTNER, {"hash": key_hash})).mappings().one_or_none()
    if row is None:
        return None
    values: dict[str, Any] = {name: row[api_keys.c[name]] for name in ApiKey.__dataclass_fields__}
    values["scopes"] = tuple(values["scopes"])
    return ApiKey(**values), partner_of(row)


# Built once: every request asks it.
_KEY_AND_PARTNER = (
    select(api_keys, partners)
    .join(partners, partners.c.id == api_keys.c.partner_id)
    .where(api_keys.c.hash == bindparam("hash"))
)
