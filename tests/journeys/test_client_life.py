"""A subscription from its quote to its refund, through the client."""

from __future__ import annotations

from datetime import date

import httpx2
import pytest

from perennial_client import AsyncPerennial, ConflictError, Perennial, models, params
from support_client import PROFESSIONAL, WITHOUT_CERTIFICATES, bought, key_of
from support_product import Json, Running, Seat, customer_body


def test_a_subscription_lives_from_its_quote_to_its_refund(perennial: Perennial) -> None:
    customer = perennial.customers.create(**customer_body(company_name="Acme Ltd"))
    body: Json = {"customer_id": customer.id, "offering": "dv-automation", **PROFESSIONAL}
    inventory: list[params.ProductQuantity] = [{"product": "tls-dv-single", "quantity": 5}]
    quote = perennial.quotes.create(**body, inventory=inventory)
    preview = perennial.subscriptions.preview_create(**body, inventory=inventory)
    subscription = perennial.subscriptions.create(**body, inventory=inventory, expected_total=quote.total.amount)

    assert (preview.id, preview.dry_run) == (None, True)
    assert subscription.state == "active"
    assert subscription.start_date == date(2026, 11, 22)
    assert subscription.transaction is not None
    assert subscription.transaction.amount == quote.total
    assert perennial.subscriptions.read(subscription.id).version == subscription.version

    added = perennial.subscriptions.add_inventory(subscription.id, add=[{"product": "tls-dv-single", "quantity": 2}])
    perennial.subscriptions.set_renewal_inventory(subscription.id, lines=[{"product": "tls-dv-single", "quantity": 3}])
    assert added.inventory[0].quantity == 7
    assert subscription.end_date is not None
    moved = perennial.sandbox.advance_subscriptions(subscription_ids=[subscription.id], to=subscription.end_date)
    assert [(place.id, place.today) for place in moved.subscriptions] == [(subscription.id, subscription.end_date)]

    renewed = perennial.subscriptions.read(subscription.id)
    renewal = next(perennial.transactions.iterate(subscription_id=subscription.id, action="renewal"))
    assert (renewed.term_number, renewed.inventory[0].quantity) == (2, 3)
    line = perennial.transactions.read(renewal.id).lines[0]
    refund = perennial.refunds.create(lines=[{"transaction_line_id": line.id, "quantity": 3}], reason="not needed")

    assert refund.total == models.Money(amount=-3 * 6900, currency="USD")
    assert perennial.refunds.read(refund.id) == refund
    assert perennial.subscriptions.read(subscription.id).state == "cancelled"


def test_a_member_is_left_out_or_cleared(perennial: Perennial) -> None:
    customer = perennial.customers.create(**customer_body(contact_phone="+1 312 5550100"))

    renamed = perennial.customers.change(customer.id, contact_name="Ben Example")
    cleared = perennial.customers.change(customer.id, contact_phone=None, if_match=renamed.http.etag)

    assert (renamed.contact_name, renamed.contact_phone) == ("Ben Example", customer.contact_phone)
    assert (cleared.contact_name, cleared.contact_phone) == ("Ben Example", None)
    assert cleared.http.idempotency_key != renamed.http.idempotency_key


def test_an_answer_says_how_it_came_and_keeps_what_came(perennial: Perennial) -> None:
    first = bought(perennial)

    again = perennial.subscriptions.suspend(first.id, idempotency_key=f"suspend {first.id}", reason="unpaid")
    replayed = perennial.subscriptions.suspend(first.id, idempotency_key=f"suspend {first.id}", reason="unpaid")

    assert (first.http.status, first.http.location) == (201, f"/v1/subscriptions/{first.id}")
    assert (again.http.replayed, replayed.http.replayed) == (False, True)
    assert again.raw["state"] == "suspended"
    with pytest.raises(LookupError):
        _ = first.inventory[0].http


def test_reports_and_documents_come_as_files(perennial: Perennial) -> None:
    subscription = bought(perennial)

    rows = list(perennial.reports.iterate_subscriptions(customer_id=subscription.customer_id))
    text = perennial.reports.subscriptions_csv(customer_id=subscription.customer_id).decode()
    workbook = perennial.reports.subscriptions_xlsx(customer_id=subscription.customer_id)

    assert len(rows) == 1
    assert subscription.id in text
    assert workbook.startswith(b"PK")


def test_the_acceptor_accepts_by_the_link(perennial: Perennial, seat: Seat) -> None:
    subscription = perennial.subscriptions.create(
        customer_id=perennial.customers.create(**customer_body()).id,
        offering="managed-tls",
        inventory=[{"product": "tls-ov-single", "quantity": 1}],
        eca_acceptor_email="legal@company.example",
        **PROFESSIONAL,
    )
    token = seat.eca_link(subscription.id).rpartition("/")[2]

    decision = perennial.eca.accept(token, name="Jo Counsel", job_title="General Counsel", may_bind=True)

    assert (subscription.state, decision.status) == ("pending_eca", "accepted")
    assert perennial.subscriptions.read(subscription.id).state == "active"


async def test_the_client_for_asyncio_does_the_same(running: Running, perennial: Perennial) -> None:
    first = bought(perennial)
    async with (
        httpx2.AsyncClient(verify=WITHOUT_CERTIFICATES) as http,
        AsyncPerennial(base_url=running.base_url, api_key=key_of(running.seat()), http_client=http) as client,
    ):
        suspended = await client.subscriptions.suspend(first.id, reason="unpaid")
        timeline = [entry async for entry in client.subscriptions.iterate_timeline(first.id, limit=1)]
        with pytest.raises(ConflictError) as refused:
            await client.subscriptions.suspend(first.id)
        assert (await client.me.read()).currency == "USD"

    assert suspended.state == "suspended"
    events = [entry.kind for entry in timeline if entry.version is not None]
    assert (events[0], events[-1]) == ("suspended", "purchase_confirmed")
    assert refused.value.code == "already_suspended"
