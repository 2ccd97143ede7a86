"""Writes the histories of every path as today's code makes them: `python tests/replays/store.py`, from the root."""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from temporalio.client import Client

from perennial.engine_client import DATA_CONVERTER
from support_bulk import finished, given, purchase_row
from support_product import Running, Seat, start_running

PROCESS = re.compile(r"\d+@[\w.-]+")  # names the machine
HISTORIES = Path(__file__).parent / "histories"
ECA = {
    "offering": "managed-tls",
    "inventory": [{"product": "tls-ov-single", "quantity": 2}],
    "eca_acceptor_email": "legal@company.example",
}


def main() -> None:
    """Walk every path and write its history, unless one of its name is stored."""
    with tempfile.TemporaryDirectory() as folder:
        running = start_running(Path(folder), f"sqlite:///{folder}/perennial.db")
        try:
            paths = walked(running.seat())
            asyncio.run(store(running, paths))
        finally:
            running.end()


def walked(seat: Seat) -> dict[str, str]:
    """Workflow ids by the name of the path that they went."""
    return {
        "accepted": accepted(seat),
        "declined": declined(seat),
        "deadline-passed": deadline_passed(seat),
        "scheduled-and-renewed": scheduled_and_renewed(seat),
        "held-and-enabled": held_and_enabled(seat),
        "expired": expired(seat),
        "refund": refunded(seat),
        "delivery": "mail/0",
        "bulk": bulk(seat),
    }


def accepted(seat: Seat) -> str:
    bought = seat.bought(**ECA)
    seat.advance_days(bought["id"], 4)
    seat.accept_eca(bought["id"])
    return f"subscription/{bought['id']}"


def declined(seat: Seat) -> str:
    bought = seat.bought(**ECA)
    seat.decline_eca(bought["id"], reason="not now")
    return f"subscription/{bought['id']}"


def deadline_passed(seat: Seat) -> str:
    bought = seat.bought(**ECA)
    seat.advance_days(bought["id"], 31)
    return f"subscription/{bought['id']}"


def scheduled_and_renewed(seat: Seat) -> str:
    start = date.fromisoformat(seat.bought()["start_date"]) + timedelta(days=15)
    bought = seat.bought(start_date=start.isoformat())
    begun = seat.advance_days(bought["id"], 20)
    seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/inventory", {"add": bought["inventory"]}))
    seat.advance(bought["id"], begun["end_date"])
    return f"subscription/{bought['id']}"


def held_and_enabled(seat: Seat) -> str:
    bought = seat.bought()
    seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/suspend", {}))
    seat.advance(bought["id"], bought["end_date"])
    seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/enable", {}))
    return f"subscription/{bought['id']}"


def expired(seat: Seat) -> str:
    bought = seat.bought(renewal_mode="one_time")
    seat.advance(bought["id"], bought["end_date"])
    seat.advance_days(bought["id"], 8)
    return f"subscription/{bought['id']}"


def refunded(seat: Seat) -> str:
    bought = seat.bought()
    refund = seat.done(seat.refund(bought["transaction"], 1), 201)
    return f"refund/{refund['id']}"


def bulk(seat: Seat) -> str:
    """A job that is paused, goes on, and has a row that the rules refuse."""
    rows = [purchase_row(seat), *({"kind": "suspend", "subscription_id": "sub_0"} for _ in range(200))]
    address = given(seat, rows)
    seat.done(seat.http.post(f"{address}/pause"))
    seat.done(seat.http.post(f"{address}/resume"))
    finished(seat, address)
    return f"bulk/{address.rpartition('/')[2]}"


async def store(running: Running, paths: dict[str, str]) -> None:
    """Write each history."""
    client = await Client.connect(
        running.engine.address, namespace=running.engine.namespace, data_converter=DATA_CONVERTER
    )
    for name, workflow_id in paths.items():
        history = await client.get_workflow_handle(workflow_id).fetch_history()
        path = HISTORIES / f"{name}.json"
        if not path.exists():
            path.write_text(PROCESS.sub("a worker", history.to_json()), encoding="utf-8")


if __name__ == "__main__":
    main()
