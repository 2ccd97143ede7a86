"""Files of commands: the job, its rows with what became of each, and what a dry run makes of a file."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from api.shapes.members import Actor, Instant, Money, PartnerId
from api.shapes.problems import FieldProblem

JobId = Annotated[str, Field(description="A bulk job: `blk_…`.")]
RowKind = Literal["purchase", "add_inventory", "renewal_inventory", "renewal_mode", "suspend", "enable", "cancel"]
Amounts = Annotated[list[Money], Field(description="What the rows come to, by currency.")]


class BulkJob(TypedDict):
    """A file of commands that is carried out row by row."""

    id: JobId
    partner_id: PartnerId
    actor: Actor
    state: Literal["running", "paused", "cancelling", "cancelled", "done"]
    rows: Annotated[int, Field(description="How many rows the file has.")]
    created_at: Instant
    updated_at: Instant
    finished_at: Annotated[Instant | None, Field(description="When every row had its result; null until then.")]


class RowCounts(TypedDict):
    """How many rows of a job have each status."""

    pending: int
    done: int
    refused: int
    cancelled: int


class TalliedBulkJob(BulkJob):
    """A job, and how far it is."""

    counts: RowCounts
    amounts: Amounts


class RowProblem(TypedDict):
    """Why the rules refused a row: what its single command would have been answered, with the same further facts."""

    __pydantic_config__ = {"extra": "allow"}  # type: ignore[misc]  # noqa: RUF012 # pydantic's own way

    code: str
    detail: str
    errors: NotRequired[list[FieldProblem]]


class _Row(TypedDict):
    position: Annotated[int, Field(description="Its place in the file, from 0 on.")]
    kind: RowKind
    subscription_id: Annotated[str | None, Field(description="Of a purchase: the one that it made, null until then.")]
    command_id: Annotated[str | None, Field(description="Its command: `cmd_…`, null until it was taken.")]
    transaction_id: Annotated[str | None, Field(description="What it posted: `txn_…`, if it did.")]
    amount: Annotated[Money | None, Field(description="What it posted, if it did.")]
    warnings: list[str]
    problem: RowProblem | None


class BulkRow(_Row):
    """A row of a job with its result; `pending` has none so far."""

    status: Literal["pending", "done", "refused", "cancelled"]


class PricedRow(_Row):
    """A row on paper: what it would come to today, or why it would be refused."""

    status: Literal["priced", "refused"]


class PricedTotals(TypedDict):
    """What all rows of a file would come to."""

    rows: int
    priced: int
    refused: int
    amounts: Amounts


class BulkPricing(TypedDict):
    """A file on paper: a dry run. Rows about one subscription do not see each other."""

    dry_run: Literal[True]
    rows: list[PricedRow]
    totals: PricedTotals
