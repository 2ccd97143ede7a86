"""Fills a partner's sandbox with the book, through the API alone; done again, it finds what is there and goes on.

Companies go side by side, the subscriptions of one after each other. Keys are made of the book's own references, so
that each step has its effect once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from console.desk import Desk, Params, Problem
from console.sample_book.book import Company, SampleBook, Story
from console.sample_book.invoicing import invoice
from console.sample_book.progress import Progress
from console.sample_book.steps import Subscription, act

AT_ONCE = 8
UNWELL = 500


async def fill(desk: Desk, book: SampleBook, progress: Progress) -> None:
    """Fill the sandbox; what is refused is noted, and the rest goes on.

    Raises:
        Problem: the API refuses what everything else needs.
    """
    resellers = {reseller["name"]: await _reseller(desk, reseller, progress) for reseller in book.resellers}
    limit = asyncio.Semaphore(AT_ONCE)
    days: list[date] = []

    async def follow(company: Company) -> None:
        async with limit:
            try:
                days.extend(await _company(desk, company, resellers, progress))
            except Problem as problem:
                progress.trouble(company.name, problem)

    await asyncio.gather(*(follow(company) for company in book.companies))
    if days:
        await invoice(desk, min(days), progress)


async def _reseller(desk: Desk, fields: Mapping[str, str], progress: Progress) -> str:
    name = fields["name"]
    found = await _found(desk, "/v1/partners", "name", name)
    if found is None:
        found = (await desk.ask("POST", "/v1/partners", fields, key=f"sample-book/reseller/{_ascii(name)}")).body
    progress.step(name)
    return str(found["id"])


async def _company(desk: Desk, company: Company, resellers: Mapping[str, str], progress: Progress) -> list[date]:
    """Follow a customer; return the days on which its subscriptions were bought."""
    found = await _found(desk, "/v1/customers", "company_name", company.name, q=company.name)
    if found is None:
        manager = {} if company.reseller is None else {"managing_partner_id": resellers[company.reseller]}
        key = f"sample-book/customer/{_ascii(company.name)}"
        found = (await desk.ask("POST", "/v1/customers", {**company.fields, **manager}, key=key)).body
    progress.step(company.name)
    return [await _follow(desk, str(found["id"]), story, company.name, progress) for story in company.stories]


async def _follow(desk: Desk, customer_id: str, story: Story, name: str, progress: Progress) -> date:
    subscription = await _bought(desk, customer_id, story)
    progress.step(f"{name}: {story.reference} bought")
    for step in story.steps:
        await subscription.advance(step.day)
        try:
            await act(subscription, step)
        except Problem as problem:
            if problem.status >= UNWELL:
                raise
            progress.trouble(f"{name}, {story.reference}, day {step.day}, {step.act}", problem)
        progress.step(f"{name}: {story.reference}, day {step.day}")
    await subscription.advance(story.stands)
    progress.step(f"{name}: {story.reference}, day {story.stands}")
    return subscription.bought_on


async def _bought(desk: Desk, customer_id: str, story: Story) -> Subscription:
    """Find the subscription by its reference, or buy it."""
    wanted: Params = {"customer_id": customer_id, "reference_id": story.reference, "limit": 1}
    present = (await desk.get("/v1/subscriptions", wanted))["data"]
    if present:
        return _subscription(desk, present[0], story)
    body: dict[str, Any] = {"customer_id": customer_id, **story.order}
    quote = (await desk.ask("POST", "/v1/quotes", body)).body
    if quote["eca"]["status"] == "required":
        body["eca_acceptor_email"] = story.acceptor
    if story.starts is not None:
        start = date.fromisoformat(quote["start_date"]) + timedelta(days=story.starts)
        body["start_date"] = start.isoformat()
    # The customer is of the key, too: who deletes the reference's customer and makes it anew begins anew.
    key = f"sample-book/{customer_id}/{story.reference}"
    bought = (await desk.ask("POST", "/v1/subscriptions", body, key=key)).body
    return _subscription(desk, await desk.get(f"/v1/subscriptions/{bought['id']}"), story)


def _subscription(desk: Desk, picture: Mapping[str, Any], story: Story) -> Subscription:
    return Subscription(
        desk=desk,
        id=picture["id"],
        reference=story.reference,
        bought_on=date.fromisoformat(picture["created_at"][:10]),
        today=date.fromisoformat(picture["today"]),
    )


async def _found(desk: Desk, path: str, member: str, value: str, **query: str) -> Mapping[str, Any] | None:
    """Return the item of a list that is called so, None when there is none."""
    cursor: str | None = None
    while True:
        page = await desk.get(path, {**query, "limit": 200, "cursor": cursor})
        for item in page["data"]:
            if item[member] == value:
                return item  # type: ignore[no-any-return]  # the API's own JSON
        cursor = page["next_cursor"]
        if cursor is None:
            return None


def _ascii(name: str) -> str:
    """A key is of printable ASCII."""
    return name.encode("ascii", "xmlcharrefreplace").decode()
