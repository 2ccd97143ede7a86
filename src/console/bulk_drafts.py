"""Files of commands that were given and priced, and wait for somebody to start them."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.exceptions import HTTPException

from console.visit import Visit
from storage.drafts import Draft, delete_draft, find_draft, insert_draft, list_drafts, update_draft
from storage.ids import new_id

KIND = "bulk"
SHOWN = 200  # rows of each sort that the page of the prices lists
NOT_FOUND = 404


def shortened(pricing: Any) -> dict[str, Any]:
    """Return what a dry run says of a file with no more rows than a page shows; those that are refused come first."""
    refused = [row for row in pricing["rows"] if row["status"] == "refused"]
    priced = [row for row in pricing["rows"] if row["status"] != "refused"]
    return {"totals": pricing["totals"], "refused": refused[:SHOWN], "priced": priced[:SHOWN]}


async def keep_file(visit: Visit, *, name: str, content: bytes, content_type: str, pricing: Any) -> Draft:
    """Keep a file that was priced; the one that the user gave before and did not start is forgotten."""
    at = visit.parts.clock.wall()
    draft = Draft(
        id=new_id("drf"),
        user_id=visit.seated.user.id,
        kind=KIND,
        subject_id=KIND,
        data={"name": name, "content": content.decode(), "type": content_type, "pricing": shortened(pricing)},
        created_at=at,
        updated_at=at,
    )

    async def keep(connection: AsyncConnection) -> None:
        for old in await list_drafts(connection, user_id=draft.user_id, kind=KIND, subject_id=KIND):
            await delete_draft(connection, old.id)
        await insert_draft(connection, draft)

    await visit.parts.database.in_transaction(keep)
    return draft


async def kept_file(visit: Visit, draft_id: str) -> Draft:
    """Return a file that the user gave.

    Raises:
        HTTPException: 404, the user has none of this id.
    """
    user_id = visit.seated.user.id
    draft = await visit.parts.database.in_transaction(
        lambda connection: find_draft(connection, draft_id, user_id=user_id)
    )
    if draft is None or draft.kind != KIND:
        raise HTTPException(NOT_FOUND)
    return draft


async def note_started(visit: Visit, draft: Draft, job_id: str) -> None:
    """Note which job a file became, so that who starts it twice comes to the same one; the file itself is let go."""
    at = visit.parts.clock.wall()
    await visit.parts.database.in_transaction(
        lambda connection: update_draft(connection, draft, {"job_id": job_id}, at=at)
    )
