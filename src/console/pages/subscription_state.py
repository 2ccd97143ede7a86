"""Suspend, Enable and cancel: each a page that says what follows, and its Confirm."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from console.desk import Problem
from console.door import page
from console.paths import SUBSCRIPTIONS
from console.subscribed import Subscribed, not_now, subscribed
from console.visit import Visit
from lifecycle.wording import day_in_words
from storage.ids import new_id

CHANGED = "price_changed"
NOTICES: Mapping[str, str] = {"suspend": "suspended", "enable": "enabled", "cancel": "cancelled"}


async def show_suspend(visit: Visit) -> Response:
    """Ask whether the service is to be suspended."""
    return await _asked(visit, "suspend")


async def show_enable(visit: Visit) -> Response:
    """Ask whether the service is to be enabled, and show what that costs."""
    return await _asked(visit, "enable")


async def show_cancel(visit: Visit) -> Response:
    """Ask whether the purchase is to be withdrawn, or by operators the subscription to be ended."""
    return await _asked(visit, "cancel")


async def suspend(visit: Visit) -> Response:
    """Suspend the service."""
    return await _confirmed(visit, "suspend", {"reason": visit.entered("reason") or None})


async def enable(visit: Visit) -> Response:
    """Enable the service for the total that was shown."""
    shown = visit.entered("expected_total")
    body: dict[str, Any] = {"reason": visit.entered("reason") or None}
    if shown.isascii() and shown.isdigit():
        body["expected_total"] = int(shown)
    return await _confirmed(visit, "enable", body)


async def cancel(visit: Visit) -> Response:
    """Withdraw the purchase, or end the subscription."""
    return await _confirmed(visit, "cancel", {"reason": visit.entered("reason") or None})


async def _asked(visit: Visit, command: str, problem: Problem | None = None) -> Response:
    seen = await subscribed(visit)
    if (refused := not_now(visit, seen, command)) is not None:
        return refused
    effect = await visit.desk.ask("POST", _api(seen, command), {}, params={"dry_run": True})
    return visit.show(
        f"subscription/{command}.html",
        status=200 if problem is None else problem.status,
        seen=seen,
        effect=effect.body,
        consequences=_CONSEQUENCES[command](seen),
        key=new_id("drf"),
        reason=visit.entered("reason"),
        errors={} if problem is None else problem.errors,
        problem=_said(problem),
    )


async def _confirmed(visit: Visit, command: str, body: Mapping[str, Any]) -> Response:
    path = f"/v1/subscriptions/{visit.path('id')}/{command}"
    try:
        answer = await visit.desk.ask("POST", path, body, key=visit.entered("key") or new_id("drf"))
    except Problem as problem:
        return await _asked(visit, command, problem)
    done = NOTICES[command] if answer.is_final else "accepted"
    return visit.go(f"{SUBSCRIPTIONS}/{visit.path('id')}", done=done)


def _said(problem: Problem | None) -> str:
    if problem is None:
        return ""
    if problem.code == CHANGED:
        return "The price has changed since it was shown. Look at the new one, and confirm again."
    return "" if problem.errors else problem.detail


def _api(seen: Subscribed, command: str) -> str:
    return f"/v1/subscriptions/{seen.facts['id']}/{command}"


def _end(seen: Subscribed) -> str:
    return day_in_words(date.fromisoformat(seen.facts["end_date"]))


def _of_suspending(seen: Subscribed) -> list[str]:
    if seen.facts["renewal_mode"] == "auto":
        at_end = f"If it is still suspended on {_end(seen)}, it is neither renewed nor charged: the renewal is held."
    else:
        at_end = f"On {_end(seen)} it expires, suspended or not."
    return [
        "No certificate can be issued or reissued, and nothing can be added to the inventory.",
        "Certificates that are issued already stay valid; suspending never revokes.",
        f"The term runs on: it still ends on {_end(seen)}, and lost days are not credited.",
        "What was charged stays charged, and no new charge arises.",
        at_end,
        "The subscription can be reactivated at any time with Enable.",
    ]


def _of_enabling(seen: Subscribed) -> list[str]:
    if not seen.is_held:
        return [
            "Certificates can be issued again, and products can be added.",
            f"The term is the same: it ends on {_end(seen)}.",
            "Enabling costs nothing.",
        ]
    return [
        f"The term ended on {_end(seen)} and its renewal was held, so a new term starts today.",
        "The renewal inventory is charged for the whole new term, on the next invoice.",
        "From now on the term’s days are counted from today.",
    ]


def _of_cancelling(seen: Subscribed) -> list[str]:
    if seen.may("enable") or seen.may("suspend"):
        return [
            "The subscription ends at once and cannot be enabled again.",
            "No money moves by itself: refund what is to be given back.",
            "Certificates that are issued already stay valid until their own end.",
        ]
    return [
        "The purchase is withdrawn and cannot be resumed; buy again to retry.",
        "Nothing was charged, and nothing will be.",
        *(["The link that was sent to the ECA acceptor stops working."] if seen.state == "pending_eca" else []),
    ]


_CONSEQUENCES = {"suspend": _of_suspending, "enable": _of_enabling, "cancel": _of_cancelling}
_PLACE = f"{SUBSCRIPTIONS}/{{id}}"
ROUTES = (
    page(f"{_PLACE}/suspend", show_suspend, scope="write"),
    page(f"{_PLACE}/suspend", suspend, scope="write", methods=("POST",)),
    page(f"{_PLACE}/enable", show_enable, scope="write"),
    page(f"{_PLACE}/enable", enable, scope="write", methods=("POST",)),
    page(f"{_PLACE}/cancel", show_cancel, scope="write"),
    page(f"{_PLACE}/cancel", cancel, scope="write", methods=("POST",)),
)
