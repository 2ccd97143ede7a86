"""`/v1/events`: everything that happened to what the key may see, in the order of commits."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from api.access import Reader
from api.examples import EVENT
from api.listing import PAGE, list_answer, page_of
from api.operations import Listed, operation
from api.parts import parts_of
from api.query import parameters
from api.shapes.events import Event
from intake.feed import BEGINNING, place_of, read_feed
from lifecycle.event_portrait import event_portrait
from lifecycle.refusals import FieldError, InvalidInput
from storage.feed import Placed

router = APIRouter(prefix="/v1/events", tags=["events"])

MAX_DIGITS = 18


@router.get(
    "",
    **operation(
        "Read the feed of all events, oldest first",
        name="list_events",
        answer=Listed(Event),
        scope="read",
        example={"data": [EVENT], "next_cursor": None},
        parameters=("after", *PAGE),
        codes=("unknown_event", "unknown_parameter", "limit_out_of_range", "invalid_cursor"),
    ),
)
async def get_events(request: Request, caller: Reader) -> JSONResponse:
    """Return the events behind `after`, an event's id, or behind the cursor; both may be read on from at any time."""
    given = parameters(request, "after", *PAGE)
    page = page_of(given)
    database = parts_of(request).database
    after = BEGINNING
    if page.before_id is not None:
        after = _position(page.before_id)
    elif "after" in given:
        after = await place_of(database, given["after"])
    found = await read_feed(database, caller, after=after, limit=page.fetch)
    return list_answer(request, page, found, key=lambda placed: (str(placed.position),), body=_picture)


def _picture(placed: Placed) -> dict[str, Any]:
    return event_portrait(placed.event)


def _position(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise InvalidInput(FieldError("cursor", "invalid_cursor", "This cursor was not given out here."))
    return int(text)
