"""What a user has begun and not confirmed: kept at every step, so that neither a reload nor Back loses anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from console.desk import Problem
from console.visit import Visit
from storage.drafts import Draft, delete_draft, find_draft, insert_draft, list_drafts, update_draft
from storage.ids import new_id

NOT_FOUND, CONFLICT = 404, 409
LONGEST = 500  # far beyond what the API takes of any entry, and too little to fill a database with
BECAME, TRIES = "became", "tries"


async def begin_draft(visit: Visit, kind: str, subject_id: str, data: Mapping[str, Any]) -> Draft:
    """Begin a draft of the user's."""
    at = visit.parts.clock.wall()
    draft = Draft(
        id=new_id("drf"),
        user_id=visit.seated.user.id,
        kind=kind,
        subject_id=subject_id,
        data=dict(data),
        created_at=at,
        updated_at=at,
    )
    await visit.parts.database.in_transaction(lambda connection: insert_draft(connection, draft))
    return draft


async def own_draft(visit: Visit, draft_id: str, kind: str) -> Draft:
    """Return one of the user's drafts.

    Raises:
        HTTPException: 404, the user has none of this id and kind.
    """
    async with visit.parts.database.read() as connection:
        draft = await find_draft(connection, draft_id, user_id=visit.seated.user.id)
    if draft is None or draft.kind != kind:
        raise HTTPException(NOT_FOUND)
    return draft


async def begun_drafts(visit: Visit, kind: str, subject_id: str) -> tuple[Draft, ...]:
    """Return the user's drafts for a customer or a subscription that became nothing yet, the latest first."""
    async with visit.parts.database.read() as connection:
        found = await list_drafts(connection, user_id=visit.seated.user.id, kind=kind, subject_id=subject_id)
    return tuple(draft for draft in found if BECAME not in draft.data)


async def keep(visit: Visit, draft: Draft, **entries: Any) -> Draft:
    """Keep entries of a draft, beside those that it has by now; one that became something stays as it is."""
    at = visit.parts.clock.wall()

    async def kept(connection: AsyncConnection) -> Draft:
        present = await find_draft(connection, draft.id, user_id=draft.user_id)
        if present is None or BECAME in present.data:
            return present or draft
        return await update_draft(connection, present, {**present.data, **entries}, at=at)

    return await visit.parts.database.in_transaction(kept)


async def discard(visit: Visit, draft: Draft) -> None:
    """Forget a draft."""
    await visit.parts.database.in_transaction(lambda connection: delete_draft(connection, draft.id))


async def keep_what_it_became(visit: Visit, draft: Draft, path: str) -> None:
    """Forget a draft's entries and remember only where what it became is: a second press of the button leads there."""
    at = visit.parts.clock.wall()
    await visit.parts.database.in_transaction(lambda connection: update_draft(connection, draft, {BECAME: path}, at=at))


async def spend_key(visit: Visit, draft: Draft, problem: Problem) -> None:
    """Give a draft another key if the API keeps its "no" under this one, and would only say it again."""
    if problem.status == CONFLICT and problem.code != "request_in_progress":
        await keep(visit, draft, **{TRIES: draft.data.get(TRIES, 0) + 1})


def key_of(draft: Draft) -> str:
    """Return the idempotency key of what the draft becomes."""
    tries = draft.data.get(TRIES, 0)
    return f"{draft.id}-{tries}" if tries else draft.id


def typed(text: str) -> str:
    """Return an entry as it is kept: whatever was typed, wrong or not, without what no database stores."""
    return text.replace("\0", "")[:LONGEST]
