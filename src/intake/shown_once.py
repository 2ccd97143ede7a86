"""Secrets that are shown once, `<prefix>_<secret>_<checksum>`, and of which only a keyed hash is stored."""

from __future__ import annotations

import hmac
import secrets
import string
import zlib
from hashlib import sha256

KEY_PREFIX, SETUP_PREFIX, SESSION_PREFIX = "prn", "prs", "prc"

_SECRET_BYTES = 32
_SECRET_LENGTH = 43  # digits of a 256-bit number in base 62
_CHECKSUM_LENGTH = 6
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_secret_text(prefix: str) -> str:
    """Return a fresh text of 256 random bits; prefix and checksum let scanners find leaked ones."""
    secret = _base62(int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big"), _SECRET_LENGTH)
    return f"{prefix}_{secret}_{_checksum(secret)}"


def is_well_formed(text: str, prefix: str) -> bool:
    """Return whether the text can be such a secret at all, which spares a look into the database."""
    found, _, rest = text.partition("_")
    secret, _, checksum = rest.partition("_")
    return found == prefix and len(secret) == _SECRET_LENGTH and secret.isascii() and checksum == _checksum(secret)


def keyed_hash(text: str, pepper: bytes) -> str:
    """Return what is stored of a secret."""
    return hmac.new(pepper, text.encode(), sha256).hexdigest()


def _checksum(secret: str) -> str:
    return _base62(zlib.crc32(secret.encode()), _CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
