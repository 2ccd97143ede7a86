"""Subscription Details: how a subscription stands, what it holds, and its past and future."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from starlette.responses import Response

from console.charts import Bar, Instant, Strip, TermBar, bars, strip
from console.desk import Problem
from console.door import page
from console.paths import SUBSCRIPTIONS
from console.rendering import money
from console.subscribed import Subscribed, subscribed
from console.subscription_words import (
    AGENDA,
    BARRED,
    ECA,
    difference_words,
    foreseen_title,
    mail_title,
    moment,
    no_charge_sentence,
    reason_sentence,
    state_sentence,
)
from console.timeline import Moment, future, past
from console.visit import Visit
from lifecycle.terms import add_months

PAGE, MOST = 25, 200
TRANSACTIONS, DOCUMENTS = 5, 5
YEARS = (1, 2, 3)
MONTHS = 12
NOT_SEEN = frozenset({403, 404})


async def show(visit: Visit) -> Response:
    """Show a subscription; `years` is how far its forecast reaches, `earlier` a place in its past."""
    seen = await subscribed(visit)
    api, years = f"/v1/subscriptions/{seen.facts['id']}", _years(visit)
    until = add_months(seen.today, MONTHS * years)
    entitlement, history, foreseen, posted = await asyncio.gather(
        visit.desk.get(f"{api}/entitlement"),
        visit.desk.get(f"{api}/timeline", {"limit": PAGE, "cursor": visit.query("earlier")}),
        visit.desk.get(f"{api}/forecast", {"until": until.isoformat()}),
        visit.desk.get("/v1/transactions", {"subscription_id": seen.facts["id"], "limit": TRANSACTIONS}),
    )
    invoices, accepted = await asyncio.gather(_invoices(visit, posted["data"]), _accepted(visit, seen, history["data"]))
    within_a_year = [item for item in foreseen["data"] if moment(item["at"]).date() <= add_months(seen.today, MONTHS)]
    happened = past(history["data"], product_names=seen.product_names, user_id=visit.seated.user.id)
    ahead = () if visit.query("earlier") else future(within_a_year, seen.facts)
    return visit.show(
        "subscription/show.html",
        seen=seen,
        sentence=state_sentence(seen.facts),
        reason=reason_sentence(seen.facts),
        term=_term(seen),
        entitlement=entitlement,
        barred=BARRED.get(entitlement["reason"] or ""),
        eca_words=ECA[seen.facts["eca"]["status"]],
        renewing=_renewing(seen.facts),
        past=happened,
        future=ahead,
        strip=_strip(happened, ahead, seen.today),
        earlier=history["next_cursor"],
        years=years,
        choices=YEARS,
        until=until,
        foreseen=[
            {**item, "title": foreseen_title(item, seen.facts)}
            for item in foreseen["data"]
            if not item["kind"].endswith(("reminder", "followup"))
        ],
        reminders=[item for item in foreseen["data"] if item["kind"] == "eca_reminder"],
        agenda_words=AGENDA,
        mail_title=mail_title,
        no_charge=no_charge_sentence(seen.facts),
        bars=_bars(foreseen["data"]),
        transactions=posted["data"],
        has_more_transactions=posted["next_cursor"] is not None,
        invoices=invoices,
        accepted=accepted,
    )


def _years(visit: Visit) -> int:
    asked = visit.query("years")
    return next((years for years in YEARS if str(years) == asked), YEARS[0])


def _term(seen: Subscribed) -> TermBar | None:
    start, end = seen.facts["start_date"] or seen.facts["requested_start_date"], seen.facts["end_date"]
    if start is None or end is None:
        return None
    return TermBar(start=date.fromisoformat(start), end=date.fromisoformat(end), today=seen.today)


def _renewing(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What renews beside what is held, product by product."""
    now = {line["product"]: line["quantity"] for line in facts["inventory"]}
    then = {line["product"]: line["quantity"] for line in facts["renewal_inventory"]}
    products = [*now, *(product for product in then if product not in now)]
    return [
        {
            "product": product,
            "now": now.get(product, 0),
            "then": then.get(product, 0),
            "difference": difference_words(now.get(product, 0), then.get(product, 0)),
        }
        for product in products
    ]


def _strip(happened: Sequence[Moment], ahead: Sequence[Moment], today: date) -> Strip | None:
    found = [Instant(it.at, it.title, False, bool(it.money)) for it in happened]
    found += [Instant(it.at, it.title, True, bool(it.money)) for it in ahead]
    midnight = datetime.combine(today, time(), UTC)
    return strip(found, max([midnight, *(it.at for it in happened)]))


def _bars(foreseen: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    charges = [item for item in foreseen if item["charge"] is not None]
    return bars([(moment(it["at"]).date(), int(it["charge"]["amount"]), money(it["charge"])) for it in charges])


async def _invoices(visit: Visit, posted: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The documents that the last transactions are on; resellers get none."""
    ids = list(dict.fromkeys(one["invoice_id"] for one in posted if one["invoice_id"] is not None))
    if visit.seated.caller.is_reseller:
        return []
    found = await asyncio.gather(*(_invoice(visit, invoice_id) for invoice_id in ids[:DOCUMENTS]))
    return [invoice for invoice in found if invoice is not None]


async def _invoice(visit: Visit, invoice_id: str) -> Any:
    try:
        return await visit.desk.get(f"/v1/invoices/{invoice_id}")
    except Problem as problem:
        if problem.status in NOT_SEEN:
            return None
        raise


async def _accepted(visit: Visit, seen: Subscribed, shown: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Who accepted the agreement and when, where this subscription's own request was accepted."""
    if seen.facts["eca"]["status"] != "accepted":
        return None
    entry = _acceptance(shown)
    if entry is None:
        path = f"/v1/subscriptions/{seen.facts['id']}/timeline"
        entry = _acceptance((await visit.desk.get(path, {"limit": MOST}))["data"])
    return entry


def _acceptance(entries: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    return next((entry for entry in entries if entry["kind"] == "eca_accepted" and entry["version"] is not None), None)


ROUTES = (page(f"{SUBSCRIPTIONS}/{{id}}", show),)
