"""A payment is noted once, and what was answered under a key stays the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select

from storage.tables import audit_entries
from support_door import Seat, problem_code
from support_ledger import Desk, opened_desk

DV = {"offering": "dv-automation", "clm_tier": "essentials", "inventory": [{"product": "tls-dv-single", "quantity": 5}]}


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


@pytest.fixture
async def invoice(desk: Desk) -> dict[str, Any]:
    """A document of one purchase."""
    await desk.purchase(**DV)
    (found,) = await desk.invoiced("2026-11")
    return found


async def paid(seat: Seat, invoice: dict[str, Any], key: str) -> Any:
    return await seat.client.post(f"/v1/invoices/{invoice['id']}/paid", headers={"Idempotency-Key": key})


async def audited(desk: Desk, invoice: dict[str, Any]) -> int:
    async with desk.database.read() as connection:
        query = select(func.count()).select_from(audit_entries).where(audit_entries.c.subject_id == invoice["id"])
        return await connection.scalar(query) or 0


async def test_of_many_payments_at_once_one_is_noted(desk: Desk, invoice: dict[str, Any]) -> None:
    seat = desk.door.distributor

    answers = await asyncio.gather(*(paid(seat, invoice, f"k{number}") for number in range(8)))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    assert await audited(desk, invoice) == 1


async def test_one_payment_that_is_sent_many_times_at_once_is_answered_alike(
    desk: Desk, invoice: dict[str, Any]
) -> None:
    seat = desk.door.distributor

    answers = await asyncio.gather(*(paid(seat, invoice, "k1") for _ in range(8)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["paid_at"] for answer in answers}) == 1
    assert await audited(desk, invoice) == 1


async def test_a_conflict_is_kept_under_its_key(desk: Desk, invoice: dict[str, Any]) -> None:
    seat = desk.door.distributor
    await paid(seat, invoice, "k1")

    first, again = await paid(seat, invoice, "k2"), await paid(seat, invoice, "k2")
    other = await seat.post("/v1/invoices/inv_0/paid", headers={"Idempotency-Key": "k2"})

    assert problem_code(first, 409) == problem_code(again, 409) == "invoice_already_paid"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json()["detail"] == again.json()["detail"]
    assert problem_code(other, 404) == "not_found"  # which comes before the key


async def test_a_key_whose_answer_was_a_conflict_is_taken_for_another_request(
    desk: Desk, invoice: dict[str, Any]
) -> None:
    seat = desk.door.distributor
    await paid(seat, invoice, "k1")
    await paid(seat, invoice, "k2")
    await desk.purchase(**DV, customer_id=await desk.customer(company_name="Beta SA"))
    (later, _) = await desk.invoiced("2026-12")

    assert problem_code(await paid(seat, later, "k2"), 422) == "idempotency_key_reused"
    assert (await paid(seat, later, "k3")).status_code == 200


async def test_one_conflict_that_is_asked_for_many_times_at_once_is_kept_once(
    desk: Desk, invoice: dict[str, Any]
) -> None:
    seat = desk.door.distributor
    await paid(seat, invoice, "k1")

    answers = await asyncio.gather(*(paid(seat, invoice, "k2") for _ in range(8)))

    assert {problem_code(answer, 409) for answer in answers} == {"invoice_already_paid"}


async def test_a_payment_that_could_not_be_noted_leaves_its_key_free(desk: Desk, invoice: dict[str, Any]) -> None:
    stranger = await desk.door.seated("distributor", name="Another")

    assert problem_code(await paid(stranger, invoice, "k1"), 404) == "not_found"
    assert problem_code(await paid(desk.door.distributor, {"id": "inv_0"}, "k1"), 404) == "not_found"
    assert (await paid(desk.door.distributor, invoice, "k1")).status_code == 200
