"""The renewal preference: Auto-Renewal or One-Time Renewal, and what follows from each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from console.desk import Problem
from console.door import page
from console.paths import SUBSCRIPTIONS
from console.rendering import money
from console.subscribed import Subscribed, not_now, subscribed
from console.visit import Visit
from lifecycle.wording import day_in_words, period_in_words
from storage.ids import new_id

COMMAND = "set_renewal_mode"
REMINDERS = "Reminders are mailed 90, 60, 30, 7 and 1 days before."


async def show(visit: Visit) -> Response:
    """Show both preferences and what follows from each."""
    return await _asked(visit)


async def change(visit: Visit) -> Response:
    """Save the preference."""
    path = f"/v1/subscriptions/{visit.path('id')}/renewal-mode"
    body = {"renewal_mode": visit.entered("renewal_mode")}
    try:
        answer = await visit.desk.ask("PUT", path, body, key=_key(visit))
    except Problem as problem:
        return await _asked(visit, problem)
    done = "renewal-mode-set" if answer.is_final else "accepted"
    return visit.go(f"{SUBSCRIPTIONS}/{visit.path('id')}", done=done)


async def _asked(visit: Visit, problem: Problem | None = None) -> Response:
    seen = await subscribed(visit)
    if (refused := not_now(visit, seen, COMMAND)) is not None:
        return refused
    preview = await _preview(visit, seen)
    return visit.show(
        "subscription/renewal_mode.html",
        status=200 if problem is None else problem.status,
        seen=seen,
        chosen=visit.entered("renewal_mode") or seen.facts["renewal_mode"],
        follows={"auto": _of_auto(seen, preview), "one_time": _of_one_time(seen)},
        key=new_id("drf"),
        errors={} if problem is None else problem.errors,
        problem="" if problem is None or problem.errors else problem.detail,
    )


async def _preview(visit: Visit, seen: Subscribed) -> Mapping[str, Any] | None:
    """What the next term would hold and cost; None where the API does not tell yet."""
    if not seen.may("set_renewal_inventory"):
        return None
    pinned = seen.facts["renewal_inventory_mode"] == "pinned"
    lines = seen.facts["renewal_inventory"] if pinned else None
    path = f"/v1/subscriptions/{seen.facts['id']}/renewal-inventory"
    try:
        answer = await visit.desk.ask("PUT", path, {"lines": lines}, params={"dry_run": True})
    except Problem:
        return None
    found: Mapping[str, Any] | None = answer.body.get("renewal_preview")
    return found


def _of_auto(seen: Subscribed, preview: Mapping[str, Any] | None) -> list[str]:
    cost = "" if preview is None else f" and costs {money(preview['total'])}, charged on the next invoice"
    if seen.is_held:
        return [f"The renewal stays held until somebody clicks Enable. The new term then starts on that day{cost}."]
    if seen.facts["end_date"] is None:
        return ["A new term of the same length begins when the first one ends, with the renewal inventory."]
    said = [f"{_next_term(seen, preview)}{cost}.", REMINDERS]
    if seen.state == "suspended":
        said.append(
            "If the subscription is still suspended then, it is neither renewed nor charged until it is enabled."
        )
    return said


def _of_one_time(seen: Subscribed) -> list[str]:
    if seen.is_held:
        return ["The term is over already: the subscription expires at once, and cannot be enabled again."]
    if seen.facts["end_date"] is None:
        return ["The subscription expires when its term ends. Nothing more is charged."]
    end = day_in_words(date.fromisoformat(seen.facts["end_date"]))
    return [
        f"The subscription expires on {end}, 00:00 UTC. Nothing more is charged.",
        "Certificates that are issued by then stay valid until their own end.",
        f"Until {end} it can be switched to Auto-Renewal again. {REMINDERS}",
    ]


def _next_term(seen: Subscribed, preview: Mapping[str, Any] | None) -> str:
    end = date.fromisoformat(seen.facts["end_date"])
    said = f"On {day_in_words(end)} a new term of {seen.facts['term_months']} months begins"
    if preview is None or not preview["lines"]:
        return said
    line = preview["lines"][0]
    days = period_in_words(date.fromisoformat(line["period_start"]), date.fromisoformat(line["period_end"]))
    return f"{said} ({days})"


def _key(visit: Visit) -> str:
    return visit.entered("key") or new_id("drf")


_PATH = f"{SUBSCRIPTIONS}/{{id}}/renewal-mode"
ROUTES = (page(_PATH, show, scope="write"), page(_PATH, change, scope="write", methods=("POST",)))
