"""Purchases through HTTP, as lean as a client can be, so that what is measured is the product."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

CREATED = 201


@dataclass(frozen=True, slots=True)
class Target:
    """Where to buy, with which key, for which customer."""

    port: int
    key: str
    customer_id: str


async def run(target: Target, count: int, concurrency: int) -> tuple[float, list[float]]:
    """Return how long `count` purchases took, `concurrency` at a time, and each one's seconds."""
    seconds: list[float] = []
    left = iter(range(count))
    body = purchase(target.customer_id)

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        for _ in left:
            began = time.perf_counter()
            writer.write(_request(target, body))
            status = await _status(reader)
            if status != CREATED:
                message = f"a purchase answered {status}"
                raise RuntimeError(message)
            seconds.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(concurrency)))
    return time.perf_counter() - began, seconds


def purchase(customer_id: str) -> dict[str, Any]:
    """Return a purchase without agreement, active at once."""
    return {
        "customer_id": customer_id,
        "offering": "dv-automation",
        "term_months": 12,
        "clm_tier": "professional",
        "inventory": [{"product": "tls-dv-single", "quantity": 25}],
        "renewal_mode": "auto",
        "expected_total": 25 * (4900 + 2000),
    }


def _request(target: Target, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = (
        "POST /v1/subscriptions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {target.key}\r\nIdempotency-Key: {uuid.uuid4().hex}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
    await reader.readexactly(length)
    return int(lines[0].split()[1])
