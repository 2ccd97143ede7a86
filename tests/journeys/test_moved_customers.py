"""A customer that goes to another reseller: who sees it from then on, and what keeps the reseller of its time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import pytest

from support_problems import refused
from support_product import Json, Seat
from support_tenants import addresses_of, reseller_seat


@dataclass(frozen=True)
class Move:
    """A customer with a purchase and a refund, and the resellers that it went from and to."""

    customer: str
    bought: Json
    refund: Json
    first: Seat
    first_id: str
    second: Seat
    second_id: str

    @property
    def addresses(self) -> tuple[str, ...]:
        return addresses_of(self.bought, self.refund)


def make_move(seat: Seat) -> Move:
    (first_id, first), (second_id, second) = reseller_seat(seat), reseller_seat(seat)
    bought = first.bought()
    refund = first.done(first.refund(bought["transaction"], 1), 201)
    customer: str = bought["customer_id"]
    seat.done(seat.patch(f"/v1/customers/{customer}", {"managing_partner_id": second_id}))
    return Move(customer, bought, refund, first, first_id, second, second_id)


@pytest.fixture
def move(seat: Seat) -> Move:
    return make_move(seat)


def shown(who: Seat, move: Move) -> list[int]:
    """How much of the customer each list, report and the feed shows."""
    of_customer = ("/v1/subscriptions", "/v1/transactions", "/v1/refunds")
    reports = tuple(f"/v1/reports/{name}" for name in ("subscriptions", "transactions", "usage"))
    found = [len(who.get(path, customer_id=move.customer)["data"]) for path in (*of_customer, *reports)]
    events = [
        event for event in who.get("/v1/events", limit=200)["data"] if event["subscription_id"] == move.bought["id"]
    ]
    customers = [one for one in who.get("/v1/customers", limit=200)["data"] if one["id"] == move.customer]
    return [*found, len(events), len(customers)]


def test_the_new_reseller_sees_all_of_it_and_the_old_one_nothing(move: Move) -> None:
    for address in move.addresses:
        assert move.second.http.get(address).status_code == 200, address
        refused(move.first.http.get(address), "not_found", 404)
    assert shown(move.second, move) == [1, 2, 1, 1, 2, 1, 3, 1]
    assert shown(move.first, move) == [0] * 8
    assert move.first.mails(move.bought["id"]) == []


def test_the_new_reseller_acts_and_the_old_one_does_not(move: Move, seat: Seat) -> None:
    id_ = move.bought["id"]
    refused(move.first.command(id_, "suspend"), "not_found", 404)
    refused(move.first.refund(move.bought["transaction"], 1), "transaction_line_not_found", 404)
    again = move.first.purchase_body(customer_id=move.customer)
    refused(move.first.post("/v1/subscriptions", again), "customer_not_found", 404)
    assert move.second.done(move.second.command(id_, "suspend"))["state"] == "suspended"
    assert seat.done(seat.command(id_, "enable"))["state"] == "active"


def test_a_purchase_that_is_sent_again_after_the_move_tells_the_old_reseller_nothing(seat: Seat) -> None:
    (_, first), (second_id, _) = reseller_seat(seat), reseller_seat(seat)
    body, key = first.purchase_body(), uuid.uuid4().hex
    bought = first.done(first.post("/v1/subscriptions", body, key=key), 201)
    seat.done(seat.patch(f"/v1/customers/{bought['customer_id']}", {"managing_partner_id": second_id}))

    refused(first.post("/v1/subscriptions", body, key=key), "customer_not_found", 404)


def test_what_the_old_reseller_asked_for_is_its_own_no_more(move: Move, seat: Seat) -> None:
    asked = [entry["command_id"] for entry in seat.timeline(move.bought["id"]) if entry["command_id"] is not None]
    commands = {f"/v1/commands/{id_}" for id_ in (*asked, move.refund["id"])}
    assert len(commands) == 2
    for command in commands:
        assert seat.get(command)["state"] == "done"
        for who in (move.first, move.second):
            refused(who.http.get(command), "not_found", 404)


def test_transactions_keep_the_reseller_of_their_time_and_later_ones_have_the_new_one(move: Move, seat: Seat) -> None:
    id_ = move.bought["id"]
    assert seat.subscription(id_)["reseller_id"] == move.second_id
    added = move.second.done(move.second.add(id_, "tls-dv-single", 1))
    assert added["transaction"]["reseller_id"] == move.second_id

    transactions = move.second.transactions(id_)
    assert [found["reseller_id"] for found in transactions] == [move.first_id, move.first_id, move.second_id]


def test_the_new_reseller_gets_the_mails(move: Move, seat: Seat) -> None:
    id_ = move.bought["id"]
    seat.done(seat.command(id_, "suspend"))
    seat.advance(id_, seat.subscription(id_)["today"])

    told = {mail["to"] for mail in seat.mails(id_, kind="suspended")}
    billing = [seat.get(f"/v1/partners/{id_}")["billing_contact_email"] for id_ in (move.first_id, move.second_id)]
    assert [address in told for address in billing] == [False, True]
