"""What a new installation begins with: tables, catalogue, agreement; in the sandbox two partners and their keys."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.keys import issue_key
from perennial.secrets import write_private
from perennial.settings import Settings
from storage.agreements import seed_agreements
from storage.catalogue_loading import seed_catalogue
from storage.database import Database
from storage.ids import new_id
from storage.installation import get_fact, lock_installation, put_fact
from storage.migrations import migrate
from storage.partners import (
    DISTRIBUTOR,
    ENABLED,
    NO_TAX,
    OPERATOR,
    Partner,
    find_first_of_kind,
    insert_partner,
    insert_partner_price_list,
)

KEYS_FILE = "keys.json"
CLOCK_SHIFT = "sandbox_clock_shift_s"
SANDBOX_SCOPES = {
    DISTRIBUTOR: ("read", "write", "refund", "admin"),
    OPERATOR: ("read", "write", "refund", "admin", "ops"),
}


async def prepare(database: Database, *, today: date) -> None:
    """Bring the tables up to date, and put catalogue and agreement there if there is none."""
    await migrate(database)
    await seed_catalogue(database, today=today)
    async with database.write() as connection:
        await seed_agreements(connection)


async def prepare_sandbox(database: Database, settings: Settings, pepper: SecretStr) -> timedelta:
    """Put the sandbox's partners there, write their keys, and return how far its clock is ahead."""
    now = datetime.now(UTC)
    async with database.write() as connection:
        # Two processes may begin at once; the second finds all of it done, the file of keys too.
        await lock_installation(connection)
        shift = await _clock_shift(connection, settings, now)
        keys = await _new_keys(connection, settings, pepper, now)
        if keys is not None:
            write_private(settings.data / KEYS_FILE, json.dumps(keys, indent=2) + "\n")
    return shift


async def _clock_shift(connection: AsyncConnection, settings: Settings, now: datetime) -> timedelta:
    """The clock of a sandbox begins once; later starts go on with it."""
    kept = await get_fact(connection, CLOCK_SHIFT)
    if kept is None:
        begins = now.date() if settings.sandbox_day is None else date.fromisoformat(settings.sandbox_day)
        # Noon, so that a run of some hours stays on its day.
        noon = datetime.combine(begins, time(12, tzinfo=UTC))
        shift = 0 if settings.sandbox_day is None else int((noon - now).total_seconds())
        await put_fact(connection, CLOCK_SHIFT, str(shift))
        return timedelta(seconds=shift)
    return timedelta(seconds=int(kept))


async def _partners(connection: AsyncConnection, pepper: SecretStr, now: datetime) -> dict[str, str]:
    keys: dict[str, str] = {}
    for kind, name in ((OPERATOR, "Sandbox CA"), (DISTRIBUTOR, "Sandbox Distributor")):
        partner = Partner(
            id=new_id("ptn"),
            kind=kind,
            parent_id=None,
            state=ENABLED,
            name=name,
            currency="USD",
            price_list=None,
            billing_contact_email=f"billing@{kind}.example",
            country="US",
            tax_id=None,
            tax_rate_bp=0,
            tax_note=NO_TAX,
            created_at=now,
            updated_at=now,
        )
        await insert_partner(connection, partner)
        await insert_partner_price_list(connection, partner.id, since=date.min, price_list=None)
        keys[kind] = await _issued(connection, partner.id, kind, pepper, now)
    return keys


async def _new_keys(
    connection: AsyncConnection, settings: Settings, pepper: SecretStr, now: datetime
) -> dict[str, str] | None:
    """Of keys that are lost with their file only hashes are left, so that new ones are made."""
    if await find_first_of_kind(connection, OPERATOR) is None:
        return await _partners(connection, pepper, now)
    if (settings.data / KEYS_FILE).exists():
        return None
    keys: dict[str, str] = {}
    for kind in SANDBOX_SCOPES:
        partner = await find_first_of_kind(connection, kind)
        if partner is not None:
            keys[kind] = await _issued(connection, partner.id, kind, pepper, now)
    return keys


async def _issued(connection: AsyncConnection, partner_id: str, kind: str, pepper: SecretStr, now: datetime) -> str:
    secret = pepper.get_secret_value().encode()
    _, text = await issue_key(connection, partner_id, SANDBOX_SCOPES[kind], name="sandbox", pepper=secret, now=now)
    return text
