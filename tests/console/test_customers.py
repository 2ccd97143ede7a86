"""The manual's "Edit a customer's details", and what comes before it: finding customers and adding them."""

from __future__ import annotations

import csv
import re
from uuid import uuid4

from support_browser import At, Hand, Way
from support_product import Json, Seat
from support_tenants import new_partner

DETAILS = {
    "Contact Name": "Erika Muster",
    "Contact Phone": "+49 711 5550173",
    "Contact Extension": "42",
    "Contact Email": "erika@umlaut.example",
    "Address Line 1": "Königstraße 28",
    "Address Line 2": "Gebäude B",
    "City": "Wien",
    "State/Province": "Wien",
    "ZIP/Postal Code": "1010",
}
SAVED = {
    "contact_name": "Erika Muster",
    "contact_phone": "+49 711 5550173",
    "contact_extension": "42",
    "contact_email": "erika@umlaut.example",
    "address_line1": "Königstraße 28",
    "address_line2": "Gebäude B",
    "city": "Wien",
    "state_province": "Wien",
    "postal_code": "1010",
    "country": "AT",
}
SECTIONS = {
    "contact": ("Contact Name", "Contact Phone", "Contact Extension", "Contact Email"),
    "address": ("Address Line 1", "Address Line 2", "City", "State/Province", "ZIP/Postal Code"),
}


def a_name(beginning: str) -> str:
    return f"{beginning} {uuid4().hex[:12]}"


def named(seat: Seat, name: str) -> list[Json]:
    found: list[Json] = seat.get("/v1/customers", q=name)["data"]
    return found


def locate(hand: Hand, customer: Json) -> None:
    """Navigate to the Customers page, locate the customer, and click its name."""
    hand.follow("Customers")
    hand.fill("Search", customer["company_name"])
    if hand.way == "without scripts":
        hand.press("Show")
    hand.sees("1 customer on this page")
    hand.follow(customer["company_name"])
    hand.page.get_by_role("heading", name=customer["company_name"], level=1).wait_for()


def test_every_element_of_a_customers_details_is_edited(at_console: At, seat: Seat, way: Way) -> None:
    reseller = new_partner(seat)
    customer, name = seat.new_customer(), a_name("Ümlaut & Söhne")

    with at_console(way) as hand:
        locate(hand, customer)
        hand.follow("Details")
        hand.follow("Edit company")
        hand.fill("Company Name", name)
        hand.press("Save")
        hand.sees("The customer’s details are saved.")
        for section, labels in SECTIONS.items():
            hand.follow(f"Edit {section}")
            for label in labels:
                hand.fill(label, DETAILS[label])
            if section == "address":
                hand.choose("Country", "Austria")
            hand.press("Save")
            hand.sees("The customer’s details are saved.")
        hand.follow("Edit service and account management")
        hand.choose("Partner Management", reseller["name"])
        hand.press("Save")
        hand.sees("Partner Management is saved.")
        hand.sees(reseller["name"])

    saved = seat.get(f"/v1/customers/{customer['id']}")
    assert {member: saved[member] for member in SAVED} == SAVED
    assert (saved["company_name"], saved["managing_partner_id"]) == (name, reseller["id"])


def test_a_customer_is_added(at_console: At, seat: Seat, way: Way) -> None:
    name = a_name("Neu")

    with at_console(way) as hand:
        hand.follow("Customers")
        hand.follow("Add a customer")
        hand.fill("Company Name", name)
        for label, value in DETAILS.items():
            hand.fill(label, value)
        hand.choose("Country", "Austria")
        hand.press("Add the customer")
        hand.sees("The customer is added.")
        path = hand.path

    (added,) = named(seat, name)
    assert path.startswith(f"/console/customers/{added['id']}")
    assert {member: added[member] for member in SAVED} == SAVED


def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_it(
    at_console: At, seat: Seat, way: Way
) -> None:
    name = a_name("Falsch")

    with at_console(way) as hand:
        hand.open("/console/customers/new")
        typed = {"Company Name": name, **DETAILS, "Contact Phone": "abc", "ZIP/Postal Code": ""}
        for label, value in typed.items():
            if value:
                hand.fill(label, value)
        hand.choose("Country", "Germany")
        hand.press("Add the customer")

        hand.sees("Something does not fit.")
        assert named(seat, name) == []
        for label, value in typed.items():
            found = hand.page.get_by_label(re.compile(rf"^{re.escape(label)}( \(optional\))?$"))
            assert found.input_value() == value
            assert (found.get_attribute("aria-invalid") == "true") == (label == "Contact Phone")
        said = hand.page.locator("#f-contact_phone-error").inner_text()
        assert said == "A phone number has 5 to 32 of digits, spaces and ().-"

        hand.fill("Contact Phone", "555-0100")
        hand.press("Add the customer")
        hand.page.locator("#f-postal_code-error").wait_for()
        assert hand.page.locator("#f-postal_code-error").inner_text() == "An address in DE needs a postal code."
        hand.fill("ZIP/Postal Code", "70173")
        hand.press("Add the customer")
        hand.sees("The customer is added.")

    assert [one["postal_code"] for one in named(seat, name)] == ["70173"]


def test_a_form_that_comes_twice_adds_one_customer(at_console: At, seat: Seat) -> None:
    name = a_name("Zweimal")

    with at_console() as hand:
        hand.open("/console/customers/new")
        form: dict[str, str | float | bool] = {
            "form_token": hand.page.locator("input[name=form_token]").last.input_value(),
            "key": hand.page.locator("input[name=key]").input_value(),
            "company_name": name,
            **SAVED,
        }
        answers = [
            hand.page.request.post("/console/customers/new", form=form, headers={"Origin": hand.base_url})
            for _ in range(2)
        ]

        assert [answer.status for answer in answers] == [200, 200]
        assert answers[0].url == answers[1].url
    assert len(named(seat, name)) == 1


def test_whoever_saves_after_somebody_else_is_shown_both(at_console: At, seat: Seat, way: Way) -> None:
    customer = seat.new_customer()
    path = f"/v1/customers/{customer['id']}"

    with at_console(way) as hand:
        hand.open(f"/console/customers/{customer['id']}/edit?section=contact")
        seat.done(seat.patch(path, {"contact_name": "Somebody Else"}))
        hand.fill("Contact Name", "Myself Alone")
        hand.press("Save")
        hand.sees("Somebody else saved this customer")
        said = hand.page.get_by_role("row", name="Contact Name").inner_text()
        assert said.split("\t") == ["Contact Name", "Somebody Else", "Myself Alone"]
        assert seat.get(path)["contact_name"] == "Somebody Else"
        hand.press("Save")
        hand.sees("The customer’s details are saved.")

    assert seat.get(path)["contact_name"] == "Myself Alone"


def test_a_role_without_write_sees_no_add_and_no_edit(at_console: At, seat: Seat) -> None:
    customer = seat.new_customer()

    with at_console(as_="billing") as hand:
        for path in ("/console/customers", f"/console/customers/{customer['id']}"):
            hand.open(path)
            assert hand.page.get_by_role("link", name=re.compile("Add|Edit")).count() == 0
        hand.open(f"/console/customers/{customer['id']}/subscriptions")
        hand.sees("No subscriptions yet")
        assert hand.page.get_by_role("link", name="Add").count() == 0
        hand.open("/console/customers/new")
        hand.sees("You may not do this")
        hand.open(f"/console/customers/{customer['id']}/edit?section=address")
        hand.sees("You may not do this")


def test_customers_are_found_as_one_types_and_the_address_keeps_what_was_asked(at_console: At, seat: Seat) -> None:
    word = uuid4().hex[:12]
    names = [f"B {word}", f"C {word}", f"A {word}"]
    for name in names:
        seat.new_customer(company_name=name)

    with at_console() as hand:
        hand.open("/console/customers")
        hand.fill("Search", word)
        hand.sees("3 customers on this page")
        hand.choose("Sort", "Company name, A to Z")
        hand.page.wait_for_url(re.compile("sort=company_name"))
        hand.page.wait_for_function("document.querySelector('tbody a').textContent.startsWith('A ')")
        assert hand.page.locator("tbody th").all_inner_texts() == sorted(names)
        hand.unfold("Columns")
        hand.tick("City")
        hand.page.wait_for_url(re.compile("column=city"))
        hand.page.get_by_role("columnheader", name="City").wait_for()
        hand.page.reload()
        assert hand.page.locator("tbody th").all_inner_texts() == sorted(names)
        assert hand.page.get_by_role("columnheader", name="City").count() == 1


def test_customers_come_page_by_page_without_scripts(at_console: At, seat: Seat) -> None:
    word = uuid4().hex[:12]
    for number in range(51):
        seat.new_customer(company_name=f"{word} {number:02}")

    with at_console("without scripts") as hand:
        hand.open(f"/console/customers?q={word}&sort=company_name")
        first = hand.page.locator("tbody th").all_inner_texts()
        hand.follow("Next page")
        assert first == [f"{word} {number:02}" for number in range(50)]
        assert hand.page.locator("tbody th").all_inner_texts() == [f"{word} 50"]
        hand.follow("First page")
        assert hand.page.locator("tbody th").all_inner_texts() == first


def test_the_filtered_list_is_a_file_without_formulas(at_console: At, seat: Seat) -> None:
    word = uuid4().hex[:12]
    names = [f'=HYPERLINK("{word}")', f"+{word}", f"Plain, {word}"]
    for name in names:
        seat.new_customer(company_name=name)

    with at_console() as hand:
        hand.open(f"/console/customers?q={word}&sort=-company_name")
        with hand.page.expect_download() as started:
            hand.follow("Download all as CSV")
        rows = list(csv.DictReader(started.value.path().open(encoding="utf-8", newline="")))

    in_order = seat.get("/v1/customers", q=word, sort="-company_name")["data"]
    assert [row["id"] for row in rows] == [one["id"] for one in in_order]
    assert {row["company_name"] for row in rows} == {f"'{names[0]}", f"'{names[1]}", names[2]}
