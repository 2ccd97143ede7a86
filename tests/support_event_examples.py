"""The examples on the page of events: `python tests/support_event_examples.py`, from the root, writes them anew.

They are what a real receiver of a webhook got, from subscriptions that went through everything at the desk.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from lifecycle.event_portrait import EVENT_KINDS
from storage.catalogue_loading import seed_catalogue
from storage.database import Database
from storage.migrations import migrate
from support_door import NOW
from support_ledger import Desk, opened_desk
from support_webhooks import bought, drained, enabled, hooked, receiving, suspended, telling_at

PAGE = Path(__file__).parents[1] / "docs" / "events.md"
JSON_OF_KIND = re.compile(
    r"^### `(?P<kind>\w+)`\n(?P<words>.*?)^```json\n(?P<example>.*?)^```$", re.MULTILINE | re.DOTALL
)
ID = re.compile(r"\b([a-z]{3})_[0-9a-f]{32}\b")
ACCEPTANCE = {"name": "Lena Recht", "job_title": "General Counsel", "may_bind": True}


def examples_on(page: str) -> dict[str, dict[str, Any]]:
    """The example of each kind that the page shows, in its order."""
    return {found["kind"]: json.loads(found["example"]) for found in JSON_OF_KIND.finditer(page)}


def without_ids(payload: Mapping[str, Any]) -> Any:
    """The payload with each id replaced by its kind and the number of its first appearance."""
    seen: dict[str, str] = {}
    text = json.dumps(payload, sort_keys=True)
    return json.loads(ID.sub(lambda found: seen.setdefault(found[0], f"{found[1]}_{len(seen)}"), text))


async def walked(desk: Desk) -> dict[str, dict[str, Any]]:
    """A payload of each kind that a receiver got of subscriptions to which everything happens."""
    async with receiving() as receiver:
        hook = await hooked(desk, receiver.url)
        await _agreement(desk)
        await _a_first_term(desk)
        await _ends(desk)
        while (await drained(telling_at(desk), hook["id"])).pending:
            pass
        got = [request.payload for request in receiver.taken]
    found: dict[str, dict[str, Any]] = {}
    # Which subscription was told of first is chance; their ids are in the order of their making.
    for payload in sorted(got, key=lambda payload: (payload["subscription_id"], payload["version"])):
        found.setdefault(payload["kind"], payload)
    return found


async def _agreement(desk: Desk) -> None:
    declined = (await desk.purchase(customer_id=await desk.customer(company_name="Declining")))["id"]
    await _decide(desk, await desk.link(declined), "decline", {"reason": "Another supplier was chosen."})
    withdrawn = (await desk.purchase(customer_id=await desk.customer(company_name="Withdrawing")))["id"]
    await desk.command(f"/v1/subscriptions/{withdrawn}/cancel", {"reason": "Ordered twice."})
    accepted = (await desk.purchase(customer_id=await desk.customer(company_name="Accepting")))["id"]
    path = f"/v1/subscriptions/{accepted}/eca"
    await desk.command(f"{path}/resend", {})
    await desk.command(f"{path}/acceptor", {"eca_acceptor_email": "board@acme.example"}, method="PUT")
    await _decide(desk, await desk.link(accepted), "accept", ACCEPTANCE)


async def _decide(desk: Desk, path: str, decision: str, body: Mapping[str, Any]) -> None:
    answer = await desk.door.client().post(f"{path}/{decision}", json=body)
    assert answer.status_code == 200, answer.text


async def _a_first_term(desk: Desk) -> None:
    found = await bought(desk, customer_id=await desk.customer())
    path = f"/v1/subscriptions/{found}"
    desk.door.clock.go_on(timedelta(days=100))
    line = {"product": "tls-dv-single", "quantity": 2}
    added = await desk.command(f"{path}/inventory", {"add": [line], "reference_id": "PO-4712"})
    given_back = {"transaction_line_id": added["transaction"]["lines"][0]["id"], "quantity": 1}
    await desk.command("/v1/refunds", {"lines": [given_back], "reason": "One too many."})
    lines = {"lines": [{**line, "quantity": 10}], "reference_id": "PO-4713"}
    await desk.command(f"{path}/renewal-inventory", lines, method="PUT")
    for mode in ("one_time", "auto"):
        await desk.command(f"{path}/renewal-mode", {"renewal_mode": mode}, method="PUT")
    await desk.command(f"{path}/suspend", {"reason": "The invoice of March is not paid."})
    await desk.command(f"{path}/enable", {"reason": "It is paid."})
    await desk.go_on(found, datetime(2027, 11, 22, tzinfo=UTC))


async def _ends(desk: Desk) -> None:
    """Of a term: without renewal, and held; and of the wait for an agreement."""
    customer = await desk.customer(company_name="Ending")
    once, held = (
        await bought(desk, customer_id=customer, renewal_mode="one_time"),
        await bought(desk, customer_id=customer),
    )
    await suspended(desk, held)
    await desk.go_on(once, NOW + timedelta(days=800))
    await desk.go_on(held, NOW + timedelta(days=800))
    await enabled(desk, held)
    waiting = (await desk.purchase(customer_id=await desk.customer(company_name="Waiting")))["id"]
    await desk.go_on(waiting, NOW + timedelta(days=831))


def written(page: str, examples: Mapping[str, Mapping[str, Any]]) -> str:
    """The page with these examples under their headings."""

    def one(found: re.Match[str]) -> str:
        shown = json.dumps(examples[found["kind"]], indent=2, ensure_ascii=False)
        return f"### `{found['kind']}`\n{found['words']}```json\n{shown}\n```"

    return JSON_OF_KIND.sub(one, page)


async def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/perennial.db"
        database = Database(address)
        await migrate(database)
        await seed_catalogue(database, today=date(2026, 11, 22))
        await database.close()
        async with opened_desk(address) as desk:
            examples = await walked(desk)
    assert set(examples) == set(EVENT_KINDS)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written(page, examples), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
