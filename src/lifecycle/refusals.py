"""Every business "no".

Refusal
├── InvalidInput      the input breaks a rule of dates, catalogue or counts; names the field
├── Conflict          the rules say no to this subscription as it is now
│   ├── InvalidState      the state does not allow the command; carries the state and what is allowed
│   ├── PriceChanged      the binding price differs
│   └── RefundWindowClosed
├── Stale             the caller decided on a version that is not the present one
├── LinkDead          a link or a secret that was given out and works no longer
└── TooSoon           the same thing was asked for a moment ago
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule: the field in the caller's words (`inventory[0].quantity`), a code and a sentence."""

    field: str
    code: str
    message: str


class Refusal(Exception):
    """The rules say no. `code` is stable; `facts` are further members that the answer carries."""

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        """Keep the code, the sentence and the facts."""
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.facts = facts


class InvalidInput(Refusal):
    """The input is wrong; `errors` names each field and rule, the first one giving the code."""

    def __init__(self, *errors: FieldError, **facts: object) -> None:
        """Take at least one error."""
        super().__init__(errors[0].code, errors[0].message, **facts)
        self.errors = errors


class Conflict(Refusal):
    """The input is fine, the present state of things says no."""


class InvalidState(Conflict):
    """The subscription's state does not allow the command."""

    def __init__(self, code: str, *, state: str, allowed: tuple[str, ...]) -> None:
        """Name the state and the commands that it allows."""
        super().__init__(code, f"The subscription is {state}.", state=state, allowed=list(allowed))


class PriceChanged(Conflict):
    """The price that the caller was shown is not the price any more; totals in minor units."""

    def __init__(self, *, expected_total: int, total: int) -> None:
        """Carry both totals."""
        detail = f"The total is {total}, not {expected_total}, in minor units."
        super().__init__("price_changed", detail, expected_total=expected_total, total=total)


class RefundWindowClosed(Conflict):
    """The transaction is older than the refund window."""

    def __init__(self, *, until: datetime) -> None:
        """Say until when it could have been refunded."""
        detail = f"The transaction could be refunded until {until:%Y-%m-%dT%H:%M:%SZ}. Please contact support."
        super().__init__("refund_window_closed", detail, contact_support=True)


class Stale(Refusal):
    """The subscription is not at the version that the caller has seen; asking again decides anew."""

    def __init__(self) -> None:
        """Ask for another look."""
        super().__init__("version_conflict", "It was changed meanwhile; read it again.")


class LinkDead(Refusal):
    """The link to the agreement, or the secret that sets a password, was replaced or used, or never was one."""


class TooSoon(Refusal):
    """Asked again before its time; `retry_after` says how long to wait."""

    def __init__(self, code: str, detail: str, *, retry_after: timedelta) -> None:
        """Carry the wait."""
        super().__init__(code, detail)
        self.retry_after = retry_after
