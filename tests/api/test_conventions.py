from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from intake.shown_once import KEY_PREFIX, new_secret_text
from storage.tables import api_keys
from support_door import ACME, NOW, RESELLER_FIELDS, Door, fields_of, problem_code

PATHS = ("/v1/catalog", "/v1/partners", "/v1/customers", "/v1/customers/cus_0", "/v1/partners/ptn_0")


@pytest.mark.parametrize("path", ["/v1/me", *PATHS])
async def test_nobody_is_answered_without_a_key(door: Door, path: str) -> None:
    answer = await door.client().get(path)

    assert problem_code(answer, 401) == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_that_is_none_is_refused_however_it_looks(door: Door) -> None:
    key = door.distributor.key
    wrong = (
        "",
        "Bearer",
        f"Basic {key}",
        f"Bearer {key[:-1]}",
        f"Bearer {key}x",
        f"Bearer {new_secret_text(KEY_PREFIX)}",
    )

    for header in (*wrong, "Bearer prn_ü_x"):
        answer = await door.client().get("/v1/me", headers=[(b"authorization", header.encode())])
        assert problem_code(answer, 401) == "unauthenticated"


async def test_a_key_is_refused_once_it_expired_or_was_revoked(door: Door) -> None:
    seat = await door.with_key(door.distributor.partner, ("read",), expires_at=NOW + timedelta(hours=1))
    assert (await seat.get("/v1/me")).status_code == 200

    door.clock.go_on(timedelta(hours=1))

    assert problem_code(await seat.get("/v1/me"), 401) == "unauthenticated"
    async with door.database.write() as connection:
        await connection.execute(update(api_keys).values(revoked_at=NOW))
    assert problem_code(await door.operator.get("/v1/me"), 401) == "unauthenticated"


async def test_of_a_key_only_a_hash_is_stored(door: Door) -> None:
    async with door.database.read() as connection:
        rows = [str(row) for row in await connection.execute(text("SELECT * FROM api_keys"))]

    assert not any(seat.key in row for row in rows for seat in (door.operator, door.distributor))


async def test_me_says_who_one_is_and_what_one_may_do(door: Door) -> None:
    seat = await door.with_key(door.distributor.partner, ("admin", "read"))

    answer = (await seat.get("/v1/me")).json()

    assert answer["partner"]["id"] == door.distributor.partner.id
    assert answer["kind"] == "distributor"
    assert answer["scopes"] == ["read", "admin"]
    assert answer["currency"] == "USD"


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/catalog", "read"),
        ("GET", "/v1/customers", "read"),
        ("GET", "/v1/customers/cus_0", "read"),
        ("POST", "/v1/customers", "write"),
        ("PATCH", "/v1/customers/cus_0", "write"),
        ("GET", "/v1/partners", "read"),
        ("POST", "/v1/partners", "admin"),
        ("PATCH", "/v1/partners/ptn_0", "admin"),
    ],
)
async def test_each_operation_needs_its_scope(door: Door, method: str, path: str, scope: str) -> None:
    others = tuple(one for one in ("read", "write", "refund", "admin") if one != scope)
    seat = await door.with_key(door.distributor.partner, others)

    answer = await seat.client.request(method, path, json={"unknown": 1})

    assert problem_code(answer, 403) == "missing_scope"
    assert answer.json()["scope"] == scope


async def test_a_disabled_reseller_learns_who_it_is_and_nothing_else(door: Door) -> None:
    reseller = await door.reseller()
    await door.distributor.patch(f"/v1/partners/{reseller.partner.id}", {"state": "disabled"})

    for path in PATHS:
        assert problem_code(await reseller.get(path), 403) == "partner_disabled"
    assert problem_code(await reseller.post("/v1/customers", ACME), 403) == "partner_disabled"
    assert (await reseller.get("/v1/me")).json()["partner"]["state"] == "disabled"


async def test_an_enabled_again_reseller_goes_on(door: Door) -> None:
    reseller = await door.reseller()
    for state in ("disabled", "enabled"):
        await door.distributor.patch(f"/v1/partners/{reseller.partner.id}", {"state": state})

    assert (await reseller.get("/v1/customers")).status_code == 200


async def test_the_key_comes_before_the_scope_and_both_before_the_body(door: Door) -> None:
    unreadable: dict[str, Any] = {"content": b"{", "headers": {"Idempotency-Key": ""}}
    reader = await door.with_key(door.distributor.partner, ("read",))

    assert problem_code(await door.client().post("/v1/customers", **unreadable), 401) == "unauthenticated"
    assert problem_code(await reader.client.post("/v1/customers", **unreadable), 403) == "missing_scope"
    assert problem_code(await door.distributor.client.post("/v1/customers", **unreadable), 400) == "malformed_json"


async def test_what_is_not_there_comes_before_the_bodys_shape(door: Door) -> None:
    for path in ("/v1/customers/cus_0", "/v1/partners/ptn_0"):
        answer = await door.distributor.client.patch(path, content=b"{")
        assert problem_code(answer, 404) == "not_found"


async def test_the_shape_comes_before_the_key_and_the_key_before_the_version(door: Door) -> None:
    address = (await door.distributor.post("/v1/customers", ACME)).headers["location"]
    stale = {"If-Match": '"9"', "Idempotency-Key": "k"}
    await door.distributor.patch(address, {"city": "Ulm"}, headers={"Idempotency-Key": "k"})

    shape = await door.distributor.patch(address, {"city": 1}, headers=stale)
    replay = await door.distributor.patch(address, {"city": "Ulm"}, headers=stale)
    reused = await door.distributor.patch(address, {"city": "Jena"}, headers=stale)

    assert problem_code(shape, 422) == "wrong_type"
    assert (replay.status_code, replay.headers["idempotency-replayed"]) == (200, "true")
    assert problem_code(reused, 422) == "idempotency_key_reused"


async def test_the_version_comes_before_the_rules(door: Door) -> None:
    address = (await door.distributor.post("/v1/customers", ACME)).headers["location"]

    answer = await door.distributor.patch(address, {"country": "US"}, headers={"If-Match": '"9"'})

    assert problem_code(answer, 412) == "version_conflict"


@pytest.mark.parametrize("body", ["", "{", "[1,]", '"\\ud800"', "\ufeff{}"])
async def test_a_body_that_is_not_json_is_told_so(door: Door, body: str) -> None:
    answer = await door.distributor.client.post("/v1/customers", content=body.encode())

    assert problem_code(answer, 400) == "malformed_json"


@pytest.mark.parametrize("body", ["[]", "1", "null", '"text"'])
async def test_a_body_that_is_no_object_is_refused(door: Door, body: str) -> None:
    answer = await door.distributor.client.post("/v1/customers", content=body.encode())

    assert answer.status_code == 422


async def test_a_body_that_is_far_too_large_is_refused(door: Door) -> None:
    answer = await door.distributor.client.post("/v1/customers", content=b" " * 1_100_000)

    assert problem_code(answer, 413) == "body_too_large"


async def test_the_first_errors_code_is_the_problems_and_the_input_is_not_echoed(door: Door) -> None:
    answer = await door.distributor.post("/v1/customers", {**ACME, "city": 7, "secret": "s3cr3t"})

    assert problem_code(answer, 422) == "wrong_type"
    assert fields_of(answer) == {"city": "wrong_type", "secret": "unknown_field"}
    assert "s3cr3t" not in answer.text


@pytest.mark.parametrize("path", ["/", "/v2/customers", "/v1/customers/", "/v1/nothing", "/redoc"])
async def test_an_unknown_path_is_not_found(door: Door, path: str) -> None:
    answer = await door.distributor.get(path)

    assert problem_code(answer, 404) == "not_found"
    assert answer.json()["instance"] == path


@pytest.mark.parametrize("id_", ["x", "cus_%00", "cus_%F0%9F%A6%84", "'%20OR%201=1", "%25", "a" * 3000])
async def test_an_id_that_names_nothing_is_not_found_whatever_its_form(door: Door, id_: str) -> None:
    for resource in ("customers", "partners"):
        assert problem_code(await door.distributor.get(f"/v1/{resource}/{id_}"), 404) == "not_found"


async def test_a_method_that_an_address_does_not_have_is_told_so(door: Door) -> None:
    answer = await door.distributor.client.delete("/v1/customers")
    assert problem_code(answer, 405) == "method_not_allowed"
    assert answer.headers["allow"] == "GET, HEAD, POST"
    # Not what the address of a user has, to which this one leads as well.
    answer = await door.distributor.client.delete("/v1/users/password")
    assert (problem_code(answer, 405), answer.headers["allow"]) == ("method_not_allowed", "POST")


async def test_a_failure_tells_its_request_id_and_nothing_of_its_cause(door: Door) -> None:
    async with door.database.write() as connection:
        await connection.execute(text("ALTER TABLE customers RENAME TO gone"))

    answer = await door.distributor.get("/v1/customers", headers={"X-Request-Id": "the-one"})

    assert problem_code(answer, 500) == "internal_error"
    assert answer.json()["request_id"] == "the-one"
    assert "gone" not in answer.text
    assert "SELECT" not in answer.text


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
async def test_a_proper_request_id_comes_back(door: Door, given: str) -> None:
    answer = await door.distributor.get("/v1/me", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a/b", "<script>"])
async def test_an_improper_request_id_is_replaced(door: Door, given: str) -> None:
    answer = await door.distributor.get("/v1/nothing", headers={"X-Request-Id": given})

    assert answer.headers["x-request-id"].startswith("req_")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_a_trace_of_the_client_is_accepted(door: Door) -> None:
    trace = f"00-{'a' * 32}-{'b' * 16}-01"

    assert (await door.distributor.get("/v1/me", headers={"traceparent": trace})).status_code == 200


async def test_a_problems_type_leads_to_a_page(door: Door) -> None:
    refused = await door.distributor.post("/v1/partners", {**RESELLER_FIELDS, "kind": "operator"})

    page = await door.client().get(refused.json()["type"])

    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "unknown_field" in page.text
    assert problem_code(await door.client().get("/problems/no_such_code"), 404) == "not_found"
