"""The manual's "Edit a customer's details": both panels, found again, saved apart."""

from __future__ import annotations

from support_problems import refused, refused_field
from support_product import Seat
from support_tenants import new_partner, reseller_seat

DETAILS = {
    "company_name": "Ümlaut & Söhne",
    "contact_name": "Erika Muster",
    "contact_phone": "+49 711 5550173",
    "contact_extension": "42",
    "contact_email": "erika@umlaut.example",
    "address_line1": "Königstraße 28",
    "address_line2": "Gebäude B",
    "city": "Stuttgart",
    "state_province": "Baden-Württemberg",
    "postal_code": "70173",
    "country": "DE",
}


def test_a_customer_is_found_by_its_name_and_opened(seat: Seat) -> None:
    customer = seat.new_customer()

    found = seat.get("/v1/customers", q=customer["company_name"][8:30].upper())

    assert [item["id"] for item in found["data"]] == [customer["id"]]
    assert seat.get(f"/v1/customers/{customer['id']}") == customer


def test_every_element_of_the_details_panel_is_saved(seat: Seat) -> None:
    customer = seat.new_customer()
    details = {**DETAILS, "company_name": f"{DETAILS['company_name']} {customer['id']}"}

    saved = seat.done(seat.patch(f"/v1/customers/{customer['id']}", details))

    assert {name: saved[name] for name in details} == details
    assert seat.get(f"/v1/customers/{customer['id']}") == saved
    assert saved["version"] == customer["version"] + 1


def test_one_element_is_saved_and_the_others_stay(seat: Seat) -> None:
    customer = seat.new_customer(contact_phone="555-0100", contact_extension="7")

    saved = seat.done(seat.patch(f"/v1/customers/{customer['id']}", {"contact_extension": None}))

    assert saved["contact_extension"] is None
    changed = {"contact_extension", "version", "updated_at"}
    assert {k: v for k, v in saved.items() if k not in changed} == {
        k: v for k, v in customer.items() if k not in changed
    }


def test_partner_management_is_saved_apart_and_moves_who_sees_the_customer(seat: Seat) -> None:
    (first, first_seat), (second, second_seat) = reseller_seat(seat), reseller_seat(seat)
    customer = seat.new_customer(managing_partner_id=first)
    address = f"/v1/customers/{customer['id']}"
    bought = first_seat.bought(customer_id=customer["id"])

    saved = seat.done(seat.patch(address, {"managing_partner_id": second}))

    assert saved["managing_partner_id"] == second
    refused(first_seat.http.get(address), "not_found", 404)
    assert second_seat.get(address) == saved
    moved = second_seat.subscription(bought["id"])
    assert moved["reseller_id"] == second
    (transaction,) = second_seat.transactions(bought["id"])
    assert transaction["reseller_id"] == first


def test_partner_management_is_cleared(seat: Seat) -> None:
    partner_id, reseller = reseller_seat(seat)
    customer = reseller.new_customer()
    assert customer["managing_partner_id"] == partner_id

    saved = seat.done(seat.patch(f"/v1/customers/{customer['id']}", {"managing_partner_id": None}))

    assert saved["managing_partner_id"] is None
    refused(reseller.http.get(f"/v1/customers/{customer['id']}"), "not_found", 404)


def test_a_reseller_that_is_not_available_is_refused(seat: Seat, operator: Seat) -> None:
    address = f"/v1/customers/{seat.new_customer()['id']}"
    elsewhere = new_partner(operator)["id"]
    disabled = new_partner(seat, state="disabled")["id"]

    for partner_id in (elsewhere, disabled, "ptn_0"):
        answer = seat.patch(address, {"managing_partner_id": partner_id})
        refused_field(answer, "reseller_not_available", "managing_partner_id")


def test_only_the_distributor_takes_a_customer_from_its_reseller(seat: Seat) -> None:
    _, reseller = reseller_seat(seat)
    customer = reseller.new_customer()

    refused(reseller.patch(f"/v1/customers/{customer['id']}", {"managing_partner_id": None}), "not_permitted", 403)


def test_a_company_name_is_unique_per_partner_however_it_is_written(seat: Seat, operator: Seat) -> None:
    name = seat.new_customer()["company_name"]
    other = seat.new_customer()

    answer = seat.patch(f"/v1/customers/{other['id']}", {"company_name": f"  {name.upper()} "})

    refused_field(answer, "duplicate_company_name", "company_name")
    assert operator.new_customer(company_name=name)["company_name"] == name
