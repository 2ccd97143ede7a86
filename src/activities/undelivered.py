"""A mail that reaches nobody is reported: to the partner, or to the operator where it was the partner's own."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from lifecycle.notices import Receiver
from storage.ids import new_id
from storage.tellings import PENDING, Telling, insert_tellings

MAIL_UNDELIVERED = "mail_undelivered"
DOCUMENT_UNDELIVERED = "document_undelivered"
# To whom it is said that this role cannot be reached; the operator is the last to turn to.
REPORTED_TO = {
    Receiver.ACCEPTOR.value: Receiver.PARTNER,
    Receiver.FORMER_ACCEPTOR.value: Receiver.PARTNER,
    Receiver.CUSTOMER.value: Receiver.PARTNER,
    Receiver.PARTNER.value: Receiver.OPERATOR,
    Receiver.BILLING.value: Receiver.OPERATOR,
}
# What the mail itself was about; the report is about the mail.
NOT_REPORTED: dict[str, None] = {"event": None, "reminder": None, "renewal": None}


async def report_undelivered(connection: AsyncConnection, telling: Telling, reason: str) -> None:
    """Owe the report, in the transaction that gives the mail up; a report that is given up itself brings none."""
    reader = REPORTED_TO.get(telling.role)
    if reader is None or telling.kind == MAIL_UNDELIVERED or telling.webhook_id is not None:
        return
    report = Telling(
        id=new_id("tel"),
        receiver=telling.receiver,
        subscription_id=telling.subscription_id,
        invoice_id=telling.invoice_id,
        version=telling.version,
        kind=DOCUMENT_UNDELIVERED if telling.invoice_id else MAIL_UNDELIVERED,
        key=telling.id,
        role=reader.value,
        command_id=telling.command_id,
        status=PENDING,
        at=telling.at,
        created_at=datetime.now(UTC),
        body={
            **telling.body,
            **NOT_REPORTED,
            "undelivered": {"kind": telling.kind, "role": telling.role, "reason": reason},
        },
    )
    await insert_tellings(connection, [report])
