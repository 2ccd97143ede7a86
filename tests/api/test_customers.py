from __future__ import annotations

import asyncio
from typing import Any

import pytest

from storage.audit import list_audit_entries
from storage.customers import find_customer
from support_door import ACME, Door, Seat, fields_of, problem_code


async def created(seat: Seat, **changes: Any) -> dict[str, Any]:
    answer = await seat.post("/v1/customers", {**ACME, **changes})
    assert answer.status_code == 201, answer.text
    customer: dict[str, Any] = answer.json()
    return customer


async def test_a_new_customer_has_an_id_a_location_and_a_version(door: Door) -> None:
    answer = await door.distributor.post("/v1/customers", ACME)

    customer = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/customers/{customer['id']}"
    assert answer.headers["etag"] == '"1"'
    assert customer["id"].startswith("cus_")
    assert customer["created_at"] == "2026-11-22T09:30:00Z"
    assert {name: customer[name] for name in ACME} == ACME
    assert customer["managing_partner_id"] is None


async def test_a_customer_that_was_created_can_be_read(door: Door) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.get(f"/v1/customers/{customer['id']}")

    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (200, customer, '"1"')


async def test_names_are_trimmed_and_the_domain_of_an_address_is_lower_cased(door: Door) -> None:
    customer = await created(door.distributor, company_name="  Acme GmbH ", contact_email="Erika.M@ACME.Example")

    assert customer["company_name"] == "Acme GmbH"
    assert customer["contact_email"] == "Erika.M@acme.example"


@pytest.mark.parametrize("name", ["ACME gmbh", "acme GMBH "], ids=["in other case", "with a space"])
async def test_a_company_name_is_unique_per_partner_whatever_its_case(door: Door, name: str) -> None:
    await created(door.distributor)

    answer = await door.distributor.post("/v1/customers", {**ACME, "company_name": name})

    assert problem_code(answer, 422) == "duplicate_company_name"
    assert fields_of(answer) == {"company_name": "duplicate_company_name"}


async def test_two_partners_may_have_a_customer_of_the_same_name(door: Door) -> None:
    await created(door.distributor)

    await created(await door.seated("distributor"))


async def test_an_edit_to_a_name_that_is_taken_is_refused(door: Door) -> None:
    await created(door.distributor)
    other = await created(door.distributor, company_name="Other")

    answer = await door.distributor.patch(f"/v1/customers/{other['id']}", {"company_name": "acme gmbh"})

    assert problem_code(answer, 422) == "duplicate_company_name"


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"country": "US", "postal_code": "62701"}, {"state_province": "required"}),
        ({"country": "CA", "postal_code": "K1A 0A4"}, {"state_province": "required"}),
        ({"country": "AU", "postal_code": "2000"}, {"state_province": "required"}),
        ({"country": "DE", "postal_code": None}, {"postal_code": "required"}),
        ({"country": "US", "state_province": "IL", "postal_code": "6270"}, {"postal_code": "invalid_postal_code"}),
        ({"contact_phone": None}, {"contact_extension": "extension_without_phone"}),
        ({"contact_phone": "call me"}, {"contact_phone": "invalid_phone"}),
        ({"contact_phone": "1234"}, {"contact_phone": "invalid_phone"}),
        ({"contact_extension": "12a"}, {"contact_extension": "invalid_extension"}),
        ({"contact_extension": "12345678901"}, {"contact_extension": "invalid_extension"}),
        ({"contact_email": "erika@localhost"}, {"contact_email": "invalid_email"}),
        ({"contact_email": "a@x.example, b@x.example"}, {"contact_email": "invalid_email"}),
        ({"contact_email": f"{'a' * 250}@x.example"}, {"contact_email": "invalid_email"}),
        ({"country": "de"}, {"country": "invalid_country"}),
        ({"country": "XX"}, {"country": "invalid_country"}),
        ({"company_name": "   "}, {"company_name": "too_short"}),
        ({"company_name": "x" * 201}, {"company_name": "too_long"}),
        ({"city": "x" * 101}, {"city": "too_long"}),
        ({"postal_code": "1" * 17}, {"postal_code": "too_long"}),
        ({"contact_name": "a\u0000b"}, {"contact_name": "invalid_characters"}),
        ({"contact_name": 5}, {"contact_name": "wrong_type"}),
        ({"contact_name": None}, {"contact_name": "required"}),
        ({"id": "cus_1"}, {"id": "unknown_field"}),
        ({"created_at": "2026-01-01T00:00:00Z"}, {"created_at": "unknown_field"}),
    ],
)
async def test_a_broken_rule_of_a_customers_fields_is_named(
    door: Door, changes: dict[str, Any], broken: dict[str, str]
) -> None:
    answer = await door.distributor.post("/v1/customers", {**ACME, **changes})

    assert fields_of(answer) == broken
    assert problem_code(answer, 422) == next(iter(broken.values()))


async def test_every_missing_field_is_named(door: Door) -> None:
    answer = await door.distributor.post("/v1/customers", {})

    required = ["company_name", "contact_name", "contact_email", "address_line1", "city", "country"]
    assert fields_of(answer) == dict.fromkeys(required, "required")


@pytest.mark.parametrize("country", ["AE", "AG", "BS", "FJ", "HK", "JM", "PA", "QA"])
async def test_a_country_without_postal_codes_needs_none(door: Door, country: str) -> None:
    assert (await created(door.distributor, country=country, postal_code=None))["postal_code"] is None


@pytest.mark.parametrize("postal_code", ["62701", "62701-1908"])
async def test_both_forms_of_a_us_postal_code_are_taken(door: Door, postal_code: str) -> None:
    customer = await created(door.distributor, country="US", state_province="IL", postal_code=postal_code)

    assert customer["postal_code"] == postal_code


async def test_the_longest_values_that_the_formats_allow_are_kept(door: Door) -> None:
    longest = {
        "company_name": "ΐ" * 200,
        "contact_phone": "+" + "1" * 32,
        "contact_extension": "1" * 10,
        "address_line2": "株" * 200,
        "state_province": "x" * 100,
        "postal_code": "1" * 16,
    }

    customer = await created(door.distributor, **longest)

    assert {name: customer[name] for name in longest} == longest


async def test_an_edit_changes_what_it_names_and_counts_the_version_up(door: Door) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.patch(
        f"/v1/customers/{customer['id']}", {"city": "Ulm", "contact_phone": None, "contact_extension": None}
    )

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"2"'
    changed = {"city": "Ulm", "contact_phone": None, "contact_extension": None, "version": 2}
    assert answer.json() == {**customer, **changed}


async def test_an_edit_that_changes_nothing_leaves_the_version(door: Door) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.patch(f"/v1/customers/{customer['id']}", {"city": "Stuttgart"})

    assert (answer.status_code, answer.json()) == (200, customer)


async def test_an_edit_is_judged_with_the_fields_that_stay(door: Door) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.patch(f"/v1/customers/{customer['id']}", {"country": "US"})

    assert fields_of(answer) == {"state_province": "required"}


async def test_a_field_that_is_needed_cannot_be_cleared(door: Door) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.patch(f"/v1/customers/{customer['id']}", {"city": None})

    assert fields_of(answer) == {"city": "required"}


@pytest.mark.parametrize(
    ("seen", "status"), [('"1"', 200), ('W/"1"', 200), ("*", 200), ('"2"', 412), ("nonsense", 412)]
)
async def test_an_edit_goes_by_the_version_that_was_seen(door: Door, seen: str, status: int) -> None:
    customer = await created(door.distributor)

    answer = await door.distributor.patch(
        f"/v1/customers/{customer['id']}", {"city": "Ulm"}, headers={"If-Match": seen}
    )

    assert answer.status_code == status
    if status == 412:
        assert problem_code(answer, 412) == "version_conflict"


async def test_of_two_edits_of_one_version_at_once_one_wins(door: Door) -> None:
    customer = await created(door.distributor)

    answers = await asyncio.gather(
        *(
            door.distributor.patch(f"/v1/customers/{customer['id']}", {"city": city}, headers={"If-Match": '"1"'})
            for city in ("Ulm", "Jena", "Kiel")
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_each_change_leaves_an_audit_entry_of_what_differs(door: Door) -> None:
    customer = await created(door.distributor)
    await door.distributor.patch(
        f"/v1/customers/{customer['id']}", {"city": "Ulm"}, headers={"X-Request-Id": "the-edit"}
    )

    async with door.database.read() as connection:
        entries = await list_audit_entries(connection, customer["id"])

    assert [entry.action for entry in entries] == ["customer.create", "customer.edit"]
    assert (entries[1].before, entries[1].after) == ({"city": "Stuttgart"}, {"city": "Ulm"})
    assert entries[1].request_id == "the-edit"
    assert entries[1].actor.startswith("key_")


async def test_a_refused_edit_leaves_nothing(door: Door) -> None:
    customer = await created(door.distributor)

    await door.distributor.patch(f"/v1/customers/{customer['id']}", {"city": "Ulm", "country": "US"})

    async with door.database.read() as connection:
        kept = await find_customer(connection, customer["id"])
        entries = await list_audit_entries(connection, customer["id"])
    assert kept is not None
    assert (kept.city, kept.version, len(entries)) == ("Stuttgart", 1, 1)


async def test_a_resellers_own_customer_is_managed_by_it(door: Door) -> None:
    reseller = await door.reseller()

    customer = await created(reseller)

    assert customer["managing_partner_id"] == reseller.partner.id


async def test_only_the_distributor_may_take_a_customer_from_its_reseller(door: Door) -> None:
    reseller = await door.reseller()
    address = f"/v1/customers/{(await created(reseller))['id']}"

    refused = await reseller.patch(address, {"managing_partner_id": None})
    moved = await door.distributor.patch(address, {"managing_partner_id": None})

    assert problem_code(refused, 403) == "not_permitted"
    assert moved.json()["managing_partner_id"] is None


async def test_a_moved_customer_is_seen_by_its_new_reseller_and_no_more_by_the_old_one(door: Door) -> None:
    old, new = await door.reseller(), await door.reseller()
    address = f"/v1/customers/{(await created(old))['id']}"
    assert problem_code(await new.get(address), 404) == "not_found"

    await door.distributor.patch(address, {"managing_partner_id": new.partner.id})

    assert problem_code(await old.get(address), 404) == "not_found"
    assert (await new.get(address)).status_code == 200


async def test_a_customer_can_only_be_given_to_an_enabled_reseller_of_the_same_distributor(door: Door) -> None:
    other = await door.seated("distributor")
    foreign = await door.seated("reseller", parent=other.partner)
    disabled = await door.reseller()
    await door.distributor.patch(f"/v1/partners/{disabled.partner.id}", {"state": "disabled"})
    address = f"/v1/customers/{(await created(door.distributor))['id']}"

    for partner_id in (foreign.partner.id, disabled.partner.id, door.distributor.partner.id, "ptn_0", "nonsense"):
        moved = await door.distributor.patch(address, {"managing_partner_id": partner_id})
        bought = {**ACME, "company_name": "Other", "managing_partner_id": partner_id}
        new = await door.distributor.post("/v1/customers", bought)
        assert fields_of(moved) == fields_of(new) == {"managing_partner_id": "reseller_not_available"}


async def test_a_reseller_cannot_give_its_customer_to_a_sibling(door: Door) -> None:
    reseller, sibling = await door.reseller(), await door.reseller()
    customer = await created(reseller)

    moved = await reseller.patch(f"/v1/customers/{customer['id']}", {"managing_partner_id": sibling.partner.id})
    new = await reseller.post(
        "/v1/customers", {**ACME, "company_name": "Other", "managing_partner_id": sibling.partner.id}
    )

    assert fields_of(moved) == fields_of(new) == {"managing_partner_id": "reseller_not_available"}


async def test_the_operator_creates_a_customer_for_a_reseller_in_its_distributors_account(door: Door) -> None:
    reseller = await door.reseller()

    customer = await created(door.operator, managing_partner_id=reseller.partner.id)

    for seat in (reseller, door.distributor, door.operator):
        assert (await seat.get(f"/v1/customers/{customer['id']}")).status_code == 200


async def test_partners_see_their_own_customers_only(door: Door) -> None:
    reseller, sibling, stranger = await door.reseller(), await door.reseller(), await door.seated("distributor")
    own = await created(door.distributor, company_name="Own")
    managed = await created(reseller, company_name="Managed")

    async def seen(seat: Seat) -> set[str]:
        listed = (await seat.get("/v1/customers")).json()["data"]
        return {customer["company_name"] for customer in listed}

    assert await seen(door.operator) == {"Own", "Managed"}
    assert await seen(door.distributor) == {"Own", "Managed"}
    assert await seen(reseller) == {"Managed"}
    assert await seen(sibling) == await seen(stranger) == set()
    for seat in (reseller, sibling, stranger):
        assert problem_code(await seat.get(f"/v1/customers/{own['id']}"), 404) == "not_found"
        assert problem_code(await seat.patch(f"/v1/customers/{own['id']}", {"city": "Ulm"}), 404) == "not_found"
    assert problem_code(await sibling.get(f"/v1/customers/{managed['id']}"), 404) == "not_found"


async def test_a_list_goes_page_by_page_newest_first(door: Door) -> None:
    names = [f"Company {number}" for number in range(5)]
    for name in names:
        await created(door.distributor, company_name=name)

    pages: list[list[str]] = []
    path: str | None = "/v1/customers?limit=2"
    while path is not None:
        answer = await door.distributor.get(path)
        pages.append([customer["company_name"] for customer in answer.json()["data"]])
        link = answer.headers.get("link")
        assert (link is None) == (answer.json()["next_cursor"] is None)
        path = None if link is None else link.removeprefix("<").removesuffix('>; rel="next"')

    assert pages == [["Company 4", "Company 3"], ["Company 2", "Company 1"], ["Company 0"]]


async def test_customers_are_found_by_words_and_by_reseller(door: Door) -> None:
    reseller = await door.reseller()
    await created(door.distributor, company_name="Ölwerk 100%", contact_email="info@oel.example")
    await created(reseller, company_name="Other", contact_name="Zoë Ångström")

    async def found(query: str) -> list[str]:
        listed = (await door.distributor.get(f"/v1/customers?{query}")).json()["data"]
        return [customer["company_name"] for customer in listed]

    assert await found("q=ÖLWERK") == await found("q=OEL.example") == await found("q=100%25") == ["Ölwerk 100%"]
    assert await found("q=zo") == await found(f"managing_partner_id={reseller.partner.id}") == ["Other"]
    assert await found("q=öl") == await found("q=in") == await found("q=oe") == await found("q=1") == ["Ölwerk 100%"]
    assert await found("q=we") == await found("q=lw") == []  # amidst a word: for that it takes three letters
    assert await found("q=%25%25") == await found("managing_partner_id=ptn_0") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "limit_out_of_range"),
        ("limit=201", "limit_out_of_range"),
        ("limit=two", "limit_out_of_range"),
        ("cursor=nonsense", "invalid_cursor"),
        ("cursor=WzFd", "invalid_cursor"),
        ("page=2", "unknown_parameter"),
        ("limit=1&limit=2", "invalid_value"),
        ("q=%00", "invalid_value"),
    ],
)
async def test_a_list_refuses_parameters_that_it_does_not_understand(door: Door, query: str, code: str) -> None:
    assert problem_code(await door.distributor.get(f"/v1/customers?{query}"), 422) == code


async def test_the_same_key_and_request_create_one_customer(door: Door) -> None:
    keyed = {"Idempotency-Key": "order 1"}

    first = await door.distributor.post("/v1/customers", ACME, headers=keyed)
    again = await door.distributor.post("/v1/customers", dict(reversed(ACME.items())), headers=keyed)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert (again.headers["location"], again.headers["etag"]) == (first.headers["location"], first.headers["etag"])
    assert len((await door.distributor.get("/v1/customers")).json()["data"]) == 1


async def test_the_same_key_sent_many_times_at_once_creates_one_customer(door: Door) -> None:
    answers = await asyncio.gather(
        *(door.distributor.post("/v1/customers", ACME, headers={"Idempotency-Key": "k"}) for _ in range(8))
    )

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7


async def test_a_key_that_went_with_another_request_is_refused(door: Door) -> None:
    keyed = {"Idempotency-Key": "k"}
    customer = (await door.distributor.post("/v1/customers", ACME, headers=keyed)).json()

    other_body = await door.distributor.post("/v1/customers", {**ACME, "city": "Ulm"}, headers=keyed)
    other_path = await door.distributor.patch(f"/v1/customers/{customer['id']}", {"city": "Ulm"}, headers=keyed)

    assert problem_code(other_body, 422) == problem_code(other_path, 422) == "idempotency_key_reused"


async def test_a_refusal_leaves_its_key_free(door: Door) -> None:
    await created(door.distributor)
    keyed = {"Idempotency-Key": "k"}

    refused = await door.distributor.post("/v1/customers", ACME, headers=keyed)
    other = await door.distributor.post("/v1/customers", {**ACME, "company_name": "Other"}, headers=keyed)

    assert (refused.status_code, other.status_code) == (422, 201)


async def test_keys_of_different_partners_never_meet(door: Door) -> None:
    keyed = {"Idempotency-Key": "k"}

    first = await door.distributor.post("/v1/customers", ACME, headers=keyed)
    second = await (await door.seated("distributor")).post("/v1/customers", ACME, headers=keyed)

    assert first.json()["id"] != second.json()["id"]


async def test_a_repeated_edit_shows_its_first_answer_even_after_a_later_edit(door: Door) -> None:
    address = f"/v1/customers/{(await created(door.distributor))['id']}"
    keyed = {"Idempotency-Key": "k", "If-Match": '"1"'}
    first = await door.distributor.patch(address, {"city": "Ulm"}, headers=keyed)
    await door.distributor.patch(address, {"city": "Jena"})

    again = await door.distributor.patch(address, {"city": "Ulm"}, headers=keyed)

    assert (again.status_code, again.json()) == (200, first.json())
    assert (await door.distributor.get(address)).json()["city"] == "Jena"


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there"], ids=["empty", "too long", "not printable"])
async def test_a_malformed_key_is_refused(door: Door, key: str) -> None:
    answer = await door.distributor.post("/v1/customers", ACME, headers={"Idempotency-Key": key})

    assert problem_code(answer, 400) == "idempotency_key_invalid"
