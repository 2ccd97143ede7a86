"""The product dies by SIGKILL at any instant: nothing acknowledged is lost, nothing charged twice, no hole left."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from repetitions import Repetitions
from support_faults import WITHIN, Sent, at_once, look, meanwhile, writes_held
from support_product import Json, Running, Seat, customer_body
from support_waiting import eventually

CLIENTS = 4
MORE = {"add": [{"product": "tls-dv-single", "quantity": 1}]}
HISTORY = [
    "purchase_confirmed",
    "activated",
    "inventory_added",
    "renewal_mode_set",
    "suspended",
    "renewal_inventory_set",
    "enabled",
    "inventory_added",
    "refunded",
]


class Book:
    """A client's finished requests with their answers, and when to stop."""

    def __init__(self, seat: Seat) -> None:
        self.seat = seat
        self.answered: list[tuple[Sent, Json]] = []
        self.bought: list[str] = []
        self.stop = threading.Event()

    def write(self) -> None:
        """Carry whole lives out, one after the other."""
        while not self.stop.is_set():
            self._live()

    def _live(self) -> None:
        customer = self._finish(Sent("/v1/customers", customer_body()))
        body = self.seat.purchase_body(customer_id=customer["id"])
        bought = self._finish(Sent("/v1/subscriptions", body))
        self.bought.append(bought["id"])
        path = f"/v1/subscriptions/{bought['id']}"
        self._finish(Sent(f"{path}/inventory", MORE))
        self._finish(Sent(f"{path}/renewal-mode", {"renewal_mode": "one_time"}, "PUT"))
        self._finish(Sent(f"{path}/suspend"))
        self._finish(Sent(f"{path}/renewal-inventory", {"lines": [{"product": "tls-dv-single", "quantity": 9}]}, "PUT"))
        self._finish(Sent(f"{path}/enable"))
        added = self._finish(Sent(f"{path}/inventory", MORE))
        line = added["transaction"]["lines"][0]["id"]
        self._finish(Sent("/v1/refunds", {"lines": [{"transaction_line_id": line, "quantity": 1}]}))

    def _finish(self, sent: Sent) -> Json:
        answer = sent.finish(self.seat)
        self.answered.append((sent, answer))
        return answer


@contextmanager
def writing(books: list[Book]) -> Generator[None]:
    """Let every client write its book while the block runs, and finish the page it is at."""
    with meanwhile(lambda: at_once(Book.write, books, workers=len(books))) as written:
        try:
            yield
        finally:
            for book in books:
                book.stop.set()
        written()


def test_killed_at_random_instants_it_loses_nothing_and_does_nothing_twice(
    together: Running, repetitions: Repetitions
) -> None:
    books = [Book(together.seat()) for _ in range(CLIENTS)]
    with writing(books):
        for _ in range(repetitions.product_kills):
            time.sleep(random.uniform(0.05, 1.0))
            together.kill9("serve")
            together.start("serve", "--with-worker")
            eventually(lambda: together.readyz() != 0, within=60)
        together.wait_until_ready()

    seat = together.seat()
    bought = [subscription for book in books for subscription in book.bought]
    assert bought
    for subscription in bought:
        events = [entry["kind"] for entry in seat.timeline(subscription) if entry["version"] is not None]
        assert events == HISTORY
        assert seat.versions(subscription) == list(range(1, len(HISTORY) + 1))
        amounts = [item["amount"]["amount"] for item in seat.transactions(subscription)]
        # Bought, added twice on the first day at the full price, and given back once.
        assert amounts == [5 * 6900, 6900, 6900, -6900]
    for book in books:
        for sent, answer in book.answered:
            again = sent.send(seat, wait=10)
            assert again.json() == answer
            assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("kind", ["a purchase", "an addition", "a refund"])
def test_killed_between_the_ledgers_commit_and_the_engines_knowledge_it_charges_once(
    apart: Running, seat: Seat, kind: str
) -> None:
    sent = charging(seat, kind)
    apart.freeze("worker")
    assert sent.send(seat).status_code == 202
    with writes_held(apart):
        # The worker takes the command and waits for the database…
        apart.thaw("worker")
        time.sleep(1.5)
        # … and has nobody to tell when it is through: what it sends to a frozen engine dies with that one.
        apart.freeze("engine")
    eventually(lambda: is_recorded(apart, sent), within=WITHIN)
    apart.kill9("worker")
    apart.engine.kill9()

    apart.run(("serve",), ("worker",))
    answer = sent.finish(seat)

    subscription = subscription_of(answer)
    versions = seat.versions(subscription)
    assert versions == list(range(1, len(versions) + 1))
    actions = [item["action"] for item in seat.transactions(subscription)]
    assert (
        actions
        == {
            "a purchase": ["purchase"],
            "an addition": ["purchase", "inventory_add"],
            "a refund": ["purchase", "refund"],
        }[kind]
    )
    # The story goes on: the workflow learnt what was recorded without it.
    assert seat.done(seat.post(f"/v1/subscriptions/{subscription}/suspend"))["state"] == "suspended"


def charging(seat: Seat, kind: str) -> Sent:
    if kind == "a purchase":
        return Sent("/v1/subscriptions", seat.purchase_body())
    bought = seat.bought()
    if kind == "an addition":
        return Sent(f"/v1/subscriptions/{bought['id']}/inventory", MORE)
    line = bought["transaction"]["lines"][0]["id"]
    return Sent("/v1/refunds", {"lines": [{"transaction_line_id": line, "quantity": 1}]})


def is_recorded(running: Running, sent: Sent) -> bool:
    return look(running, "SELECT count(*) FROM commands WHERE outcome IS NOT NULL AND key = ?", sent.key) == [(1,)]


def subscription_of(answer: Json) -> str:
    found: str = answer["transactions"][0]["subscription_id"] if "transactions" in answer else answer["id"]
    return found
