"""What happened, on one line; and what will happen if nobody touches it, which is then what happens."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from oracle.price_table import OFFERINGS, TIERS
from support_problems import refused_field
from support_product import Json, Seat
from support_states import ACCEPTOR, pending
from support_waiting import eventually

CHANGES = {"start": "activated", "eca_deadline": "eca_expired"}
TERM_ENDS = {"renewed", "renewal_held", "expired"}


def instants(seat: Seat, subscription_id: str) -> list[tuple[str, str]]:
    """Instant and kind of everything that came by itself, in the forecast's words."""
    found: dict[tuple[str, str], None] = {}
    for entry in seat.timeline(subscription_id):
        if entry["actor"] == "system" and entry["version"] is None and entry["kind"].endswith(("reminder", "followup")):
            found[entry["at"], entry["kind"]] = None
        if entry["actor"] == "system" and entry["kind"] in TERM_ENDS and entry["version"]:
            found[entry["at"], "term_end"] = None
        found.update({(entry["at"], kind): None for kind, event in CHANGES.items() if _is(entry, event)})
    return list(found)


def _is(entry: Json, event: str) -> bool:
    return entry["version"] is not None and entry["kind"] == event and entry["actor"] == "system"


def all_told(seat: Seat, subscription_id: str) -> list[Json]:
    """The timeline when everything that is told was sent; nothing of it before."""
    timeline = seat.timeline(subscription_id)
    told = {entry["data"]["status"] for entry in timeline if entry["version"] is None}
    return timeline if told == {"sent"} else []


def test_versions_have_no_hole_and_what_was_told_has_none(seat: Seat) -> None:
    bought = pending(seat)
    seat.accept_eca(bought["id"])
    seat.add(bought["id"], "tls-ov-single", 1)
    seat.set_renewal(bought["id"], {"tls-ov-single": 3})
    seat.set_mode(bought["id"], "one_time")
    seat.command(bought["id"], "suspend", reason="unpaid")
    seat.command(bought["id"], "enable")
    seat.refund(seat.transactions(bought["id"])[0], 1)
    seat.set_mode(bought["id"], "auto")
    seat.advance(bought["id"], "2027-11-22")

    timeline = eventually(lambda: all_told(seat, bought["id"]))

    events = [entry for entry in timeline if entry["version"] is not None]
    assert [entry["version"] for entry in events] == list(range(1, len(events) + 1))
    assert [entry["kind"] for entry in events] == [
        "purchase_confirmed",
        "eca_requested",
        "eca_accepted",
        "activated",
        "inventory_added",
        "renewal_inventory_set",
        "renewal_mode_set",
        "suspended",
        "enabled",
        "refunded",
        "renewal_mode_set",
        "renewed",
    ]
    assert events[-1]["version"] == seat.subscription(bought["id"])["version"]
    assert [entry["at"] for entry in timeline] == sorted(entry["at"] for entry in timeline)
    told = [entry for entry in timeline if entry["version"] is None]
    assert len(told) == len(seat.mails(bought["id"]))


def test_who_did_it_under_which_name_and_what_it_posted(seat: Seat) -> None:
    bought = pending(seat)
    seat.accept_eca(bought["id"])
    seat.advance(bought["id"], "2027-11-22")
    key = seat.get("/v1/me")["key_id"]

    timeline = seat.timeline(bought["id"])

    events = {entry["kind"]: entry for entry in timeline if entry["version"]}
    assert events["purchase_confirmed"]["actor"] == key
    assert events["eca_accepted"]["actor"].startswith("acceptor:eca_")
    assert (events["renewed"]["actor"], events["renewed"]["command_id"]) == ("system", "term-1/end")
    posted = {item["action"]: item["id"] for item in seat.transactions(bought["id"])}
    assert events["activated"]["transaction_id"] == posted["purchase"]
    assert events["renewed"]["transaction_id"] == posted["renewal"]
    assert events["purchase_confirmed"]["transaction_id"] is None
    reminders = [entry["command_id"] for entry in timeline if entry["kind"] == "renewal_reminder"]
    assert list(dict.fromkeys(reminders)) == [f"reminder/term-1/{days}" for days in (90, 60, 30, 7, 1)]


def test_a_forecast_reaches_a_year_unless_said_and_ten_at_most(seat: Seat) -> None:
    bought = seat.bought()
    address = f"/v1/subscriptions/{bought['id']}/forecast"

    year, ten = seat.get(address), seat.get(address, until="2036-11-22")

    kinds = ["renewal_reminder"] * 5 + ["term_end"]
    assert (year["until"], [item["kind"] for item in year["data"]]) == ("2027-11-22", kinds)
    assert [item["kind"] for item in ten["data"]] == kinds * 10
    assert {item["charge"]["amount"] for item in ten["data"] if item["charge"]} == {34_500}
    assert ten["data"][-1]["at"] == "2036-11-22T00:00:00Z"
    assert ten["data"][-1]["lines"][0]["quantity"] == 5
    refused_field(seat.http.get(address, params={"until": "2036-11-23"}), "until_too_far", "until")
    refused_field(seat.http.get(address, params={"until": "tomorrow"}), "invalid_date", "until")
    assert seat.get(address, until="2020-01-01")["data"] == []


def test_a_forecast_of_an_ended_subscription_is_empty(seat: Seat) -> None:
    bought = pending(seat)
    seat.command(bought["id"], "cancel")

    assert seat.get(f"/v1/subscriptions/{bought['id']}/forecast")["data"] == []


def random_order(random: Random) -> Json:
    offering = random.choice(sorted(OFFERINGS))
    products = random.sample(sorted(OFFERINGS[offering].products), random.randint(1, 2))
    return {
        "offering": offering,
        "eca_acceptor_email": ACCEPTOR,
        "term_months": random.choice((12, 12, 24)),
        "clm_tier": random.choice(sorted(TIERS)),
        "inventory": [{"product": product, "quantity": random.randint(1, 400)} for product in products],
        "renewal_mode": random.choice(("auto", "one_time")),
        "start_date": random.choice(("2025-12-05", "2026-06-30", "2026-11-22", "2027-02-28")),
    }


def touched(seat: Seat, bought: Json, random: Random) -> None:
    """Whatever state the subscription is in when the forecast is asked for."""
    if bought["state"] == "pending_eca" and random.random() < 0.7:
        seat.accept_eca(bought["id"])
    product = bought["inventory"][0]["product"]
    for _ in range(random.randint(0, 3)):
        act = random.choice(("suspend", "pin", "mode", "add"))
        if act == "suspend":
            seat.command(bought["id"], "suspend")
        elif act == "pin":
            seat.set_renewal(bought["id"], {product: random.randint(1, 50)})
        elif act == "mode":
            seat.set_mode(bought["id"], random.choice(("auto", "one_time")))
        else:
            seat.add(bought["id"], product, random.randint(1, 50))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_forecast_of_random_subscriptions_is_what_then_happens(seat: Seat, seed: int) -> None:
    random, until = Random(seed), date(2028, 2, 1)
    bought = [seat.bought(**random_order(random)) for _ in range(6)]
    for one in bought:
        touched(seat, one, random)
    forecasts = [seat.get(f"/v1/subscriptions/{one['id']}/forecast", until=str(until))["data"] for one in bought]
    before = {one["id"]: seat.transactions(one["id"]) for one in bought}

    seat.advance_all([one["id"] for one in bought], until)

    for one, foreseen in zip(bought, forecasts, strict=True):
        assert instants(seat, one["id"]) == [(item["at"], item["kind"]) for item in foreseen]
        charged = seat.transactions(one["id"])[len(before[one["id"]]) :]
        assert [(item["occurred_at"], item["amount"]) for item in charged] == [
            (item["at"], item["charge"]) for item in foreseen if item["charge"]
        ]
