"""What workflows and activities say to each other: ids, codes, dates and amounts; never a name or an address."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel


class RecordOrder(BaseModel):
    """Settle a subscription up to `at` and record the command, if there is one.

    `seen_version` is the highest version that the asker knows; a row older than that is not acted on.
    """

    subscription_id: str
    command_id: str | None = None
    at: datetime
    seen_version: int = 0


class Recorded(BaseModel):
    """The subscription's row after recording, as far as its story needs it.

    `next_at` is the next instant of the agenda and `next_name` its name; `changes_at` the next one that changes the
    state; `renews` says that the next item posts a renewal; `over` that nothing can come any more.
    """

    version: int = 0
    state: str = ""
    term: int = 0
    ends: date | None = None
    next_at: datetime | None = None
    next_name: str = ""
    changes_at: datetime | None = None
    renews: bool = False
    held: bool = False
    over: bool = False
    last: str = ""


class RefundOrder(BaseModel):
    """Record one refund, all of it or none; `at` is wall time, each subscription's own clock offset comes on top."""

    refund_id: str
    at: datetime


class RefundRecorded(BaseModel):
    """Which subscriptions the refund changed."""

    subscription_ids: list[str] = []
