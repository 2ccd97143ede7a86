"""A subscription's workflow lives for years, so what a purchase and a quiet year add to its history is bounded."""

from __future__ import annotations

import asyncio

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

from support_product import Running, Seat

# What the sandbox's skipping itself leaves behind; real time has none of it.
SKIP_MARKERS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
}


def history(running: Running, subscription_id: str) -> list[HistoryEvent]:
    async def fetched() -> list[HistoryEvent]:
        client = await Client.connect(running.engine.address, namespace=running.engine.namespace)
        found = await client.get_workflow_handle(f"subscription/{subscription_id}").fetch_history()
        return [event for event in found.events if event.event_type not in SKIP_MARKERS]

    return asyncio.run(fetched())


def test_a_purchase_without_agreement_is_active_within_twenty_events(running: Running, seat: Seat) -> None:
    bought = seat.bought()

    assert bought["state"] == "active"
    assert len(history(running, bought["id"])) <= 20


def test_a_quiet_year_with_reminders_and_renewal_stays_small(running: Running, seat: Seat) -> None:
    bought = seat.bought()
    seat.advance(bought["id"], bought["end_date"])
    before = history(running, bought["id"])

    renewed = seat.subscription(bought["id"])
    seat.advance(bought["id"], renewed["end_date"])

    year = history(running, bought["id"])[len(before) :]
    assert seat.subscription(bought["id"])["term_number"] == 3
    assert len(year) <= 60
    assert sum(event.ByteSize() for event in year) <= 7000


def test_no_name_and_no_address_is_in_a_history(running: Running, seat: Seat) -> None:
    bought = seat.bought(
        offering="managed-tls",
        inventory=[{"product": "tls-ov-single", "quantity": 1}],
        eca_acceptor_email="legal@company.example",
        reference_id="PO-secret",
    )
    seat.accept_eca(bought["id"], name="Jo Secret", job_title="Counsel Secret")

    written = b"".join(event.SerializeToString() for event in history(running, bought["id"]))

    for word in (b"company.example", b"Secret", b"PO-secret", b"Ann"):
        assert word not in written
