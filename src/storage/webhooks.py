"""Webhooks: where partners want to be told of events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import ENABLED as PARTNER_ENABLED
from storage.rows import values_of
from storage.tables import partners, webhooks

ENABLED, DISABLED, DELETED = "enabled", "disabled", "deleted"
EVERYBODY = "*"
RECEIVER = "webhook/"


@dataclass(frozen=True, slots=True)
class Listener:
    """A webhook that is told of a customer's events; `kinds` is None for every kind."""

    webhook_id: str
    kinds: frozenset[str] | None

    def wants(self, kind: str) -> bool:
        """Return whether it is told of a kind of event."""
        return self.kinds is None or kind in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address of one partner, and of what it wants to be told; `kinds` is None for every kind of event.

    `hears_of` is whose customers it is about: its partner's id, or `EVERYBODY` for the operator's. The secret before
    the present one, whose number is `secret_number`, is signed with too until `previous_until`.
    """

    id: str
    partner_id: str
    hears_of: str
    url: str
    description: str | None
    kinds: tuple[str, ...] | None
    state: str
    state_reason: str | None
    secret_number: int
    previous_until: datetime | None
    created_at: datetime
    updated_at: datetime

    def secret_numbers(self, at: datetime) -> tuple[int, ...]:
        """Return the numbers of the secrets that are signed with at an instant, the present one first."""
        overlaps = self.previous_until is not None and at < self.previous_until
        return (self.secret_number, self.secret_number - 1) if overlaps else (self.secret_number,)


def webhook_receiver(webhook_id: str) -> str:
    """Return the delivery that tells a webhook."""
    return f"{RECEIVER}{webhook_id}"


async def insert_webhook(connection: AsyncConnection, webhook: Webhook) -> None:
    """Store a new webhook."""
    await connection.execute(insert(webhooks).values(**_columns(webhook)))


async def update_webhook(connection: AsyncConnection, webhook: Webhook) -> None:
    """Store a webhook's new values."""
    await connection.execute(update(webhooks).where(webhooks.c.id == webhook.id).values(**_columns(webhook)))


async def find_webhook(
    connection: AsyncConnection, webhook_id: str, visible: ColumnElement[bool], *, lock: bool = False
) -> Webhook | None:
    """Return a webhook, None when there is none that is `visible`; `lock` keeps others from changing it."""
    query = select(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.state != DELETED, visible)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return None if row is None else _webhook(row)


async def find_open_webhook(connection: AsyncConnection, webhook_id: str) -> Webhook | None:
    """Return a webhook that is to be told things now: it is enabled, and so is its partner."""
    query = (
        select(webhooks)
        .join(partners, partners.c.id == webhooks.c.partner_id)
        .where(webhooks.c.id == webhook_id, webhooks.c.state == ENABLED, partners.c.state == PARTNER_ENABLED)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _webhook(row)


async def list_listeners(connection: AsyncConnection, webhook_ids: Collection[str]) -> tuple[Listener, ...]:
    """Return those of these webhooks that are to be told things now, by id; a disabled partner is told nothing."""
    query = (
        select(webhooks.c.id, webhooks.c.kinds)
        .join(partners, partners.c.id == webhooks.c.partner_id)
        .where(webhooks.c.id.in_(webhook_ids), webhooks.c.state == ENABLED, partners.c.state == PARTNER_ENABLED)
        .order_by(webhooks.c.id)
    )
    rows = await connection.execute(query)
    return tuple(Listener(row.id, None if row.kinds is None else frozenset(row.kinds)) for row in rows)


async def list_webhooks(
    connection: AsyncConnection, visible: ColumnElement[bool], *, before: str | None, limit: int
) -> tuple[Webhook, ...]:
    """Return webhooks, newest first, those whose id sorts before `before`."""
    query = select(webhooks).where(visible, webhooks.c.state != DELETED).order_by(webhooks.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(webhooks.c.id < before)
    return tuple(_webhook(row) for row in await connection.execute(query))


async def count_webhooks(connection: AsyncConnection, partner_id: str) -> int:
    """Return how many webhooks a partner has."""
    mine = (webhooks.c.partner_id == partner_id, webhooks.c.state != DELETED)
    return await connection.scalar(select(func.count()).select_from(webhooks).where(*mine)) or 0


async def disable_webhook(connection: AsyncConnection, webhook_id: str, *, url: str, reason: str, at: datetime) -> None:
    """Tell a webhook nothing more, because of what was said at its `url`.

    One that is not enabled, or is told at another address by now, is left as it is.
    """
    mine = (webhooks.c.id == webhook_id, webhooks.c.url == url, webhooks.c.state == ENABLED)
    await connection.execute(update(webhooks).where(*mine).values(state=DISABLED, state_reason=reason, updated_at=at))


def _columns(webhook: Webhook) -> dict[str, Any]:
    return {**asdict(webhook), "kinds": None if webhook.kinds is None else list(webhook.kinds)}


def _webhook(row: Row[Any]) -> Webhook:
    values: dict[str, Any] = {**values_of(row), "kinds": None if row.kinds is None else tuple(row.kinds)}
    return Webhook(**values)
