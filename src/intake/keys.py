"""Making API keys, of whose texts only keyed hashes are stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.roles import SCOPES
from intake.shown_once import KEY_PREFIX, keyed_hash, new_secret_text
from storage.api_keys import ApiKey, insert_api_key
from storage.ids import new_id

_SHOWN_LENGTH = 12


async def issue_key(
    connection: AsyncConnection,
    partner_id: str,
    scopes: Iterable[str],
    *,
    name: str | None,
    pepper: bytes,
    now: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Store a new key and return it with its text, which is shown once and never again."""
    text = new_secret_text(KEY_PREFIX)
    key = ApiKey(
        id=new_id("key"),
        partner_id=partner_id,
        hash=keyed_hash(text, pepper),
        prefix=text[:_SHOWN_LENGTH],
        name=name,
        scopes=tuple(scope for scope in SCOPES if scope in set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    await insert_api_key(connection, key)
    return key, text
