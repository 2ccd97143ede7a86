"""Forecasts of subscriptions that nobody is going to touch any more, kept until it is known what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from perennial.demo_door import Door, Json, instant_of
from perennial.secrets import write_private


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a forecast said. `after` is the instant of the last thing on the timeline by then.

    `from_purchase` when nothing was ever done to the subscription after its purchase.
    """

    after: datetime
    items: list[Json]
    from_purchase: bool


@dataclass(frozen=True, slots=True)
class Foresights:
    """Takes forecasts, each once, and keeps them in a folder for a demo that goes on."""

    folder: Path

    async def take(
        self, door: Door, order: str, *, subscription_id: str, until: date, from_purchase: bool
    ) -> Foresight:
        """The order's forecast as it was when it was first taken; raises Refused, Unreachable."""
        path = self.folder / f"{quote(order, safe='')}.json"
        if not path.exists():
            place = f"/v1/subscriptions/{subscription_id}"
            last = await door.get(f"{place}/timeline", limit=1)
            found = await door.get(f"{place}/forecast", until=until.isoformat())
            write_private(path, json.dumps({"after": last["data"][0]["at"], "items": found["data"]}))
        kept: Json = json.loads(path.read_text(encoding="utf-8"))
        return Foresight(after=instant_of(kept["after"]), items=kept["items"], from_purchase=from_purchase)
