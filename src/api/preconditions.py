"""What a change may depend on: an idempotency key, and the version that the caller has seen."""

from __future__ import annotations

import re

from starlette.requests import Request

from api.parsing import json_of
from intake.denials import KeyRequired
from intake.idempotency import Key, checked_key, fingerprint

NO_VERSION = -1  # what a malformed If-Match asks for; nothing ever has it
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"|(\d{1,9})', re.ASCII)


async def key_of(request: Request, *, required: bool) -> Key | None:
    """Return the request's idempotency key with the fingerprint of the request, None when it has none.

    Raises:
        KeyRequired: it is missing although `required`, or malformed.
    """
    value = request.headers.get("idempotency-key")
    if value is None:
        if required:
            raise KeyRequired
        return None
    return key_with(request, value, await json_of(request))


def required_key(request: Request) -> str:
    """Return the request's idempotency key.

    Raises:
        KeyRequired: it is missing or malformed.
    """
    value = request.headers.get("idempotency-key")
    if value is None:
        raise KeyRequired
    return checked_key(value)


def key_with(request: Request, value: str, body: object) -> Key:
    """Return an idempotency key with the fingerprint of the request, whose body is this.

    Raises:
        KeyRequired: it is malformed.
    """
    return Key(checked_key(value), fingerprint(request.method, request.url.path, body))


def if_match_of(request: Request) -> int | None:
    """Return the version that the caller expects, None when any will do."""
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return None
    match = _ETAG.fullmatch(header)
    return int(match[1] or match[2]) if match else NO_VERSION


def etag(version: int) -> str:
    """Return a version as an `ETag`."""
    return f'"{version}"'
