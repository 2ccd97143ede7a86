"""How subscriptions and money look to whoever reads them, and who is mailed of what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import cast

import pytest

from lifecycle.charges import Action
from lifecycle.commands import Cancel, Enable, ResendEca, SetRenewalMode, Suspend
from lifecycle.notices import notices_of
from lifecycle.portrait import Picture, portrait, transaction_picture
from lifecycle.subscription import RenewalMode
from lives.asking import accept, add, change_acceptor, decline, purchase, refund, renew_with
from lives.life import Life, bought
from lives.standings import NOON, STANDINGS, active, eca_expired, held, pending, scheduled

FIELDS = {
    "id",
    "customer_id",
    "offering",
    "clm_tier",
    "term_months",
    "requested_start_date",
    "start_date",
    "end_date",
    "state",
    "state_reason",
    "term_number",
    "anchor_date",
    "anchor_term_number",
    "renewal_mode",
    "inventory",
    "renewal_inventory",
    "renewal_inventory_mode",
    "reference_id",
    "eca_acceptance_id",
    "suspended_at",
    "renewal_held_since",
    "version",
    "eca",
    "next_event",
    "allowed",
}


@pytest.mark.parametrize("standing", STANDINGS)
def test_every_subscription_shows_the_same_fields(standing: str) -> None:
    life = STANDINGS[standing]()
    assert set(portrait(life.subscription, settled_until=life.now)) == FIELDS


def test_before_its_activation_a_subscription_shows_what_was_ordered() -> None:
    picture = portrait(pending().subscription, settled_until=NOON)
    assert picture["inventory"] == [{"product": "tls-ov-single", "quantity": 2}]
    assert (picture["term_number"], picture["anchor_date"], picture["start_date"]) == (1, None, None)
    assert picture["next_event"] == {"kind": "eca_reminder", "at": "2027-01-13T12:00:00Z"}
    assert picture["eca"] == {
        "status": "requested",
        "acceptor_email": "legal@customer.example",
        "requested_at": "2027-01-10T12:00:00Z",
        "deadline_at": "2027-02-09T12:00:00Z",
        "last_sent_at": "2027-01-10T12:00:00Z",
        "links_sent": 1,
        "document_version": "2026.1",
    }


def test_a_start_that_was_asked_for_is_shown_while_it_is_awaited() -> None:
    picture = portrait(scheduled().subscription, settled_until=NOON)
    dates = [picture[name] for name in ("requested_start_date", "start_date", "end_date", "anchor_date")]
    assert dates == ["2027-03-01", "2027-03-01", "2028-03-01", None]
    assert picture["next_event"] == {"kind": "start", "at": "2027-03-01T00:00:00Z"}


def test_what_is_over_or_held_awaits_nothing() -> None:
    for life in (held(), eca_expired()):
        assert portrait(life.subscription, settled_until=life.now)["next_event"] is None


@pytest.mark.parametrize(
    ("standing", "status"),
    [
        pytest.param("pending", "requested", id="awaited"),
        pytest.param("active", "accepted", id="accepted"),
        pytest.param("declined", "declined", id="declined"),
        pytest.param("eca_expired", "expired", id="expired"),
    ],
)
def test_the_agreement_shows_where_it_stands(standing: str, status: str) -> None:
    life = STANDINGS[standing]()
    assert life.subscription.eca_status == status


def test_a_transaction_shows_what_of_it_can_still_be_refunded() -> None:
    life = bought(purchase(inventory={"tls-dv-single": 3}), at=NOON)
    life.do(refund((life.lines()[0], 1)), at=NOON)
    paid, given_back = (transaction_picture(posted) for posted in life.ledger)
    assert (paid["amount"], given_back["amount"]) == (
        {"amount": 14_700, "currency": "USD"},
        {"amount": -4900, "currency": "USD"},
    )
    assert (paid["refundable_until"], given_back["refundable_until"]) == ("2027-02-09T12:00:00Z", None)
    assert given_back["refunds_transaction_id"] == paid["id"]
    counts = [
        (line["quantity"], line["refunded_quantity"], line["refundable_quantity"])
        for picture in (paid, given_back)
        for line in lines_of(picture)
    ]
    assert counts == [(3, 1, 2), (1, 0, 0)]


BOTH = ("partner", "customer")
MAILS: dict[str, tuple[tuple[str, str], ...]] = {
    "purchase_confirmed": (),
    "eca_requested": (("eca_request", "acceptor"),),
    "eca_resent": (("eca_request", "acceptor"),),
    "eca_acceptor_changed": (("eca_request", "acceptor"), ("eca_replaced", "former_acceptor")),
    "eca_accepted": (("eca_accepted", "acceptor"), ("eca_accepted", "partner")),
    "eca_declined": (("eca_declined", "partner"),),
    "eca_expired": (("eca_expired", "partner"),),
    "activated": tuple(("activated", receiver) for receiver in BOTH),
    "inventory_added": tuple(("inventory_added", receiver) for receiver in BOTH),
    "renewal_inventory_set": (),
    "renewal_mode_set": tuple(("renewal_mode_set", receiver) for receiver in BOTH),
    "suspended": tuple(("suspended", receiver) for receiver in BOTH),
    "enabled": tuple(("enabled", receiver) for receiver in BOTH),
    "renewed": tuple(("renewed", receiver) for receiver in BOTH),
    "renewal_held": tuple(("renewal_held", receiver) for receiver in (*BOTH, "operator")),
    "expired": tuple(("expired", receiver) for receiver in BOTH),
    "refunded": tuple(("refund_processed", receiver) for receiver in BOTH),
    "cancelled": (),
}


def test_each_event_owes_the_mails_that_the_rules_list() -> None:
    found = {
        event.kind: tuple((notice.kind, notice.receiver.value) for notice in notices_of(event))
        for life in eventful_lives()
        for event in life.events
    }
    assert found == MAILS


def eventful_lives() -> list[Life]:
    """Lives that together have every event."""
    life = pending()
    life.do(ResendEca(), at=NOON)
    life.do(change_acceptor(), at=NOON)
    life.do(accept(life.subscription), at=NOON)
    for command in (
        add({"tls-ov-single": 1}),
        renew_with({"tls-ov-single": 1}),
        Suspend(),
        Enable(),
        refund((life.lines()[0], 1)),
    ):
        life.do(command, at=NOON)
    life.run_to(life.now + timedelta(days=400))
    declined = pending()
    declined.do(decline(declined.subscription), at=NOON)
    stopped = active()
    stopped.do(Cancel(by_operator=True), at=NOON)
    given_up = held()
    given_up.do(SetRenewalMode(RenewalMode.ONE_TIME), at=given_up.now)
    return [life, declined, stopped, given_up, eca_expired()]


def test_a_line_added_on_the_leap_day_shows_its_days() -> None:
    life = bought(purchase(start_date=date(2027, 9, 1)), at=NOON)
    life.run_to(NOON.replace(year=2028, month=2, day=29))
    life.do(add({"tls-dv-single": 5}), at=life.now)
    (line,) = lines_of(transaction_picture(life.of(Action.INVENTORY_ADD)[0]))
    assert (line["remaining_days"], line["total_days"]) == (185, 366)
    assert line["amount"] == {"amount": 12_384, "currency": "USD"}
    assert (line["period_start"], line["period_end"]) == ("2028-02-29", "2028-09-01")


def lines_of(picture: Picture) -> list[Picture]:
    """The lines of a transaction's picture."""
    return cast("list[Picture]", picture["lines"])
