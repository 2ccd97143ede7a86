"""With the engine gone reads go on, commands are not taken, and what was taken just before is done when it is back."""

from __future__ import annotations

import asyncio
import time

from support_faults import WITHIN, Sent, at_once, look, meanwhile, outcome
from support_product import Json, Running, Seat
from support_waiting import eventually

MORE = {"add": [{"product": "tls-dv-single", "quantity": 2}]}


def keys_kept(running: Running, sent: list[Sent]) -> list[str]:
    keys = [one.key for one in sent]
    marks = ", ".join("?" * len(keys))
    return [row[0] for row in look(running, f"SELECT key FROM commands WHERE key IN ({marks})", *keys)]  # noqa: S608


def commands_on(bought: Json) -> list[Sent]:
    path = f"/v1/subscriptions/{bought['id']}"
    line = bought["transaction"]["lines"][0]["id"]
    return [
        Sent(f"{path}/inventory", MORE),
        Sent(f"{path}/renewal-mode", {"renewal_mode": "one_time"}, "PUT"),
        Sent(f"{path}/suspend", {"reason": "a test"}),
        Sent("/v1/refunds", {"lines": [{"transaction_line_id": line, "quantity": 1}]}),
    ]


def test_reads_answer_and_commands_do_not_and_the_same_keys_are_done_once_afterwards(
    apart: Running, seat: Seat
) -> None:
    bought = seat.bought()
    purchase = Sent("/v1/subscriptions", seat.purchase_body())
    commands = [*commands_on(bought), purchase]
    apart.engine.kill9()

    for path in ("", "/timeline", "/forecast"):
        assert seat.get(f"/v1/subscriptions/{bought['id']}{path}")
    assert len(seat.transactions(bought["id"])) == 1
    assert seat.get("/v1/catalog")["offerings"]
    assert seat.done(seat.post("/v1/quotes", purchase.body))["total"]
    assert seat.new_customer()["id"]
    for command in commands:
        refused = command.send(seat)
        assert (refused.status_code, refused.json()["code"]) == (503, "engine_unreachable"), refused.text
        assert int(refused.headers["Retry-After"]) > 0
    ahead = {"subscription_ids": [bought["id"]], "to": bought["end_date"]}
    assert seat.http.post("/v1/sandbox/advance", json=ahead).status_code == 503
    assert apart.readyz() == 503
    assert keys_kept(apart, commands) == []
    assert seat.subscription(bought["id"])["version"] == bought["version"]

    asyncio.run(apart.engine.start_again())
    answers = [command.finish(seat) for command in commands]
    assert [command.finish(seat) for command in commands] == answers
    # One event a command: inventory, mode, suspension, refund.
    assert seat.versions(bought["id"]) == [1, 2, 3, 4, 5, 6]
    assert [item["action"] for item in seat.transactions(bought["id"])] == ["purchase", "inventory_add", "refund"]
    assert seat.versions(answers[-1]["id"]) == [1, 2]


def test_every_purchase_taken_while_the_engine_died_is_made_once_and_no_other(apart: Running, seat: Seat) -> None:
    customers = at_once(lambda _: seat.new_customer()["id"], range(50))
    purchases = [Sent("/v1/subscriptions", seat.purchase_body(customer_id=customer)) for customer in customers]

    with meanwhile(lambda: at_once(lambda purchase: purchase.send(seat, wait=2), purchases)) as answers:
        eventually(lambda: len(keys_kept(apart, purchases)) > 5, within=WITHIN)
        apart.engine.kill9()
        answered = answers()
    assert {answer.status_code for answer in answered} <= {201, 202, 503}
    taken = [answer.status_code != 503 for answer in answered]
    assert sorted(keys_kept(apart, purchases)) == sorted(
        purchase.key for purchase, was in zip(purchases, taken, strict=True) if was
    )

    # Whoever took them dies as well, and nobody asks again.
    apart.kill9("serve")
    apart.run(("serve",), ("worker",))
    for answer in answered:
        if answer.status_code == 202:
            outcome(seat, answer.headers["Location"])
    # Long enough for what should not be there to come as well.
    time.sleep(1)
    for customer, was in zip(customers, taken, strict=True):
        made = seat.get("/v1/subscriptions", customer_id=customer)["data"]
        assert [one["version"] for one in made] == [2] * was

    at_once(lambda purchase: purchase.finish(seat), purchases)
    for customer in customers:
        (made,) = seat.get("/v1/subscriptions", customer_id=customer)["data"]
        assert len(seat.transactions(made["id"])) == 1
