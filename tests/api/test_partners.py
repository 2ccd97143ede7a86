from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.audit import list_audit_entries
from storage.catalogue_file import parse_catalogue
from storage.catalogue_loading import load_catalogue
from support_door import NOW, RESELLER_FIELDS, Door, Seat, fields_of, problem_code

GOLD = """
prices = [
    { price_list = "gold", item = "tls-ov-single", term_months = 12, amount = 11000, effective_from = 2020-01-01 },
]
[[price_lists]]
code = "gold"
currency = "USD"
[[price_lists]]
code = "euro"
currency = "EUR"
"""


async def created(seat: Seat, **changes: Any) -> dict[str, Any]:
    answer = await seat.post("/v1/partners", {**RESELLER_FIELDS, **changes})
    assert answer.status_code == 201, answer.text
    partner: dict[str, Any] = answer.json()
    return partner


async def with_gold(door: Door) -> None:
    prices = [
        f'{{ price_list = "euro", item = "{item}", term_months = {months}, amount = 1, effective_from = 2020-01-01 }}'
        for item, months in await everything_sold(door)
    ]
    file = parse_catalogue(GOLD.replace("prices = [", f"prices = [{', '.join(prices)},"))
    async with door.database.write() as connection:
        await load_catalogue(connection, file, today=NOW.date())


async def everything_sold(door: Door) -> list[tuple[str, int]]:
    catalog = (await door.distributor.get("/v1/catalog")).json()
    items = [(product["code"], int(months)) for product in catalog["products"] for months in product["prices"]]
    return [*items, *((tier["code"], 12) for tier in catalog["clm_tiers"])]


async def test_a_distributor_creates_a_reseller_in_its_own_currency(door: Door) -> None:
    answer = await door.distributor.post("/v1/partners", RESELLER_FIELDS)

    partner = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/partners/{partner['id']}"
    assert partner == {
        "id": partner["id"],
        "kind": "reseller",
        "parent_id": door.distributor.partner.id,
        "state": "enabled",
        "currency": "USD",
        "price_list": "default",
        "tax_id": None,
        "tax_rate_bp": 0,
        "tax_note": "not_applicable",
        "created_at": "2026-11-22T09:30:00Z",
        "updated_at": "2026-11-22T09:30:00Z",
        **RESELLER_FIELDS,
    }


@pytest.mark.parametrize(
    "member", [{"currency": "EUR"}, {"kind": "reseller"}, {"parent_id": "ptn_0"}, {"id": "ptn_0"}, {"other": 1}]
)
async def test_what_the_service_sets_cannot_be_sent(door: Door, member: dict[str, Any]) -> None:
    new = await door.distributor.post("/v1/partners", {**RESELLER_FIELDS, **member})
    edited = await door.distributor.patch(f"/v1/partners/{(await created(door.distributor))['id']}", member)

    assert fields_of(new) == fields_of(edited) == dict.fromkeys(member, "unknown_field")


async def test_the_operator_creates_distributors_in_any_currency(door: Door) -> None:
    plain = await created(door.operator)
    euro = await created(door.operator, kind="distributor", currency="EUR")

    assert (plain["kind"], plain["parent_id"], plain["currency"]) == ("distributor", None, "USD")
    assert (euro["kind"], euro["currency"]) == ("distributor", "EUR")


async def test_a_reseller_has_no_resellers(door: Door) -> None:
    reseller = await door.reseller()

    for body in (RESELLER_FIELDS, {"unknown": 1}):
        assert problem_code(await reseller.post("/v1/partners", body), 403) == "not_permitted"


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({"name": ""}, {"name": "too_short"}),
        ({"name": "x" * 201}, {"name": "too_long"}),
        ({"billing_contact_email": "nobody"}, {"billing_contact_email": "invalid_email"}),
        ({"country": "Germany"}, {"country": "invalid_country"}),
        ({"tax_id": "x" * 33}, {"tax_id": "too_long"}),
        ({"tax_rate_bp": 10_001}, {"tax_rate_bp": "out_of_range"}),
        ({"tax_rate_bp": -1}, {"tax_rate_bp": "out_of_range"}),
        ({"tax_rate_bp": "1900"}, {"tax_rate_bp": "wrong_type"}),
        ({"tax_rate_bp": True}, {"tax_rate_bp": "wrong_type"}),
        ({"tax_rate_bp": 19.5}, {"tax_rate_bp": "wrong_type"}),
        ({"state": "asleep"}, {"state": "invalid_value"}),
        ({"price_list": "platinum"}, {"price_list": "unknown_price_list"}),
        ({"name": None}, {"name": "required"}),
    ],
)
async def test_a_broken_rule_of_a_partners_fields_is_named(
    door: Door, changes: dict[str, Any], broken: dict[str, str]
) -> None:
    new = await door.distributor.post("/v1/partners", {**RESELLER_FIELDS, **changes})
    edited = await door.distributor.patch(f"/v1/partners/{(await created(door.distributor))['id']}", changes)

    assert fields_of(new) == fields_of(edited) == broken


async def test_an_edit_changes_what_it_names_and_is_audited(door: Door) -> None:
    reseller = await created(door.distributor)
    address = f"/v1/partners/{reseller['id']}"
    door.clock.go_on(timedelta(hours=1))

    answer = await door.distributor.patch(address, {"name": "Südlicht", "state": "disabled"})
    unchanged = await door.distributor.patch(address, {"name": "Südlicht"})

    changed = {"name": "Südlicht", "state": "disabled", "updated_at": "2026-11-22T10:30:00Z"}
    assert answer.json() == unchanged.json() == {**reseller, **changed}
    async with door.database.read() as connection:
        entries = await list_audit_entries(connection, reseller["id"])
    assert [entry.action for entry in entries] == ["partner.create", "partner.edit"]
    assert entries[1].before == {"name": "Nordlicht", "state": "enabled"}
    assert entries[1].after == {"name": "Südlicht", "state": "disabled"}


async def test_a_partner_edits_itself_but_neither_its_state_nor_its_price_list(door: Door) -> None:
    await with_gold(door)
    reseller = await door.reseller()
    for seat in (reseller, door.distributor):
        address = f"/v1/partners/{seat.partner.id}"
        assert (await seat.patch(address, {"name": "Renamed", "tax_id": "DE1"})).json()["name"] == "Renamed"
        assert problem_code(await seat.patch(address, {"state": "disabled"}), 403) == "not_permitted"
        assert problem_code(await seat.patch(address, {"price_list": "gold"}), 403) == "not_permitted"
        assert (await seat.patch(address, {"state": "enabled", "price_list": "default"})).status_code == 200


async def test_a_price_list_must_be_in_the_accounts_currency(door: Door) -> None:
    await with_gold(door)
    reseller = await created(door.distributor, price_list="gold")

    answer = await door.distributor.patch(f"/v1/partners/{reseller['id']}", {"price_list": "euro"})
    cleared = await door.distributor.patch(f"/v1/partners/{reseller['id']}", {"price_list": None})

    assert reseller["price_list"] == "gold"
    assert fields_of(answer) == {"price_list": "currency_mismatch"}
    assert cleared.json()["price_list"] == "default"


async def test_partners_see_themselves_and_their_resellers_only(door: Door) -> None:
    reseller, sibling, stranger = await door.reseller(), await door.reseller(), await door.seated("distributor")

    async def seen(seat: Seat) -> set[str]:
        return {partner["id"] for partner in (await seat.get("/v1/partners")).json()["data"]}

    assert await seen(reseller) == {reseller.partner.id}
    assert await seen(door.distributor) == {door.distributor.partner.id, reseller.partner.id, sibling.partner.id}
    assert await seen(stranger) == {stranger.partner.id}
    assert len(await seen(door.operator)) == 5
    for seat, other in ((reseller, sibling), (reseller, door.distributor), (stranger, reseller)):
        address = f"/v1/partners/{other.partner.id}"
        assert problem_code(await seat.get(address), 404) == "not_found"
        assert problem_code(await seat.patch(address, {"name": "Mine"}), 404) == "not_found"


async def test_the_partners_list_goes_page_by_page(door: Door) -> None:
    resellers = [(await door.reseller()).partner.id for _ in range(3)]

    first = (await door.distributor.get("/v1/partners?limit=2")).json()
    second = (await door.distributor.get(f"/v1/partners?limit=2&cursor={first['next_cursor']}")).json()

    listed = [partner["id"] for partner in (*first["data"], *second["data"])]
    assert listed == [*reversed(resellers), door.distributor.partner.id]
    assert second["next_cursor"] is None


async def test_the_same_key_creates_one_reseller(door: Door) -> None:
    answers = [
        await door.distributor.post("/v1/partners", RESELLER_FIELDS, headers={"Idempotency-Key": "k"}) for _ in "12"
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
