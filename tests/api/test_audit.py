"""The audit trail at the door: each change once, newest first, for who may see it, and for good."""

from __future__ import annotations

import pytest
from sqlalchemy import Executable, delete, update
from sqlalchemy.exc import DBAPIError

from storage.tables import audit_entries
from support_door import Door, problem_code

PATH = "/v1/audit"


async def test_each_change_is_there_with_who_when_before_and_after(door: Door) -> None:
    reseller = await door.reseller()
    path = f"/v1/partners/{reseller.partner.id}"
    changed = await door.distributor.patch(path, {"state": "disabled"}, headers={"X-Request-Id": "a-request"})
    assert changed.status_code == 200, changed.text
    (entry, *_) = (await door.distributor.get(PATH)).json()["data"]
    me = (await door.distributor.get("/v1/me")).json()
    assert entry == {
        "id": entry["id"],
        "at": "2026-11-22T09:30:00Z",
        "partner_id": door.distributor.partner.id,
        "actor": me["key_id"],
        "action": "partner.edit",
        "subject_id": reseller.partner.id,
        "before": {"state": "enabled"},
        "after": {"state": "disabled"},
        "request_id": "a-request",
    }
    await door.distributor.patch(path, {"state": "disabled"})
    assert (await door.distributor.get(PATH)).json()["data"][0] == entry


async def test_it_comes_page_by_page_and_by_who_and_what(door: Door) -> None:
    keys = [(await door.distributor.post("/v1/api-keys", {"scopes": ["read"]})).json() for _ in range(3)]
    await door.distributor.client.delete(f"/v1/api-keys/{keys[0]['id']}")
    first = (await door.distributor.get(PATH, params={"limit": "3"})).json()
    second = (await door.distributor.get(PATH, params={"limit": "3", "cursor": first["next_cursor"]})).json()
    actions = [entry["action"] for entry in (*first["data"], *second["data"])]
    assert actions == ["api_key.revoke", "api_key.create", "api_key.create", "api_key.create"]
    of_one = (await door.distributor.get(PATH, params={"subject_id": keys[0]["id"]})).json()["data"]
    assert [entry["action"] for entry in of_one] == ["api_key.revoke", "api_key.create"]
    for name, value, count in (("action", "api_key.revoke", 1), ("actor", "key_0", 0)):
        assert len((await door.distributor.get(PATH, params={name: value})).json()["data"]) == count
    assert problem_code(await door.distributor.get(PATH, params={"who": "me"}), 422) == "unknown_parameter"


async def test_a_partner_sees_what_it_and_those_below_it_did(door: Door) -> None:
    reseller, stranger = await door.reseller(), await door.seated("distributor")
    await reseller.post("/v1/api-keys", {"scopes": ["read"]})
    by = {"partner_id": reseller.partner.id}
    assert len((await door.distributor.get(PATH, params=by)).json()["data"]) == 1
    assert len((await door.operator.get(PATH, params=by)).json()["data"]) == 1
    assert {entry["partner_id"] for entry in (await reseller.get(PATH)).json()["data"]} == {reseller.partner.id}
    assert (await stranger.get(PATH)).json()["data"] == []
    reader = await door.seated("distributor", scopes=("read",))
    assert problem_code(await reader.get(PATH), 403) == "missing_scope"


@pytest.mark.parametrize("change", [update(audit_entries).values(actor="nobody"), delete(audit_entries)])
async def test_the_database_refuses_to_change_it(door: Door, change: Executable) -> None:
    await door.distributor.post("/v1/api-keys", {"scopes": ["read"]})
    with pytest.raises(DBAPIError, match="append-only"):
        async with door.database.write() as connection:
            await connection.execute(change)
    assert len((await door.distributor.get(PATH)).json()["data"]) == 1
