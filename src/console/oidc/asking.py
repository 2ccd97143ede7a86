"""Asking a provider of identities: within a time and a size, and for an object of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any, cast

import httpx2

from console.oidc.failures import IdentityRefused, ProviderFailed

OK, BAD_REQUEST = 200, 400
PATIENCE_SECONDS = 10
AT_MOST_BYTES = 1_000_000
# RFC 6749, 5.2. Only these are repeated in the log: what else a provider sends may be anything.
_ERRORS = frozenset(
    {
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    }
)


async def asked(
    method: str, address: str, *, form: Mapping[str, str] | None = None, auth: httpx2.BasicAuth | None = None
) -> Mapping[str, Any]:
    """Return the object, not an empty one, that a provider answers with.

    Raises:
        IdentityRefused: it finds something wrong with the form that it was sent.
        ProviderFailed: it does not answer in time, or with something else.
    """
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client,
            client.stream(method, address, data=form, auth=auth) as answer,
        ):
            content = await _content(answer)
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
        raise ProviderFailed(type(error).__name__) from error
    found = _object(content)
    code = found.get("error")
    said = f"{answer.status_code} ({code})" if isinstance(code, str) and code in _ERRORS else f"{answer.status_code}"
    if answer.status_code == BAD_REQUEST and form is not None:
        message = f"the code is refused: {said}"
        raise IdentityRefused(message)
    if answer.status_code != OK or not found:
        message = f"it answered with {said}"
        raise ProviderFailed(message)
    return found


def _object(content: bytes) -> Mapping[str, Any]:
    """Return the object that an answer is; an empty one of anything else."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", found) if isinstance(found, dict) else {}


async def _content(answer: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > AT_MOST_BYTES:
            message = "its answer is longer than a megabyte"
            raise ProviderFailed(message)
    return bytes(content)
