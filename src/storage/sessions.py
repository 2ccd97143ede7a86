"""Sessions of the console as stored: a keyed hash of the cookie, never the cookie."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.partners import Partner, partner_of
from storage.tables import partners, sessions, users
from storage.users import ENABLED, User, user_of

SEEN_EVERY = timedelta(minutes=5)
IDLE, LONGEST = timedelta(hours=8), timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody's stay; `seen_at` is right to `SEEN_EVERY`, so that a page costs no write."""

    hash: str
    user_id: str
    created_at: datetime
    seen_at: datetime

    def is_valid(self, at: datetime) -> bool:
        """Return whether it goes on at an instant: used within `IDLE`, and begun within `LONGEST`."""
        return at - self.seen_at < IDLE and at - self.created_at < LONGEST

    def is_visit_news(self, at: datetime) -> bool:
        """Return whether a visit at an instant is worth writing down."""
        return at - self.seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session, whose it is, and of which partner they are."""

    session: Session
    user: User
    partner: Partner


async def insert_session(connection: AsyncConnection, session: Session) -> None:
    """Store a new session, and forget those of the same user that are over."""
    over = sessions.c.created_at < session.created_at - LONGEST
    await connection.execute(delete(sessions).where(sessions.c.user_id == session.user_id, over))
    await connection.execute(insert(sessions).values(**asdict(session)))


async def find_session(connection: AsyncConnection, session_hash: str) -> SignedIn | None:
    """Return the session of this hash with its user and partner; None when there is none.

    A session ends with its user's enablement and with a password that is set after it began.
    """
    row = (await connection.execute(_SESSION, {"of": session_hash})).mappings().one_or_none()
    if row is None:
        return None
    session = Session(**{name: row[sessions.c[name]] for name in Session.__dataclass_fields__})
    return SignedIn(session, user_of(row), partner_of(row))


async def note_visit(connection: AsyncConnection, session_hash: str, *, at: datetime) -> None:
    """Write down that a session is in use."""
    await connection.execute(update(sessions).where(sessions.c.hash == session_hash).values(seen_at=at))


async def delete_session(connection: AsyncConnection, session_hash: str) -> None:
    """End a session."""
    await connection.execute(delete(sessions).where(sessions.c.hash == session_hash))


# Built once: every page asks it.
_SESSION = (
    select(sessions, users, partners)
    .join(users, users.c.id == sessions.c.user_id)
    .join(partners, partners.c.id == users.c.partner_id)
    .where(
        sessions.c.hash == bindparam("of"),
        users.c.state == ENABLED,
        or_(users.c.password_set_at.is_(None), users.c.password_set_at <= sessions.c.created_at),
    )
)
