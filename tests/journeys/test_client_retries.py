"""A change through the Python client happens once, whatever the network does; what cannot be mended is raised."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from perennial.ports import free_ports
from perennial_client import (
    NO_RETRIES,
    CommandPendingError,
    ConflictError,
    ConnectionFailedError,
    InvalidInputError,
    Perennial,
    RateLimitedError,
    Retries,
    ServerError,
)
from support_client import QUICK, Proxy, Says, Trouble, bought, client_of, proxied
from support_product import Running, Seat, purchase_body

LATER = Says(429, {"Retry-After": "0"})
OUT_OF_ORDER = Says(503, {"Content-Type": "text/html"}, b"<h1>Unavailable</h1>")


def purchases_of(perennial: Perennial, customer_id: str) -> list[str]:
    """What the product says that a customer has, asked without the proxy: subscriptions, each charged once."""
    found = [one.id for one in perennial.subscriptions.iterate(customer_id=customer_id)]
    charged = [one.subscription_id for one in perennial.transactions.iterate(customer_id=customer_id)]
    assert sorted(charged) == sorted(found)
    return found


def through(proxy: Proxy, seat: Seat, retries: Retries = QUICK) -> Perennial:
    return client_of(seat, base_url=proxy.url, retries=retries)


@pytest.mark.parametrize(
    "troubles",
    [
        pytest.param(("cut after",), id="the answer is lost"),
        pytest.param(("cut before",), id="the request is lost"),
        pytest.param((OUT_OF_ORDER, LATER, Says(502), Says(504)), id="what stands between is out of order"),
        pytest.param(("cut after", "cut after", LATER, "cut before"), id="all of it"),
    ],
)
def test_a_purchase_happens_once(
    running: Running, seat: Seat, perennial: Perennial, troubles: tuple[Trouble, ...]
) -> None:
    customer_id = seat.new_customer()["id"]
    with proxied(running, *troubles) as proxy, through(proxy, seat) as client:
        subscription = bought(client, customer_id=customer_id)

    assert purchases_of(perennial, customer_id) == [subscription.id]
    assert len(proxy.keys()) == len(troubles) + 1
    assert set(proxy.keys()) == {subscription.http.idempotency_key}
    assert subscription.http.replayed == ("cut after" in troubles)


def test_what_was_given_up_goes_on_with_its_key(running: Running, seat: Seat, perennial: Perennial) -> None:
    customer_id = seat.new_customer()["id"]
    with proxied(running, "cut after", "cut after") as proxy, through(proxy, seat, NO_RETRIES) as client:
        with pytest.raises(ConnectionFailedError) as lost:
            bought(client, customer_id=customer_id)
        with pytest.raises(ConnectionFailedError):
            bought(client, customer_id=customer_id, idempotency_key=lost.value.idempotency_key)
        subscription = bought(client, customer_id=customer_id, idempotency_key=lost.value.idempotency_key)

    assert purchases_of(perennial, customer_id) == [subscription.id]
    assert set(proxy.keys()) == {lost.value.idempotency_key}


def test_tries_are_counted(running: Running, seat: Seat) -> None:
    with proxied(running, *[OUT_OF_ORDER] * 9) as proxy, through(proxy, seat) as client:
        with pytest.raises(ServerError) as refused:
            client.me.read()
        assert len(proxy.requests) == 1 + QUICK.times
        assert (refused.value.status, refused.value.code) == (503, "http_503")
        assert client.me.read().currency == "USD"


def test_a_pause_that_is_longer_than_the_patience_is_not_begun(running: Running, seat: Seat) -> None:
    with proxied(running, Says(429, {"Retry-After": "3600"})) as proxy, pytest.raises(RateLimitedError) as refused:
        through(proxy, seat).me.read()

    assert refused.value.retry_after == 3600
    assert len(proxy.requests) == 1


def test_nobody_there_is_said_after_the_last_try(seat: Seat) -> None:
    (port,) = free_ports(1)
    with client_of(seat, base_url=f"http://127.0.0.1:{port}") as client, pytest.raises(ConnectionFailedError) as lost:
        client.me.read()
    assert "after 5 tries" in str(lost.value)


@pytest.mark.parametrize(
    ("ask", "kind"),
    [
        pytest.param(lambda client, of: client.subscriptions.cancel(of), ConflictError, id="the rules say no"),
        pytest.param(lambda client, _: client.subscriptions.list(limit=0), InvalidInputError, id="the input is wrong"),
    ],
)
def test_what_is_refused_is_asked_once(
    running: Running, seat: Seat, ask: Callable[[Perennial, str], object], kind: type[Exception]
) -> None:
    subscription_id = seat.bought()["id"]
    with proxied(running) as proxy, through(proxy, seat) as client, pytest.raises(kind):
        ask(client, subscription_id)
    assert len(proxy.requests) == 1


def test_what_has_no_key_is_sent_again_only_if_nothing_happened(running: Running, seat: Seat) -> None:
    subscription = seat.bought()
    with proxied(running, LATER, "cut after") as proxy, through(proxy, seat) as client:
        with pytest.raises(ConnectionFailedError):
            client.sandbox.advance_subscriptions(subscription_ids=[subscription["id"]], to=subscription["end_date"])
        assert len(proxy.requests) == 2
        assert seat.subscription(subscription["id"])["term_number"] == 2


def test_what_was_taken_away_by_a_lost_try_is_gone(running: Running, seat: Seat) -> None:
    webhook = seat.done(seat.post("/v1/webhooks", {"url": "http://127.0.0.1:8443/hook", "kinds": ["suspended"]}), 201)
    with proxied(running, "cut after") as proxy, through(proxy, seat) as client:
        client.webhooks.delete(webhook["id"])
    assert [method for method, _, _ in proxy.requests] == ["DELETE", "DELETE"]
    assert seat.http.get(f"/v1/webhooks/{webhook['id']}").status_code == 404


def test_a_call_waits_for_what_is_accepted(seat: Seat, perennial: Perennial) -> None:
    customer_id = seat.new_customer()["id"]

    subscription = bought(perennial, customer_id=customer_id, wait=0)

    assert subscription.state == "active"
    assert purchases_of(perennial, customer_id) == [subscription.id]


def test_a_command_can_be_waited_for_by_its_id(seat: Seat, perennial: Perennial) -> None:
    accepted: list[CommandPendingError] = []
    while not accepted:
        try:
            bought(perennial.with_options(retries=NO_RETRIES), wait=0)
        except CommandPendingError as pending:
            accepted.append(pending)

    command = perennial.wait_for_command(accepted[0].command_id)

    assert (command.kind, command.state) == ("purchase", "done")
    assert command.answer is not None
    assert command.answer["state"] == "active"


def test_a_body_that_was_sent_twice_with_one_key_is_one_purchase(seat: Seat, perennial: Perennial) -> None:
    body = purchase_body(seat.new_customer()["id"])
    first = perennial.subscriptions.create(**body, idempotency_key="an order's number")
    assert perennial.subscriptions.create(**body, idempotency_key="an order's number").id == first.id
    with pytest.raises(InvalidInputError) as refused:
        perennial.subscriptions.create(**body, reference_id="PO-2", idempotency_key="an order's number")
    assert refused.value.code == "idempotency_key_reused"
