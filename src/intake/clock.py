"""What time it is: the wall's, and each subscription's own in the sandbox."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.subscriptions import SubscriptionRow


def _wall() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The wall's clock, and the sandbox's, which began `shift` ahead of it; zero in production."""

    shift: timedelta = timedelta(0)
    wall: Callable[[], datetime] = _wall

    def now(self) -> datetime:
        """Return the present for whatever has no clock of its own."""
        return self.wall() + self.shift

    def of(self, row: SubscriptionRow) -> datetime:
        """Return the present of a subscription; it never lies before what was settled."""
        return max(self.wall() + row.clock_offset, row.settled_until)
