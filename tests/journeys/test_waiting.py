"""A client that does not wait: 202, and the command's final answer where `Location` leads."""

from __future__ import annotations

import uuid

import httpx2

from support_problems import refused
from support_product import Json, Seat
from support_tenants import reseller_seat
from support_waiting import eventually

AT_ONCE = {"Prefer": "wait=0"}


def unfinished(seat: Seat, path: str, body: Json) -> httpx2.Response:
    """The answer of a command that was not waited for; one that was recorded already is asked for again."""

    def asked() -> list[httpx2.Response]:
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = seat.http.post(path, json=body, headers={**key, **AT_ONCE})
        assert answer.status_code in {200, 201, 202}, answer.text
        return [answer] if answer.status_code == 202 else []

    return eventually(asked)[0]


def done(seat: Seat, answer: httpx2.Response) -> Json:
    assert answer.headers["location"] == f"/v1/commands/{answer.json()['command_id']}"
    assert answer.json()["state"] == "accepted"

    def read() -> list[Json]:
        command = seat.get(answer.headers["location"])
        assert command["state"] in {"accepted", "done"}
        return [command] if command["state"] == "done" else []

    return eventually(read)[0]


def test_a_purchase_goes_on_without_its_client(seat: Seat) -> None:
    body = seat.purchase_body()

    command = done(seat, unfinished(seat, "/v1/subscriptions", body))

    bought = command["answer"]
    assert (command["kind"], bought["state"]) == ("purchase", "active")
    listed = seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"]
    assert bought["id"] in [item["id"] for item in listed]
    assert seat.transactions(bought["id"])[0]["id"] == bought["transaction"]["id"]


def test_a_repeat_attaches_to_what_is_unfinished_and_waits(seat: Seat) -> None:
    body, key = seat.purchase_body(), {"Idempotency-Key": uuid.uuid4().hex}
    seat.http.post("/v1/subscriptions", json=body, headers={**key, **AT_ONCE})

    answer = seat.http.post("/v1/subscriptions", json=body, headers=key)

    assert (answer.status_code, answer.headers["idempotency-replayed"]) == (201, "true")
    assert len(seat.get("/v1/subscriptions", customer_id=body["customer_id"])["data"]) == 1


def test_an_addition_and_a_refund_go_on_too(seat: Seat) -> None:
    bought = seat.bought()
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": 1}
    addition = {"add": [{"product": "tls-dv-single", "quantity": 1}]}

    added = done(seat, unfinished(seat, f"/v1/subscriptions/{bought['id']}/inventory", addition))
    refunded = done(seat, unfinished(seat, "/v1/refunds", {"lines": [line]}))

    assert added["answer"]["transaction"]["action"] == "inventory_add"
    assert refunded["answer"]["total"]["amount"] == -6900
    assert seat.get(f"/v1/refunds/{refunded['answer']['id']}") == refunded["answer"]


def test_commands_are_read_by_those_who_see_the_partner_that_asked(seat: Seat, operator: Seat) -> None:
    _, reseller = reseller_seat(seat)
    location = unfinished(reseller, "/v1/subscriptions", reseller.purchase_body()).headers["location"]
    _, sibling = reseller_seat(seat)

    assert {who.get(location)["command_id"] for who in (reseller, seat, operator)} == {location.rpartition("/")[2]}
    refused(sibling.http.get(location), "not_found", 404)
    refused(seat.http.get("/v1/commands/cmd_0"), "not_found", 404)
