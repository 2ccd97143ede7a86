"""A mail server that hangs, is down, or refuses: subscriptions and their time go on, mails come later, and once."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from aiosmtpd.controller import Controller

from perennial.ports import free_ports
from support_faults import WITHIN
from support_product import Json, Running, Seat
from support_smtp import MailServer
from support_waiting import eventually

REFUSED = "nobody@company.example"


@pytest.fixture
def mailing(apart: Running) -> Iterator[Running]:
    """The product with a mail server that the test has to start, at `smtp_port`."""
    (apart.smtp_port,) = free_ports(1)
    apart.kill9("worker")
    apart.run(("serve",), ("worker",))
    yield apart
    apart.smtp_port = None
    apart.kill9("worker")


@contextmanager
def taking_mail(port: int | None, server: MailServer) -> Generator[MailServer]:
    """A mail server in a thread of its own."""
    controller = Controller(server, hostname="127.0.0.1", port=port or 0)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@contextmanager
def hanging(port: int | None) -> Generator[None]:
    """A mail server that takes connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", port or 0))
    taken: list[socket.socket] = []

    def take() -> None:
        while True:
            try:
                taken.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=take)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in taken:
            connection.close()


def tellings(seat: Seat, subscription_id: str) -> list[Json]:
    return [entry for entry in seat.timeline(subscription_id) if entry["version"] is None]


def statuses(seat: Seat, subscription_id: str) -> set[str]:
    return {entry["data"]["status"] for entry in tellings(seat, subscription_id)}


def test_mails_come_once_when_the_server_that_hung_and_died_is_back(mailing: Running, seat: Seat) -> None:
    with hanging(mailing.smtp_port):
        bought = seat.bought()
        assert bought["state"] == "active"
        before_reminders = date.fromisoformat(bought["end_date"]) - timedelta(days=60)
        seat.advance(bought["id"], before_reminders)
        assert statuses(seat, bought["id"]) == {"pending"}
    # Nobody listens at all now.
    suspended = seat.done(seat.post(f"/v1/subscriptions/{bought['id']}/suspend"))
    assert suspended["state"] == "suspended"
    ended = seat.advance(bought["id"], bought["end_date"])
    assert ended["renewal_held_since"] is not None
    assert statuses(seat, bought["id"]) == {"pending"}
    owed = len(tellings(seat, bought["id"]))

    with taking_mail(mailing.smtp_port, MailServer()) as server:
        eventually(lambda: statuses(seat, bought["id"]) == {"sent"}, within=WITHIN)
        mine = [mail for mail in server.taken if mail.message["X-Perennial-Subscription"] == bought["id"]]
    counted = Counter(mail.message["Message-ID"] for mail in mine)
    assert set(counted.values()) == {1}
    assert len(counted) == owed
    to_customer = [mail.message["X-Perennial-Kind"] for mail in mine if mail.to == "ann@company.example"]
    assert to_customer == ["activated", "renewal_reminder", "suspended", "suspended_reminder", "renewal_held"]


def test_an_address_that_is_refused_for_good_holds_nothing_up(mailing: Running, seat: Seat) -> None:
    customer = seat.new_customer(contact_email=REFUSED)
    server = MailServer(recipients={REFUSED: "550 5.1.1 no such user"})

    with taking_mail(mailing.smtp_port, server):
        bought = seat.bought(customer_id=customer["id"])
        seat.advance(bought["id"], bought["end_date"])
        # The delivery may still pause over mails of an earlier test that met no server.
        eventually(lambda: "pending" not in statuses(seat, bought["id"]), within=WITHIN)

    told = tellings(seat, bought["id"])
    outcomes = {(entry["data"]["to"], entry["data"]["status"]) for entry in told}
    assert outcomes == {("customer", "refused"), ("partner", "sent")}
    assert {entry["data"]["attempts"] for entry in told} == {0}
    # What an earlier test of this stack still owed may arrive at this server too.
    mine = [mail for mail in server.taken if mail.message["X-Perennial-Subscription"] == bought["id"]]
    assert {mail.to for mail in mine} == {"billing@distributor.example"}
    assert seat.subscription(bought["id"])["term_number"] == 2
