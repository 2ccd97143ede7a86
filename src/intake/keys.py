"""Making API keys and recognising them: `prn_<secret>_<checksum>`, of which only a keyed hash is stored."""

from __future__ import annotations

import hmac
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.api_keys import ApiKey, insert_api_key
from storage.ids import new_id

SCOPES = ("read", "write", "refund", "admin", "ops")

_PREFIX = "prn"
_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # digits of a 256-bit number in base 62
_CHECKSUM_LENGTH = 6
_SHOWN_LENGTH = 12
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


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
    text = new_key_text()
    key = ApiKey(
        id=new_id("key"),
        partner_id=partner_id,
        hash=key_hash(text, pepper),
        prefix=text[:_SHOWN_LENGTH],
        name=name,
        scopes=tuple(scope for scope in SCOPES if scope in set(scopes)),
        created_at=now,
        expires_at=expires_at,
    )
    await insert_api_key(connection, key)
    return key, text


def new_key_text() -> str:
    """Return a fresh key of 256 random bits; prefix and checksum let scanners find leaked ones."""
    secret = _base62(int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big"), _SECRET_LENGTH)
    return f"{_PREFIX}_{secret}_{_checksum(secret)}"


def is_well_formed(text: str) -> bool:
    """Return whether the text can be a key at all, which spares a look into the database."""
    prefix, _, rest = text.partition("_")
    secret, _, checksum = rest.partition("_")
    return prefix == _PREFIX and len(secret) == _SECRET_LENGTH and secret.isascii() and checksum == _checksum(secret)


def key_hash(text: str, pepper: bytes) -> str:
    """Return what is stored of a key."""
    return hmac.new(pepper, text.encode(), sha256).hexdigest()


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
