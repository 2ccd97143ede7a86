"""Files of bulk jobs at the door: what is wrong with one is named by row and field, and then nothing is stored."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from api.bulk_files import MAX_BYTES, MAX_ERRORS, MAX_ROWS
from storage.tables import bulk_jobs, bulk_rows, commands
from support_bulk import PATH
from support_door import ACME, Door, Seat, fields_of, problem_code
from support_files import JSON_LINES, csv_file, json_lines

CSV, OUT_OF_RANGE = "text/csv", "quantity_out_of_range"
MORE = {"kind": "add_inventory", "subscription_id": "sub_0", "add": [{"product": "tls-dv-single", "quantity": 1}]}
PURCHASE = {
    "kind": "purchase",
    "customer_id": "cus_0",
    "offering": "dv-automation",
    "term_months": 12,
    "clm_tier": "professional",
    "inventory": [{"product": "tls-dv-single", "quantity": 5}],
    "renewal_mode": "auto",
}


async def give(seat: Seat, content: bytes, media_type: str = JSON_LINES, **query: Any) -> httpx2.Response:
    headers = {"Content-Type": media_type, "Idempotency-Key": "a file"}
    return await seat.client.post(PATH, content=content, headers=headers, params=query)


async def stored(door: Door) -> int:
    """How many jobs, rows and commands there are."""
    async with door.database.read() as connection:
        tables = (bulk_jobs, bulk_rows, commands)
        return sum([await connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables])


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in PURCHASE.items() if name != member}


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        (
            {**PURCHASE, "inventory": [{"product": "x", "quantity": 0}]},
            "inventory[0].quantity",
            "quantity_out_of_range",
        ),
        ({**PURCHASE, "inventory": []}, "inventory", "empty_inventory"),
        ({**PURCHASE, "term_months": "12"}, "term_months", "wrong_type"),
        ({**PURCHASE, "id": "sub_1"}, "id", "unknown_field"),
        (without("renewal_mode"), "renewal_mode", "renewal_mode_required"),
        (without("kind"), "kind", "required"),
        ({**MORE, "kind": "refund"}, "kind", "invalid_value"),
        ({**MORE, "kind": 7}, "kind", "invalid_value"),
        ({"kind": "suspend"}, "subscription_id", "required"),
        ({"kind": "renewal_inventory", "subscription_id": "sub_0"}, "lines", "required"),
        ({**MORE, "add": [*MORE["add"], *MORE["add"]]}, "add[1].product", "duplicate_product"),
    ],
)
async def test_a_broken_row_of_json_lines_is_named(door: Door, row: dict[str, Any], field: str, code: str) -> None:
    answer = await give(door.distributor, json_lines([MORE, row, MORE]))

    assert problem_code(answer, 422) == code
    assert fields_of(answer) == {f"rows[1].{field}": code}
    assert answer.json()["errors"][0]["message"].startswith("Line 2: ")
    assert answer.json()["error_count"] == 1
    assert await stored(door) == 0


OF_ONE = {"subscription_id": "sub_0"}
WHOLE_ROWS: dict[str, dict[str, Any]] = {
    "purchase": PURCHASE,
    "add_inventory": MORE,
    "renewal_inventory": {"lines": None, **OF_ONE},
    "renewal_mode": {"renewal_mode": "auto", **OF_ONE},
    **dict.fromkeys(("suspend", "enable", "cancel"), OF_ONE),
}
OWNED = {
    *("id", "job_id", "position", "partner_id", "account_id", "actor", "state", "status", "version", "created_at"),
    *("currency", "unit_price", "amount", "total", "command_id", "transaction_id", "by_operator", "eca_request_id"),
}


@pytest.mark.parametrize("kind", WHOLE_ROWS)
async def test_a_row_takes_no_member_that_the_service_owns(door: Door, kind: str) -> None:
    row = {**WHOLE_ROWS[kind], "kind": kind}
    wrong = [{**row, member: value} for member in sorted(OWNED) for value in ("x", None)]

    answer = await give(door.distributor, json_lines([row, *wrong]))

    members = [member for member in sorted(OWNED) for _ in range(2)]
    assert fields_of(answer) == {f"rows[{index}].{name}": "unknown_field" for index, name in enumerate(members, 1)}
    assert await stored(door) == 0


async def test_lines_that_are_no_objects_are_named(door: Door) -> None:
    answer = await give(door.distributor, b'{"kind": \n\n[1]\n"\xff"\n')

    assert problem_code(answer, 422) == "malformed_row"
    assert fields_of(answer) == {f"rows[{index}]": "malformed_row" for index in range(3)}
    assert [error["message"].partition(":")[0] for error in answer.json()["errors"]] == ["Line 1", "Line 3", "Line 4"]


@pytest.mark.parametrize(
    ("cells", "field", "code"),
    [
        ({"inventory": "tls-dv-single=none"}, "inventory[0].quantity", "wrong_type"),
        ({"inventory": "tls-dv-single"}, "inventory[0].quantity", "required"),
        ({"inventory": "tls-dv-single=-1"}, "inventory[0].quantity", "quantity_out_of_range"),
        ({"inventory": "=5"}, "inventory[0].product", "too_short"),
        ({"term_months": "a year"}, "term_months", "wrong_type"),
        ({"start_date": "1.2.2027"}, "start_date", "invalid_date"),
        ({"renewal_mode": ""}, "renewal_mode", "renewal_mode_required"),
        ({"kind": ""}, "kind", "required"),
        ({"reason": "because"}, "reason", "unknown_field"),
    ],
)
async def test_a_broken_cell_is_named_as_the_member_that_it_is(
    door: Door, cells: dict[str, str], field: str, code: str
) -> None:
    row = {**PURCHASE, "inventory": "tls-dv-single=5", **cells}

    answer = await give(door.distributor, csv_file([row]), CSV)

    assert fields_of(answer) == {f"rows[0].{field}": code}
    assert answer.json()["errors"][0]["message"].startswith("Line 2: ")


async def test_what_is_wrong_with_a_csv_file_as_such_is_named(door: Door) -> None:
    seat = door.distributor
    twice = await give(seat, b"kind,subscription_id,kind\n", CSV)
    unknown = await give(seat, b"kind,colour\n", CSV)
    longer = await give(seat, b"kind,subscription_id\nsuspend,sub_0,more\n", CSV)
    open_quote = await give(seat, b'kind,subscription_id\nsuspend,"sub_0\n', CSV)
    latin = await give(seat, "kind,subscription_id,reason\nsuspend,sub_0,Größe\n".encode("latin-1"), CSV)

    assert problem_code(twice, 422) == "duplicate_column"
    assert fields_of(twice) == {"columns[2]": "duplicate_column"}
    assert fields_of(unknown) == {"columns[1]": "unknown_field"}
    assert fields_of(longer) == {"rows[0]": "malformed_row"}
    assert fields_of(open_quote) == {"rows": "malformed_row"}
    assert fields_of(latin) == {"rows": "malformed_row"}


@pytest.mark.parametrize(("media_type", "content"), [(JSON_LINES, b""), (JSON_LINES, b"\n \n"), (CSV, b"kind\n")])
async def test_a_file_without_a_row_is_refused(door: Door, media_type: str, content: bytes) -> None:
    assert problem_code(await give(door.distributor, content, media_type), 422) == "empty_bulk"


async def test_limits_of_rows_and_bytes_are_named(door: Door) -> None:
    row = json_lines([{"kind": "suspend", "subscription_id": "sub_0"}])
    too_many = await give(door.distributor, row * (MAX_ROWS + 1))
    too_large = await give(door.distributor, row + b" " * MAX_BYTES)

    assert problem_code(too_many, 422) == "too_many_rows"
    assert too_many.json()["limit"] == MAX_ROWS
    assert problem_code(too_large, 413) == "body_too_large"
    assert str(MAX_BYTES) in too_large.json()["detail"]
    assert await stored(door) == 0


async def test_of_many_errors_the_first_hundred_are_told_and_all_are_counted(door: Door) -> None:
    answer = await give(door.distributor, json_lines([{"kind": "suspend"}] * 250))

    assert len(answer.json()["errors"]) == MAX_ERRORS
    assert answer.json()["error_count"] == 250


@pytest.mark.parametrize("media_type", ["application/json", "text/plain", ""])
async def test_other_media_types_are_refused(door: Door, media_type: str) -> None:
    assert problem_code(await give(door.distributor, b"{}", media_type), 415) == "unsupported_media_type"


async def test_without_the_engine_nothing_is_stored_and_the_key_is_free(door: Door) -> None:
    assert problem_code(await give(door.distributor, json_lines([MORE])), 503) == "engine_unreachable"
    assert await stored(door) == 0


async def test_reading_asks_for_read_and_giving_for_write(door: Door) -> None:
    reader = await door.with_key(door.distributor.partner, ("read",))
    assert problem_code(await give(reader, json_lines([MORE])), 403) == "missing_scope"
    writer = await door.with_key(door.distributor.partner, ("write",))
    for path in ("", "/blk_0", "/blk_0/rows", "/blk_0/result"):
        assert problem_code(await writer.get(f"{PATH}{path}"), 403) == "missing_scope"
    for path in ("/blk_0", "/blk_0/rows", "/blk_0/result"):
        assert problem_code(await reader.get(f"{PATH}{path}"), 404) == "not_found"


async def test_a_dry_run_prices_the_whole_file_and_keeps_nothing(door: Door) -> None:
    seat = door.distributor
    customer = (await seat.post("/v1/customers", ACME)).json()["id"]
    before = await stored(door)
    rows = [
        {**PURCHASE, "customer_id": customer},
        MORE,
        {**PURCHASE, "customer_id": customer, "inventory": [{"product": "tls-dv-single", "quantity": 1}]},
        {**PURCHASE, "customer_id": customer, "term_months": 7},
        {**PURCHASE, "customer_id": customer, "expected_total": 1},
    ]

    answer = await give(seat, json_lines(rows), dry_run="true")

    assert answer.status_code == 200, answer.text
    found = json.loads(answer.content)
    assert found["dry_run"] is True
    assert [row["position"] for row in found["rows"]] == list(range(5))
    amounts = [row["amount"] and row["amount"]["amount"] for row in found["rows"]]
    assert amounts == [5 * 6900, None, 6900, None, None]
    codes = [row["problem"] and row["problem"]["code"] for row in found["rows"]]
    assert codes == [None, "not_found", None, "term_not_offered", "price_changed"]
    assert {(row["subscription_id"], row["command_id"]) for row in found["rows"]} == {(None, None), ("sub_0", None)}
    assert found["totals"] == {
        "rows": 5,
        "priced": 2,
        "refused": 3,
        "amounts": [{"amount": 6 * 6900, "currency": "USD"}],
    }
    assert await stored(door) == before
    broken = await give(seat, json_lines([MORE, {}]), dry_run="true")
    assert fields_of(broken) == {"rows[1].kind": "required"}
