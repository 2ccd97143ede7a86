"""Users as stored: people of a partner, with a role; of a password only its argon2 hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import users

ENABLED, DISABLED = "enabled", "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of one partner. `setup_hash` is that of the secret with which a password can be set, while it can."""

    id: str
    partner_id: str
    email: str
    name: str
    role: str
    state: str
    password_hash: str | None = field(default=None, repr=False)
    password_set_at: datetime | None = None
    setup_hash: str | None = field(default=None, repr=False)
    setup_expires_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    def may_set_password(self, at: datetime) -> bool:
        """Return whether the secret that was given out still sets a password at an instant."""
        return self.state == ENABLED and self.setup_expires_at is not None and at < self.setup_expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users are wanted; None is all. `email` is the whole address, in any case."""

    partner_id: str | None = None
    role: str | None = None
    state: str | None = None
    email: str | None = None


def folded_address(email: str) -> str:
    """Return an e-mail address as it is compared."""
    return email.casefold()


async def insert_user(connection: AsyncConnection, user: User) -> None:
    """Store a new user; an address that some user has already raises IntegrityError."""
    await connection.execute(insert(users).values(**_columns(user)))


async def update_user(connection: AsyncConnection, user: User) -> None:
    """Store a user's new values."""
    await connection.execute(update(users).where(users.c.id == user.id).values(**_columns(user)))


async def find_user(
    connection: AsyncConnection, user_id: str, visible: ColumnElement[bool], *, lock: bool = False
) -> User | None:
    """Return a user, None when there is none that is `visible`; `lock` keeps others from changing it."""
    return await _one(connection, users.c.id == user_id, visible, lock=lock)


async def find_user_by_setup(connection: AsyncConnection, setup_hash: str, *, lock: bool = False) -> User | None:
    """Return the user whose password the secret of this hash sets, None when there is none."""
    return await _one(connection, users.c.setup_hash == setup_hash, lock=lock)


async def find_user_by_address(connection: AsyncConnection, email: str) -> User | None:
    """Return the user of an address, in any case; None when nobody has it."""
    return await _one(connection, users.c.email_folded == folded_address(email), lock=False)


async def list_users(
    connection: AsyncConnection, visible: ColumnElement[bool], wanted: UserFilter, *, before: str | None, limit: int
) -> tuple[User, ...]:
    """Return users, newest first, disabled ones too."""
    query = select(users).where(visible).order_by(users.c.id.desc()).limit(limit)
    for name in ("partner_id", "role", "state"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(users.c[name] == value)
    if wanted.email is not None:
        query = query.where(users.c.email_folded == folded_address(wanted.email))
    if before is not None:
        query = query.where(users.c.id < before)
    return tuple(user_of(row) for row in (await connection.execute(query)).mappings())


async def _one(connection: AsyncConnection, *conditions: ColumnElement[bool], lock: bool) -> User | None:
    query = select(users).where(*conditions)
    row = (await connection.execute(query.with_for_update() if lock else query)).mappings().one_or_none()
    return None if row is None else user_of(row)


def user_of(row: RowMapping) -> User:
    """Return the user in a row that has the columns of `users`."""
    return User(**{name: row[users.c[name]] for name in User.__dataclass_fields__})


def _columns(user: User) -> dict[str, Any]:
    return {**asdict(user), "email_folded": folded_address(user.email)}
