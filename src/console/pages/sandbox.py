"""The sandbox's clock: subscriptions go on to a day, and the page says what happened on the way."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from console.desk import Problem
from console.door import page
from console.pages.sandbox_book import may_fill
from console.paths import SANDBOX
from console.rendering import addressed
from console.visit import Visit

MOST = 20
LONGEST_DAYS = 3_660
UNPROCESSABLE, NOT_FOUND = 422, 404
TOLD = 100

_ID = re.compile(r"sub_[a-z0-9]{1,40}", re.ASCII)

Subscriptions = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a subscription stood before it went on: its version, and the last instant at which it changed."""

    subscription_id: str
    version: int
    at: str

    def __str__(self) -> str:
        return f"{self.subscription_id}~{self.version}~{self.at}"

    @classmethod
    def parse(cls, written: str) -> Place | None:
        """Return the place, None when it is written otherwise."""
        id_, _, rest = written.partition("~")
        version, _, at = rest.partition("~")
        is_one = _ID.fullmatch(id_) is not None and version.isascii() and version.isdigit()
        return cls(id_, int(version[:9]), at) if is_one else None


async def show(visit: Visit) -> Response:
    """Show subscriptions with their days: those that are named, or the newest."""
    _check(visit)
    return await _page(visit, chosen=visit.request.query_params.getlist("subscription_id")[:MOST])


async def advance(visit: Visit) -> Response:
    """Let time go by for the chosen ones, and lead to what happened."""
    _check(visit)
    chosen = visit.entered_all("subscription_id")
    errors = _wrong(chosen, visit.entered("to"), visit.entered("days"))
    if errors:
        return await _page(visit, chosen=chosen[:MOST], errors=errors)
    before = await _read(visit, chosen)
    try:
        for to, ids in _targets(before, visit.entered("to"), visit.entered("days")).items():
            await visit.desk.ask("POST", "/v1/sandbox/advance", {"subscription_ids": ids, "to": to})
    except Problem as problem:
        return await _page(visit, chosen=chosen, errors=problem.errors, problem=problem.detail)
    places = [Place(one["id"], one["version"], one["updated_at"]) for one in before]
    query = "&".join(addressed("", place=str(place))[1:] for place in places)
    return visit.go(f"{SANDBOX}/happened?{query}", done="advanced")


async def happened(visit: Visit) -> Response:
    """Show what became of subscriptions since the places that the address names."""
    _check(visit)
    given = (Place.parse(written) for written in visit.request.query_params.getlist("place")[:MOST])
    places = [place for place in given if place is not None]
    found = await _read(visit, [place.subscription_id for place in places])
    entries = await asyncio.gather(*(_since(visit, place) for place in places))
    return visit.show(
        "sandbox/happened.html",
        moved=list(zip(found, entries, strict=True)),
    )


async def run_invoices(visit: Visit) -> Response:
    """Make a month's invoices."""
    _check(visit)
    try:
        answer = await visit.desk.ask("POST", "/v1/sandbox/invoice-runs", {"month": visit.entered("month")})
    except Problem as problem:
        return await _page(visit, chosen=[], errors=problem.errors, problem=problem.detail)
    return await _page(visit, chosen=[], ran=answer.body)


async def _page(
    visit: Visit,
    *,
    chosen: Sequence[str],
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    ran: Mapping[str, Any] | None = None,
) -> Response:
    following = None
    if chosen:
        found = await _read(visit, chosen)
    else:
        listed = await visit.desk.get("/v1/subscriptions", {"limit": MOST, "cursor": visit.query("cursor")})
        found, following = listed["data"], listed["next_cursor"]
    return visit.show(
        "sandbox/sandbox.html",
        status=UNPROCESSABLE if errors or problem else 200,
        subscriptions=found,
        chosen=chosen,
        following=following,
        errors=errors or {},
        problem=problem,
        ran=ran,
        entered={name: visit.entered(name) for name in ("to", "days", "month")},
        may_fill=may_fill(visit),
    )


async def _read(visit: Visit, ids: Sequence[str]) -> Subscriptions:
    found: Subscriptions = await asyncio.gather(
        *(visit.desk.get(f"/v1/subscriptions/{id_}") for id_ in dict.fromkeys(ids))
    )
    return found


async def _since(visit: Visit, place: Place) -> Sequence[Mapping[str, Any]]:
    """What is on the timeline behind a place, first to last."""
    found = await visit.desk.get(f"/v1/subscriptions/{place.subscription_id}/timeline", {"limit": TOLD})
    new: Subscriptions = [one for one in found["data"] if _is_new(one, place)]
    return tuple(reversed(new))


def _is_new(entry: Mapping[str, Any], place: Place) -> bool:
    if entry["version"] is not None:
        return bool(entry["version"] > place.version)
    return bool(entry["at"] > place.at)


def _wrong(chosen: Sequence[str], to: str, days: str) -> dict[str, str]:
    """What is wrong with a form before the API is asked, by field."""
    errors: dict[str, str] = {}
    if not chosen:
        errors["subscription_ids"] = "Choose at least one subscription."
    elif len(chosen) > MOST:
        errors["subscription_ids"] = f"Choose at most {MOST} subscriptions."
    if bool(to) == bool(days):
        errors["days"] = "Say either how many days, or to which day."
    elif days and not (days.isascii() and days.isdigit() and 1 <= int(days[:6]) <= LONGEST_DAYS):
        errors["days"] = f"This is a number from 1 to {LONGEST_DAYS:,}."
    return errors


def _targets(found: Subscriptions, to: str, days: str) -> Mapping[str, list[str]]:
    """To which day each goes: they may stand at different ones."""
    targets: dict[str, list[str]] = {}
    for one in found:
        day = to or (date.fromisoformat(one["today"]) + timedelta(days=int(days))).isoformat()
        targets.setdefault(day, []).append(one["id"])
    return targets


def _check(visit: Visit) -> None:
    if not visit.parts.sandbox:
        raise HTTPException(NOT_FOUND)


ROUTES = (
    page(SANDBOX, show, scope="write"),
    page(f"{SANDBOX}/advance", advance, scope="write", methods=("POST",)),
    page(f"{SANDBOX}/happened", happened, scope="write"),
    page(f"{SANDBOX}/invoices", run_invoices, scope="write", methods=("POST",)),
)
