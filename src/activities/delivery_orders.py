"""What a delivery and its activity say to each other, and the names that they go by; receivers and counts only."""

from __future__ import annotations

from pydantic import BaseModel

DELIVERY = "delivery"
DELIVERIES = "deliveries"
DRAIN_MAIL = "drain_mail"
DRAIN_WEBHOOK = "drain_webhook"
WAKE = "wake"


class DeliveryInput(BaseModel):
    """Which receiver a delivery serves, `mail/1` or `webhook/whk_…`; it is the workflow's id too.

    `failures` is what the run before had counted.
    """

    receiver: str
    failures: int = 0


class DrainOrder(BaseModel):
    """Tell what is due; `failures` counts the drains in a row that could not reach the receiver."""

    receiver: str
    failures: int = 0


class Drained(BaseModel):
    """What a drain left behind.

    `pending` counts what is still owed. `asleep` says that the receiver's row says so too, so that the next telling
    brings a signal. `retry_in_seconds` is None when nothing waits. `trouble` names why nothing can be told now. `over`
    says that the receiver is told nothing more; should that change, the next telling starts its delivery anew.
    """

    sent: int = 0
    pending: int = 0
    asleep: bool = False
    retry_in_seconds: float | None = None
    trouble: str = ""
    over: bool = False
