"""Requests to a webhook of yours: whether they are the service's, and the event in them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from perennial_client.errors import SignatureError
from perennial_client.generated.models import Event

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secret: str,
    *,
    now: float | None = None,
    tolerance: float = TOLERANCE_SECONDS,
) -> Event:
    """Return the event of a request to a webhook, after its signature was found to be the service's.

    `body` are the bytes as they came, `secret` is what the webhook's creation or rotation showed: `whsec_…`. A request
    may come twice: `event.id` is the same. `now` is the present time in seconds, the clock's unless given; `tolerance`
    says how many seconds the request's time may be off.

    Raises:
        SignatureError: a header is missing, no signature fits, or the time is too far off.
        ValueError: the secret is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        identity, sent_at = given["webhook-id"], given["webhook-timestamp"]
        signatures = given["webhook-signature"]
    except KeyError as missing:
        raise SignatureError(f"the header {missing.args[0]} is missing") from None
    _in_time(sent_at, now=time.time() if now is None else now, tolerance=tolerance)
    due = hmac.digest(_key(secret), f"{identity}.{sent_at}.".encode() + body, hashlib.sha256)
    expected = f"v1,{base64.b64encode(due).decode()}".encode()
    if not any(hmac.compare_digest(one.encode(), expected) for one in signatures.split(" ")):
        raise SignatureError("no signature fits")
    return Event.from_json(json.loads(body))


def _in_time(sent_at: str, *, now: float, tolerance: float) -> None:
    if not (sent_at.isascii() and sent_at.isdigit()):
        raise SignatureError("webhook-timestamp is no time")
    if abs(now - int(sent_at)) > tolerance:
        raise SignatureError("webhook-timestamp is too far off")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError("the secret is none; it begins with whsec_")
    return key
