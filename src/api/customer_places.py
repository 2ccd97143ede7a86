"""A customer's place in a list, as a cursor has it: names are quoted, since a cursor's members are printable."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote

from api.listing import Page, page_of
from api.query import choice_of
from lifecycle.refusals import FieldError, InvalidInput
from storage.customer_orders import CustomerOrder
from storage.customers import Customer, folded


def order_of(given: Mapping[str, str]) -> CustomerOrder:
    """Return the order that `sort` asks for, newest first unless said.

    Raises:
        InvalidInput: `invalid_value`.
    """
    return CustomerOrder(choice_of(given, "sort", tuple(CustomerOrder)) or CustomerOrder.NEWEST)


def ordered_page(given: Mapping[str, str], order: CustomerOrder) -> Page:
    """Return the page that is asked for, with the place after which it begins as the database has it.

    Raises:
        InvalidInput: `limit_out_of_range`, `invalid_cursor`.
    """
    page = page_of(given, keys=2 if order.has_names else 1)
    if page.after is None or not order.has_names:
        return page
    name = unquote(page.after[0])
    if "\0" in name:
        raise InvalidInput(FieldError("cursor", "invalid_cursor", "This cursor was not given out here."))
    return Page(page.limit, (name, page.after[1]))


def place_of(customer: Customer, order: CustomerOrder) -> tuple[str, ...]:
    """Return a customer's place for a cursor."""
    return (quote(folded(customer.company_name)), customer.id) if order.has_names else (customer.id,)
