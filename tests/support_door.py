"""The door over a real database, with partners and their keys, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from temporalio.client import Client

from activities.document_pdf import Printing
from activities.webhook_addresses import Addresses
from api.app import create_app
from api.parts import Parts
from intake.bulk import BulkJobs
from intake.bulk_desk import CounterDesk
from intake.clock import Clock
from intake.counter import Counter
from intake.engine import Engine
from intake.handover import HandOver
from intake.keys import issue_key
from intake.passwords import Passwords
from intake.refunds import RefundCounter
from intake.webhooks import Webhooks
from perennial.ports import free_ports
from storage.announcements import Announcements
from storage.database import Database
from storage.partners import DISTRIBUTOR, OPERATOR, RESELLER, Partner, insert_partner
from storage.webhook_secrets import webhook_key
from support_contract import hold_async
from support_parties import partner_row

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PEPPER = b"a pepper for tests"
WEBHOOK_KEY = webhook_key(PEPPER)
SCOPES = {
    OPERATOR: ("read", "write", "refund", "admin", "ops"),
    DISTRIBUTOR: ("read", "write", "refund", "admin"),
    RESELLER: ("read", "write", "refund", "admin"),
}

ACME: dict[str, Any] = {
    "company_name": "Acme GmbH",
    "contact_name": "Erika Muster",
    "contact_phone": "+49 711 5550173",
    "contact_extension": "42",
    "contact_email": "erika@acme.example",
    "address_line1": "Königstraße 28",
    "address_line2": "Gebäude B",
    "city": "Stuttgart",
    "postal_code": "70173",
    "country": "DE",
}
RESELLER_FIELDS: dict[str, Any] = {
    "name": "Nordlicht",
    "billing_contact_email": "billing@nordlicht.example",
    "country": "DE",
}


class StoppedClock:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, by: timedelta) -> None:
        self.now += by


@dataclass(frozen=True)
class Seat:
    """A partner with a key, and a client that shows it."""

    partner: Partner
    key: str
    client: httpx2.AsyncClient

    async def get(self, path: str, **options: Any) -> httpx2.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, body: object = None, **options: Any) -> httpx2.Response:
        return await self.client.post(path, json=body, **options)

    async def patch(self, path: str, body: object = None, **options: Any) -> httpx2.Response:
        return await self.client.patch(path, json=body, **options)


class Door:
    """The application, its database, and who may enter."""

    def __init__(self, app: FastAPI, database: Database, clock: StoppedClock) -> None:
        self.app = app
        self.database = database
        self.clock = clock
        self._clients: list[httpx2.AsyncClient] = []
        self.operator: Seat
        self.distributor: Seat

    async def seated(
        self,
        kind: str,
        *,
        parent: Partner | None = None,
        scopes: tuple[str, ...] | None = None,
        name: str = "A partner",
        currency: str = "USD",
    ) -> Seat:
        """A new partner with a key."""
        partner = partner_row(
            NOW, kind=kind, parent_id=None if parent is None else parent.id, name=name, currency=currency
        )
        async with self.database.write() as connection:
            await insert_partner(connection, partner)
        return await self.with_key(partner, scopes or SCOPES[kind])

    async def with_key(self, partner: Partner, scopes: tuple[str, ...], *, expires_at: datetime | None = None) -> Seat:
        """A further key of a partner."""
        async with self.database.write() as connection:
            _, key = await issue_key(
                connection, partner.id, scopes, name=None, pepper=PEPPER, now=NOW, expires_at=expires_at
            )
        return Seat(partner, key, self.client({"Authorization": f"Bearer {key}"}))

    async def reseller(self, **options: Any) -> Seat:
        """A new reseller under the distributor."""
        return await self.seated(RESELLER, parent=self.distributor.partner, **options)

    def client(self, headers: Mapping[str, str] | None = None) -> httpx2.AsyncClient:
        """A client with these headers."""
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        client = httpx2.AsyncClient(
            transport=transport,
            base_url="http://door.example",
            headers=headers,
            event_hooks={"response": [hold_async]},
        )
        self._clients.append(client)
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()
        await self.database.close()


@asynccontextmanager
async def opened_door(address: str, **changes: Any) -> AsyncGenerator[Door, None]:
    """A door over a migrated database, with an operator and a distributor; `changes` are other parts."""
    database, clock, printing = Database(address), StoppedClock(), Printing()
    passwords = Passwords(database, pepper=PEPPER)

    async def readiness() -> Mapping[str, bool]:
        return {"engine": True, "workers": True}

    engine = _engine_out_of_reach()
    stopped = Clock(wall=clock)
    handover = HandOver(database, engine, Announcements())
    counter = Counter(database, engine, handover, stopped)
    parts: dict[str, Any] = {
        "database": database,
        "clock": stopped,
        "pepper": PEPPER,
        "readiness": readiness,
        "rate_limit_per_second": 1_000_000,
        "support_contact": "support@perennial.example",
        "sandbox": False,
        "counter": counter,
        "bulk": BulkJobs(database, engine),
        "bulk_desk": CounterDesk(database, counter),
        "refunds": RefundCounter(database, engine, handover, stopped),
        "webhooks": Webhooks(engine=engine, addresses=Addresses(), key=WEBHOOK_KEY),
        "passwords": passwords,
        "virtual_time": None,
        "invoice_runs": None,
        "printing": printing,
        "workflow_url": "http://ui.example/{}".format,
        **changes,
    }
    door = Door(create_app(Parts(**parts)), database, clock)
    try:
        door.operator = await door.seated(OPERATOR, name="The CA")
        door.distributor = await door.seated(DISTRIBUTOR, name="A distributor")
        yield door
    finally:
        printing.close()
        passwords.close()
        await door.close()


def _engine_out_of_reach() -> Engine:
    """An engine at an address where none listens, for resources that go without it."""

    async def connect() -> Client:
        (port,) = free_ports(1)
        return await Client.connect(f"127.0.0.1:{port}")

    return Engine(connect, sandbox=False)


def problem_code(answer: httpx2.Response, status: int) -> str:
    """The code of a problem, whose shape and status are checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    code: str = problem["code"]
    return code


def fields_of(answer: httpx2.Response) -> dict[str, str]:
    """The broken fields of a problem and their codes."""
    assert answer.status_code == 422, answer.text
    return {error["field"]: error["code"] for error in answer.json()["errors"]}
