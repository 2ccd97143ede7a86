"""Telling webhooks: one activity drains what one webhook is owed and then lets it sleep."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from ssl import SSLContext

from httpx2 import create_ssl_context
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio import activity

from activities.delivery_orders import DRAIN_WEBHOOK, Drained, DrainOrder
from activities.draining import Draining, Told
from activities.rounds import Round
from activities.trouble import Unreachable
from activities.webhook_addresses import Addresses
from activities.webhook_line import MOST_CONNECTIONS, TIMEOUT_SECONDS, Gone, WebhookLine
from storage.deliveries import close_deliveries
from storage.tellings import Telling, lock_receiver
from storage.webhook_secrets import webhook_secret
from storage.webhooks import RECEIVER, Webhook, disable_webhook, find_open_webhook

PATIENCE = 8  # so many tries in vain in a row, and the receiver is left alone for a while
DISABLED = "the webhook is disabled"


class WebhookTelling:
    """Tells webhooks what `tellings` says they are owed."""

    def __init__(
        self,
        draining: Draining,
        *,
        addresses: Addresses,
        key: bytes,
        timeout_seconds: float = TIMEOUT_SECONDS,
        trust: SSLContext | None = None,
    ) -> None:
        """Take what drains, which addresses are allowed, what secrets are derived with, and how long to wait.

        `trust` says which certificates are believed: those of the public authorities unless given.
        """
        self._draining = draining
        self._addresses = addresses
        self._key = key
        self._timeout = timeout_seconds
        self._trust = trust or create_ssl_context(trust_env=False)  # made once: it takes longer than a request

    @activity.defn(name=DRAIN_WEBHOOK)
    async def drain_webhook(self, order: DrainOrder) -> Drained:
        """Send what is due and what comes in meanwhile, then note that the webhook sleeps, or that it is over."""
        webhook_id = order.receiver.removeprefix(RECEIVER)
        line = WebhookLine(self._addresses, timeout_seconds=self._timeout, trust=self._trust)
        async with aclosing(line):
            sending = _Sending(self._draining, self._key, webhook_id, line)
            drained = Drained()
            if await sending.webhook() is not None:
                drained = await self._draining.drain(order, sending.tell)
        if sending.over:
            return await self._closed(order.receiver, drained.sent, sending)
        if drained.trouble:
            await self._draining.give_up_old(order, drained.trouble)
        return drained

    async def _closed(self, receiver: str, sent: int, sending: _Sending) -> Drained:
        async def work(connection: AsyncConnection) -> bool:
            if sending.gone_url:
                at = datetime.now(UTC)
                await disable_webhook(connection, sending.webhook_id, url=sending.gone_url, reason=sending.over, at=at)
            # It may have been enabled, or sent elsewhere, in the meantime; from here on nothing can be owed unseen.
            await lock_receiver(connection, receiver)
            if await find_open_webhook(connection, sending.webhook_id) is not None:
                return False
            await close_deliveries(connection, sending.webhook_id, error=sending.over)
            return True

        if not await self._draining.database.in_transaction(work):
            return Drained(sent=sent)
        return Drained(sent=sent, asleep=True, over=True, trouble=sending.over)


@dataclass(slots=True)
class _Sending:
    """One drain of one webhook; `over` says why it is told nothing more, `gone_url` which address said so itself."""

    draining: Draining
    key: bytes
    webhook_id: str
    line: WebhookLine
    over: str = ""
    gone_url: str = ""

    async def webhook(self) -> Webhook | None:
        """Return the webhook, None when it is over."""
        async with self.draining.database.read() as connection:
            found = await find_open_webhook(connection, self.webhook_id)
        if found is None:
            self.over = DISABLED
        return found

    async def tell(self, batch: Sequence[Telling]) -> Told:
        """Send one batch, as the webhook is at this moment."""
        webhook = await self.webhook()
        if webhook is None:
            return Told(0, self.over)
        try:
            await self.line.reach(webhook.url)
        except Unreachable as error:
            return Told(0, error.reason)
        secrets = [webhook_secret(self.key, webhook.id, number) for number in webhook.secret_numbers(datetime.now(UTC))]
        sending = Round[WebhookLine](
            writes=self.draining.writes,
            deliver=partial(self._deliver, webhook, secrets),
            patience=PATIENCE,
        )
        await sending.run(batch, [self.line] * MOST_CONNECTIONS)
        return Told(sending.settled, sending.trouble, sending.pause)

    async def _deliver(self, webhook: Webhook, secrets: Sequence[str], line: WebhookLine, telling: Telling) -> None:
        try:
            await line.send(webhook.url, telling, secrets)
        except Gone as error:
            self.over, self.gone_url = error.reason, webhook.url
            raise
