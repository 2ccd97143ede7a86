"""Reports as files: CSV and workbooks hold what JSON holds, no text becomes a formula, one moment, any reader."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]  # it has no types
import pytest
from sqlalchemy import true, update

from api.report import BATCH
from api.transaction_report import TRANSACTIONS
from storage.partners import DISABLED
from storage.report_selection import Selection
from storage.tables import customers, partners, transactions
from storage.transactions import insert_transaction
from storage.wall import EVERYTHING
from support_door import Door, problem_code
from support_invoicing import charge, new_holding
from support_ledger import Desk, opened_desk
from support_reports import CSV, DV, XLSX, bought, csv_rows, refunded, report_file

REPORTS = ("subscriptions", "transactions", "usage")
FORMULAS = (
    *("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\u00a0=1+1", "\u2003=1+1", "\u200b=1+1", "\ufeff=1+1"),
    *("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x", "\ufe661"),
)
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with opened_desk(database_url) as opened:
        yield opened


async def test_a_file_has_every_row_of_the_pages_with_amounts_as_decimal_text(desk: Desk) -> None:
    inventory = [{"product": DV, "quantity": 5}, {"product": "tls-dv-wildcard", "quantity": 2}]
    one = await bought(desk, "Łódź, “Acme” & Söhne", inventory=inventory, reference_id="PO-1")
    back = await refunded(desk, one["transaction"], 2)

    refund, charged = await csv_rows(desk.door.distributor, "transactions")

    assert charged["customer"] == "Łódź, “Acme” & Söhne"
    assert charged["products"] == f"{DV} x 5; tls-dv-wildcard x 2"
    assert (charged["cost"], charged["currency"], charged["total_quantity"]) == ("683.00", "USD", "7")
    assert (charged["date"], charged["occurred_at"]) == ("2026-11-22", one["transaction"]["occurred_at"])
    assert (charged["reference_id"], charged["invoice"], charged["reseller"]) == ("PO-1", "", "")
    assert (refund["action"], refund["cost"]) == ("refund", "-138.00")
    assert (refund["transaction_id"], refund["refunds_transaction_id"]) == (back["id"], charged["transaction_id"])
    (held,) = await csv_rows(desk.door.distributor, "subscriptions")
    assert (held["products"], held["cost"], held["end_date"]) == (
        f"{DV} x 3; tls-dv-wildcard x 2",
        "545.00",
        "2027-11-22",
    )
    usage = await csv_rows(desk.door.distributor, "usage")
    assert [(row["product"], row["inventory"], row["in_use"]) for row in usage] == [
        (DV, "3", ""),
        ("tls-dv-wildcard", "2", ""),
    ]


async def test_a_csv_is_utf_8_with_a_header_and_lines_as_rfc_4180_has_them(desk: Desk) -> None:
    await bought(desk, 'A "quoted", Ωmega')
    for name in REPORTS:
        answer = await report_file(desk.door.distributor, name, CSV)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        assert answer.headers["vary"] == "Accept"
        lines = answer.content.decode("utf-8").split("\r\n")
        assert len(lines) == 3
        assert lines[0].startswith("customer,customer_id,")
        assert lines[1].startswith('"A ""quoted"", Ωmega",cus_')
        assert lines[2] == ""


@pytest.mark.parametrize("name", FORMULAS, ids=ascii)
async def test_no_name_and_no_reference_becomes_a_formula(desk: Desk, name: str) -> None:
    one = await bought(desk, "Acme", reference_id="PO")
    async with desk.database.write() as connection:  # past the door, whose own checks may change
        await connection.execute(update(customers).values(company_name=name))
        await connection.execute(update(transactions).values(reference_id=name))
    await refunded(desk, one["transaction"], 1)

    refund, charged = await csv_rows(desk.door.distributor, "transactions")
    sheet = await workbook(desk.door, "transactions")

    assert charged["customer"] == charged["reference_id"] == f"'{name}"
    assert refund["cost"] == "-69.00", "an amount is no text"
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == name]
    assert len(cells) == 3
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}
    assert all(cell.data_type != "f" and cell.hyperlink is None for row in sheet.iter_rows() for cell in row)


async def test_harmless_text_is_left_as_it_is(desk: Desk) -> None:
    names = ("A=B", "Acme - Co", "株式会社", "5+", "'s-Hertogenbosch", "_x000D_", "http://a.example")
    for name in names:
        await bought(desk, name)
    rows = await csv_rows(desk.door.distributor, "subscriptions")
    assert [row["customer"] for row in rows] == list(reversed(names))
    sheet = await workbook(desk.door, "subscriptions")
    # The format has an escape for control characters, and so one for what looks like it.
    found = [row[0].value.replace("_x005F_", "_") for row in sheet.iter_rows(min_row=2)]
    assert found == list(reversed(names))


async def test_a_workbook_has_numbers_days_and_the_digits_of_the_currency(desk: Desk) -> None:
    one = await bought(desk, "Acme")
    sheet = await workbook(desk.door, "transactions")
    names = [cell.value for cell in sheet[1]]
    row = dict(zip(names, sheet[2], strict=True))
    assert row["cost"].value == 345
    assert row["cost"].number_format == "#,##0.00"
    assert row["date"].value.date() == date(2026, 11, 22)
    assert row["transaction_id"].value == one["transaction"]["id"]
    assert row["total_quantity"].value == 5
    assert row["invoice"].value is None


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "-1234567"), ("USD", "-12345.67"), ("KWD", "-1234.567")])
async def test_an_amount_has_the_digits_of_its_currency(desk: Desk, currency: str, shown: str) -> None:
    await bought(desk, "Acme")
    async with desk.database.write() as connection:
        await connection.execute(update(transactions).values(currency=currency, amount=-1_234_567))
    (row,) = await csv_rows(desk.door.distributor, "transactions")
    assert (row["cost"], row["currency"]) == (shown, currency)
    sheet = await workbook(desk.door, "transactions")
    cell = next(cell for cell in sheet[2] if cell.column == [c.value for c in sheet[1]].index("cost") + 1)
    assert cell.value == pytest.approx(float(shown))
    assert cell.number_format == "#,##0" + ("." + "0" * len(shown.partition(".")[2])).rstrip(".")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("TEXT/CSV; header=present", "text/csv"),
        ("application/json;q=0.1, text/csv", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
        (f"{XLSX}, application/json;q=0.9", XLSX),
        ("text/html, */*;q=0.1", "application/json"),
    ],
)
async def test_accept_chooses_the_form(desk: Desk, accept: str | None, expected: str) -> None:
    for name in REPORTS:
        headers = {} if accept is None else {"Accept": accept}
        answer = await desk.door.distributor.get(f"/v1/reports/{name}", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == expected
        assert answer.headers["vary"] == "Accept"


async def test_what_no_form_satisfies_is_not_acceptable(desk: Desk) -> None:
    for accept in ("text/html", "text/csv;q=0", "application/pdf"):
        answer = await desk.door.distributor.get("/v1/reports/usage", headers={"Accept": accept})
        assert problem_code(answer, 406) == "not_acceptable"


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_a_file_is_asked_for_with_the_same_care(desk: Desk, media_type: str) -> None:
    accept = {"Accept": media_type}
    reseller = await desk.door.reseller()
    for query, code in (
        ("limit=5", "unknown_parameter"),
        ("cursor=x", "unknown_parameter"),
        ("from=x", "invalid_date"),
    ):
        answer = await desk.door.distributor.get(f"/v1/reports/usage?{query}", headers=accept)
        assert problem_code(answer, 422) == code
    assert problem_code(await desk.door.client(accept).get("/v1/reports/usage"), 401) == "unauthenticated"
    async with desk.database.write() as connection:
        await connection.execute(update(partners).where(partners.c.id == reseller.partner.id).values(state=DISABLED))
    for name in REPORTS:
        assert problem_code(await reseller.get(f"/v1/reports/{name}", headers=accept), 403) == "partner_disabled"


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_a_file_without_rows_has_its_header(desk: Desk, media_type: str) -> None:
    for name in REPORTS:
        answer = await report_file(desk.door.distributor, name, media_type)
        if media_type == CSV:
            assert len(list(csv.reader(io.StringIO(answer.text, newline="")))) == 1
        else:
            assert sheet_in(answer.content).max_row == 1


async def test_days_and_customer_narrow_a_file_too(desk: Desk) -> None:
    first = await bought(desk, "Acme")
    desk.door.clock.go_on(timedelta(days=1))
    second = await bought(desk, "Beta")
    for name in REPORTS:
        rows = await csv_rows(desk.door.distributor, name, **{"from": "2026-11-23", "to": "2026-11-23"})
        assert [row["customer"] for row in rows] == ["Beta"]
        rows = await csv_rows(desk.door.distributor, name, customer_id=first["customer_id"])
        assert [row["customer_id"] for row in rows] == [first["customer_id"]] != [second["customer_id"]]


@pytest.mark.parametrize("media_type", [CSV, XLSX])
async def test_a_reseller_s_file_holds_its_own_customers_and_no_invoice_of_its_distributor(
    desk: Desk, media_type: str
) -> None:
    reseller = await desk.door.reseller(name="North")
    mine, other = await bought(desk, "Acme"), await bought(desk, "Beta")
    patch = {"managing_partner_id": reseller.partner.id}
    await desk.command(f"/v1/customers/{mine['customer_id']}", patch, method="PATCH")
    await desk.invoiced("2026-11")
    for name in REPORTS:
        told = await told_by(await report_file(reseller, name, media_type), media_type)
        assert mine["customer_id"] in told
        assert other["customer_id"] not in told
        assert "INV-" not in told
        assert "A distributor" not in told


@pytest.mark.parametrize("path", [*(f"/v1/reports/{name}" for name in REPORTS), "/v1/invoices", "/v1/me"])
async def test_head_says_what_get_would_without_the_body(desk: Desk, path: str) -> None:
    await bought(desk, "Acme")
    for accept in (CSV, "application/json") if "reports" in path else ("application/json",):
        client = desk.door.distributor.client
        told, head = (
            await client.get(path, headers={"Accept": accept}),
            await client.head(path, headers={"Accept": accept}),
        )
        assert (head.status_code, head.content) == (200, b"")
        changing = ("x-request-id", "ratelimit")
        assert {name: value for name, value in head.headers.items() if name not in changing} == {
            name: value for name, value in told.headers.items() if name not in changing
        }
    assert (await desk.door.client().head(path)).status_code == 401
    assert (await desk.door.distributor.client.head("/v1/quotes")).status_code == 405


async def test_a_file_shows_one_moment_whatever_is_posted_and_invoiced_while_it_is_read(desk: Desk) -> None:
    ids = await filled(desk, 2 * BATCH)
    everything = Selection(seer=EVERYTHING, visible=true(), named=true(), documents=true())
    batches = TRANSACTIONS.batches(desk.database, everything)
    found = [await anext(batches)]
    async with desk.database.write() as connection:
        await connection.execute(update(transactions).values(reference_id="changed meanwhile"))
    await filled(desk, BATCH)
    await desk.invoiced("2026-11")
    found += [batch async for batch in batches]

    rows = [dict(zip(TRANSACTIONS.header, row, strict=True)) for batch in found for row in batch]
    later = await csv_rows(desk.door.distributor, "transactions")

    assert [row["transaction_id"] for row in rows] == ids
    assert {(row["invoice"], row["reference_id"]) for row in rows} == {(None, None)}
    assert len(later) == 3 * BATCH
    assert all(row["invoice"] for row in later)


async def test_readers_that_go_away_in_the_middle_leave_nothing_behind(desk: Desk) -> None:
    await filled(desk, 2 * BATCH)
    before = open_files()
    for media_type in (CSV, XLSX):
        for _ in range(25):  # more than there are connections
            asked = streaming(desk.door, desk.door.distributor.key, "/v1/reports/transactions", media_type)
            assert await anext(asked)
            await asked.aclose()
    assert len(await csv_rows(desk.door.distributor, "transactions")) == 2 * BATCH
    assert open_files() == before


async def filled(desk: Desk, count: int) -> list[str]:
    """Post so many transactions of a new customer of the distributor; their ids, newest first."""
    posted: list[str] = []
    async with desk.database.write() as connection:
        holding = await new_holding(connection, desk.door.distributor.partner.id)
        for _ in range(count):
            transaction = charge(holding, amount=100, at=AT)
            await insert_transaction(connection, transaction)
            posted.append(transaction.id)
    return posted[::-1]


def open_files() -> int:
    """How many unnamed files of reports this process holds open."""
    links = [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    return sum("perennial-report-" in link for link in links)


async def streaming(door: Door, key: str, path: str, accept: str) -> AsyncGenerator[bytes]:
    """The body of an answer, piece by piece, each read only when it is asked for, as from a slow reader's socket.

    When it is closed before its end, the reader has gone away.
    """
    pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200
        elif message.get("body"):
            await pieces.put(message["body"])

    async def serve() -> None:
        await door.app(scope, receive, send)
        if not gone.is_set():
            await pieces.put(None)

    headers = [(b"authorization", f"Bearer {key}".encode()), (b"accept", accept.encode()), (b"host", b"door.example")]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "state": {},
        "client": ("127.0.0.1", 1),
        "server": ("door.example", 80),
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    serving = asyncio.create_task(serve())
    try:
        while (piece := await pieces.get()) is not None:
            yield piece
    finally:
        gone.set()
        await serving


async def workbook(door: Door, name: str) -> Any:
    """The sheet of a report's workbook."""
    answer = await report_file(door.distributor, name, XLSX)
    assert answer.headers["content-type"] == XLSX
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.xlsx"'
    return sheet_in(answer.content)


def sheet_in(content: bytes) -> Any:
    """The first sheet of a workbook."""
    book: Any = openpyxl.load_workbook(io.BytesIO(content))
    return book.active


async def told_by(answer: Any, media_type: str) -> str:
    """Every cell of a file."""
    if media_type == CSV:
        return str(answer.text)
    sheet = sheet_in(answer.content)
    return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
