"""What is asked at the counter, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from activities.outcomes import Outcome

WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One request: who asks for what, under which key, and how long the door waits for the outcome.

    `subscription_id` is None for a purchase and a refund; `if_match` is the version that the caller has seen.
    """

    partner_id: str
    actor: str
    kind: str
    body: dict[str, Any]
    subscription_id: str | None = None
    key: str | None = None
    fingerprint: str | None = None
    dry_run: bool = False
    if_match: int | None = None
    wait_seconds: float = WAIT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The outcome, or None while it is still to come; `replayed` when an earlier request got it first."""

    command_id: str | None
    outcome: Outcome | None
    replayed: bool = False
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
