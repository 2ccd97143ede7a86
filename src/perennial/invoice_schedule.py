"""The engine's schedule that starts the monthly run: on the first at 02:00Z, in production and sandbox alike."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from activities.invoicing_orders import INVOICING
from workflows import names

FIRST_DAY, HOUR = 1, 2
# A run makes the documents of every month that is due, so that after an outage of whatever length one is enough.
CATCH_UP = timedelta(days=366)
CALL = timedelta(seconds=5)


async def set_invoice_schedule(client: Client) -> None:
    """Make the schedule as this release has it; one that is there keeps its past, and stays paused if it is."""
    wanted = invoice_schedule()
    try:
        await client.create_schedule(names.INVOICING_SCHEDULE, wanted, rpc_timeout=CALL)
    except ScheduleAlreadyRunningError:
        handle = client.get_schedule_handle(names.INVOICING_SCHEDULE)
        await handle.update(lambda found: _updated(found, wanted), rpc_timeout=CALL)


def invoice_schedule() -> Schedule:
    """Return when the run is started, and how."""
    order: dict[str, Any] = {}  # every default
    return Schedule(
        action=ScheduleActionStartWorkflow(
            INVOICING,
            order,
            id=INVOICING,
            task_queue=names.INVOICING_QUEUE,
            static_summary="Invoices of every month that is due",
        ),
        spec=ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(
                    day_of_month=(ScheduleRange(FIRST_DAY),),
                    hour=(ScheduleRange(HOUR),),
                    comment="on the first of the month at 02:00Z",
                )
            ]
        ),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=CATCH_UP),
    )


def _updated(found: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate | None:
    """Leave one alone that is as it should be: a start that fell due while the engine was down is still its own."""
    present = found.description.schedule
    if _shape(present) == _shape(wanted):
        return None
    wanted.state = present.state
    return ScheduleUpdate(schedule=wanted)


def _shape(schedule: Schedule) -> tuple[object, ...]:
    """When it starts what; the order that goes along is always the empty one."""
    action = schedule.action
    started = (action.workflow, action.id, action.task_queue) if isinstance(action, ScheduleActionStartWorkflow) else ()
    return schedule.spec, schedule.policy, started
