"""Lists, problems and webhooks through the Python client, and the examples of its documents as they stand."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from perennial_client import (
    AuthenticationError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    Perennial,
    PermissionDeniedError,
    SignatureError,
    VersionConflictError,
    webhooks,
)
from support_client import bought, client_of, key_of
from support_product import Running, Seat, customer_body
from support_tenants import seat_of
from support_waiting import eventually
from support_webhooks import Receiver, receiving

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"```python\n(from perennial_client import Perennial\n.*?)```", re.DOTALL)


def test_a_list_is_gone_through_page_by_page(perennial: Perennial) -> None:
    customer_id = perennial.customers.create(**customer_body()).id
    made = [bought(perennial, customer_id=customer_id).id for _ in range(3)]

    page = perennial.subscriptions.list(customer_id=customer_id, limit=2)
    rest = perennial.subscriptions.list(customer_id=customer_id, limit=2, cursor=page.next_cursor)
    through = perennial.subscriptions.iterate(customer_id=customer_id, limit=1, ends_after=date(2026, 1, 1))

    assert [one.id for one in page.data + rest.data] == made[::-1]
    assert rest.next_cursor is None
    assert [one.id for one in through] == made[::-1]


def test_the_feed_is_read_on_from_an_event(perennial: Perennial) -> None:
    first = bought(perennial)
    *_, last = perennial.events.iterate(limit=200)
    perennial.subscriptions.suspend(first.id, reason="unpaid")

    after = [event for event in perennial.events.iterate(after=last.id, limit=1) if event.subscription_id == first.id]

    assert [event.kind for event in after] == ["suspended"]
    assert after[0].reason == "unpaid"
    assert after[0].at.tzinfo is not None


def test_a_problem_names_its_members(perennial: Perennial) -> None:
    with pytest.raises(InvalidInputError) as refused:
        bought(perennial, eca_acceptor_email="no address")
    problem = refused.value
    assert (problem.status, problem.code) == (422, "invalid_email")
    assert [(one.field, one.code) for one in problem.errors] == [("eca_acceptor_email", "invalid_email")]
    assert problem.request_id is not None
    assert problem.request_id in str(problem)


def test_a_problem_of_the_state_says_what_is_allowed(perennial: Perennial) -> None:
    subscription = bought(perennial)
    with pytest.raises(ConflictError) as refused:
        perennial.subscriptions.enable(subscription.id)
    assert (refused.value.code, refused.value.state) == ("not_suspended", "active")
    assert "suspend" in refused.value.allowed


def test_a_binding_price_and_a_version_are_kept_to(perennial: Perennial) -> None:
    with pytest.raises(ConflictError) as dearer:
        bought(perennial, expected_total=1)
    subscription = bought(perennial)
    perennial.subscriptions.set_renewal_mode(subscription.id, renewal_mode="one_time")
    with pytest.raises(VersionConflictError):
        perennial.subscriptions.suspend(subscription.id, if_match=subscription.http.etag)
    assert (dearer.value.code, dearer.value.members["total"]) == ("price_changed", 5 * 6900)


def test_what_one_may_not_is_said(running: Running, seat: Seat, perennial: Perennial) -> None:
    reader = seat_of(running, perennial.me.read().partner.id, scopes=("read",))
    with client_of(reader) as client, pytest.raises(PermissionDeniedError) as refused:
        client.customers.create(**customer_body())
    with pytest.raises(NotFoundError):
        perennial.subscriptions.read("sub_0/../../me")
    with Perennial(base_url=running.base_url, api_key="pk_none") as stranger, pytest.raises(AuthenticationError):
        stranger.me.read()
    assert refused.value.code == "missing_scope"
    assert "pk_none" not in repr(stranger)


async def test_a_webhook_of_the_service_is_known_by_its_signature(perennial: Perennial) -> None:
    async with receiving() as receiver:
        secret, subscription_id = await asyncio.to_thread(_suspended, perennial, receiver)
        received = (await asyncio.to_thread(eventually, lambda: list(receiver.taken)))[0]

    event = webhooks.verify(received.body, received.headers, secret)

    assert (event.kind, event.subscription_id) == ("suspended", subscription_id)
    assert event.raw["type"] == "suspended"
    sent_at = float(received.headers["webhook-timestamp"])
    for body, headers, key, now in (
        (received.body + b" ", received.headers, secret, sent_at),
        (received.body, received.headers, "whsec_c29tZXRoaW5nIGVsc2U=", sent_at),
        (received.body, received.headers, secret, sent_at + 301),
        (received.body, {**received.headers, "webhook-id": "another"}, secret, sent_at),
        (received.body, {"webhook-id": received.id}, secret, sent_at),
    ):
        with pytest.raises(SignatureError):
            webhooks.verify(body, headers, key, now=now)


def _suspended(perennial: Perennial, receiver: Receiver) -> tuple[str, str]:
    subscription = bought(perennial)
    webhook = perennial.webhooks.create(url=receiver.url, kinds=["suspended"])
    perennial.subscriptions.suspend(subscription.id)
    eventually(lambda: receiver.taken)
    perennial.webhooks.delete(webhook.id)
    return webhook.secret, subscription.id


def test_the_example_of_both_documents_buys_as_it_stands(running: Running, seat: Seat, perennial: Perennial) -> None:
    documents = [ROOT / "README.md", ROOT / "clients" / "python" / "README.md"]
    found = {example for document in documents for example in EXAMPLE.findall(document.read_text(encoding="utf-8"))}
    (example,) = found
    told = {"PERENNIAL_URL": running.base_url, "PERENNIAL_API_KEY": key_of(seat)}

    said = subprocess.run(
        (sys.executable, "-c", example), env={**os.environ, **told}, capture_output=True, text=True, check=True
    ).stdout.split()

    assert said[1:] == ["active", str(perennial.subscriptions.read(said[0]).end_date)]


def test_an_instant_comes_aware_and_a_day_as_a_day(perennial: Perennial) -> None:
    subscription = bought(perennial)
    entry = next(perennial.subscriptions.iterate_timeline(subscription.id))
    assert entry.at.utcoffset() == datetime.now(UTC).utcoffset()
    assert isinstance(subscription.start_date, date)
