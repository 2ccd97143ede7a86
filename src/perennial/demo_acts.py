"""What each action of a book asks of the API, and of the acceptor's public page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from perennial.demo_book import ActionEntry, Lines, counts_body
from perennial.demo_door import Door, Json
from perennial.demo_rows import BadCell

LINK = re.compile(r"/eca/[A-Za-z0-9_-]{43}", re.ASCII)
DECIDED = {"accept": "accepted", "decline": "declined"}


async def act(door: Door, action: ActionEntry, subscription_id: str, *, step: str) -> None:
    """Do an action to a subscription whose clock stands on its day.

    Raises:
        Refused: the product says no.
        BadCell: what the action names is not there.
    """
    await ACTS[action.kind](door, action, f"/v1/subscriptions/{subscription_id}", step)


async def _decide(door: Door, action: ActionEntry, place: str, _step: str) -> None:
    subscription = await door.get(place)
    if subscription["eca"]["status"] == DECIDED[action.kind]:
        return  # It was done before the demo was stopped.
    texts = action.texts
    if action.kind == "accept":
        body = {"name": texts.get("name"), "job_title": texts.get("job_title"), "may_bind": True}
    else:
        body = {"reason": texts.get("reason")}
    link = await _link(door, subscription)
    await door.decide(f"{link}/{action.kind}", body)


async def _link(door: Door, subscription: Json) -> str:
    """The link that was mailed last; advancing to the same day has waited until all mails were there."""
    mails = await door.get("/v1/sandbox/mailbox", subscription_id=subscription["id"], kind="eca_request", limit=1)
    found = LINK.search(mails["data"][0]["text"]) if mails["data"] else None
    if found is None:
        raise BadCell("the mailbox holds no link to the agreement")
    return found[0]


async def _resend(door: Door, _action: ActionEntry, place: str, step: str) -> None:
    await door.post(f"{place}/eca/resend", {}, step=step)


async def _change_acceptor(door: Door, action: ActionEntry, place: str, step: str) -> None:
    await door.put(f"{place}/eca/acceptor", {"eca_acceptor_email": action.texts.get("email")}, step=step)


async def _add(door: Door, action: ActionEntry, place: str, step: str) -> None:
    body = {"add": counts_body(action.lines or []), **_with(action, "reference_id")}
    await door.post(f"{place}/inventory", body, step=step)


async def _renewal_inventory(door: Door, action: ActionEntry, place: str, step: str) -> None:
    lines = None if action.lines is None else counts_body(action.lines)
    await door.put(f"{place}/renewal-inventory", {"lines": lines, **_with(action, "reference_id")}, step=step)


async def _renewal_mode(door: Door, action: ActionEntry, place: str, step: str) -> None:
    await door.put(f"{place}/renewal-mode", _with(action, "renewal_mode"), step=step)


async def _turn(door: Door, action: ActionEntry, place: str, step: str) -> None:
    await door.post(f"{place}/{action.kind}", _with(action, "reason"), step=step)


async def _refund(door: Door, action: ActionEntry, place: str, step: str) -> None:
    posted = await door.all_of("/v1/transactions", subscription_id=place.rpartition("/")[2])
    named = names_of(posted)
    charged = next((item for item in posted if named[item["id"]] == action.transaction), None)
    if charged is None:
        raise BadCell(f"there is no transaction {action.transaction or '(none is named)'}")
    body = {"lines": _refund_lines(charged, action.lines or []), **_with(action, "reason", "reference_id")}
    await door.post("/v1/refunds", body, step=step)


def _refund_lines(charged: Json, lines: Lines) -> list[dict[str, object]]:
    ids: Mapping[str, str] = {line["product"]: line["id"] for line in charged["lines"]}
    for product, _ in lines:
        if product not in ids:
            raise BadCell(f"the transaction has no line of {product}")
    return [{"transaction_line_id": ids[product], "quantity": quantity} for product, quantity in lines]


def names_of(transactions: list[Json]) -> dict[str, str]:
    """The book's names of one subscription's transactions by their ids: `purchase`, `renewal:2`, `refund:1`."""
    names: dict[str, str] = {}
    counted: dict[str, int] = {}
    for posted in sorted(transactions, key=lambda item: str(item["id"])):  # Ids sort by the time of posting.
        action: str = posted["action"]
        counted[action] = counted.get(action, 0) + 1
        is_only = action == "purchase" and counted[action] == 1
        names[posted["id"]] = action if is_only else f"{action}:{counted[action]}"
    return names


def _with(action: ActionEntry, *columns: str) -> dict[str, str]:
    return {column: action.texts[column] for column in columns if column in action.texts}


Act = Callable[[Door, ActionEntry, str, str], Awaitable[None]]
ACTS: Mapping[str, Act] = {
    "accept": _decide,
    "decline": _decide,
    "resend": _resend,
    "change_acceptor": _change_acceptor,
    "add": _add,
    "renewal_inventory": _renewal_inventory,
    "renewal_mode": _renewal_mode,
    "suspend": _turn,
    "enable": _turn,
    "cancel": _turn,
    "refund": _refund,
}
