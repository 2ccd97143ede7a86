"""The lines that a refund names: each must be seen by the caller, and all belong to one customer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from intake.denials import NotFound
from intake.scope import Caller
from intake.sight import visible_transactions
from lifecycle.refusals import FieldError, InvalidInput
from storage.tables import transaction_lines, transactions


async def seen_lines(connection: AsyncConnection, caller: Caller, line_ids: Sequence[str]) -> None:
    """Let pass lines of one customer that the caller may see.

    Raises:
        NotFound: `transaction_line_not_found`.
        InvalidInput: `several_customers`.
    """
    query = (
        select(transaction_lines.c.id, transactions.c.customer_id)
        .join(transactions, transactions.c.id == transaction_lines.c.transaction_id)
        .where(transaction_lines.c.id.in_(line_ids), visible_transactions(caller))
    )
    customers = {row.id: row.customer_id for row in await connection.execute(query)}
    if any(line_id not in customers for line_id in line_ids):
        raise NotFound("transaction_line_not_found", "There is no such transaction line.")
    first = customers[line_ids[0]]
    for index, line_id in enumerate(line_ids):
        if customers[line_id] != first:
            message = "One refund gives back certificates of one customer."
            raise InvalidInput(FieldError(f"lines[{index}].transaction_line_id", "several_customers", message))
