"""Bulk jobs in tests: files given, and waited for."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Sequence
from typing import Any

import httpx2

from support_files import JSON_LINES, json_lines
from support_product import Json, Seat
from support_waiting import eventually

PATH = "/v1/bulk"
OVER = frozenset({"done", "cancelled"})


def give(
    seat: Seat, content: bytes, *, media_type: str = JSON_LINES, key: str | None = None, **query: Any
) -> httpx2.Response:
    """Give a file, under a fresh idempotency key unless one is given."""
    headers = {"Content-Type": media_type, "Idempotency-Key": key or uuid.uuid4().hex}
    return seat.http.post(PATH, content=content, headers=headers, params=query)


def given(seat: Seat, rows: Sequence[object]) -> str:
    """Give rows as JSON Lines; the address of the job."""
    answer = give(seat, json_lines(rows))
    assert answer.status_code == 201, answer.text
    location: str = answer.headers["Location"]
    assert location == f"{PATH}/{answer.json()['id']}"
    return location


def finished(seat: Seat, address: str, *, within: float = 60.0) -> Json:
    """The job when every row has its result."""
    return eventually(lambda: over(seat, address), within=within)


def over(seat: Seat, address: str) -> Json:
    job = seat.get(address)
    return job if job["state"] in OVER else {}


def rows_of(seat: Seat, address: str, **query: Any) -> list[Json]:
    """Every row, in the order of the file, read page by page."""
    rows: list[Json] = []
    cursor: str | None = None
    while True:
        page = seat.get(f"{address}/rows", limit=200, **query, **({} if cursor is None else {"cursor": cursor}))
        rows += page["data"]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


def result_file(seat: Seat, address: str) -> list[dict[str, str]]:
    answer = seat.http.get(f"{address}/result")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def purchase_row(seat: Seat, **changes: Any) -> Json:
    return {"kind": "purchase", **seat.purchase_body(**changes)}
