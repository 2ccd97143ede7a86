from __future__ import annotations

from collections.abc import Mapping

import pytest

from api.problem_texts import PROBLEM_TEXTS
from support_door import ACME, Door, opened_door


async def test_the_process_says_that_it_is_up_without_a_key(door: Door) -> None:
    answer = await door.client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


async def test_it_is_ready_when_database_engine_and_workers_answer(door: Door) -> None:
    answer = await door.client().get("/readyz")

    checks = {"database": True, "engine": True, "workers": True}
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "checks": checks})


@pytest.mark.parametrize("part", ["engine", "workers"])
async def test_it_is_not_ready_while_a_part_is_out_of_reach(database_url: str, part: str) -> None:
    async def readiness() -> Mapping[str, bool]:
        return {"engine": True, "workers": True, part: False}

    async with opened_door(database_url, readiness=readiness) as door:
        answer = await door.client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "not_ready"
    assert answer.json()["checks"][part] is False


async def test_requests_are_counted_under_their_route_and_never_under_an_id(door: Door) -> None:
    address = (await door.distributor.post("/v1/customers", ACME)).headers["location"]
    await door.distributor.get(address)
    await door.distributor.get("/nothing/secret-token")

    numbers = (await door.client().get("/metrics")).text

    assert 'http_requests_total{method="GET",route="/v1/customers/{customer_id}",status="200"} 1.0' in numbers
    assert 'http_requests_total{method="GET",route="none",status="404"} 1.0' in numbers
    assert address not in numbers
    assert "secret-token" not in numbers


async def test_the_document_describes_every_operation(door: Door) -> None:
    document = (await door.client().get("/openapi.json")).json()

    schemas = document["components"]["schemas"]
    body = document["paths"]["/v1/customers"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schemas[body["$ref"].rpartition("/")[2]]["required"] == [
        *("company_name", "contact_name", "contact_email", "address_line1", "city", "country")
    ]
    assert {"PurchaseBody", "ProductQuantity", "RefundBody", "Problem"} <= schemas.keys()
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            assert described["summary"], (method, path)
            assert "x-problem-codes" in described, (method, path)
            assert "x-scope" in described, (method, path)
            assert set(described["x-problem-codes"]) <= PROBLEM_TEXTS.keys(), (method, path)
            assert any("content" in answer for answer in described["responses"].values()), (method, path)
            given = [(parameter["in"], parameter["name"]) for parameter in described.get("parameters", [])]
            assert len(given) == len(set(given)), (method, path)
