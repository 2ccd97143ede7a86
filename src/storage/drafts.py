"""What a user has begun in the console and not confirmed yet."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import drafts

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Entries towards one thing: `kind` says towards what, `subject_id` for which customer or subscription.

    The id is the idempotency key of what it becomes.
    """

    id: str
    user_id: str
    kind: str
    subject_id: str
    data: dict[str, Any]
    created_at: datetime
    updated_at: datetime


async def insert_draft(connection: AsyncConnection, draft: Draft) -> None:
    """Store a new draft, and forget those of the same user that nobody went on with."""
    old = drafts.c.updated_at < draft.created_at - KEPT
    await connection.execute(delete(drafts).where(drafts.c.user_id == draft.user_id, old))
    await connection.execute(insert(drafts).values(**asdict(draft)))


async def find_draft(connection: AsyncConnection, draft_id: str, *, user_id: str) -> Draft | None:
    """Return a user's draft, None when the user has none of this id."""
    query = select(drafts).where(drafts.c.id == draft_id, drafts.c.user_id == user_id)
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else Draft(**row)


async def list_drafts(connection: AsyncConnection, *, user_id: str, kind: str, subject_id: str) -> tuple[Draft, ...]:
    """Return a user's drafts of one kind for one customer or subscription, the latest first."""
    rows = await connection.execute(_DRAFTS_FOR, {"user": user_id, "of_kind": kind, "subject": subject_id})
    return tuple(Draft(**row) for row in rows.mappings())


async def update_draft(connection: AsyncConnection, draft: Draft, data: dict[str, Any], *, at: datetime) -> Draft:
    """Store a draft's new entries and return it with them."""
    await connection.execute(update(drafts).where(drafts.c.id == draft.id).values(data=data, updated_at=at))
    return replace(draft, data=data, updated_at=at)


async def delete_draft(connection: AsyncConnection, draft_id: str) -> None:
    """Forget a draft, because it was confirmed or given up."""
    await connection.execute(delete(drafts).where(drafts.c.id == draft_id))


# Built once: the pages of each flow ask it.
_DRAFTS_FOR = (
    select(drafts)
    .where(
        drafts.c.user_id == bindparam("user"),
        drafts.c.kind == bindparam("of_kind"),
        drafts.c.subject_id == bindparam("subject"),
    )
    .order_by(drafts.c.updated_at.desc(), drafts.c.id)
)
