"""Which price row and which list counts: at confirmation, during a term, and for the next one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from lifecycle.catalog import PriceListNames, PriceMissing
from lifecycle.charges import Action
from lifecycle.commands import Enable
from lifecycle.refusals import InvalidInput
from lifecycle.renewal import next_renewal
from lives.asking import accept, add, at, purchase, refund, renew_with
from lives.life import bought
from lives.price_books import example_book, price_book
from lives.standings import NOON, TODAY, held, scheduled
from oracle.price_table import PriceRow

if TYPE_CHECKING:
    from datetime import datetime

    from lifecycle.catalog import PriceBook
    from lifecycle.commands import Command
    from lives.life import Life

DAY = timedelta(days=1)
SINGLE, WILDCARD = "tls-dv-single", "tls-dv-wildcard"
NOTICE = timedelta(days=90)


def test_a_purchase_takes_the_row_in_force_on_the_day_of_its_confirmation() -> None:
    prices = price_book(PriceRow(SINGLE, 12, 5900, TODAY), PriceRow(SINGLE, 12, 6900, TODAY + DAY))
    assert bought(purchase(), at=NOON - DAY, prices=prices).lines()[0].unit_price == 4900
    assert bought(purchase(), at=NOON, prices=prices).lines()[0].unit_price == 5900
    assert bought(purchase(), at=NOON + DAY, prices=prices).lines()[0].unit_price == 6900


@pytest.mark.parametrize("start", [TODAY - 200 * DAY, None, TODAY + 60 * DAY], ids=["backdated", "at once", "ahead"])
def test_what_is_awaited_keeps_the_rows_of_its_confirmation(start: date | None) -> None:
    prices = price_book(PriceRow(SINGLE, 12, 9900, TODAY + DAY), PriceRow("professional", 12, 7000, TODAY + DAY))
    life = bought(purchase("managed-tls", clm_tier="professional", start_date=start), at=NOON, prices=prices)
    life.do(accept(life.subscription), at=NOON + 10 * DAY)
    life.run_to(NOON + 70 * DAY)
    assert life.lines()[0].unit_price == 6900


def test_what_is_added_keeps_the_price_of_its_term_and_a_product_new_to_it_takes_the_row_of_the_day() -> None:
    raised = [PriceRow(code, 12, 20_000, date(2027, 6, 1)) for code in (SINGLE, WILDCARD)]
    lowered = PriceRow(WILDCARD, 12, 100, date(2027, 8, 1))
    life = bought(purchase(clm_tier="enterprise"), at=NOON, prices=price_book(*raised, lowered))
    life.do(add({WILDCARD: 1, SINGLE: 1}), at=at(2027, 7, 1))
    life.do(add({WILDCARD: 1}), at=at(2027, 9, 1))
    added = [[line.unit_price for line in posted.lines] for posted in life.of(Action.INVENTORY_ADD)]
    assert added == [[24_500, 9_400], [24_500]]


def test_the_uplift_stays_that_of_the_term_also_for_a_new_product() -> None:
    prices = price_book(PriceRow("professional", 12, 5000, date(2027, 2, 1)))
    life = bought(purchase(clm_tier="professional", term_months=24), at=NOON, prices=prices)
    life.do(add({WILDCARD: 1}), at=at(2027, 3, 1))
    assert life.lines()[-1].unit_price == 28_300 + 2 * 2000
    life.run_to(at(2029, 1, 10))
    assert [line.unit_price for line in life.of(Action.RENEWAL)[0].lines] == [9300 + 10_000, 28_300 + 10_000]


def test_a_product_that_was_refunded_keeps_its_frozen_price_in_the_term() -> None:
    life = bought(
        purchase(inventory={SINGLE: 1, WILDCARD: 1}), at=NOON, prices=price_book(PriceRow(WILDCARD, 12, 1, TODAY + DAY))
    )
    life.do(refund((life.lines()[1], 1)), at=NOON)
    life.do(add({WILDCARD: 1}), at=NOON + 5 * DAY)
    assert life.lines()[-1].unit_price == 14_900


def test_a_renewal_takes_the_rows_of_its_first_day_however_late_it_is_recorded() -> None:
    raised = [PriceRow(SINGLE, 12, 6000, date(2028, 1, 10)), PriceRow(SINGLE, 12, 7000, date(2028, 1, 11))]
    life = bought(purchase(), at=NOON, prices=price_book(*raised))
    life.sleep_to(at(2029, 3, 1))
    assert [posted.lines[0].unit_price for posted in life.of(Action.RENEWAL)] == [6000, 7000]


def test_a_held_renewal_takes_the_rows_of_the_day_of_its_enabling() -> None:
    life = held()
    life.prices = price_book(PriceRow("tls-ov-single", 12, 13_000, date(2028, 3, 5)))
    life.do(Enable(expected_total=26_000), at=at(2028, 3, 5, 17))
    assert life.of(Action.RENEWAL)[0].amount == 26_000


def test_the_renewal_that_is_announced_ninety_days_before_costs_what_was_announced() -> None:
    life = bought(purchase(), at=NOON, prices=price_book(PriceRow(SINGLE, 12, 6000, date(2028, 1, 10))))
    announced = next_renewal(life.subscription, life.prices)
    assert announced is not None
    life.run_to(at(2028, 1, 10))
    assert life.of(Action.RENEWAL)[0].amount == announced.charge.total == 6000


RESELLER = [PriceRow(SINGLE, 12, 4000, price_list="reseller"), PriceRow("essentials", 12, 100, price_list="reseller")]
DISTRIBUTOR = [
    PriceRow(SINGLE, 12, 4500, price_list="distributor"),
    PriceRow(WILDCARD, 12, 13_000, price_list="distributor"),
]
DOLLARS = {"default": "USD", "reseller": "USD", "distributor": "USD", "euro": "EUR"}


def listed(*entries: tuple[date | None, tuple[str, ...]], currency: str = "USD") -> PriceBook:
    """The price book of a customer whose lists were these since these days."""
    return price_book(
        *RESELLER,
        *DISTRIBUTOR,
        lists=tuple(PriceListNames(since=since, names=names) for since, names in entries),
        currencies=DOLLARS,
        currency=currency,
    )


def test_each_price_is_the_first_of_resellers_distributors_and_default_list() -> None:
    prices = listed((None, ("reseller", "distributor", "default")))
    command = purchase("managed-tls", inventory={SINGLE: 1, WILDCARD: 1, "tls-ov-single": 1})
    life = bought(command, at=NOON, prices=prices)
    life.do(accept(life.subscription), at=NOON)
    assert [line.unit_price for line in life.lines()] == [4100, 13_100, 13_000]


def test_a_list_in_another_currency_is_passed_over() -> None:
    prices = listed((None, ("euro", "distributor", "default")))
    assert prices.lists_for_term(TODAY) == ("distributor", "default")
    assert listed((None, ("euro", "default")), currency="EUR").lists_for_term(TODAY) == ("euro",)


def test_another_list_counts_for_terms_that_start_ninety_days_later() -> None:
    changed = date(2027, 6, 1)
    prices = listed((None, ("default",)), (changed, ("reseller", "default")))
    assert prices.lists_for_term(changed + NOTICE - DAY) == ("default",)
    assert prices.lists_for_term(changed + NOTICE) == ("reseller", "default")


@pytest.mark.parametrize(
    ("changed", "price"),
    [
        pytest.param(date(2028, 1, 10) - NOTICE, 4100, id="ninety days before the renewal"),
        pytest.param(date(2028, 1, 11) - NOTICE, 4900, id="eighty-nine days before it"),
    ],
)
def test_a_renewal_takes_a_new_list_only_with_notice(changed: date, price: int) -> None:
    life = bought(purchase(), at=NOON, prices=listed((None, ("default",)), (changed, ("reseller", "default"))))
    life.run_to(at(2028, 1, 10))
    assert life.of(Action.RENEWAL)[0].amount == price


def test_of_two_changes_the_latest_that_had_its_notice_counts() -> None:
    prices = listed(
        (None, ("default",)), (date(2027, 1, 1), ("distributor", "default")), (date(2027, 2, 1), ("reseller",))
    )
    found = [prices.lists_for_term(date(2027, 3, 31) + days * DAY)[0] for days in (0, 1, 32)]
    assert found == ["default", "distributor", "reseller"]


def test_what_is_added_in_a_term_takes_the_lists_of_its_start() -> None:
    prices = listed((None, ("default",)), (TODAY, ("distributor", "default")))
    life = bought(purchase(), at=NOON, prices=prices)
    life.do(add({WILDCARD: 1}), at=NOON + 200 * DAY)
    assert life.lines()[-1].unit_price == 14_900


def test_a_withdrawn_product_is_neither_added_nor_newly_renewed_but_what_renews_goes_on() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.prices = price_book(withdrawn={SINGLE: date(2027, 6, 1), WILDCARD: date(2027, 6, 1)})
    life.do(add({SINGLE: 1, WILDCARD: 1}), at=at(2027, 5, 31))
    life.do(renew_with({SINGLE: 1}), at=at(2027, 5, 31))
    later = at(2027, 6, 1)
    assert errors_of(life, add({SINGLE: 1}), later) == [("add[0].product", "product_not_offered")]
    assert errors_of(life, renew_with({SINGLE: 1, WILDCARD: 1}), later) == [("lines[1].product", "product_not_offered")]
    life.do(renew_with({SINGLE: 9}), at=later)
    life.run_to(at(2029, 1, 10))
    assert [posted.amount for posted in life.of(Action.RENEWAL)] == [44_100, 44_100]


def test_a_withdrawn_offering_is_not_added_to_nor_put_newly_into_renewal_but_renews() -> None:
    life = bought(purchase(inventory={SINGLE: 2}), at=NOON)
    life.prices = price_book(withdrawn={"dv-automation": date(2027, 6, 1)})
    later = at(2027, 6, 1)
    assert errors_of(life, add({SINGLE: 1}), later) == [("add[0].product", "product_not_offered")]
    assert errors_of(life, renew_with({SINGLE: 1, WILDCARD: 1}), later) == [("lines[1].product", "product_not_offered")]
    life.do(renew_with({SINGLE: 1}), at=later)
    life.run_to(at(2028, 1, 10))
    assert life.of(Action.RENEWAL)[0].amount == 4900


def test_what_may_be_added_and_renewed_is_of_the_offering() -> None:
    life = bought(purchase(), at=NOON)
    for command, field in ((add({"private-ca": 1, "x": 1}), "add"), (renew_with({"private-ca": 1, "x": 1}), "lines")):
        assert errors_of(life, command, NOON) == [
            (f"{field}[0].product", "product_not_in_offering"),
            (f"{field}[1].product", "unknown_product"),
        ]


def test_wrong_products_are_said_before_the_state() -> None:
    life = scheduled()
    assert errors_of(life, add({"private-ca": 1}), life.now) == [("add[0].product", "product_not_in_offering")]


def test_additions_reach_a_hundred_thousand_and_no_more() -> None:
    life = bought(purchase(inventory={SINGLE: 99_999}), at=NOON)
    too_many = add({WILDCARD: 100_000, SINGLE: 2})
    assert errors_of(life, too_many, NOON) == [("add[1].quantity", "quantity_out_of_range")]
    life.do(add({WILDCARD: 100_000, SINGLE: 1}), at=NOON)
    assert {line.quantity for line in life.subscription.inventory} == {100_000}


def test_a_product_without_a_price_is_not_added_nor_put_into_renewal() -> None:
    euro = [PriceRow(SINGLE, 12, 4500, price_list="euro"), PriceRow("essentials", 12, 0, price_list="euro")]
    always = (PriceListNames(since=None, names=("euro", "default")),)
    life = bought(purchase(), at=NOON, prices=price_book(*euro, lists=always, currencies=DOLLARS, currency="EUR"))
    assert life.ledger[0].currency == "EUR"
    assert errors_of(life, add({SINGLE: 1, WILDCARD: 1}), NOON) == [("add[1].product", "product_not_offered")]
    assert errors_of(life, renew_with({SINGLE: 1, WILDCARD: 1}), NOON) == [("lines[1].product", "product_not_offered")]


def test_a_product_may_be_put_into_renewal_when_it_has_a_price_by_then() -> None:
    euro = [
        PriceRow(SINGLE, 12, 4500, price_list="euro"),
        PriceRow("essentials", 12, 0, price_list="euro"),
        PriceRow(WILDCARD, 12, 9000, date(2028, 1, 10), price_list="euro"),
    ]
    always = (PriceListNames(since=None, names=("euro",)),)
    life = bought(purchase(), at=NOON, prices=price_book(*euro, lists=always, currencies=DOLLARS, currency="EUR"))
    assert errors_of(life, add({WILDCARD: 1}), NOON) == [("add[0].product", "product_not_offered")]
    life.do(renew_with({WILDCARD: 1}), at=NOON)
    life.run_to(at(2028, 1, 10))
    assert life.of(Action.RENEWAL)[0].amount == 9000


def test_a_renewal_goes_on_at_its_last_price_when_the_lists_of_its_day_have_none() -> None:
    euro = [PriceRow(SINGLE, 24, 9500, price_list="euro"), PriceRow("professional", 12, 2100, price_list="euro")]
    always, changed = PriceListNames(since=None, names=("euro",)), PriceListNames(since=TODAY, names=("other",))
    prices = price_book(*euro, lists=(always, changed), currencies={"euro": "EUR", "other": "EUR"}, currency="EUR")
    life = bought(purchase(term_months=24, clm_tier="professional"), at=NOON, prices=prices)
    life.run_to(at(2029, 1, 10))
    assert [line.unit_price for line in life.lines()] == [9500 + 4200] * 2


def test_a_book_without_a_price_says_so() -> None:
    with pytest.raises(PriceMissing, match="nothing for 12 months on 2027-01-10 in default"):
        example_book().price_of("nothing", 12, on=TODAY, lists=("default",))


def test_a_subscription_keeps_its_tier_over_renewals() -> None:
    life = bought(purchase(clm_tier="enterprise"), at=NOON)
    life.run_to(at(2029, 1, 10))
    assert {(line.clm_tier, line.unit_price) for line in life.lines()} == {("enterprise", 9400)}


def errors_of(life: Life, command: Command, at: datetime) -> list[tuple[str, str]]:
    """Field and code of what is wrong with a command."""
    refusal = life.on_paper(command, at=at).refusal
    assert isinstance(refusal, InvalidInput)
    return [(error.field, error.code) for error in refusal.errors]
