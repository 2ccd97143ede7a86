"""How many subscriptions wait for somebody's attention, counted in one statement, and not beyond what is worth it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, ScalarSelect, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.subscription import RenewalMode, State
from storage.own_days import OwnDays, is_held
from storage.tables import subscriptions

COUNTED_TO = 10_000
DUE_WITHIN = (30, 60, 90)
STATES = (State.PENDING_ECA, State.SCHEDULED, State.ACTIVE, State.SUSPENDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The counts; `COUNTED_TO` says that many or more. What is held is suspended as well, and counted there too."""

    renewals_due: Mapping[int, int]
    states: Mapping[State, int]
    held: int


async def count_overview(connection: AsyncConnection, visible: ColumnElement[bool], own_days: OwnDays) -> Overview:
    """Return the counts of the subscriptions that are visible."""
    columns = subscriptions.c
    renews = (columns.state == State.ACTIVE.value, columns.renewal_mode == RenewalMode.AUTO.value)
    due = [_counted(visible, *renews, own_days.ends_within(days)) for days in DUE_WITHIN]
    states = [_counted(visible, columns.state == state.value) for state in STATES]
    counts = [*due, *states, _counted(visible, is_held())]
    numbers = (await connection.execute(select(*counts))).one()
    return Overview(
        renewals_due=dict(zip(DUE_WITHIN, numbers, strict=False)),
        states=dict(zip(STATES, numbers[len(due) :], strict=False)),
        held=numbers[-1],
    )


def _counted(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    some = select(literal(1)).select_from(subscriptions).where(*conditions).limit(COUNTED_TO).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
