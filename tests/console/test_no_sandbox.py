"""Production has no sandbox: its pages are not there, whoever asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from console.app import create_console
from console.door import COOKIE
from console.oidc.tickets import Tickets
from console.parts import ConsoleParts
from intake.clock import Clock
from intake.passwords import Passwords
from intake.sessions import Sessions
from storage.ids import new_id
from storage.partners import ENABLED
from storage.users import User, insert_user
from support_door import PEPPER, opened_door


@pytest.fixture
async def admin(database_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The browser of a distributor's administrator, in production."""
    async with opened_door(database_url) as door:
        passwords = Passwords(door.database, pepper=PEPPER)
        sessions = Sessions(door.database, passwords, pepper=PEPPER)
        now = datetime.now(UTC)
        user = User(
            id=new_id("usr"),
            partner_id=door.distributor.partner.id,
            email="ada@distributor.example",
            name="Ada",
            role="admin",
            state=ENABLED,
            password_hash=None,
            password_set_at=now - timedelta(seconds=1),
            created_at=now,
            updated_at=now,
        )
        async with door.database.write() as connection:
            await insert_user(connection, user)
        parts = ConsoleParts(
            program=door.app,
            database=door.database,
            clock=Clock(),
            sessions=sessions,
            tickets=Tickets(PEPPER.ljust(32)),
            provider=None,
            sandbox=False,
            is_secure=False,
        )
        transport = httpx2.ASGITransport(app=create_console(parts))
        cookies = {COOKIE: await sessions.sign_in_as(user.email, at=now)}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://console.example", cookies=cookies
        ) as client:
            yield client
        passwords.close()


@pytest.mark.parametrize("path", ["", "/happened", "/mailbox", "/book"])
async def test_production_has_no_sandbox(admin: httpx2.AsyncClient, path: str) -> None:
    answer = await admin.get(f"/console/sandbox{path}")

    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


async def test_the_first_page_of_production_offers_no_sample_book(admin: httpx2.AsyncClient) -> None:
    answer = await admin.get("/console")

    assert answer.status_code == 200
    assert "Add a customer" in answer.text
    assert "ample book" not in answer.text
    assert "Sandbox" not in answer.text
