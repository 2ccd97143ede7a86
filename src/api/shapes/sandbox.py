"""The sandbox's clock and mailbox, and the health of a process."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from api.shapes.members import Day, Instant, SubscriptionId
from lifecycle.subscription import State


class Moved(TypedDict):
    """A subscription, and the virtual day at which it has arrived."""

    id: SubscriptionId
    today: Day
    state: State


class Advanced(TypedDict):
    """Where the subscriptions have arrived."""

    subscriptions: list[Moved]


class Mail(TypedDict):
    """A mail that the sandbox received."""

    id: str
    message_id: str
    to: str
    kind: str
    subject: str
    text: str
    subscription_id: str | None
    invoice_id: str | None
    sent_at: Instant


class Up(TypedDict):
    """The process is up."""

    status: Literal["up"]


class Readiness(TypedDict):
    """Whether each part can be reached."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, bool]
