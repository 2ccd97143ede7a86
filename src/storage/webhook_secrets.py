"""The secret of a webhook: derived from its id and a number, so that the database keeps none."""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import sha256

PREFIX = "whsec_"
_PURPOSE = b"webhook secrets"


def webhook_key(pepper: bytes) -> bytes:
    """Return the key that secrets are derived with; it says nothing of the installation's pepper."""
    return hmac.digest(pepper, _PURPOSE, sha256)


def webhook_secret(key: bytes, webhook_id: str, number: int) -> str:
    """Return a secret as Standard Webhooks writes it: `whsec_` and 256 bits in base64."""
    return PREFIX + b64encode(hmac.digest(key, f"{webhook_id}:{number}".encode(), sha256)).decode()
