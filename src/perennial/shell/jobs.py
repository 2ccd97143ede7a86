"""Bulk jobs after their file was given."""

from __future__ import annotations

from perennial.shell.operations import Operation, text

_JOB = "/v1/bulk/{job_id}"

OPERATIONS = (
    Operation(
        command="bulk list",
        method="GET",
        path="/v1/bulk",
        help="List bulk jobs.",
        paged=True,
        columns=("id", "partner_id", "state", "rows", "created_at", "finished_at"),
    ),
    Operation(command="bulk show", method="GET", path=_JOB, help="Show a bulk job and how far it is."),
    Operation(
        command="bulk rows",
        method="GET",
        path=f"{_JOB}/rows",
        help="List the rows of a bulk job with their results.",
        paged=True,
        members=(text("status", "pending, done, refused or cancelled."),),
        columns=("position", "kind", "status", "subscription_id", "transaction_id", "amount", "problem"),
    ),
    Operation(
        command="bulk result",
        method="GET",
        path=f"{_JOB}/result",
        help="Save the results of all rows as CSV, those that have one so far.",
        accept="text/csv",
        saved_as="{job_id}.csv",
    ),
    Operation(command="bulk pause", method="POST", path=f"{_JOB}/pause", help="Hand in no further row for a while."),
    Operation(command="bulk resume", method="POST", path=f"{_JOB}/resume", help="Go on with a paused job."),
    Operation(
        command="bulk cancel", method="POST", path=f"{_JOB}/cancel", help="Leave the rows that are not done undone."
    ),
)
