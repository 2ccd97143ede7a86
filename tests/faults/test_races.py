"""Whatever comes at once or late: what is due comes first, no charge comes twice, versions are without a hole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx2
import pytest

from support_faults import WITHIN, Sent, accepted, at_once, look, meanwhile, outcome, terminate
from support_product import Json, Running, Seat
from support_waiting import eventually

UNIT = 4900 + 2000
MANY = 200
MORE: Json = {"add": [{"product": "tls-dv-single", "quantity": 1}]}


@pytest.fixture
def crowd(running: Running) -> Seat:
    """A seat for as many requests at once as anybody likes."""
    seat = running.seat()
    seat.http = httpx2.Client(
        base_url=seat.http.base_url,
        headers=seat.http.headers,
        timeout=httpx2.Timeout(None),
        limits=httpx2.Limits(max_connections=MANY),
    )
    return seat


def additions(bought: Json, count: int) -> list[Sent]:
    return [Sent(f"/v1/subscriptions/{bought['id']}/inventory", MORE) for _ in range(count)]


def events_of(seat: Seat, subscription_id: str) -> list[str]:
    return [entry["kind"] for entry in seat.timeline(subscription_id) if entry["version"] is not None]


def prorated(remaining: int, total: int) -> int:
    """Half-up, in whole numbers."""
    return (2 * UNIT * remaining + total) // (2 * total)


def test_two_hundred_commands_at_once_on_one_subscription_all_succeed(apart: Running, crowd: Seat) -> None:
    bought = crowd.bought()

    answers = at_once(lambda sent: sent.finish(crowd, wait=60), additions(bought, MANY), workers=MANY)

    assert sorted(answer["version"] for answer in answers) == list(range(3, MANY + 3))
    assert crowd.versions(bought["id"]) == list(range(1, MANY + 3))
    after = crowd.subscription(bought["id"])
    assert after["inventory"] == [{"product": "tls-dv-single", "quantity": 5 + MANY}]
    ((posted, amount),) = look(
        apart, "SELECT count(*), sum(amount) FROM transactions WHERE subscription_id = ?", bought["id"]
    )
    assert (posted, int(amount)) == (1 + MANY, (5 + MANY) * UNIT)


def test_sixteen_equal_requests_at_once_have_one_effect_and_one_answer(apart: Running, crowd: Seat) -> None:
    bought = crowd.bought()
    addition, purchase = additions(bought, 1)[0], Sent("/v1/subscriptions", crowd.purchase_body())

    for sent, status in ((addition, 200), (purchase, 201)):
        answers = at_once(lambda same: same.send(crowd, wait=60), [sent] * 16)
        assert {answer.status_code for answer in answers} == {status}
        first = answers[0].json()
        assert all(answer.json() == first for answer in answers)
        assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1

    assert crowd.versions(bought["id"]) == [1, 2, 3]
    assert len(crowd.transactions(bought["id"])) == 2
    customer = purchase.body["customer_id"] if isinstance(purchase.body, dict) else ""
    assert len(crowd.get("/v1/subscriptions", customer_id=customer)["data"]) == 1


def test_commands_at_the_end_of_a_term_fall_into_one_term_or_the_other_and_it_renews_once(
    apart: Running, crowd: Seat
) -> None:
    bought = crowd.bought()
    end = date.fromisoformat(bought["end_date"])
    crowd.advance(bought["id"], end - timedelta(days=1))

    with meanwhile(lambda: crowd.advance(bought["id"], end)) as advanced:
        at_once(lambda sent: sent.finish(crowd, wait=60), additions(bought, 40), workers=8)
        renewed = advanced()

    events = events_of(crowd, bought["id"])
    assert events.count("renewed") == 1
    assert crowd.versions(bought["id"]) == list(range(1, len(events) + 1))
    before = events.index("renewed") - 2
    charges = crowd.transactions(bought["id"])
    (renewal,) = (charge for charge in charges if charge["action"] == "renewal")
    assert renewal["occurred_at"] == f"{end}T00:00:00Z"
    # What was added before the end renews; what was added after it did not wait for another year.
    assert renewal["total_quantity"] == 5 + before
    first, second = ([c for c in charges if c["action"] == "inventory_add" and c["term_number"] == n] for n in (1, 2))
    assert (len(first), len(second)) == (before, 40 - before)
    year = (end - date.fromisoformat(bought["start_date"])).days
    assert {charge["amount"]["amount"] for charge in first} <= {prorated(1, year)}
    assert {charge["amount"]["amount"] for charge in second} <= {UNIT}
    assert renewed["term_number"] == 2


def test_a_command_behind_a_stopped_worker_does_not_overtake_the_end_of_the_term(apart: Running, crowd: Seat) -> None:
    bought = crowd.bought()
    end = date.fromisoformat(bought["end_date"])
    apart.kill9("worker")

    with meanwhile(lambda: crowd.advance(bought["id"], end)) as advanced:
        before = [accepted(sent.send(crowd)) for sent in additions(bought, 2)]
        apart.start("worker")
        for place in before:
            outcome(crowd, place)
        advanced()
    after = [sent.finish(crowd) for sent in additions(bought, 2)]

    assert events_of(crowd, bought["id"]) == [
        "purchase_confirmed",
        "activated",
        *["inventory_added"] * 2,
        "renewed",
        *["inventory_added"] * 2,
    ]
    assert [answer["transaction"]["term_number"] for answer in after] == [2, 2]
    assert crowd.versions(bought["id"]) == list(range(1, 8))


def test_after_two_months_without_a_worker_what_was_due_comes_before_what_is_asked(apart: Running, crowd: Seat) -> None:
    today = datetime.now(UTC).date()
    bought = crowd.bought(start_date=str(_year_before(today) + timedelta(days=20)))
    end = date.fromisoformat(bought["end_date"])
    later = today + timedelta(days=61)
    path = f"/v1/subscriptions/{bought['id']}"
    apart.kill9("worker")
    # Virtual time waits for a worker. So the engine loses the story too, which then begins anew two months late.
    terminate(apart, bought["id"])

    with meanwhile(lambda: crowd.advance(bought["id"], later)) as advanced:
        settles = "SELECT count(*) FROM commands WHERE subscription_id = ? AND kind = 'settle'"
        eventually(lambda: look(apart, settles, bought["id"])[0][0], within=WITHIN)
        places = [accepted(sent.send(crowd)) for sent in additions(bought, 3)]
        places.append(accepted(Sent(f"{path}/suspend").send(crowd)))
        assert crowd.versions(bought["id"]) == [1, 2]
        apart.start("worker")
        answers: list[Any] = [outcome(crowd, place) for place in places]
        advanced()

    assert events_of(crowd, bought["id"]) == [
        "purchase_confirmed",
        "activated",
        "renewed",
        *["inventory_added"] * 3,
        "suspended",
    ]
    assert crowd.versions(bought["id"]) == list(range(1, 8))
    purchase, renewal, *added = crowd.transactions(bought["id"])
    assert (purchase["action"], renewal["action"], renewal["term_number"]) == ("purchase", "renewal", 2)
    assert renewal["occurred_at"] == f"{end}T00:00:00Z"
    assert renewal["posted_at"] >= f"{later}T00:00:00Z"
    term = date.fromisoformat(answers[0]["end_date"]) - end
    remaining = (end + term - later).days
    assert [charge["amount"]["amount"] for charge in added] == [prorated(remaining, term.days)] * 3
    assert {charge["term_number"] for charge in added} == {2}
    # Reminders of a term that is over are not sent weeks late.
    reminders = [entry for entry in crowd.timeline(bought["id"]) if entry["kind"] == "renewal_reminder"]
    assert {entry["data"]["status"] for entry in reminders} == {"skipped"}


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28))
