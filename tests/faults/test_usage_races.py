"""A report on certificates in use and a refund of them at the same time: one comes after the other, and knows of it."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

import httpx2

from support_faults import WITHIN, Sent, accepted, at_once, look, writes_held
from support_problems import refused
from support_product import Json, Running, Seat
from support_waiting import eventually

DV = "tls-dv-single"
HELD, USED, TAKEN = 5, 5, 3
STEP = 0.01  # seconds between the starts of two that race


def told(seat: Seat, bought: Json) -> Json:
    """What is answered to the report that all of it is in use."""
    return seat.done(seat.put(f"/v1/subscriptions/{bought['id']}/usage", {"product": DV, "in_use": USED}))


def giving_back(bought: Json) -> Sent:
    line = {"transaction_line_id": bought["transaction"]["lines"][0]["id"], "quantity": TAKEN}
    return Sent("/v1/refunds", {"lines": [line]})


def refunded_unknowing(seat: Seat, bought: Json, report: Json, answer: httpx2.Response) -> bool:
    """Whether the refund came first; the later one of the two has seen the other, whichever it is."""
    held = {line["product"]: line["quantity"] for line in seat.subscription(bought["id"])["inventory"]}
    assert report["inventory"] == held[DV]
    if answer.status_code == 201:
        assert (held[DV], report["overage"]) == (HELD - TAKEN, USED - HELD + TAKEN)
        return True
    refused(answer, "certificates_in_use")
    assert (held[DV], len(seat.transactions(bought["id"]))) == (HELD, 1)
    return False


def test_a_refund_on_its_way_is_refused_for_what_is_reported_meanwhile(apart: Running, seat: Seat) -> None:
    bought = seat.bought()
    sent = giving_back(bought)
    apart.kill9("worker")
    place = accepted(sent.send(seat))

    assert told(seat, bought)["overage"] == 0

    apart.start("worker")
    command = eventually(lambda: _done(seat, place), within=WITHIN)
    assert command is not None
    assert command["problem"]["code"] == "certificates_in_use"
    assert not refunded_unknowing(seat, bought, told(seat, bought), sent.send(seat))


def test_a_report_waits_for_the_refund_that_is_being_recorded(apart: Running, seat: Seat) -> None:
    bought = seat.bought()
    with ThreadPoolExecutor(2) as pool, writes_held(apart):
        refund = pool.submit(giving_back(bought).send, seat, wait=60)
        _wait_for_writers(apart, 1)
        report = pool.submit(told, seat, bought)
        _wait_for_writers(apart, 2, report)
    came_first = refunded_unknowing(seat, bought, report.result(), refund.result())
    # SQLite's writers wait for the file, in no order.
    assert came_first or _is_sqlite(apart)


def test_refunds_and_reports_at_once_come_in_some_order(apart: Running, seat: Seat) -> None:
    bought = at_once(lambda _: seat.bought(), range(24), workers=4)

    def race(index: int) -> bool:
        with ThreadPoolExecutor(2) as pool:
            refund = pool.submit(giving_back(bought[index]).send, seat, wait=60)
            time.sleep(STEP * index)
            report = pool.submit(told, seat, bought[index])
        return refunded_unknowing(seat, bought[index], report.result(), refund.result())

    at_once(race, range(len(bought)), workers=6)


def test_a_refund_that_came_first_leaves_an_overage_to_report(apart: Running, seat: Seat) -> None:
    bought = seat.bought()
    answer = giving_back(bought).send(seat, wait=60)
    assert refunded_unknowing(seat, bought, told(seat, bought), answer)


def _done(seat: Seat, place: str) -> Json | None:
    command = seat.get(place)
    return command if command["state"] == "done" else None


def _is_sqlite(running: Running) -> bool:
    return running.database_url.startswith("sqlite")


def _wait_for_writers(running: Running, count: int, answer: Future[Json] | None = None) -> None:
    """Until so many wait for a lock, or the answer is there without having waited; SQLite does not say who waits."""
    if _is_sqlite(running):
        return
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    eventually(lambda: look(running, waiting)[0][0] >= count or (answer is not None and answer.done()))
