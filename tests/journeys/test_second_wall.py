"""What PostgreSQL itself shows of a running product's rows: to each partner what the first wall shows, no more.

SQLite has no second wall; `tests/storage/test_wall.py` says so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import ColumnElement, Table, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from counts import ran_on
from intake.scope import Caller, visible_customers, visible_partners
from intake.sight import (
    visible_api_keys,
    visible_audit,
    visible_bulk_jobs,
    visible_invoices,
    visible_refunds,
    visible_subscriptions,
    visible_transactions,
    visible_users,
    visible_webhooks,
)
from storage.api_keys import list_api_keys
from storage.audit import AuditFilter, list_audit
from storage.bulk_jobs import list_bulk_jobs
from storage.customer_orders import CustomerPage
from storage.customers import list_customers
from storage.database import Database
from storage.feed import list_feed
from storage.mail_log import MailFilter, list_mail_log
from storage.partners import Partner, find_partner, list_partners
from storage.subscription_lists import SubscriptionFilter, list_subscriptions
from storage.tables import (
    api_keys,
    audit_entries,
    bulk_jobs,
    bulk_rows,
    customers,
    eca_links,
    eca_requests,
    events,
    invoices,
    mailbox,
    partners,
    refunds,
    subscriptions,
    tellings,
    transaction_lines,
    transactions,
    usage,
    users,
    webhooks,
)
from storage.transaction_lists import TransactionFilter, list_refunds, list_transactions
from storage.users import UserFilter, list_users
from storage.webhooks import list_webhooks
from support_bulk import given
from support_operations import CLOSED_PORT
from support_product import Running, Seat
from support_states import pending
from support_tenants import new_partner, reseller_seat, seat_of

ALONE: dict[Table, Callable[[Caller], ColumnElement[bool]]] = {
    partners: visible_partners,
    customers: visible_customers,
    subscriptions: visible_subscriptions,
    transactions: visible_transactions,
    refunds: visible_refunds,
    invoices: visible_invoices,
    webhooks: visible_webhooks,
    api_keys: visible_api_keys,
    users: visible_users,
    audit_entries: visible_audit,
    bulk_jobs: visible_bulk_jobs,
}
WHOLE = {events: "subscription_id", eca_requests: "subscription_id", transaction_lines: "transaction_id"}

pytestmark = pytest.mark.xdist_group("journeys on PostgreSQL")


@pytest.fixture
def running(request: pytest.FixtureRequest, on_postgresql: Running) -> Running:
    ran_on(request, "PostgreSQL")
    ran_on(request, "the engine")
    return on_postgresql


@pytest.fixture
def callers(running: Running) -> dict[str, str]:
    """Two resellers of one distributor, a stranger, and the operator, each with something of everything; their ids."""
    seat, operator = running.seat(), running.seat("operator")
    stranger = new_partner(operator)["id"]
    (first, first_seat), (second, second_seat) = reseller_seat(seat), reseller_seat(seat)
    for who in (seat, first_seat, second_seat, seat_of(running, stranger)):
        _belongings(who)
    distributor = seat.get("/v1/me")["partner"]["id"]
    ids = {"distributor": distributor, "reseller": first, "sibling": second, "stranger": stranger}
    return {**ids, "operator": operator.get("/v1/me")["partner"]["id"]}


def _belongings(seat: Seat) -> None:
    bought = seat.bought()
    seat.done(seat.refund(bought["transaction"], 1), 201)
    pending(seat)
    product = bought["inventory"][0]["product"]
    seat.done(seat.put(f"/v1/subscriptions/{bought['id']}/usage", {"product": product, "in_use": 1}))
    key = seat.done(seat.post("/v1/api-keys", {"scopes": ["read"]}), 201)["id"]
    seat.done(seat.post("/v1/users", {"email": f"{key}@x.example", "name": "X", "role": "sales"}), 201)
    seat.done(seat.post("/v1/webhooks", {"url": CLOSED_PORT, "kinds": ["eca_expired"]}), 201)
    given(seat, [{"kind": "suspend", "subscription_id": "sub_0"}])


@pytest.fixture
async def database(running: Running) -> AsyncIterator[Database]:
    database = Database(running.database_url)
    yield database
    await database.close()


async def _caller(database: Database, partner_id: str) -> Caller:
    async with database.read() as connection:
        partner = await find_partner(connection, partner_id)
    assert isinstance(partner, Partner)
    return Caller(partner=partner, actor="key_0", scopes=frozenset())


async def _ids(connection: AsyncConnection, table: Table, condition: ColumnElement[bool] | None = None) -> set[str]:
    query = select(table.c.id)
    return set(await connection.scalars(query if condition is None else query.where(condition)))


WHO = ["operator", "distributor", "reseller", "sibling", "stranger"]


@pytest.mark.parametrize("who", WHO)
async def test_both_walls_show_the_same(callers: dict[str, str], database: Database, who: str) -> None:
    caller = await _caller(database, callers[who])
    for table, visible in ALONE.items():
        async with database.read() as connection:
            wanted, everything = await _ids(connection, table, visible(caller)), await _ids(connection, table)
        for opened in (database.read_as(caller.sees), database.snapshot_as(caller.sees)):
            async with opened as connection:
                assert await _ids(connection, table) == wanted, table.name
        assert (wanted == everything) is (who == "operator") or table is invoices


@pytest.mark.parametrize("who", WHO)
async def test_what_belongs_to_something_is_shown_with_it(
    callers: dict[str, str], database: Database, who: str
) -> None:
    caller = await _caller(database, callers[who])
    async with database.read() as connection:
        seen = {
            "subscription_id": await _ids(connection, subscriptions, visible_subscriptions(caller)),
            "transaction_id": await _ids(connection, transactions, visible_transactions(caller)),
        }
        expected = {t: await _ids(connection, t, t.c[name].in_(seen[name])) for t, name in WHOLE.items()}
        told = {
            t: await _ids(connection, t, t.c.subscription_id.in_(seen["subscription_id"])) for t in (tellings, mailbox)
        }
        links = select(eca_links.c.token_hash).where(eca_links.c.request_id.in_(expected[eca_requests]))
        hashes = set(await connection.scalars(links))
        used = select(usage.c.subscription_id).where(usage.c.subscription_id.in_(seen["subscription_id"]))
        in_use = set(await connection.scalars(used))
        jobs = await _ids(connection, bulk_jobs, visible_bulk_jobs(caller))
    async with database.read_as(caller.sees) as connection:
        for table, wanted in expected.items():
            assert await _ids(connection, table) == wanted, table.name
            assert wanted, table.name
        for table, wanted in told.items():
            about = await _ids(connection, table, table.c.subscription_id.is_not(None))
            assert about == wanted, table.name
        assert set(await connection.scalars(select(eca_links.c.token_hash))) == hashes
        assert set(await connection.scalars(select(usage.c.subscription_id))) == in_use != set()
        assert set(await connection.scalars(select(bulk_rows.c.job_id))) == jobs


async def test_a_list_that_forgot_its_condition_shows_nothing_foreign(
    callers: dict[str, str], database: Database
) -> None:
    caller = await _caller(database, callers["reseller"])
    async with database.read_as(caller.sees) as connection:
        rows = await list_subscriptions(connection, true(), SubscriptionFilter(), before=None, limit=10_000)
        assert {row.reseller_id for row in rows} == {caller.partner.id}
        found = await list_transactions(connection, true(), TransactionFilter(), before=None, limit=10_000)
        assert {item.transaction.reseller_id for item in found} == {caller.partner.id}
        given_back = await list_refunds(connection, true(), customer_id=None, before=None, limit=10_000)
        assert {row.reseller_id for row in given_back} == {caller.partner.id}
        clients = await list_customers(connection, true(), page=CustomerPage(limit=10_000))
        assert {one.managing_partner_id for one in clients} == {caller.partner.id}
        assert [one.id for one in await list_partners(connection, true(), before=None, limit=10)] == [caller.partner.id]
        keys = await list_api_keys(connection, true(), before=None, limit=10_000)
        people = await list_users(connection, true(), UserFilter(), before=None, limit=10_000)
        hooks = await list_webhooks(connection, true(), before=None, limit=10_000)
        files = await list_bulk_jobs(connection, true(), before=None, limit=10_000)
        trail = await list_audit(connection, true(), AuditFilter(), before=None, limit=10_000)
        owners = [*(one.partner_id for one in keys), *(one.partner_id for one in people)]
        owners += [
            *(one.partner_id for one in files),
            *(one.partner_id for one in hooks),
            *(one.partner_id for one in trail),
        ]
        assert set(owners) == {caller.partner.id}
        placed = await list_feed(connection, true(), after=0, limit=10_000)
        assert {one.event.subscription_id for one in placed} <= {row.subscription.id for row in rows}
        mails = await list_mail_log(
            connection,
            visible_customers=true(),
            visible_invoices=true(),
            wanted=MailFilter(),
            before=None,
            limit=10_000,
        )
        assert {one.subscription_id for one in mails} <= {row.subscription.id for row in rows}
        assert list(await connection.execute(select(invoices))) == []


async def test_who_is_nobody_sees_nothing(callers: dict[str, str], database: Database) -> None:
    for seer in ("", "ptn_0", f"{callers['reseller']} "):
        async with database.read_as(seer) as connection:
            for table in (*ALONE, *WHOLE, bulk_rows, tellings, mailbox):
                assert list(await connection.execute(select(table))) == [], table.name


async def test_a_connection_that_was_told_nothing_sees_nothing(callers: dict[str, str], database: Database) -> None:
    assert callers
    assert await database.is_walled()
    async with database._callers.connect() as connection:
        for table in (*ALONE, *WHOLE):
            assert list(await connection.execute(text(f"SELECT * FROM {table.name}"))) == []  # noqa: S608 - ours
