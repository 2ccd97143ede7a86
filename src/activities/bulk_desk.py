"""What a bulk job asks of whoever takes commands: the counter, which stands in a room above and is handed in."""

from __future__ import annotations

from typing import Protocol

from storage.bulk_jobs import BulkJob
from storage.bulk_rows import BulkRow, RowResult
from storage.partners import Partner


class OutOfReach(Exception):
    """No command can be taken now; the row was not."""


class NotYet(Exception):
    """The row's command was accepted and has no outcome so far."""


class BulkDesk(Protocol):
    """Takes rows as if each had been sent as a single command."""

    async def settle(self, job: BulkJob, partner: Partner, row: BulkRow) -> RowResult:
        """Return what became of a row's command, which is accepted once however often the row is settled.

        `partner` is the job's, as it is now.

        Raises:
            OutOfReach: no command can be taken now.
            NotYet: the outcome is still to come.
        """
        ...
