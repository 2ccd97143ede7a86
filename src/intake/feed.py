"""The feed of all events that a caller may see, in the order of their commits, read on from any place."""

from __future__ import annotations

from intake.scope import Caller
from intake.sight import visible_subscriptions
from lifecycle.refusals import FieldError, InvalidInput
from storage.database import Database
from storage.feed import AT_ONCE, Placed, find_place, has_unplaced, list_feed, place_events

BEGINNING = 0


async def read_feed(database: Database, caller: Caller, *, after: int, limit: int) -> tuple[Placed, ...]:
    """Return the events behind a place, oldest first.

    Only a reader who has caught up asks for places for what is new, so that writers never wait for a number.
    """
    while True:
        page = await _page(database, caller, after, limit)
        if len(page) == limit:
            return page
        async with database.read() as connection:
            is_all = not await has_unplaced(connection)
        if is_all:
            return page
        if await database.in_transaction(place_events) < AT_ONCE:
            return await _page(database, caller, after, limit)


async def _page(database: Database, caller: Caller, after: int, limit: int) -> tuple[Placed, ...]:
    async with database.read_as(caller.sees) as connection:
        return await list_feed(connection, visible_subscriptions(caller), after=after, limit=limit)


async def place_of(database: Database, event_id: str) -> int:
    """Return the place of an event; whoever has seen it once may go on from it, even if it is out of sight by now.

    Raises:
        InvalidInput: `unknown_event`.
    """
    while True:
        async with database.read() as connection:
            found = await find_place(connection, event_id)
        if found is None:
            raise InvalidInput(FieldError("after", "unknown_event", "There is no event of this id."))
        if found[0] is not None:
            return found[0]
        await database.in_transaction(place_events)
