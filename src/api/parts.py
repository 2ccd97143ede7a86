"""What the doors are built of; made by the switchboard, handed to `create_app`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from activities.document_pdf import Printing
from intake.bulk import BulkJobs
from intake.bulk_desk import CounterDesk
from intake.clock import Clock
from intake.counter import Counter
from intake.invoices import InvoiceRuns
from intake.passwords import Passwords
from intake.refunds import RefundCounter
from intake.virtual_time import VirtualTime
from intake.webhooks import Webhooks
from storage.database import Database
from storage.own_days import OwnDays

Readiness = Callable[[], Awaitable[Mapping[str, bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The connected parts. `readiness` says of everything beside the database whether it can be reached.

    `virtual_time` and `invoice_runs` are there in a sandbox only; `workflow_url` gives a subscription's address in
    Temporal's UI.
    """

    database: Database
    clock: Clock
    pepper: bytes
    readiness: Readiness
    rate_limit_per_second: int
    support_contact: str
    sandbox: bool
    counter: Counter
    refunds: RefundCounter
    bulk: BulkJobs
    bulk_desk: CounterDesk
    webhooks: Webhooks
    passwords: Passwords
    virtual_time: VirtualTime | None
    invoice_runs: InvoiceRuns | None
    printing: Printing
    workflow_url: Callable[[str], str]


def parts_of(request: Request) -> Parts:
    """Return the parts of the application that serves the request."""
    parts: Parts = request.app.state.parts
    return parts


def own_days_of(parts: Parts) -> OwnDays:
    """Return what day it is for each subscription: in a sandbox each has a clock of its own, beside the wall's."""
    if parts.sandbox:
        return OwnDays(at=parts.clock.wall(), differ=True)
    return OwnDays(at=parts.clock.now(), differ=False)
