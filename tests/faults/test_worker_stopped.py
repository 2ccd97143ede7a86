"""With only the worker stopped every command is accepted durably, and found exactly once when a worker is back."""

from __future__ import annotations

from dataclasses import dataclass

from support_faults import Sent, accepted, at_once, outcome
from support_product import Json, Running, Seat

MORE = {"add": [{"product": "tls-dv-single", "quantity": 2}]}
AGREED = {"offering": "managed-tls", "inventory": [{"product": "tls-ov-single", "quantity": 3}]}
COMMANDS = {
    "inventory": ("POST", MORE),
    "renewal-inventory": ("PUT", {"lines": [{"product": "tls-dv-single", "quantity": 9}]}),
    "renewal-mode": ("PUT", {"renewal_mode": "one_time"}),
    "suspend": ("POST", {"reason": "a test"}),
    "enable": ("POST", None),
    "cancel": ("POST", None),
    "eca/resend": ("POST", None),
    "eca/acceptor": ("PUT", {"eca_acceptor_email": "jo@company.example"}),
    "refund": ("POST", None),
}


@dataclass(frozen=True)
class Asked:
    """A command, the subscription as it was before it, and how many events and transactions it makes."""

    what: str
    sent: Sent
    before: Json
    events: int = 1
    transactions: int = 0


def pending(seat: Seat) -> Json:
    return seat.bought(**AGREED, eca_acceptor_email="legal@company.example")


def asked(seat: Seat, what: str) -> Asked:
    """Each command, on a subscription of its own that allows it."""
    bought = pending(seat) if what in {"cancel", "eca/resend", "eca/acceptor"} else seat.bought()
    path = f"/v1/subscriptions/{bought['id']}"
    if what == "refund":
        line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 1}
        return Asked(what, Sent("/v1/refunds", {"lines": [line]}), bought, transactions=1)
    if what == "enable":
        bought = seat.done(seat.post(f"{path}/suspend"))
    method, body = COMMANDS[what]
    return Asked(what, Sent(f"{path}/{what}", body, method), bought, transactions=int(what == "inventory"))


def test_each_command_is_accepted_without_a_worker_and_found_exactly_once_with_one(apart: Running, seat: Seat) -> None:
    commands = at_once(lambda what: asked(seat, what), COMMANDS)
    apart.kill9("worker")

    places = at_once(lambda command: accepted(command.sent.send(seat)), commands)
    assert {seat.get(place)["state"] for place in places} == {"accepted"}
    for command in commands:
        repeat = command.sent.send(seat)
        assert (repeat.status_code, repeat.json()["code"]) == (409, "request_in_progress")
        assert seat.versions(command.before["id"])[-1] == command.before["version"]

    apart.start("worker")
    for command, place in zip(commands, places, strict=True):
        answer = outcome(seat, place)
        again = command.sent.send(seat)
        assert again.json() == answer
        assert again.headers["Idempotency-Replayed"] == "true"
        last = command.before["version"] + command.events
        assert seat.versions(command.before["id"]) == list(range(1, last + 1)), command.what
        before = int(command.before["state"] != "pending_eca")
        assert len(seat.transactions(command.before["id"])) == before + command.transactions, command.what


def test_purchases_are_accepted_without_a_worker_and_made_exactly_once_with_one(apart: Running, seat: Seat) -> None:
    customers = at_once(lambda _: seat.new_customer()["id"], range(6))
    apart.kill9("worker")

    purchases = [Sent("/v1/subscriptions", seat.purchase_body(customer_id=customer)) for customer in customers]
    places = at_once(lambda purchase: accepted(purchase.send(seat)), purchases)
    assert [seat.get("/v1/subscriptions", customer_id=customer)["data"] for customer in customers] == [[]] * 6

    apart.start("worker")
    for customer, purchase, place in zip(customers, purchases, places, strict=True):
        answer = outcome(seat, place)
        again = purchase.send(seat)
        assert (again.status_code, again.json()) == (201, answer)
        (made,) = seat.get("/v1/subscriptions", customer_id=customer)["data"]
        assert (made["id"], made["state"], made["version"]) == (answer["id"], "active", 2)
        assert len(seat.transactions(made["id"])) == 1


def test_an_acceptor_who_decides_twice_without_a_worker_has_decided_once(apart: Running, seat: Seat) -> None:
    accepts, declines = pending(seat), pending(seat)
    links = [seat.eca_link(subscription["id"]) for subscription in (accepts, declines)]
    apart.kill9("worker")

    decided = {"name": "Jo Counsel", "job_title": "General Counsel", "may_bind": True}
    urgent = {"Prefer": "wait=0"}
    with seat.public() as public:
        for _ in range(2):
            assert public.post(f"{links[0]}/accept", json=decided, headers=urgent).status_code == 202
            assert public.post(f"{links[1]}/decline", json={"reason": "no"}, headers=urgent).status_code == 202
        apart.start("worker")
        # These wait behind the two before them, which are recorded first.
        patient = {"Prefer": "wait=60"}
        assert public.post(f"{links[0]}/accept", json=decided, headers=patient).status_code == 200
        assert public.post(f"{links[1]}/decline", json={"reason": "no"}, headers=patient).status_code == 410

    assert seat.subscription(accepts["id"])["state"] == "active"
    assert seat.subscription(declines["id"])["state"] == "declined"
    events = [entry["kind"] for entry in seat.timeline(accepts["id"]) if entry["version"] is not None]
    assert events == ["purchase_confirmed", "eca_requested", "eca_accepted", "activated"]
    assert seat.versions(declines["id"]) == [1, 2, 3]
    assert len(seat.transactions(accepts["id"])) == 1
    assert seat.transactions(declines["id"]) == []
