"""What keeps a telling from being told.

Trouble
├── Refused       for good: trying again would not help
├── NotNow        this one cannot be told now
└── Unreachable   nobody can be told anything by this receiver now
"""

from __future__ import annotations

from datetime import timedelta


class Trouble(Exception):
    """It was not taken; `reason` holds a code and no address."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason


class Refused(Trouble):
    """The receiver refused this telling, or whom it is for, for good."""


class NotNow(Trouble):
    """The receiver did not take this telling now; `pause` is how long it asked to be left alone, zero unless it did."""

    def __init__(self, reason: str, *, pause: timedelta = timedelta(0)) -> None:
        """Keep the reason and the pause."""
        super().__init__(reason)
        self.pause = pause


class Unreachable(Trouble):
    """Nothing can be handed over now."""
