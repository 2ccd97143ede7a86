"""Webhooks at the door: who may have them, what they are refused for, and what is shown of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from storage.audit import list_audit_entries
from support_door import Door, Seat, fields_of, opened_door, problem_code
from support_ledger import Desk, opened_desk
from support_webhooks import bought, deliveries, suspended

URL = "https://hooks.example.com/perennial"


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def created(seat: Seat, **fields: Any) -> dict[str, Any]:
    answer = await seat.post("/v1/webhooks", {"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_new_webhook_shows_its_secret_once_and_says_where_it_is(door: Door) -> None:
    answer = await door.distributor.post("/v1/webhooks", {"url": URL, "description": "ours", "kinds": ["renewed"]})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/webhooks/{body['id']}"
    assert body.pop("secret").startswith("whsec_")
    assert body == {
        "id": body["id"],
        "partner_id": door.distributor.partner.id,
        "url": URL,
        "description": "ours",
        "kinds": ["renewed"],
        "state": "enabled",
        "state_reason": None,
        "previous_secret_expires_at": None,
        "created_at": "2026-11-22T09:30:00Z",
        "updated_at": "2026-11-22T09:30:00Z",
    }
    assert (await door.distributor.get(answer.headers["location"])).json() == body
    assert (await door.distributor.get("/v1/webhooks")).json()["data"] == [body]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://hooks.example.com/", "invalid_url"),
        ("https://user@hooks.example.com/", "invalid_url"),
        ("http://2130706433/", "invalid_url"),
        ("nonsense", "invalid_url"),
        ("https://hooks.example.com:22/", "webhook_port_not_allowed"),
        ("http://127.0.0.1/", "webhook_address_not_public"),
        ("http://localhost/", "webhook_address_not_public"),
        ("http://[::ffff:10.0.0.1]/", "webhook_address_not_public"),
    ],
)
async def test_an_address_that_must_not_be_told_is_refused(door: Door, url: str, code: str) -> None:
    created_at_first = await created(door.distributor)
    for answer in (
        await door.distributor.post("/v1/webhooks", {"url": url}),
        await door.distributor.patch(f"/v1/webhooks/{created_at_first['id']}", {"url": url}),
    ):
        assert problem_code(answer, 422) == code
        assert fields_of(answer) == {"url": code}


async def test_each_code_of_an_address_is_told(door: Door) -> None:
    ports = await door.distributor.post("/v1/webhooks", {"url": f"{URL[:25]}:1/"})
    assert problem_code(ports, 422) == "webhook_port_not_allowed"
    assert problem_code(await door.distributor.post("/v1/webhooks", {"url": "x"}), 422) == "invalid_url"
    inside = await door.distributor.post("/v1/webhooks", {"url": "http://10.0.0.1/"})
    assert problem_code(inside, 422) == "webhook_address_not_public"


async def test_a_kind_that_does_not_exist_is_named(door: Door) -> None:
    answer = await door.distributor.post("/v1/webhooks", {"url": URL, "kinds": ["renewed", "paid"]})
    assert problem_code(answer, 422) == "unknown_event_kind"
    assert fields_of(answer) == {"kinds[1]": "unknown_event_kind"}
    assert problem_code(await door.distributor.post("/v1/webhooks", {"url": URL, "kinds": []}), 422) == "too_short"
    assert problem_code(await door.distributor.post("/v1/webhooks", {}), 422) == "required"
    assert problem_code(await door.distributor.post("/v1/webhooks", {"url": URL, "x": 1}), 422) == "unknown_field"


async def test_a_partner_has_twenty_at_most(door: Door) -> None:
    *_, last = [await created(door.distributor) for _ in range(20)]
    assert problem_code(await door.distributor.post("/v1/webhooks", {"url": URL}), 409) == "webhook_limit"
    await door.distributor.client.delete(f"/v1/webhooks/{last['id']}")
    await created(door.distributor)


async def test_a_change_changes_what_it_names(door: Door) -> None:
    hook = await created(door.distributor, kinds=["renewed"], description="ours")
    path = f"/v1/webhooks/{hook['id']}"
    changed = (await door.distributor.patch(path, {"url": "https://other.example.com/", "kinds": None})).json()
    assert (changed["url"], changed["kinds"], changed["description"]) == ("https://other.example.com/", None, "ours")
    assert "secret" not in changed
    off = (await door.distributor.patch(path, {"state": "disabled"})).json()
    assert off["state"] == "disabled"
    assert (await door.distributor.patch(path, {"state": "deleted"})).status_code == 422
    async with door.database.read() as connection:
        entries = await list_audit_entries(connection, hook["id"])
    assert [entry.action for entry in entries] == ["webhook.create", "webhook.edit", "webhook.edit"]
    assert entries[2].after == {"state": "disabled"}


async def test_a_rotation_shows_the_new_secret_once_and_until_when_the_old_one_signs(door: Door) -> None:
    hook = await created(door.distributor)
    path = f"/v1/webhooks/{hook['id']}"
    rotated = (await door.distributor.post(f"{path}/rotate-secret")).json()
    assert rotated["secret"] != hook["secret"]
    until: str = rotated["previous_secret_expires_at"]
    assert until == "2026-11-23T09:30:00Z"
    again = (await door.distributor.post(f"{path}/rotate-secret", {"overlap_hours": 0})).json()
    assert len({hook["secret"], rotated["secret"], again["secret"]}) == 3
    assert again["previous_secret_expires_at"] is None
    refused = await door.distributor.post(f"{path}/rotate-secret", {"overlap_hours": 169})
    assert problem_code(refused, 422) == "out_of_range"
    assert "secret" not in (await door.distributor.get(path)).json()


async def test_a_deleted_webhook_is_nowhere(door: Door) -> None:
    hook = await created(door.distributor)
    path = f"/v1/webhooks/{hook['id']}"
    assert (await door.distributor.client.delete(path)).status_code == 204
    for answer in (
        await door.distributor.get(path),
        await door.distributor.patch(path, {"state": "enabled"}),
        await door.distributor.client.delete(path),
        await door.distributor.post(f"{path}/rotate-secret"),
        await door.distributor.get(f"{path}/deliveries"),
    ):
        assert problem_code(answer, 404) == "not_found"
    assert (await door.distributor.get("/v1/webhooks")).json()["data"] == []


async def test_to_read_needs_read_and_to_change_needs_admin(door: Door) -> None:
    hook = await created(door.distributor)
    path = f"/v1/webhooks/{hook['id']}"
    reader = await door.with_key(door.distributor.partner, ("read", "write", "refund"))
    admin = await door.with_key(door.distributor.partner, ("admin",))
    for asked in ("/v1/webhooks", path, f"{path}/deliveries"):
        assert (await reader.get(asked)).status_code == 200
        assert problem_code(await admin.get(asked), 403) == "missing_scope"
    for answer in (
        await reader.post("/v1/webhooks", {"url": URL}),
        await reader.patch(path, {"state": "disabled"}),
        await reader.client.delete(path),
        await reader.post(f"{path}/rotate-secret"),
        await reader.post(f"{path}/deliveries/tel_0/retry"),
    ):
        assert problem_code(answer, 403) == "missing_scope"


async def test_a_partner_sees_its_own_and_those_of_the_resellers_below_it(door: Door) -> None:
    reseller = await door.reseller()
    stranger = await door.seated("distributor", name="Another")
    theirs, ours = await created(reseller), await created(door.distributor)

    async def seen(seat: Seat) -> set[str]:
        return {hook["id"] for hook in (await seat.get("/v1/webhooks")).json()["data"]}

    assert await seen(reseller) == {theirs["id"]}
    assert await seen(door.distributor) == await seen(door.operator) == {theirs["id"], ours["id"]}
    assert await seen(stranger) == set()
    for seat, hook in ((reseller, ours), (stranger, ours), (stranger, theirs)):
        path = f"/v1/webhooks/{hook['id']}"
        for answer in (
            await seat.get(path),
            await seat.patch(path, {"state": "disabled"}),
            await seat.client.delete(path),
            await seat.get(f"{path}/deliveries"),
        ):
            assert problem_code(answer, 404) == "not_found"


async def test_deliveries_come_page_by_page_newest_first_and_by_status(desk: Desk) -> None:
    hook = await created(desk.door.distributor)
    found = await bought(desk)
    await suspended(desk, found)
    path = f"/v1/webhooks/{hook['id']}/deliveries"
    first = (await desk.door.distributor.get(path, params={"limit": "2"})).json()
    second = (await desk.door.distributor.get(path, params={"limit": "2", "cursor": first["next_cursor"]})).json()
    assert [one["version"] for one in (*first["data"], *second["data"])] == [3, 2, 1]
    assert second["next_cursor"] is None
    assert len(await deliveries(desk, hook["id"], status="pending")) == 3
    assert await deliveries(desk, hook["id"], status="sent") == []
    assert problem_code(await desk.door.distributor.get(path, params={"status": "lost"}), 422) == "invalid_value"
    feed = (await desk.door.distributor.get("/v1/events")).json()["data"]
    assert [one["event_id"] for one in await deliveries(desk, hook["id"])] == [event["id"] for event in feed]
    off = {"state": "disabled"}
    await desk.door.distributor.patch(f"/v1/webhooks/{hook['id']}", off)
    told = await desk.door.distributor.post(f"{path}/{first['data'][0]['id']}/retry")
    assert problem_code(told, 409) == "webhook_disabled"
    nothing = await desk.door.distributor.post(f"{path}/tel_0/retry")
    assert problem_code(nothing, 404) == "not_found"


async def test_telling_again_is_audited_and_with_its_key_done_once(desk: Desk) -> None:
    hook = await created(desk.door.distributor)
    await bought(desk)
    (told, *_) = await deliveries(desk, hook["id"])
    path = f"/v1/webhooks/{hook['id']}/deliveries/{told['id']}/retry"
    key = {"Idempotency-Key": "once more"}
    first, again = [await desk.door.distributor.post(path, headers=key) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200), first.text
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    other = await desk.door.distributor.post(f"/v1/webhooks/{hook['id']}/rotate-secret", headers=key)
    assert problem_code(other, 422) == "idempotency_key_reused"
    async with desk.database.read() as connection:
        entries = await list_audit_entries(connection, hook["id"])
    retries = [entry.after for entry in entries if entry.action == "webhook.retry"]
    assert retries == [{"delivery_id": told["id"]}]


async def test_without_the_engine_nothing_is_told_again(database_url: str) -> None:
    async with opened_door(database_url) as door:
        hook = await created(door.distributor)
        answer = await door.distributor.post(f"/v1/webhooks/{hook['id']}/deliveries/tel_0/retry")
        assert problem_code(answer, 503) == "engine_unreachable"


async def test_a_disabled_reseller_has_no_say(door: Door) -> None:
    reseller = await door.reseller()
    await door.distributor.patch(f"/v1/partners/{reseller.partner.id}", {"state": "disabled"})
    assert problem_code(await reseller.get("/v1/webhooks"), 403) == "partner_disabled"
    assert problem_code(await reseller.get("/v1/events"), 403) == "partner_disabled"
