"""The secret in a link to the agreement: derived from the request, so that the database needs to keep only its hash."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class EcaKeys:
    """The keys that links are made with, by id. New links use the current one; older ones stay as long as links live.

    Raises:
        ValueError: there is no current key, or it is shorter than 32 bytes.
    """

    current_id: str
    keys: Mapping[str, SecretStr]

    def __post_init__(self) -> None:
        """Refuse a set without a good current key at start, not at the first link."""
        if self.current_id not in self.keys:
            message = f"there is no agreement key called {self.current_id}"
            raise ValueError(message)
        if len(self.keys[self.current_id].get_secret_value().encode()) < hashlib.sha256().digest_size:
            message = "the agreement key needs at least 32 bytes"
            raise ValueError(message)


def token(keys: EcaKeys, request_id: str, link_number: int, *, key_id: str) -> str:
    """Return the link's token, 43 characters that are safe in an address.

    Raises:
        KeyError: the key was taken away while its links still live.
    """
    key = keys.keys[key_id].get_secret_value().encode()
    digest = hmac.digest(key, f"{request_id}:{link_number}".encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(value: str) -> str:
    """Return what the database keeps of a token."""
    return hashlib.sha256(value.encode()).hexdigest()
