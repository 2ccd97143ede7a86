"""The sandbox's users: one of each role, with passwords that are made once and kept with its data."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from intake.passwords import new_hasher
from intake.roles import OPS
from perennial.secrets import write_private
from perennial.settings import Settings
from storage.database import Database
from storage.ids import new_id
from storage.installation import lock_installation
from storage.partners import DISTRIBUTOR, OPERATOR, find_first_of_kind
from storage.users import ENABLED, User, find_user_by_address, insert_user, update_user

SIGN_INS_FILE = "sign-ins.json"
USERS = (
    ("admin@distributor.example", "Ada Admin", "admin", DISTRIBUTOR),
    ("sales@distributor.example", "Sam Sales", "sales", DISTRIBUTOR),
    ("billing@distributor.example", "Bea Billing", "billing", DISTRIBUTOR),
    ("technician@distributor.example", "Tom Technician", "technician", DISTRIBUTOR),
    ("ops@operator.example", "Olga Operations", OPS, OPERATOR),
)


async def prepare_sign_ins(database: Database, settings: Settings) -> None:
    """Put the sandbox's users there and write their passwords; lost with the file, they are made anew."""
    if (settings.data / SIGN_INS_FILE).exists():
        return
    passwords = {email: secrets.token_urlsafe(12) for email, *_ in USERS}
    hasher = new_hasher()
    async with database.write() as connection:
        # Two processes may begin at once; the second finds all of it done, the file too.
        await lock_installation(connection)
        if (settings.data / SIGN_INS_FILE).exists():
            return
        for email, name, role, kind in USERS:
            await _put(connection, email, name, role=role, kind=kind, hashed=hasher.hash(passwords[email]))
        write_private(settings.data / SIGN_INS_FILE, json.dumps(passwords, indent=2) + "\n")


def read_sign_ins(settings: Settings) -> dict[str, str]:
    """Return the passwords by address."""
    found: dict[str, str] = json.loads((settings.data / SIGN_INS_FILE).read_text(encoding="utf-8"))
    return found


async def _put(connection: AsyncConnection, email: str, name: str, *, role: str, kind: str, hashed: str) -> None:
    now = datetime.now(UTC)
    partner = await find_first_of_kind(connection, kind)
    if partner is None:
        raise LookupError(kind)
    known = await find_user_by_address(connection, email)
    user = User(
        id=known.id if known else new_id("usr"),
        partner_id=known.partner_id if known else partner.id,
        email=email,
        name=known.name if known else name,
        role=known.role if known else role,
        state=known.state if known else ENABLED,
        password_hash=hashed,
        password_set_at=now,
        created_at=known.created_at if known else now,
        updated_at=now,
    )
    await (update_user if known else insert_user)(connection, user)
