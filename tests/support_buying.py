"""How somebody buys in the console, step by step."""

from __future__ import annotations

import re

from playwright.sync_api import Locator

from support_browser import Hand
from support_product import Seat, customer_body, purchase_body

HOSTILE = """"><script>alert(1)</script><img src=x onerror='alert(2)'>"""
ACCEPTOR = "E-mail address of a customer representative who can accept the Enterprise Certificate Agreement (ECA)"
DONE = re.compile(r"/console/subscriptions/sub_\w+\?done=[\w-]+$")


def new_customer(seat: Seat, **changes: str) -> str:
    """The id of a customer who has bought nothing."""
    made: str = seat.done(seat.post("/v1/customers", customer_body(**changes)), 201)["id"]
    return made


def new_subscription(seat: Seat) -> str:
    """The id of an active subscription of five certificates of one product."""
    made: str = seat.done(seat.post("/v1/subscriptions", purchase_body(new_customer(seat))), 201)["id"]
    return made


def begin(hand: Hand, customer_id: str) -> str:
    """Begin a draft and return its address, without the step."""
    hand.open(f"/console/customers/{customer_id}/subscriptions/new")
    hand.press("Begin a subscription")
    hand.page.wait_for_url(re.compile(r"/offering$"))
    return hand.path.removesuffix("/offering")


def choose_offering(hand: Hand, name: str, *, acceptor: str = "") -> None:
    """The first step."""
    hand.tick(re.compile(f"^{name}"))
    if acceptor:
        hand.fill(ACCEPTOR, acceptor)
    hand.press("Next")
    hand.page.wait_for_url(re.compile(r"/term$"))


def choose_term(hand: Hand, *, months: int = 12, start_date: str = "") -> None:
    """The second step."""
    hand.tick(re.compile(f"^{months} months"))
    if start_date:
        hand.fill("Start date", start_date)
    hand.press("Next")
    hand.page.wait_for_url(re.compile(r"/inventory$"))


def choose_products(hand: Hand, counts: dict[str, int], *, tier: str = "Professional") -> None:
    """The third step."""
    hand.tick(re.compile(f"^{tier}"))
    add_products(hand, counts)
    hand.press("Next")
    hand.page.wait_for_url(re.compile(r"/renewal$"))


def add_products(hand: Hand, counts: dict[str, int], *, label: str = "Number of certificates") -> None:
    """Add Products & Services, Apply, and the number of certificates of each."""
    hand.press("Add Products & Services")
    hand.page.wait_for_url(re.compile(r"/products$"))
    for name in counts:
        hand.tick(re.compile(f"^{name} ·"))
    hand.press("Apply")
    hand.page.wait_for_url(re.compile(r"inventory$"))
    for name, number in counts.items():
        hand.fill(f"{label}: {name}", str(number))


def choose_renewal(hand: Hand, mode: str) -> None:
    """The fourth step."""
    hand.tick(mode)
    hand.press("Next")
    hand.page.wait_for_url(re.compile(r"/review$"))


def confirm(hand: Hand) -> str:
    """Confirm & Purchase; return the subscription's id."""
    hand.press("Confirm & Purchase")
    hand.page.wait_for_url(DONE)
    return hand.path.split("/")[-1].partition("?")[0]


def total_shown(hand: Hand) -> str:
    """The sum below the lines."""
    return hand.page.locator("table.priced tfoot td").inner_text()


def confirm_button(hand: Hand) -> Locator:
    """The button itself."""
    return hand.page.get_by_role("button", name="Confirm & Purchase")


def pretend_another_price(hand: Hand) -> None:
    """Let the form say that another total was shown than the one of this moment."""
    hand.page.locator("input[name=expected_total]").evaluate("field => { field.value = '1' }")
