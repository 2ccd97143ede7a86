"""API keys at the door: who may give out which, what is shown of them, and that a revoked one opens nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from intake.shown_once import KEY_PREFIX, is_well_formed
from storage.audit import list_audit_entries
from support_door import Door, Seat, problem_code

PATH = "/v1/api-keys"
KEY = {"Idempotency-Key": "a key for the shop"}


async def created(seat: Seat, **fields: Any) -> dict[str, Any]:
    answer = await seat.post(PATH, {"scopes": ["read"], **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def works(door: Door, text: str) -> bool:
    async with door.client({"Authorization": f"Bearer {text}"}) as client:
        return (await client.get("/v1/me")).status_code == 200


async def test_a_new_key_is_shown_once_and_opens_the_door(door: Door) -> None:
    answer = await door.distributor.post(
        PATH, {"scopes": ["write", "read"], "name": "Storefront", "expires_at": "2027-01-01T00:00:00Z"}
    )
    body = answer.json()
    text = body.pop("key")
    assert (answer.status_code, answer.headers["location"]) == (201, f"{PATH}/{body['id']}")
    assert is_well_formed(text, KEY_PREFIX)
    assert text.startswith(body["prefix"])
    assert body == {
        "id": body["id"],
        "partner_id": door.distributor.partner.id,
        "name": "Storefront",
        "prefix": text[:12],
        "scopes": ["read", "write"],
        "created_at": "2026-11-22T09:30:00Z",
        "expires_at": "2027-01-01T00:00:00Z",
        "last_used_at": None,
        "revoked_at": None,
    }
    assert (await door.distributor.get(answer.headers["location"])).json() == body
    assert (await door.distributor.get(PATH)).json()["data"][0] == body
    async with door.client({"Authorization": f"Bearer {text}"}) as client:
        assert (await client.get("/v1/me")).json()["scopes"] == ["read", "write"]
        assert problem_code(await client.get(PATH), 403) == "missing_scope"


async def test_a_repeat_shows_the_same_key_without_its_text(door: Door) -> None:
    first, again = [await door.distributor.post(PATH, {"scopes": ["read"]}, headers=KEY) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == {**first.json(), "key": None}
    other = await door.distributor.post(PATH, {"scopes": ["write"]}, headers=KEY)
    assert problem_code(other, 422) == "idempotency_key_reused"


async def test_a_key_ends_when_it_expires(door: Door) -> None:
    text = (await created(door.distributor, expires_at="2026-11-22T10:00:00Z"))["key"]
    door.clock.go_on(timedelta(minutes=30) - timedelta(microseconds=1))
    assert await works(door, text)
    door.clock.go_on(timedelta(microseconds=1))
    assert not await works(door, text)


async def test_a_revoked_key_opens_nothing_and_keys_overlap_until_then(door: Door) -> None:
    old, new = [await created(door.distributor) for _ in range(2)]
    assert await works(door, old["key"])
    assert await works(door, new["key"])
    for _ in range(2):
        answer = await door.distributor.client.delete(f"{PATH}/{old['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
    assert not await works(door, old["key"])
    assert await works(door, new["key"])
    assert (await door.distributor.get(f"{PATH}/{old['id']}")).json()["revoked_at"] == "2026-11-22T09:30:00Z"
    async with door.database.read() as connection:
        entries = await list_audit_entries(connection, old["id"])
    assert [entry.action for entry in entries] == ["api_key.create", "api_key.revoke"]
    assert old["key"] not in str(entries)


async def test_a_key_remembers_its_last_use_to_the_hour(door: Door) -> None:
    key = await created(door.distributor)
    at = f"{PATH}/{key['id']}"
    seen = []
    for minutes in (10, 20, 45):
        door.clock.go_on(timedelta(minutes=minutes))
        assert await works(door, key["key"])
        seen.append((await door.distributor.get(at)).json()["last_used_at"])
    assert seen == ["2026-11-22T09:40:00Z", "2026-11-22T09:40:00Z", "2026-11-22T10:45:00Z"]


async def test_a_key_grants_only_scopes_that_it_holds(door: Door) -> None:
    seat = await door.seated("distributor", scopes=("read", "admin"))
    assert (await created(seat, scopes=["read", "admin"]))["scopes"] == ["read", "admin"]
    answer = await seat.post(PATH, {"scopes": ["read", "refund"]})
    assert problem_code(answer, 403) == "missing_scope"
    assert answer.json()["scope"] == "refund"
    assert problem_code(await door.distributor.post(PATH, {"scopes": ["ops"]}), 403) == "missing_scope"


async def test_ops_is_the_operators_own_scope(door: Door) -> None:
    assert (await created(door.operator, scopes=["ops"]))["scopes"] == ["ops"]
    below = {"scopes": ["read", "ops"], "partner_id": door.distributor.partner.id}
    answer = await door.operator.post(PATH, below)
    assert problem_code(answer, 422) == "scope_not_grantable"
    assert answer.json()["errors"][0]["field"] == "scopes[1]"


async def test_a_distributor_gives_keys_to_its_resellers_and_to_nobody_else(door: Door) -> None:
    reseller, stranger = await door.reseller(), await door.seated("distributor")
    key = await created(door.distributor, partner_id=reseller.partner.id)
    assert key["partner_id"] == reseller.partner.id
    assert (await reseller.get(PATH)).json()["data"][0]["id"] == key["id"]
    path = f"{PATH}/{key['id']}"
    for seat, partner in ((stranger, reseller), (reseller, door.distributor)):
        refused = await seat.post(PATH, {"scopes": ["read"], "partner_id": partner.partner.id})
        assert problem_code(refused, 404) == "not_found"
    assert problem_code(await stranger.get(path), 404) == "not_found"
    assert problem_code(await stranger.client.delete(path), 404) == "not_found"
    own = {one["id"] for one in (await door.distributor.get(PATH)).json()["data"]}
    assert own & {one["id"] for one in (await stranger.get(PATH)).json()["data"]} == set()
    assert await works(door, key["key"])


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"scopes": []}, "too_short", "scopes"),
        ({"scopes": None}, "required", "scopes"),
        ({"scopes": ["all"]}, "invalid_value", "scopes[0]"),
        ({"scopes": ["read", "read"]}, "duplicate_scope", "scopes[1]"),
        ({"expires_at": "2026-11-22T09:30:00Z"}, "expires_at_past", "expires_at"),
        ({"expires_at": "2026-12-22"}, "invalid_instant", "expires_at"),
        ({"expires_at": "2026-13-22T09:30:00Z"}, "invalid_instant", "expires_at"),
        ({"prefix": "prn_"}, "unknown_field", "prefix"),
        ({"key": "prn_"}, "unknown_field", "key"),
    ],
)
async def test_what_is_wrong_is_named(door: Door, fields: dict[str, Any], code: str, field: str) -> None:
    answer = await door.distributor.post(PATH, {"scopes": ["read"], **fields})
    assert problem_code(answer, 422) == code
    assert answer.json()["errors"][0]["field"] == field


async def test_wrong_instants_doubled_scopes_and_past_ends_have_codes(door: Door) -> None:
    wrong = await door.distributor.post(PATH, {"scopes": ["read"], "expires_at": "tomorrow"})
    assert problem_code(wrong, 422) == "invalid_instant"
    twice = await door.distributor.post(PATH, {"scopes": ["read", "read"]})
    assert problem_code(twice, 422) == "duplicate_scope"
    past = await door.distributor.post(PATH, {"scopes": ["read"], "expires_at": "2026-11-22T09:29:59Z"})
    assert problem_code(past, 422) == "expires_at_past"
