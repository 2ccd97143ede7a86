"""Resellers and distributors of a running product with keys of their own, and a look into its rows."""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from intake.keys import issue_key
from intake.roles import SCOPES
from storage.database import Database
from support_product import Json, Running, Seat

ALL_BUT_OPS = tuple(scope for scope in SCOPES if scope != "ops")


def partner_body(**changes: Any) -> Json:
    """A partner whose addresses nobody else has."""
    name = f"partner-{uuid.uuid4().hex}"
    return {"name": name, "billing_contact_email": f"billing@{name}.example", "country": "DE", **changes}


def user_body(**changes: Any) -> Json:
    """A user with an address that nobody else has."""
    return {"email": f"{uuid.uuid4().hex}@people.example", "name": "Jana Nord", "role": "sales", **changes}


def new_partner(seat: Seat, **changes: Any) -> Json:
    """A reseller under the distributor that asks, or a distributor when the operator asks."""
    return seat.done(seat.post("/v1/partners", partner_body(**changes)), 201)


def seat_of(running: Running, partner_id: str, *, scopes: tuple[str, ...] = ALL_BUT_OPS) -> Seat:
    """A client with a new key of the partner."""
    return Seat(running, asyncio.run(_issued(running, partner_id, scopes)))


def reseller_seat(seat: Seat) -> tuple[str, Seat]:
    """A new reseller under the distributor that asks: its id, and a client with its key."""
    assert isinstance(seat.running, Running)
    partner_id: str = new_partner(seat)["id"]
    return partner_id, seat_of(seat.running, partner_id)


def addresses_of(bought: Json, refund: Json) -> tuple[str, ...]:
    """Where a customer, what it bought and a refund of that are read."""
    subscription = f"/v1/subscriptions/{bought['id']}"
    return (
        f"/v1/customers/{bought['customer_id']}",
        subscription,
        f"{subscription}/timeline",
        f"{subscription}/forecast",
        f"/v1/transactions/{bought['transaction']['id']}",
        f"/v1/refunds/{refund['id']}",
    )


def rows_of(running: Running, query: Select[*tuple[Any, ...]]) -> list[Row[Any]]:
    """What the product's database holds."""
    url = make_url(running.database_url)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver), poolclass=NullPool)
    with engine.connect() as connection:
        return list(connection.execute(query))


async def _issued(running: Running, partner_id: str, scopes: tuple[str, ...]) -> str:
    pepper: str = json.loads((running.data / "secrets.json").read_text())["pepper"]
    database = Database(running.database_url)
    async with database.write() as connection:
        now = datetime.now(UTC)
        _, text = await issue_key(connection, partner_id, scopes, name="a test", pepper=pepper.encode(), now=now)
    await database.close()
    return text
