"""What each step of a story asks of the API; a repeat has no second effect."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from console.desk import Desk, Params
from console.sample_book.book import Step

LINK = re.compile(r"/eca/[A-Za-z0-9_-]{43}")


@dataclass(slots=True, kw_only=True)
class Subscription:
    """A subscription that is followed; `today` is its own day."""

    desk: Desk
    id: str
    reference: str
    bought_on: date
    today: date

    @property
    def path(self) -> str:
        """Where the API has it."""
        return f"/v1/subscriptions/{self.id}"

    def key(self, step: Step) -> str:
        """The key of a step."""
        return f"sample-book/{self.id}/{step.day}/{step.act}"

    async def advance(self, day: int) -> None:
        """Go on to a day after the purchase; one that is past is not gone back to."""
        to = self.bought_on + timedelta(days=day)
        if to > self.today:
            body = {"subscription_ids": [self.id], "to": to.isoformat()}
            await self.desk.ask("POST", "/v1/sandbox/advance", body)
            self.today = to

    async def read(self) -> Mapping[str, Any]:
        """Return how it stands."""
        found: Mapping[str, Any] = await self.desk.get(self.path)
        return found


async def act(subscription: Subscription, step: Step) -> None:
    """Do a step.

    Raises:
        Problem: the API says no.
    """
    await ACTS[step.act](subscription, step)


async def _decide(subscription: Subscription, step: Step) -> None:
    if (await subscription.read())["state"] != "pending_eca":
        return  # decided before, or the agreement was on file
    wanted: Params = {"subscription_id": subscription.id, "kind": "eca_request", "limit": 1}
    mails = (await subscription.desk.get("/v1/sandbox/mailbox", wanted))["data"]
    link = LINK.search(mails[0]["text"]) if mails else None
    if link is None:
        return  # its mail did not arrive; the next filling finds it
    if step.act == "accept":
        name = mails[0]["to"].partition("@")[0].capitalize()
        body: dict[str, Any] = {"name": f"{name} Office", "job_title": step.told, "may_bind": True}
    else:
        body = {"reason": step.told}
    await subscription.desk.ask("POST", f"{link[0]}/{step.act}", body)


async def _acceptor(subscription: Subscription, step: Step) -> None:
    if (await subscription.read())["eca"]["acceptor_email"] != step.told:
        body = {"eca_acceptor_email": step.told}
        await subscription.desk.ask("PUT", f"{subscription.path}/eca/acceptor", body, key=subscription.key(step))


async def _add(subscription: Subscription, step: Step) -> None:
    body = {"add": step.told, "reference_id": f"{subscription.reference}-{step.day}"}
    await subscription.desk.ask("POST", f"{subscription.path}/inventory", body, key=subscription.key(step))


async def _renewal(subscription: Subscription, step: Step) -> None:
    path = f"{subscription.path}/renewal-inventory"
    await subscription.desk.ask("PUT", path, {"lines": step.told}, key=subscription.key(step))


async def _mode(subscription: Subscription, step: Step) -> None:
    body = {"renewal_mode": step.told}
    await subscription.desk.ask("PUT", f"{subscription.path}/renewal-mode", body, key=subscription.key(step))


async def _turn(subscription: Subscription, step: Step) -> None:
    body = {"reason": step.told}
    await subscription.desk.ask("POST", f"{subscription.path}/{step.act}", body, key=subscription.key(step))


async def _usage(subscription: Subscription, step: Step) -> None:
    for product, in_use in step.told.items():
        body = {"product": product, "in_use": in_use}
        await subscription.desk.ask(
            "PUT", f"{subscription.path}/usage", body, key=f"{subscription.key(step)}/{product}"
        )


async def _refund(subscription: Subscription, step: Step) -> None:
    wanted: Params = {"subscription_id": subscription.id, "limit": 200}
    posted = (await subscription.desk.get("/v1/transactions", wanted))["data"]
    reference = f"{subscription.reference}-{step.day}"
    if any(one["action"] == "refund" and one["reference_id"] == reference for one in posted):
        return
    lines = [line for one in posted if one["refundable_until"] for line in one["lines"]]
    body = {
        "lines": [
            {"transaction_line_id": line["id"], "quantity": wanted_of["quantity"]}
            for wanted_of in step.told
            for line in _one_of(lines, wanted_of)
        ],
        "reason": step.why,
        "reference_id": reference,
    }
    await subscription.desk.ask("POST", "/v1/refunds", body, key=subscription.key(step))


def _one_of(lines: list[Mapping[str, Any]], wanted: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The newest line of the product that has as many left."""
    fit = [one for one in lines if one["product"] == wanted["product"]]
    return [one for one in fit if one["refundable_quantity"] >= wanted["quantity"]][:1]


ACTS: Mapping[str, Callable[[Subscription, Step], Awaitable[None]]] = {
    "accept": _decide,
    "decline": _decide,
    "acceptor": _acceptor,
    "add": _add,
    "renewal": _renewal,
    "mode": _mode,
    "suspend": _turn,
    "enable": _turn,
    "cancel": _turn,
    "usage": _usage,
    "refund": _refund,
}
