"""The feed of events, webhooks and what they are told, and what was mailed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import Actor, CommandId, Instant, PartnerId, SubscriptionId


class Event(TypedDict):
    """Something that happened to a subscription; what `data` holds goes by `kind`."""

    id: str
    subscription_id: SubscriptionId
    version: int
    kind: str
    at: Instant
    recorded_at: Instant
    actor: Actor
    reason: str | None
    command_id: CommandId
    transaction_id: str | None
    payload_version: int
    data: dict[str, Any]


class Webhook(TypedDict):
    """An address that is told of events."""

    id: str
    partner_id: PartnerId
    url: str
    description: str | None
    kinds: Annotated[list[str] | None, Field(description="Of which kinds it is told; null is every kind.")]
    state: Literal["enabled", "disabled"]
    state_reason: str | None
    previous_secret_expires_at: Instant | None
    created_at: Instant
    updated_at: Instant


class WebhookWithSecret(Webhook):
    """A webhook with the secret that signs what it is told."""

    secret: str


class Delivery(TypedDict):
    """What a webhook was told or is owed; `id` is the `webhook-id` of every try."""

    id: str
    webhook_id: str
    event_id: str
    subscription_id: SubscriptionId
    version: int
    kind: str
    status: Literal["pending", "sent", "failed"]
    attempts: int
    last_error: str | None
    next_try_at: Instant | None
    created_at: Instant
    sent_at: Instant | None


class LoggedMail(TypedDict):
    """A mail that went out, or will, about a subscription or a document; never its address and never its text."""

    id: str
    kind: str
    receiver: Annotated[
        Literal["acceptor", "former_acceptor", "partner", "customer", "operator", "billing"],
        Field(description="Whom it is for, by role."),
    ]
    subscription_id: str | None
    invoice_id: str | None
    status: Annotated[
        Literal["pending", "sent", "refused", "failed", "skipped"],
        Field(description="`refused` by the receiver, `failed` after days of trying, `skipped` as no longer needed."),
    ]
    attempts: Annotated[int, Field(description="Tries in vain.")]
    last_error: str | None
    next_try_at: Instant | None
    created_at: Instant
    sent_at: Instant | None
