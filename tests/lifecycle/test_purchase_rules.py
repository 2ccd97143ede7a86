"""What a purchase may ask for, what it costs, and what it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.agenda import agenda
from lifecycle.charges import Action
from lifecycle.purchase import decide_purchase, quote, renews_soon
from lifecycle.refusals import InvalidInput, PriceChanged
from lifecycle.subscription import RenewalMode, State
from lives.asking import ON_FILE, accept, at, purchase
from lives.life import Life, bought
from lives.price_books import example_book, price_book
from lives.standings import NOON, TODAY, pending_with_term_over
from oracle.price_table import OFFERINGS, PRODUCTS, TERMS, TIERS, PriceRow
from oracle.turns import earliest_start

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.catalog import PriceBook
    from lifecycle.commands import Purchase

DAY = timedelta(days=1)
GONE = price_book(withdrawn={"tls-dv-wildcard": TODAY, "private-pki": TODAY})


@pytest.mark.parametrize(
    ("command", "field", "code"),
    [
        pytest.param(purchase("managed-cats"), "offering", "unknown_offering", id="an offering that is not there"),
        pytest.param(purchase(term_months=60), "term_months", "term_not_offered", id="five years of TLS"),
        pytest.param(purchase(term_months=13), "term_months", "term_not_offered", id="thirteen months"),
        pytest.param(purchase(clm_tier="gold"), "clm_tier", "unknown_clm_tier", id="a tier that is not there"),
        pytest.param(
            purchase(inventory={"tls-dv-single": 1, "tls-xx": 1}),
            "inventory[1].product",
            "unknown_product",
            id="a product that is not there",
        ),
        pytest.param(
            purchase(inventory={"private-ca": 1}),
            "inventory[0].product",
            "product_not_in_offering",
            id="a product of another offering",
        ),
        pytest.param(
            purchase(inventory={"tls-dv-wildcard": 1}),
            "inventory[0].product",
            "product_not_offered",
            id="a product that is withdrawn from today on",
        ),
        pytest.param(
            purchase("managed-tls", acceptor=None),
            "eca_acceptor_email",
            "acceptor_email_required",
            id="no acceptor although one is needed",
        ),
        pytest.param(
            purchase("managed-tls", acceptor="BILLING@partner.example"),
            "eca_acceptor_email",
            "acceptor_is_partner",
            id="an acceptor at the partner, in other letters",
        ),
    ],
)
def test_a_purchase_outside_of_the_catalogue_is_refused_by_field_and_code(
    command: Purchase, field: str, code: str
) -> None:
    refusal = refused(command, prices=GONE)
    assert [(error.field, error.code) for error in refusal.errors] == [(field, code)]
    assert refusal.code == code
    assert refusal.detail == refusal.errors[0].message


def test_everything_that_is_wrong_with_a_purchase_is_said_at_once_and_the_first_gives_the_code() -> None:
    command = purchase(term_months=60, clm_tier="gold", inventory={"tls-dv-single": 1, "private-ca": 1, "tls-xx": 1})
    refusal = refused(command)
    assert [(error.field, error.code) for error in refusal.errors] == [
        ("term_months", "term_not_offered"),
        ("clm_tier", "unknown_clm_tier"),
        ("inventory[1].product", "product_not_in_offering"),
        ("inventory[2].product", "unknown_product"),
    ]
    assert refusal.code == "term_not_offered"


def test_a_withdrawn_offering_is_not_sold_and_the_day_before_it_was() -> None:
    command = purchase("private-pki", inventory={"device-seat": 5})
    assert refused(command, prices=GONE).errors[0].field == "offering"
    assert refused(command, prices=GONE).code == "product_not_offered"
    assert bought(command, at=NOON - DAY, prices=GONE).subscription.state is State.ACTIVE


@pytest.mark.parametrize(
    ("today", "term", "earliest"),
    [
        pytest.param(date(2026, 11, 22), 12, date(2025, 11, 23), id="a year less a day"),
        pytest.param(date(2026, 11, 22), 36, date(2023, 11, 23), id="three years less a day"),
        pytest.param(date(2029, 2, 28), 12, date(2028, 3, 1), id="not the leap day, whose term is over"),
        pytest.param(date(2028, 2, 28), 12, date(2027, 3, 1), id="a year before a leap day"),
        pytest.param(date(2028, 2, 29), 12, date(2027, 3, 1), id="on a leap day"),
    ],
)
def test_a_start_is_backdated_as_long_as_one_day_of_its_term_is_left(today: date, term: int, earliest: date) -> None:
    noon = at(today.year, today.month, today.day, 12)
    life = bought(purchase(term_months=term, start_date=earliest), at=noon)
    assert life.subscription.end_date is not None
    assert life.subscription.end_date > today
    assert {line.remaining_days for line in life.lines()} == {(life.subscription.end_date - today).days}
    refusal = refused(purchase(term_months=term, start_date=earliest - DAY), now=noon)
    assert (refusal.code, refusal.errors[0].field) == ("start_date_too_early", "start_date")
    assert refusal.facts == {"earliest_start_date": earliest.isoformat()}


@settings(max_examples=150, deadline=None)
@given(today=st.dates(date(2026, 1, 1), date(2060, 12, 31)), term=st.sampled_from([12, 24, 36]))
def test_the_earliest_start_is_the_oracles_and_is_quoted(today: date, term: int) -> None:
    quoted = quote(purchase(term_months=term), example_book(), at=at(today.year, today.month, today.day))
    assert quoted.earliest_start_date == earliest_start(today, term)


def test_a_start_lies_at_most_a_year_ahead() -> None:
    latest = TODAY + timedelta(days=365)
    assert bought(purchase(start_date=latest), at=NOON).subscription.state is State.SCHEDULED
    refusal = refused(purchase(start_date=latest + DAY))
    assert (refusal.code, refusal.errors[0].field) == ("start_date_too_late", "start_date")
    assert refusal.facts == {"latest_start_date": latest.isoformat()}


def test_the_price_that_was_shown_binds() -> None:
    assert bought(purchase(expected_total=4900), at=NOON).of(Action.PURCHASE)[0].amount == 4900
    with pytest.raises(PriceChanged) as changed:
        decide_purchase(purchase(expected_total=0), example_book(), at=NOON)
    assert changed.value.code == "price_changed"
    assert changed.value.facts == {"expected_total": 0, "total": 4900}


def test_wrong_input_is_said_before_a_changed_price() -> None:
    assert refused(purchase("managed-tls", acceptor=None, expected_total=1)).code == "acceptor_email_required"


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(purchase("managed-tls", inventory={"tls-ov-single": 2}), id="an agreement is awaited"),
        pytest.param(purchase(start_date=TODAY + DAY), id="a start is awaited"),
        pytest.param(
            purchase("managed-tls", inventory={"tls-ov-single": 2}, start_date=date(2026, 5, 1)),
            id="an agreement is awaited while the term runs",
        ),
    ],
)
def test_while_something_is_awaited_the_quote_of_the_day_is_compared_and_nothing_is_charged(
    command: Purchase,
) -> None:
    quoted = quote(command, example_book(), at=NOON)
    assert quoted.due_now == 0
    life = bought(replace(command, expected_total=quoted.total), at=NOON)
    assert life.ledger == []
    life.run_to(NOON + timedelta(days=20))
    if life.subscription.state is State.PENDING_ECA:
        life.do(accept(life.subscription), at=life.now)
    assert 0 < life.of(Action.PURCHASE)[0].amount <= quoted.total


def test_the_quote_of_a_running_term_counts_its_days_from_today() -> None:
    quoted = quote(
        purchase("managed-tls", inventory={"tls-ov-single": 10}, start_date=date(2026, 8, 24)),
        example_book(),
        at=at(2026, 11, 22, 12),
    )
    assert (quoted.total, quoted.due_now, quoted.remaining_days, quoted.term.days) == (97_192, 0, 275, 365)
    assert quoted.eca_status == "requested"


def test_the_quote_of_a_start_ahead_is_the_whole_term() -> None:
    quoted = quote(purchase(start_date=date(2027, 9, 1)), example_book(), at=NOON)
    assert (quoted.total, quoted.due_now, quoted.remaining_days, quoted.term.days) == (4900, 0, 366, 366)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize(
    ("offering", "product", "term"),
    [
        pytest.param(offering, product, term, id=f"{product} for {term} months in {offering}")
        for offering, sold in OFFERINGS.items()
        for product in sorted(sold.products)
        for term in sold.terms
    ],
)
def test_a_certificate_costs_its_product_and_the_tiers_uplift_for_each_year(
    offering: str, product: str, term: int, tier: str
) -> None:
    command = purchase(offering, inventory={product: 3}, term_months=term, clm_tier=tier)
    price = PRODUCTS[product][TERMS.index(term)] + TIERS[tier] * term // 12
    (line,) = quote(command, example_book(), at=NOON).lines
    assert (line.unit_price, line.amount, line.clm_tier) == (price, 3 * price, tier)


def test_the_example_of_the_contract_costs_what_it_says() -> None:
    command = purchase("managed-tls", inventory={"tls-ov-single": 25}, clm_tier="professional", reference_id="PO-4711")
    life = bought(replace(command, expected_total=372_500, standing=ON_FILE), at=NOON)
    assert (life.ledger[0].amount, life.ledger[0].reference_id) == (372_500, "PO-4711")


def test_a_missing_price_refuses_the_product_and_the_tier_by_name() -> None:
    euro = replace(
        price_book(
            PriceRow("tls-dv-single", 12, 4500, price_list="euro"), currencies={"default": "USD", "euro": "EUR"}
        ),
        currency="EUR",
        lists=(replace(example_book().lists[0], names=("euro", "default")),),
    )
    refusal = refused(purchase(inventory={"tls-dv-single": 1, "tls-dv-wildcard": 1}), prices=euro)
    assert [(error.field, error.code) for error in refusal.errors] == [
        ("clm_tier", "product_not_offered"),
        ("inventory[1].product", "product_not_offered"),
    ]


def test_without_a_list_in_the_accounts_currency_nothing_can_be_bought() -> None:
    refusal = refused(purchase(), prices=price_book(currency="SEK"))
    assert (refusal.code, refusal.errors[0].field) == ("currency_mismatch", "customer_id")


@pytest.mark.parametrize(
    ("command", "status", "acceptance_id"),
    [
        pytest.param(purchase(acceptor="billing@partner.example"), "not_required", None, id="not required"),
        pytest.param(purchase("managed-tls", standing=ON_FILE), "on_file", "eca-before", id="on file"),
    ],
)
def test_an_acceptor_who_is_not_needed_is_ignored(command: Purchase, status: str, acceptance_id: str | None) -> None:
    subscription = bought(command, at=NOON).subscription
    assert (subscription.eca, subscription.state) == (None, State.ACTIVE)
    assert (subscription.eca_status, subscription.eca_acceptance_id) == (status, acceptance_id)


def test_a_start_ahead_whose_agreement_comes_late_is_charged_from_its_activation() -> None:
    command = purchase("managed-tls", inventory={"tls-ov-single": 10}, start_date=date(2027, 1, 20))
    life = bought(command, at=NOON)
    life.run_to(at(2027, 1, 30))
    assert life.subscription.state is State.PENDING_ECA
    life.do(accept(life.subscription), at=at(2027, 1, 30, 15))
    (line,) = life.lines()
    assert (line.period_start, line.period_end) == (date(2027, 1, 30), date(2028, 1, 20))
    assert (line.remaining_days, line.total_days, line.amount) == (355, 365, 125_466)
    assert life.subscription.anchor_date == date(2027, 1, 20)


def test_a_start_ahead_whose_agreement_comes_in_time_waits_and_costs_all_of_it() -> None:
    command = purchase("managed-tls", inventory={"tls-ov-single": 10}, start_date=date(2027, 1, 20))
    life = bought(command, at=NOON)
    life.do(accept(life.subscription), at=at(2027, 1, 19, 23, 59))
    assert life.subscription.state is State.SCHEDULED
    life.run_to(at(2027, 1, 20))
    assert (life.lines()[0].amount, life.ledger[0].occurred_at) == (129_000, at(2027, 1, 20))


def test_without_a_start_date_the_term_starts_on_the_day_of_the_acceptance_in_full() -> None:
    life = bought(purchase("managed-tls", inventory={"tls-ov-single": 1}), at=NOON)
    assert (life.subscription.start_date, life.subscription.end_date) == (None, None)
    life.do(accept(life.subscription), at=at(2027, 2, 3, 8))
    assert (life.subscription.start_date, life.subscription.end_date) == (date(2027, 2, 3), date(2028, 2, 3))
    assert life.lines()[0].amount == 12_900


def test_a_backdated_term_that_is_over_when_the_agreement_comes_is_never_charged() -> None:
    life = pending_with_term_over()
    life.do(accept(life.subscription), at=life.now)
    assert (life.subscription.state, life.subscription.state_reason) == (
        State.CANCELLED,
        "term_over_before_acceptance",
    )
    assert life.ledger == []
    assert agenda(life.subscription, after=life.now) == ()


def test_the_day_before_it_would_still_have_started() -> None:
    life = bought(purchase("managed-tls", inventory={"tls-ov-single": 365}, start_date=date(2026, 1, 20)), at=NOON)
    life.do(accept(life.subscription), at=at(2027, 1, 19, 23, 59))
    assert [(line.remaining_days, line.amount) for line in life.lines()] == [(1, 12_900)]


@pytest.mark.parametrize(
    ("start", "mode", "is_warned"),
    [
        pytest.param(date(2026, 2, 9), RenewalMode.AUTO, True, id="thirty days left"),
        pytest.param(date(2026, 2, 10), RenewalMode.AUTO, False, id="thirty-one days left"),
        pytest.param(date(2026, 2, 9), RenewalMode.ONE_TIME, False, id="thirty days left of the last term"),
        pytest.param(None, RenewalMode.AUTO, False, id="a year left"),
    ],
)
@pytest.mark.parametrize("offering", ["dv-automation", "managed-tls"])
def test_a_purchase_that_renews_within_thirty_days_is_warned_of(
    offering: str, start: date | None, mode: RenewalMode, *, is_warned: bool
) -> None:
    life = bought(purchase(offering, start_date=start, renewal_mode=mode), at=NOON)
    assert renews_soon(life.subscription, at=NOON) is is_warned


def refused(command: Purchase, *, prices: PriceBook | None = None, now: datetime = NOON) -> InvalidInput:
    """The refusal of a purchase for its input."""
    life = Life(prices or example_book())
    refusal = life.ask(command, at=now).refusal
    assert isinstance(refusal, InvalidInput)
    assert life.present is None
    return refusal
