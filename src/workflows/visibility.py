"""What operators see of a subscription in Temporal's UI: its phase, until when, what comes next, what it did last."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import BaseModel
from temporalio import workflow
from temporalio.common import SearchAttributeKey, SearchAttributePair, SearchAttributeUpdate

from activities.messages import Recorded
from workflows import names

PHASES = {
    "pending_eca": "awaiting acceptance",
    "scheduled": "scheduled",
    "active": "in term",
    "suspended": "suspended",
}


class Shown(BaseModel):
    """What the search attributes say: the state, the end of the term, and when the state changes by itself."""

    state: str = ""
    ends: date | None = None
    changes_at: datetime | None = None


def shown(recorded: Recorded) -> Shown:
    """Return what the search attributes should say."""
    return Shown(state=recorded.state, ends=recorded.ends, changes_at=recorded.changes_at)


def pairs(shows: Shown) -> list[SearchAttributePair[Any]]:
    """Return the attributes to start a workflow with; what has no value is left out."""
    found: list[SearchAttributePair[Any]] = []
    if shows.state:
        found.append(SearchAttributePair(names.STATUS, shows.state))
    if shows.changes_at is not None:
        found.append(SearchAttributePair(names.NEXT_EVENT_AT, shows.changes_at))
    if shows.ends is not None:
        found.append(SearchAttributePair(names.ENDS_AT, _midnight(shows.ends)))
    return found


def updates(shows: Shown) -> list[SearchAttributeUpdate[Any]]:
    """Return the changes that make the attributes say so; what has no value any more is unset."""
    return [
        names.STATUS.value_set(shows.state),
        _instant(names.NEXT_EVENT_AT, shows.changes_at),
        _instant(names.ENDS_AT, None if shows.ends is None else _midnight(shows.ends)),
    ]


def publish(changes: list[SearchAttributeUpdate[Any]]) -> None:
    """Change the running workflow's search attributes."""
    workflow.upsert_search_attributes(changes)  # pyright: ignore[reportUnknownMemberType] - an unbound generic of the SDK


def details(recorded: Recorded, *, last: str) -> str:
    """Return the current details, in Markdown."""
    phase = "renewal held" if recorded.held else PHASES.get(recorded.state, recorded.state)
    until = "" if recorded.changes_at is None else f" until {recorded.changes_at:%Y-%m-%d %H:%M}Z"
    next_at = recorded.next_at
    upcoming = "nothing" if next_at is None else f"{recorded.next_name} at {next_at:%Y-%m-%d %H:%M}Z"
    return f"**{phase}**{until}, term {recorded.term}\n\nnext: {upcoming}\n\nlast posted: {last or 'nothing yet'}"


def _instant(key: SearchAttributeKey[datetime], at: datetime | None) -> SearchAttributeUpdate[datetime]:
    return key.value_unset() if at is None else key.value_set(at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0, tzinfo=UTC))
