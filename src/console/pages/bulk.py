"""Bulk jobs: how far each is, what became of its rows, and pausing, resuming and cancelling it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from console.desk import HandedOver
from console.door import page
from console.partner_area import names_of, new_key, with_partners
from console.partner_words import JOB_WORDS, ROW_WORDS
from console.paths import BULK
from console.visit import Visit

MOVES = {"pause": "bulk-paused", "resume": "bulk-resumed", "cancel": "bulk-cancelled"}
GOING_ON = frozenset({"running", "cancelling"})


async def show_list(visit: Visit) -> Response:
    """Show the jobs, newest first."""
    found, partners = await with_partners(visit, "/v1/bulk", {"cursor": visit.query("cursor")})
    facts: dict[str, Any] = {"jobs": found["data"], "next_cursor": found["next_cursor"], "names": names_of(partners)}
    return visit.show("bulk/list.html", job_words=JOB_WORDS, **facts)


async def show(visit: Visit) -> Response:
    """Show how far a job is, and a page of its rows; while it goes on the page looks again by itself."""
    address, wanted, cursor = _address(visit), visit.query("rows"), visit.query("cursor")
    job, rows = await asyncio.gather(
        visit.desk.get(address), visit.desk.get(f"{address}/rows", {"status": wanted, "cursor": cursor})
    )
    facts: dict[str, Any] = {"rows": rows["data"], "next_cursor": rows["next_cursor"], "wanted": wanted}
    facts |= {"is_going_on": job["state"] in GOING_ON, "key": new_key(), "cursor": cursor}
    return visit.show("bulk/job.html", job=job, job_words=JOB_WORDS, row_words=ROW_WORDS, **facts)


async def move(visit: Visit) -> Response:
    """Pause, resume or cancel a job."""
    act = visit.request.url.path.rpartition("/")[2]
    await visit.desk.ask("POST", f"{_address(visit)}/{act}", key=visit.entered("key"))
    return visit.go(f"{BULK}/{visit.path('job_id')}", done=MOVES[act])


async def confirm_cancelling(visit: Visit) -> Response:
    """Say what cancelling means."""
    job = await visit.desk.get(_address(visit))
    return visit.show("bulk/cancel.html", job=job, key=new_key())


async def hand_result(visit: Visit) -> HandedOver:
    """Return every row with its result as a file."""
    return visit.hand_over(f"{_address(visit)}/result", accept="text/csv")


def _address(visit: Visit) -> str:
    return f"/v1/bulk/{visit.path('job_id')}"


_ONE = f"{BULK}/{{job_id}}"
ROUTES = (
    page(BULK, show_list),
    page(_ONE, show),
    page(f"{_ONE}/result", hand_result),
    page(f"{_ONE}/cancel", confirm_cancelling, scope="write"),
    *(page(f"{_ONE}/{act}", move, scope="write", methods=("POST",)) for act in MOVES),
)
