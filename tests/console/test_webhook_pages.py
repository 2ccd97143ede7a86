"""A webhook is added, told, told again and ended by the console, with a real receiver on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook as Verifier

from support_browser import At, Way
from support_product import Seat
from support_waiting import eventually

pytestmark = pytest.mark.xdist_group("console money")


@dataclass
class Receiver:
    """An HTTP server that answers with `status` and keeps what it took."""

    status: int = 204
    taken: list[tuple[dict[str, str], str]] = field(default_factory=list[tuple[dict[str, str], str]])
    url: str = ""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            if found.status < 300:
                found.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(found.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        found.url = f"http://127.0.0.1:{server.server_port}/hook"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


def test_a_webhook_is_added_told_and_told_again(at_console: At, seat: Seat, receiver: Receiver, way: Way) -> None:
    receiver.status = 500
    with at_console(way) as hand:
        hand.open("/console/partner/webhooks/new")
        hand.fill("Address", receiver.url)
        hand.tick("Activated")
        hand.press("Add")
        hand.sees("Keep the secret now")
        secret = hand.page.locator("#secret").input_value()
        assert secret not in hand.page.url
        hand.follow("To the webhook")
        hand.sees("Nothing was told yet")
        page = hand.path
        bought = seat.bought()

        address = f"/v1/webhooks/{page.rpartition('/')[2]}/deliveries"
        eventually(lambda: [one for one in seat.get(address)["data"] if one["attempts"]])
        hand.open(page)
        owed = hand.page.get_by_role("row").filter(has_text=bought["id"]).inner_text()
        assert "Waiting to be sent" in owed
        assert "500" in owed

        receiver.status = 204
        hand.press(f"Retry Activated of {bought['id']}")
        hand.sees("It will be delivered again now.")
        eventually(lambda: receiver.taken)
        eventually(lambda: [one for one in seat.get(address)["data"] if one["status"] == "sent"])
        before = len(receiver.taken)
        hand.open(page)
        hand.press(f"Retry Activated of {bought['id']}")
        eventually(lambda: len(receiver.taken) > before)

    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    for headers, body in receiver.taken:
        Verifier(secret).verify(body, headers)


def test_a_webhook_gets_another_secret_is_changed_and_deleted(at_console: At, seat: Seat, receiver: Receiver) -> None:
    made = seat.done(seat.post("/v1/webhooks", {"url": receiver.url, "kinds": ["eca_expired"]}), 201)
    address = f"/v1/webhooks/{made['id']}"
    with at_console() as hand:
        hand.open(f"/console/partner/webhooks/{made['id']}")
        hand.follow("New secret")
        hand.press("Make a new secret")
        assert hand.page.locator("#secret").input_value() != made["secret"]
        hand.follow("To the webhook")
        hand.follow("Edit")
        hand.fill("Description", "Ours")
        hand.tick("Renewed")
        hand.press("Save")
        hand.sees("Saved.")
        changed = seat.get(address)
        assert (changed["description"], sorted(changed["kinds"])) == ("Ours", ["eca_expired", "renewed"])
        hand.follow("Disable")
        hand.press("Disable")
        hand.sees("Disabled.")
        assert seat.get(address)["state"] == "disabled"
        hand.follow("Delete")
        hand.press("Delete")
        hand.sees("Removed.")
    assert seat.http.get(address).status_code == 404
