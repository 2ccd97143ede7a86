"""A subscription as its pages show it: what the API says of it, whose it is, and what may be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.responses import Response

from console.paths import SUBSCRIPTIONS
from console.visit import Visit
from console.why_not import COMMANDS, OVER, is_possible, why_not

NOT_NOW = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """A subscription, its customer, the names of what the catalogue has, and its own today."""

    facts: Mapping[str, Any]
    customer: Mapping[str, Any]
    catalogue: Mapping[str, Any]
    today: date
    is_operator: bool

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"{SUBSCRIPTIONS}/{self.facts['id']}"

    @property
    def state(self) -> str:
        """Its state's code."""
        return str(self.facts["state"])

    @property
    def is_held(self) -> bool:
        """Whether its term ended while it was suspended, so that the renewal waits."""
        return self.facts["renewal_held_since"] is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing will become of it any more."""
        return self.state in OVER

    @property
    def product_names(self) -> dict[str, str]:
        """The names of products by their codes; one that is not sold any more has none."""
        return {product["code"]: product["name"] for product in self.catalogue["products"]}

    @property
    def offering_name(self) -> str:
        """What was bought."""
        return self._name("offerings", "offering")

    @property
    def tier_name(self) -> str:
        """Its CLM tier."""
        return self._name("clm_tiers", "clm_tier")

    def may(self, command: str) -> bool:
        """Return whether its state allows a command to this user."""
        allowed = frozenset(self.facts["allowed"])
        return is_possible(command, self.state, allowed=allowed, is_operator=self.is_operator)

    def why_not(self, command: str) -> str | None:
        """Return why a command is not possible, None when it is."""
        return why_not(command, self.state, is_allowed=self.may(command))

    @property
    def refused(self) -> list[tuple[str, str]]:
        """Every command that is not possible now, by its name, and why."""
        found = ((name, self.why_not(command)) for command, name in COMMANDS.items())
        return [(name, reason) for name, reason in found if reason is not None]

    def _name(self, kind: str, member: str) -> str:
        code = str(self.facts[member])
        return next((str(one["name"]) for one in self.catalogue[kind] if one["code"] == code), code)


async def subscribed(visit: Visit) -> Subscribed:
    """Return the subscription that the address names.

    Raises:
        Problem: there is none, or not for this user.
    """
    facts, catalogue = await asyncio.gather(
        visit.desk.get(f"/v1/subscriptions/{visit.path('id')}"), visit.desk.get("/v1/catalog")
    )
    customer = await visit.desk.get(f"/v1/customers/{facts['customer_id']}")
    today = date.fromisoformat(facts["today"]) if "today" in facts else visit.today
    return Subscribed(facts=facts, customer=customer, catalogue=catalogue, today=today, is_operator=visit.may("ops"))


def not_now(visit: Visit, seen: Subscribed, command: str) -> Response | None:
    """Return the page that says why a command is not possible, None when it is."""
    reason = seen.why_not(command)
    if reason is None:
        return None
    title = COMMANDS[command]
    return visit.show("subscription/not_now.html", status=NOT_NOW, seen=seen, heading=title, reason=reason)
