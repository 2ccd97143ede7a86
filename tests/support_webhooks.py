"""Real receivers of webhooks, which answer as a test tells them to, and what a test does with webhooks at a desk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook as Verifier
from temporalio.testing import ActivityEnvironment

from activities.delivery_orders import Drained, DrainOrder
from activities.webhook_addresses import Addresses
from activities.webhook_telling import WebhookTelling
from storage.webhooks import webhook_receiver
from support_door import WEBHOOK_KEY
from support_ledger import Desk, draining_of

DV = {"offering": "dv-automation", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verify(self, secret: str) -> None:
        """As a receiver does it, with the library of Standard Webhooks; raises unless a signature fits."""
        Verifier(secret).verify(self.body.decode(), self.headers)


async def _ok(_received: Received) -> int:
    return 204


@dataclass
class Receiver:
    """An HTTP server: `answer` gives a request its status; `headers` go along with every answer."""

    answer: Callable[[Received], Awaitable[int]] = _ok
    headers: dict[str, str] = field(default_factory=dict[str, str])
    requests: list[Received] = field(default_factory=list[Received])
    taken: list[Received] = field(default_factory=list[Received])
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?of=perennial"

    def of(self, subscription_id: str) -> list[int]:
        """The versions that were taken of a subscription, in the order in which they came."""
        payloads = [request.payload for request in self.taken]
        return [payload["version"] for payload in payloads if payload["subscription_id"] == subscription_id]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take requests over one connection until it ends."""
        self.connections += 1
        try:
            while (received := await _read(reader)) is not None:
                self.requests.append(received)
                status = await self.answer(received)
                if status in range(200, 300):
                    self.taken.append(received)
                more = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                length = "" if status == 204 else "content-length: 0\r\n"
                writer.write(f"HTTP/1.1 {status} Answer\r\n{length}{more}\r\n".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = (line.partition(": ") for line in lines[1:] if line)
    headers = {name.lower(): value for name, _, value in fields}
    body = await reader.readexactly(int(headers["content-length"]))
    return Received(lines[0].split()[1], headers, body)


@asynccontextmanager
async def receiving(receiver: Receiver | None = None) -> AsyncGenerator[Receiver]:
    """A receiver on a port of loopback."""
    opened = receiver or Receiver()
    server = await asyncio.start_server(opened.serve, "127.0.0.1", 0)
    opened.port = server.sockets[0].getsockname()[1]
    try:
        yield opened
    finally:
        server.close()


def telling_at(desk: Desk, *, addresses: Addresses | None = None, timeout_seconds: float = 5.0) -> WebhookTelling:
    """What tells the webhooks of a desk; to any address unless told else."""
    return WebhookTelling(
        draining_of(desk.database),
        addresses=addresses or Addresses(allows_private=True),
        key=WEBHOOK_KEY,
        timeout_seconds=timeout_seconds,
    )


async def drained(telling: WebhookTelling, webhook_id: str, *, failures: int = 0) -> Drained:
    """One drain of a webhook."""
    order = DrainOrder(receiver=webhook_receiver(webhook_id), failures=failures)
    return await ActivityEnvironment().run(telling.drain_webhook, order)


async def hooked(desk: Desk, url: str, **fields: Any) -> dict[str, Any]:
    """A new webhook of the distributor, with its secret."""
    answer = await desk.door.distributor.post("/v1/webhooks", {"url": url, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def deliveries(desk: Desk, webhook_id: str, **query: str) -> list[dict[str, Any]]:
    """What a webhook was told and is owed, oldest first."""
    path = f"/v1/webhooks/{webhook_id}/deliveries"
    answer = await desk.door.distributor.get(path, params={"limit": "200", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found[::-1]


async def bought(desk: Desk, **changes: Any) -> str:
    """A subscription that is active at once; its id."""
    found: str = (await desk.purchase(**DV, **changes))["id"]
    return found


async def suspended(desk: Desk, subscription_id: str) -> None:
    await desk.command(f"/v1/subscriptions/{subscription_id}/suspend", {})


async def enabled(desk: Desk, subscription_id: str) -> None:
    await desk.command(f"/v1/subscriptions/{subscription_id}/enable", {})
